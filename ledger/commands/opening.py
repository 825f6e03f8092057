"""Opening the office: database, log key, guard, vault, clock and the officer's own key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from ledger import kinds, statements
from ledger.book import Book
from ledger.checkpoint import Checkpoint
from ledger.commands.world import World
from ledger.desk import letters
from ledger.desk.letters import Pen
from ledger.desk.office import Office, Role, ledger_at, vault_at
from ledger.desk.recovering import in_force
from ledger.errors import LedgerError, Unsafe
from ledger.guard import Anew, Guard, default_path
from ledger.log import Log, Receipt, Sent
from ledger.note import COSIGNATURE_ML_DSA_44, Note, Signer, Verifier
from ledger.records import NOBODY, Key, Organisation
from ledger.rules.authority import within
from ledger.store.database import Store
from ledger.store.reading import Reader
from ledger.store.trees import frontier
from ledger.times import moment
from ledger.vault import Vault


def office(world: World) -> Office:
    """Return the ledger in the home folder, opened when it is first asked for."""
    if "office" not in world.opened:
        world.opened["office"] = _open(world)
    found: Office = world.opened["office"]
    return found


def _open(world: World) -> Office:
    world.home.check_exists()
    if world.out:
        world.check_writable(world.out)
    store = Store.open(ledger_at(world.home))
    with store.reading() as view:
        clock, name, last = _charter(view.entry(0)), _log_name(view), view.last_stamp()
    return Office(
        store=store,
        log=Writing(world, store),
        open_vault=lambda: vault_of(world, name),
        moment=_moment(world, clock, last),
        pens=Keyring(world, store),
        outbox=[] if world.out else None,
        clock_is_right=world.clock_is_right or clock == "simulated",
        cosign=lambda note: _cosign(world, store, note),
        keep=lambda receipt: _keep(world, receipt),
    )


def _keep(world: World, receipt: Receipt) -> None:
    """Write an answer of the log: what an auditor can hold against the ledger later."""
    world.recorded.append(receipt.index)
    file = world.home.path / "receipts" / f"{receipt.index:08d}.tlog-proof"
    world.write(file, receipt.text.encode())


@dataclass(slots=True)
class Writing:
    """The log, its key and guard opened when something is to be appended: readers need neither."""

    world: World
    store: Store
    log: Log | None = None
    recovering: bool = False  # the guard is begun anew, and so may say nothing

    def append(
        self,
        batch: Sequence[Sent],
        now: datetime,
        *,
        clock_is_right: bool = False,
        before: Callable[[Reader], None] | None = None,
    ) -> tuple[Receipt | LedgerError, ...]:
        """Take in what may enter; return a receipt or an error for each that was sent."""
        named = next(filter(None, (letters.log_key_in(sent.note) for sent in batch)), "")
        if self.log is None or named:
            self.log = self._opened(batch, named)
        log = self.log
        if named:
            self.log = None  # whether the new key is in force is known when it is
        return log.append(batch, now, clock_is_right=clock_is_right, before=before)

    def _opened(self, batch: Sequence[Sent], named: str) -> Log:
        """Open the log with the key in force, or with the one that statements put in its place."""
        with self.store.reading() as view:
            guard = guard_of(self.world, view)
            key = Verifier.parse(named) if named else in_force(view)
        if not (self.recovering or _recovers(batch)):  # the way on from what a witness would say
            _hold(self.world, self.store)
        signer = self.world.home.log_signer(key, self.world.asker)
        held = Anew(guard) if self.recovering else guard
        return Log(self.store, signer, held, _second(self.world, key.name))


def _hold(world: World, store: Store) -> None:
    """Hold our newest checkpoint against those that our witnesses saw, where any can be asked."""
    if world.home.witnesses_file.exists():
        from ledger.commands import witnesses  # HTTP is slow to import, and most have no witness

        witnesses.hold(world, store)


def _cosign(world: World, store: Store, note: bytes) -> bytes:
    """Return a note of ours with what witnesses say of it, or said when they were carried to."""
    if world.home.witnesses_file.exists():
        from ledger.commands import witnesses

        return witnesses.cosign(world, store, note)
    with store.reading() as view:
        return view.with_lines(note, Checkpoint.parse(Note.parse(note).text).size)


def _recovers(batch: Sequence[Sent]) -> bool:
    return any(isinstance(statements.read(one.note).head, kinds.Recovery) for one in batch)


def _second(world: World, log: str) -> Signer | None:
    """Return the key by which checkpoints are signed once more, where there is one."""
    file = world.home.second_key_file
    return world.home.open_key(log, file, COSIGNATURE_ML_DSA_44) if file.exists() else None


def vault_of(world: World, origin: str) -> Vault:
    """Return the vault of the ledger in the home folder."""
    if not (world.home.path / "vault.key").exists():
        raise Unsafe(
            "vault.missing",
            en=f"{world.home.path} has no vault: names are kept apart from the ledger's backup;"
            " restore them with `vledger restore FILE --vault FILE`",
            zh=f"{world.home.path} 中没有个人信息库：它不在账本备份之内，"
            "请用 `vledger restore 文件 --vault 文件` 一并恢复",
        )
    return Vault.open(vault_at(world.home), world.home.vault_key(), origin)


def guard_path(world: World, log: Verifier) -> Path:
    """Return where the guard of a log lies: outside its home folder, by the hash of its first key."""
    if world.guard_path:
        return world.guard_path
    return default_path(log)


def guard_of(world: World, view: Reader) -> Guard:
    """Return the guard of the ledger in the home folder."""
    keys = view.where(Key, role="log")
    first = next(Verifier.parse(key.vkey) for key in keys if key.entry == 0)
    return Guard(guard_path(world, first))


def guard_refusal(world: World) -> Unsafe | None:
    """Return why the guard lets nothing be signed here, if it does not; nothing is locked or written."""
    store = office(world).store
    with store.reading() as view:
        guard = guard_of(world, view)
    try:
        last = guard.read()  # before the ledger: what is appended meanwhile is no contradiction
        with store.reading() as view:
            guard.check(last, view.size(), lambda at: frontier(view, at).root())
    except Unsafe as error:
        return error
    return None


def done(world: World, value: Mapping[str, Any], en: str, zh: str) -> None:
    """Finish a signing command: say what was done, or write the letters to --out."""
    found = office(world)
    if found.outbox is not None and world.out:
        world.write(world.out, letters.write(found.outbox))
        count = len(found.outbox)
        world.tell(
            f"{count} statements written to {world.out}; next: `vledger sign` (if unsigned),"
            " then `vledger submit`",
            f"{count} 份文书已写入 {world.out}；下一步：`vledger sign`（如未签名），再 `vledger submit`",
        )
        error = {"error": value["error"]} if "error" in value else {}
        world.answer({"out": str(world.out), "statements": count, **error})
        return
    if en:
        world.tell(en, zh)
    world.answer({**value, "entries": world.recorded})


@dataclass(frozen=True, slots=True)
class Keyring:
    """The officers' keys that lie here, and those that only sign elsewhere."""

    world: World
    store: Store
    opened: dict[str, Signer] = field(default_factory=dict)  # nobody is asked twice

    def __call__(self, role: Role, organisation: str) -> Pen:
        """Return the pen of an officer with that role who reaches that far."""
        key = self._key(role, organisation)
        with self.store.reading() as view:
            name = _log_name(view)
        if key.by not in self.opened and (signer := self._signer(key)):
            self.opened[key.by] = signer
        return Pen(name, key.by, office(self.world).now, self.opened.get(key.by))

    def _key(self, role: Role, organisation: str) -> Key:
        asked = self.world.officer
        with self.store.reading() as view:
            book = Book()
            book.put(view.all(Organisation))
            keys = [key for key in view.all(Key) if _fits(key, role, asked)]
        reaching = [key for key in keys if within(book, organisation, key.organisation)]
        here = set(self.world.home.key_names())
        mine = [key for key in reaching if key.by.rpartition("+")[0] in here]
        found = mine or (reaching if asked or role == "recovery" else [])
        if not found:
            raise _no_officer(role, organisation, asked)
        return found[0]

    def _signer(self, key: Key) -> Signer | None:
        name, world = key.by.rpartition("+")[0], self.world
        file = world.key_file
        if world.out and not file and not world.home.key_file(name).exists():
            return None  # a letter to be signed elsewhere
        signer = world.home.signer(name, world.passphrase(), world.asker, file=file)
        if str(signer.verifier) != key.vkey:
            raise Unsafe(
                "key.other",
                en=f"this private key is not that of {key.by}; name the right one with --key",
                zh=f"该私钥不是 {key.by} 的私钥，请用 --key 指明",
            )
        return signer


