"""Commands that keep the ledger safe: backup, restore, export, and the audit that others run."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click

from ledger import audit, kinds
from ledger.audit import Finding, Held
from ledger.auditing.evidence import Logged
from ledger.checkpoint import Checkpoint
from ledger.commands.contradicting import Tree, proved
from ledger.commands.opening import guard_path, office, vault_of
from ledger.commands.world import World, refusals
from ledger.desk.erased import not_yet_erased
from ledger.desk.office import is_simulated, ledger_at
from ledger.desk.sightings import sightings
from ledger.encoding import base64
from ledger.errors import LedgerError, Unsafe, Unverified
from ledger.guard import Guard
from ledger.note import Verifier
from ledger.places import chinese
from ledger.statements import Entry
from ledger.store.database import Store
from ledger.store.reading import Reader
from ledger.trust import Trust

_FILE = click.Path(path_type=Path, dir_okay=False)
_PARTS = 1000  # of a journal, printed together
_OF_LOG = frozenset(f"table {name}" for name in ("entries", "items", "checkpoints", "cosignatures"))
_REMARKS = 20  # printed; --json has all


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--vault", type=_FILE, help="另存个人信息库（请分开保管）/ the vault, to be kept apart"
)
@click.pass_obj
def backup(world: World, file: Path, vault: Path | None) -> None:
    """备份账本与密钥（不含个人信息库）。 Back up the home folder, without the vault."""
    from ledger import backup as backups

    with refusals(world):
        world.home.check_exists()
        with closing(Store.open(ledger_at(world.home))) as store:
            backups.backup(store, world.home.path, file)
            origin = store.origin()
        if vault:
            with closing(vault_of(world, origin)) as private:
                backups.backup_vault(private.store, world.home.path / backups.VAULT_KEY, vault)
            world.tell(
                f"written: {file}, and {vault}: who has that file can read every name;"
                " keep it locked away",
                f"已写入 {file}；{vault} 可读出所有人的信息，请上锁保管",
            )
        else:
            world.tell(
                f"written: {file}; names are not in it: back up the vault apart, with --vault FILE",
                f"已写入 {file}；其中没有个人信息，请用 --vault 文件 另行备份",
            )
        world.answer({"file": str(file), "vault": str(vault) if vault else None})


@click.command()
@click.argument("file", type=_FILE)
@click.option("--vault", type=_FILE, help="个人信息库的备份 / the vault's backup")
@click.pass_obj
def restore(world: World, file: Path, vault: Path | None) -> None:
    """从备份恢复到一个空的文件夹，并审计。 Restore into an empty home folder, and audit."""
    from ledger import backup as backups

    with refusals(world):
        backups.restore(file, world.home.path, vault)
        if vault:
            _erase_again(world)
        found = run_audit(world)
        world.tell(
            f"restored to {world.home.path}, audit: {len(found['findings'])} findings",
            f"已恢复到 {world.home.path}，审计发现问题 {len(found['findings'])} 项",
        )
        guarded = _is_guarded(world, found["size"])
        if not guarded:
            world.tell(
                "this computer has no guard that fits this copy, so here one can read and audit but not"
                " sign: sign on the computer whose guard is in place, with the newest copy; if this is the"
                " newest there is, `vledger recover` is the way on",
                "本机没有与这份副本相符的守护文件，因此这里只能查看和审计，不能签署："
                "请在守护文件所在的电脑上、用最新的副本签署；如果这已是最新的副本，请用 `vledger recover`",
            )
        world.answer({"home": str(world.home.path), "audit": found, "can_sign": guarded})
        if found["findings"]:
            raise SystemExit(1)


def _is_guarded(world: World, size: int) -> bool:
    """Tell whether the guard of the log is on this computer, and not ahead of a ledger that big."""
    try:
        return any(Guard(path).read().size <= size for path, _ in guards(world))
    except Unsafe:
        return False


def _erase_again(world: World) -> None:
    """Destroy anew whom an old vault brought back although the log says that he is erased."""
    with (
        closing(Store.open(ledger_at(world.home))) as store,
        closing(vault_of(world, store.origin())) as held,
        store.reading() as view,
    ):
        for number in not_yet_erased(view, lambda: held):
            held.erase(number)
            world.tell(
                f"{number} is erased in the log: destroyed in the restored vault too",
                f"账本已记载删除 {number}：恢复的个人信息库中的资料也已销毁",
            )


@click.group()
def export() -> None:
    """导出。 Exports."""


@export.command("hours")
@click.option("-o", "--output", type=_FILE, required=True, help="写入的文件（xlsx）/ file to write")
@click.pass_obj
def export_hours(world: World, output: Path) -> None:
    """导出全部时长（xlsx，含姓名，请妥善保管）。 Everybody's hours; holds names."""
    from ledger.desk.lists import hours_list

    with refusals(world):
        world.check_writable(output)
        world.write(output, hours_list(office(world), str(output.absolute().parent)))
        world.tell(f"written: {output}", f"已写入 {output}")
        world.answer({"file": str(output)})


