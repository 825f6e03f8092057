"""The group `credit` with what needs this wing: proofs of credits that leave or arrive, and paper."""

from collections.abc import Callable
from pathlib import Path

import click

from certificates import crossing
from certificates.proof import Committed
from certificates.source import Ledger
from ledger import accounts
from ledger.checkpoint import Checkpoint
from ledger.commands import typed
from ledger.commands.credit import credit
from ledger.commands.opening import done, office
from ledger.commands.world import World, refusals
from ledger.desk import spending
from ledger.desk import statement as statements
from ledger.desk.office import parse_place
from ledger.desk.registering import File
from ledger.desk.statement import Statement
from ledger.errors import Rejected
from ledger.note import Note
from ledger.records import Key, Organisation

_FILE = click.Path(path_type=Path, dir_okay=False)


@credit.command("depart")
@click.argument("place", metavar="ENTRY:ROW")
@click.option("-o", "--output", type=_FILE, required=True, help="写入的文件 / file to write")
@click.pass_obj
def depart(world: World, place: str, output: Path) -> None:
    """为已办结的转出写出凭证，交给转入的组织。 Write the document of a settled export."""
    with refusals(world):
        movement = spending.movement_at(office(world), parse_place(place))
        with office(world).store.reading() as view:
            note = office(world).cosign(view.checkpoint())
            size = Checkpoint.parse(Note.parse(note).text).size
            found = crossing.make(Ledger(view), movement, Committed(note, size))
        world.write(output, found.write())
        world.tell(f"{output}: give it to the other association", f"{output}：请交给转入的组织")
        world.answer({"file": str(output)})


@credit.command("arrive")
@click.argument("file", type=_FILE)
@click.argument("number", callback=typed.number)
@click.option("--trust", type=_FILE, help="转出方的信任文件（默认本账本文件夹）/ trust.json")
@click.pass_obj
def arrive(world: World, file: Path, number: str, trust: Path | None) -> None:
    """凭转出凭证转入时间储蓄：先保留，由确认人办结。 Take credits in from another ledger."""
    with refusals(world):
        data = world.read(file)
        believed = world.home.trust(trust)
        with office(world).store.reading() as view:
            own = next(view.where(Key, role="log")).by.rpartition("+")[0]
        found = crossing.check(data, believed, own)
        if found.receiver and found.receiver != number:
            raise Rejected(
                "import.receiver",
                en=f"{file} is meant for {found.receiver}, not for {number}",
                zh=f"{file} 是转给 {found.receiver} 的，不是 {number}",
            )
        wish = spending.Wish(
            "import", accounts.transit(found.origin), accounts.volunteer(number), found.amount,
            paper=File(file.name, data), origin=(found.ref, found.n),
        )  # fmt: skip
        receipt = spending.hold(office(world), wish)
        at = f"{receipt.index}:1" if receipt else ""
        done(
            world,
            {"hold": at, "amount": found.amount, "origin": found.origin},
            f"{found.amount} credits of {found.origin} are proved, and held at {at}; next, by a"
            f" confirmer: vledger credit settle {at}",
            f"{found.origin} 转出的 {found.amount} 小时已证实，保留于 {at}；下一步，由确认人："
            f"vledger credit settle {at}",
        )


@credit.command("statement")
@click.argument("number", callback=typed.number)
@click.option("-o", "--output", type=_FILE, required=True,
              help="写入的文件：.xlsx、.pdf、.json / file to write")  # fmt: skip
@click.pass_obj
def statement(world: World, number: str, output: Path) -> None:
    """一人的账目清单：记录、收支、余额，逐项列明依据。 A statement of account, with reasons."""
    form = output.suffix.lower()
    if form not in _FORMS:
        raise click.UsageError(
            world.pick(
                "the file ends in .xlsx, .pdf or .json", "文件应以 .xlsx、.pdf 或 .json 结尾"
            )
        )
    with refusals(world):
        world.check_writable(output)
        lang = world.lang if form == ".json" else "zh"
        found = statements.drawn_up(office(world), number, lang)
        world.write(output, _FORMS[form](world, found))
        chinese = "" if form == ".json" else " (it is in Chinese, as it is for the person to keep)"
        world.tell(f"written: {output}{chinese}", f"已写入 {output}")
        rows = {"lines": len(found.lines), "postings": len(found.postings)}
        world.answer({"file": str(output), **rows})


def _pdf(world: World, found: Statement) -> bytes:
    from certificates.statement import write_pdf

    with office(world).store.reading() as view:
        association = next(view.where(Organisation, parent="")).name
    return write_pdf(found, association)


_FORMS: dict[str, Callable[[World, Statement], bytes]] = {
    ".json": lambda _, found: statements.write_json(found),
    ".pdf": _pdf,
    ".xlsx": lambda _, found: statements.write_xlsx(found),
}
__all__ = ["credit"]