def _fits(key: Key, role: Role, asked: str) -> bool:
    """Tell whether a key may speak in a role; the recovery key does for operators, when named."""
    if key.until != NOBODY or (asked and asked not in (key.by, key.by.rpartition("+")[0])):
        return False
    if key.role == "recovery":
        return role == "recovery" or (bool(asked) and role == "operator")
    return key.role == role or (role == "officer" and key.role != "log")


def _no_officer(role: str, organisation: str, asked: str) -> Unsafe:
    names = {
        "recorder": "记录人", "confirmer": "确认人", "issuer": "出证人", "operator": "管理员",
        "recovery": "恢复密钥", "auditor": "审计人", "officer": "经办人员",
    }  # fmt: skip
    who = f" ({asked})" if asked else ""
    return Unsafe(
        "officer.missing",
        en=f"no {role}'s key{who} that reaches {organisation} is in keys/; appoint one with"
        " `vledger officer add`, or name a key with --as and --key",
        zh=f"keys/ 中没有能代表 {organisation} 的{names[role]}密钥{who}；请用 `vledger officer add` "
        "任命，或用 --as 与 --key 指明密钥",
    )


def _charter(stored: Any) -> str:
    head = statements.Entry.parse(stored.entry).statement.head
    return head.clock if isinstance(head, kinds.Charter) else "real"


def _log_name(view: Any) -> str:
    key = next(key for key in view.where(Key, role="log"))
    name: str = key.by.rpartition("+")[0]
    return name


def _moment(world: World, clock: str, last: str) -> datetime:
    """Return the time: the computer's, or that of a simulated clock, which stands still."""
    if clock == "simulated":
        return moment(world.now_given) if world.now_given else moment(last) + timedelta(minutes=0)
    if world.now_given:
        raise click.UsageError(
            world.pick(
                "--now is only for a ledger whose clock is simulated",
                "--now 只能用于时钟为模拟的账本",
            )
        )
    return world.moment()
