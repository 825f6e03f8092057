"""`vledger witness`: those who witness our log, and being one for others."""

import click

from ledger.commands.wings import Room, Wing

ROOMS = {
    "add": Room(
        "ledger.commands.cosigned:add", "登记本账本的见证人 · a witness to be asked and believed"
    ),
    "list": Room(
        "ledger.commands.cosigned:list_", "各见证人会签到哪里 · how far each has cosigned"
    ),
    "remove": Room(
        "ledger.commands.cosigned:remove", "不再请某个见证人 · ask and believe one no longer"
    ),
    "ask": Room(
        "ledger.commands.cosigned:ask", "请见证人会签 · have the newest checkpoint cosigned"
    ),
    "take": Room("ledger.commands.cosigned:take", "收下带回的会签 · take in what was carried back"),
    "second": Room("ledger.commands.cosigned:second", "后量子签名 · sign by ML-DSA-44 as well"),
    "init": Room("ledger.commands.witnessing:init", "成为见证人 · become a witness"),
    "trust": Room("ledger.commands.witnessing:know", "认识一个账本 · know a log from now on"),
    "show": Room(
        "ledger.commands.witnessing:show", "自己的公钥与会签 · our keys, and how far we cosigned"
    ),
    "cosign": Room(
        "ledger.commands.witnessing:cosign", "为带来的检查点会签 · cosign without a network"
    ),
    "serve": Room(
        "ledger.commands.witnessing:serve", "在网络上作见证 · cosign over HTTP until stopped"
    ),
}


@click.group(cls=Wing, rooms=ROOMS)
def witness() -> None:
    """见证人：请别人会签本账本，或为别的账本作见证。 Witnesses of this log; a witness of others."""