@export.command("hledger")
@click.option("-o", "--output", type=_FILE, help="写入的文件 / file to write")
@click.pass_obj
def export_hledger(world: World, output: Path | None) -> None:
    """导出积分与时间储蓄的日记账（hledger）。 The books of points and credits, for hledger."""
    _export_journal(world, "hledger", output)


@export.command("beancount")
@click.option("-o", "--output", type=_FILE, help="写入的文件 / file to write")
@click.pass_obj
def export_beancount(world: World, output: Path | None) -> None:
    """导出积分与时间储蓄的日记账（beancount，单位大写）。 The same for beancount; units in upper case."""
    _export_journal(world, "beancount", output)


def _export_journal(world: World, form: str, output: Path | None) -> None:
    """Write a journal piece by piece: it may be longer than memory."""
    from ledger.desk.journals import FORMS

    with refusals(world), office(world).store.reading() as view:
        parts = iter(FORMS[form](view))
        if output:
            world.write_parts(output, (part.encode() for part in parts))
            world.tell(f"written: {output}", f"已写入 {output}")
            world.answer({"file": str(output)})
        elif world.as_json:
            world.answer({"journal": "".join(parts)})
        else:
            while some := "".join(islice(parts, _PARTS)):
                click.echo(some, nl=False)


def run_audit(
    world: World,
    held: Iterable[Held | Finding] = (),
    trust_file: Path | None = None,
    workers: int | None = None,
) -> dict[str, Any]:
    """Audit the ledger in the home folder; needs no key.

    `held` are checkpoints from outside, and findings of what should hold one and does not. `workers`
    processes share the work; without a number, as many as help.
    """
    from ledger.commands.crew import ENTRIES, crew

    world.home.check_exists()
    trusted = world.home.trust(trust_file)
    keys = log_keys(trusted)
    with (
        closing(Store.open(ledger_at(world.home), once=True)) as store,
        store.reading() as view,
        ThreadPoolExecutor(1) as beside,
    ):
        odd = _oddities(store, view)  # first: whatever follows reads the tables
        outside = list(held)
        unread = [one for one in outside if isinstance(one, Finding)]
        size = view.size()
        steps = world.progress(view.log(), size, "replaying", "正在重放")
        seen = [one for one in outside if isinstance(one, Held)]
        against = sightings(view, seen, trusted, simulated=is_simulated(view))
        lacks = any(one.code == "schema.missing" for one in odd)
        torn = beside.submit(_torn, store)  # the database is busy with that, and we with the log
        with crew(workers, long=size >= ENTRIES) as executor:
            report = (audit.audit_log if lacks else audit.audit)(
                Shelf(view, steps),
                trusted=keys,
                against=against,
                believed=trusted.log(store.origin()),
                executor=executor,
            )
        report.remarks += [one for one in odd if one.code == "schema.extra"]
        own = [one for one in odd if one.code != "schema.extra"]
        own += torn.result()
        own += [] if lacks else _vault_findings(world, view, store.origin())
        tree = Tree.of_log(Shelf(view, view.log()), keys) if lacks else Tree.of_ledger(view, keys)
        evidence = [one.form() for one in proved(tree, report.pairs)]
    return {**told(world, report, (*unread, *own)), "evidence": evidence}


def _torn(store: Store) -> list[Finding]:
    with store.reading() as view:
        return [Finding(one.code, f"table {one.place}", one.en, one.zh) for one in view.torn()]


def _oddities(store: Store, view: Reader) -> list[Finding]:
    """Return what is not as we make it in the database; raises where the log itself cannot be read."""
    found = [Finding(one.code, f"table {one.place}", one.en, one.zh) for one in view.odd()]
    gone = [one.place for one in found if one.code == "schema.missing" and one.place in _OF_LOG]
    if gone:
        raise Unsafe(
            "audit.impossible",
            en=f"{store.name}: {', '.join(gone)} of the log itself is missing, so there is nothing to audit: keep"
            " the file, and put the newest backup back, or audit a bundle of the ledger",
            zh=f"{store.name}：日志本身缺少{'、'.join(map(chinese, gone))}，无从审计："
            "请保留原文件，恢复最新的备份，或审计带走的账本",
        )
    return found


def log_keys(trusted: Trust) -> list[Verifier]:
    """Return the keys of the logs that a trust file names, or raise `Unverified` if it names none."""
    if not trusted.logs:
        raise Unverified("the trust file names no log", "信任文件没有列出任何账本")
    return [key for log in trusted.logs for key in log.verifiers]


def told(world: World, report: audit.Report, more: Iterable[Finding] = ()) -> dict[str, Any]:
    """Return what an audit found as data, and what was found beside it."""
    return {
        "size": report.size,
        "root": base64(report.root),
        "lines": report.lines,
        "findings": [finding(world, one) for one in (*report.findings, *more)],
        "remarks": [finding(world, one) for one in report.remarks],
        "evidence": [],
    }


