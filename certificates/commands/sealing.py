"""`ca list`: the authorities that are believed, the sealing keys that lie here, and who uses which."""

from dataclasses import asdict
from typing import Any

import click

from certificates import keyring
from certificates.keyring import Kept
from certificates.seal import chain
from ledger.commands.world import World, refusals

_HEADINGS = (
    ("for", "组织"), ("state", "状态"), ("key", "密钥"), ("until", "有效至"), ("serial", "编号")
)  # fmt: skip
_STATES = {"in use": "在用", "kept": "留存", "revoked": "已吊销"}


@click.command("list")
@click.pass_obj
def list_(world: World) -> None:
    """列出证书机构和签章密钥：各为谁所用。 Authorities and sealing keys, and who uses which."""
    with refusals(world):
        world.home.check_exists()
        authorities = [authority_row(each) for each in world.home.trust().issuers]
        register = keyring.register(world.home)
        seals = [_seal_row(each, register) for each in keyring.kept(world.home)]
        for one in authorities:
            until = one["not_after"][:10]
            world.tell(
                f"authority: {one['subject']}, until {until}, no. {one['serial']}",
                f"证书机构：{one['subject']}，有效至 {until}，编号 {one['serial']}",
            )
        world.table(_HEADINGS, [_seal_cells(world, one) for one in seals])
        world.answer({"authorities": authorities, "seals": seals})


def _seal_row(kept: Kept, register: keyring.Register) -> dict[str, Any]:
    used = register.in_use.get(kept.organisation) == kept.name
    revoked = kept.serial in {each.serial for each in register.revoked}
    return {
        "organisation": kept.organisation,
        "state": "revoked" if revoked else "in use" if used else "kept",
        "in_token": kept.in_token,
        **asdict(chain.shown(chain.certificate(kept.certificates[0]))),
        "file": kept.name,
    }


def _seal_cells(world: World, row: dict[str, Any]) -> tuple[str, ...]:
    where = world.pick(" (token)", "（设备）") if row["in_token"] else ""
    state = world.pick(row["state"], _STATES[row["state"]])
    key, until = f"{row['algorithm']}{where}", row["not_after"][:10]
    return row["organisation"], state, key, until, row["serial"]


def authority_row(pem: str) -> dict[str, str]:
    """Return an authority of trust.json as data."""
    (own,) = chain.authorities([pem])
    return asdict(chain.shown(own))