def _vault_findings(world: World, view: Reader, origin: str) -> list[Finding]:
    """Return what is wrong with the vault where there is one: the log alone needs none."""
    if not (world.home.path / "vault.key").exists():
        return []
    try:
        with closing(vault_of(world, origin)) as held:
            found = not_yet_erased(view, lambda: held)
    except Unsafe as error:
        return [Finding(error.code, "vault.db", error.en, error.zh)]
    return [
        Finding(
            "erasure.unfinished",
            "vault.db",
            f"{number} is erased in the log and still in the vault:"
            f" `vledger volunteer erase {number}` finishes it",
            f"账本已记载删除 {number}，但个人信息库中仍有其资料：请 `vledger volunteer erase {number}`",
        )
        for number in found
    ]


def remembered(world: World) -> Iterator[Held | Finding]:
    """Return what is remembered beside the database: the newest receipt, and the guard.

    An older file put back, or a tail cut off, is consistent in itself; these may still know better.
    """
    receipts = sorted((world.home.path / "receipts").glob("*.tlog-proof"))
    for file in receipts[-1:]:
        yield held(file, partial(receipt_held, world, file))
    for path, name in guards(world):
        yield held(path, partial(guard_held, path, name))


def guards(world: World) -> list[tuple[Path, str]]:
    """Return the guards of trusted logs on this computer, and whose they are.

    A guard is named by the first key of its log, and which one that is a trust file need not know.
    """
    keys = [Verifier.parse(key) for log in world.home.trust().logs for key in log.keys]
    found = {guard_path(world, key): key.name for key in (*keys, *_first_key(world))}
    return [(path, name) for path, name in found.items() if path.exists()]


def _first_key(world: World) -> list[Verifier]:
    """Return the log key that the charter names, where a ledger is at hand."""
    with closing(Store.open(ledger_at(world.home))) as store:
        stored = store.entry(0)
    try:
        head = Entry.parse(stored.entry).statement.head if stored else None
    except LedgerError:
        return []  # an audit says what is wrong with it
    return [Verifier.parse(head.log)] if isinstance(head, kinds.Charter) else []


def held(file: Path, read: Callable[[], Held]) -> Held | Finding:
    """Return the checkpoint that a file holds, or the finding that it holds none."""
    try:
        return read()
    except LedgerError as error:
        return Finding(
            "evidence.unreadable",
            str(file),
            f"{file} holds no checkpoint that could be compared: {error.en}",
            f"{file} 中没有可以比对的检查点：{error.zh}",
        )


def noted(receipt: bytes) -> bytes:
    """Return the note at the end of a receipt."""
    return receipt.partition(b"\n\n")[2]


def receipt_held(world: World, file: Path) -> Held:
    """Return the checkpoint in a receipt."""
    return Held.read(str(file), noted(world.read(file)))


def guard_held(path: Path, log: str) -> Held:
    """Return what a guard remembers of a log."""
    slot = Guard(path).read()
    return Held(str(path), Checkpoint(log, slot.size, slot.root))


def finding(world: World, one: Finding) -> dict[str, str]:
    """Return a finding as data, in the reader's language."""
    return {"code": one.code, "place": one.place, "message": world.pick(one.en, one.zh)}


def say_audit(world: World, found: dict[str, Any]) -> None:
    """Print what an audit found."""
    say_findings(world, found)
    world.tell(
        f"{found['size']} entries, {found['lines']} lines, root {found['root']}:"
        f" {len(found['findings'])} findings, {len(found['remarks'])} remarks",
        f"{found['size']} 条，服务记录 {found['lines']} 行，树根 {found['root']}："
        f"发现问题 {len(found['findings'])} 项，提示 {len(found['remarks'])} 项",
    )


def say_findings(world: World, found: dict[str, Any]) -> None:
    """Print findings and remarks."""
    for one in found["findings"]:
        place, said = world.pick(one["place"], chinese(one["place"])), one["message"]
        text = said if place in said else f"{place}{world.pick(': ', '：')}{said}"
        world.tell(f"✗ {text}  [{one['code']}]", f"✗ {text}  [{one['code']}]")
    for one in found["remarks"][:_REMARKS]:
        world.tell(f"· {one['message']}", f"· {one['message']}")
    if len(found["remarks"]) > _REMARKS:
        world.tell("· …", "· ……")


class Shelf:
    """A view of the database as the audit reads it."""

    def __init__(self, view: Reader, log: Iterable[Logged]) -> None:
        self._log = log
        self.level = view.level
        self.checkpoints = view.checkpoints
        self.cosignatures = view.cosignatures
        self.strays = view.strays
        self.records = view.all

    def log(self) -> Iterable[Logged]:
        """Return index, entry and items of each entry."""
        return self._log
