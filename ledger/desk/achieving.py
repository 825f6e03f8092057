"""Trainings and honours: from a sheet to signed statements, and as a volunteer sees them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal

from ledger import kinds
from ledger.desk import register
from ledger.desk.attending import recorder
from ledger.desk.office import Office, together
from ledger.desk.register import Register
from ledger.desk.registering import File, Imported, tables_of
from ledger.records import NOBODY, Achievement
from ledger.rules.achievements import place
from ledger.sheets import achievements
from ledger.sheets.achievements import AchievementRow, Case, Known
from ledger.sheets.columns import Columns
from ledger.sheets.layout import Table
from ledger.sheets.problems import Judged
from ledger.store.reading import Reader
from ledger.times import day_of

Sheet = Literal["training", "honours"]


@dataclass(frozen=True, slots=True)
class ShownAchievement:
    """A training or an honour as a person sees it: where it stands, and whether it does."""

    place: str
    kind: str  # training, honour
    date: str
    title: str
    giver: str
    minutes: int
    organisation: str
    void: bool


def import_achievements(
    office: Office, file: File, columns: Columns, kind: Sheet, *, dry: bool = False
) -> Imported[AchievementRow]:
    """Record the good rows of a file of trainings, or of honours, a statement an organisation."""
    tables = tables_of(file, kind, columns)
    judged: list[Judged[AchievementRow]] = []
    entries: list[int] = []
    for table in tables:
        found, said = office.made_anew(partial(_record, office, table, kind, dry=dry))
        judged.append(found)
        entries += said
    return Imported(tables, tuple(judged), entries=tuple(entries), dry=dry)


def of(view: Reader, number: str) -> tuple[ShownAchievement, ...]:
    """Return all trainings and honours of a volunteer by date, those taken back too."""
    found = view.where(Achievement, volunteer=number)
    return tuple(
        ShownAchievement(
            place(one), one.kind, one.date, one.title, one.giver, one.minutes, one.organisation,
            one.voided != NOBODY,
        )
        for one in sorted(found, key=lambda one: (one.date, one.entry, one.n))
    )  # fmt: skip


def _record(
    office: Office, table: Table, kind: Sheet, *, dry: bool
) -> tuple[Judged[AchievementRow], list[int]]:
    with office.store.reading() as view:
        who: Callable[[str], str] = cache(partial(recorder, view, office))
        case = Case(register.organisations(view), day_of(office.now), who)
        people = Register(view, office.vault)
        people.expect(register.asked(table))
        found = achievements.judge(table, case, people, partial(_earlier, view, kind))
    if dry:
        return found, []
    said, item = _SAYS[kind]
    letters = [
        office.pens("recorder", organisation).write(said, organisation, [item(row) for row in rows])
        for organisation, rows in together(found.good, lambda row: row.organisation)
    ]
    return found, [receipt.index for receipt in office.send_all(letters)]


def _earlier(view: Reader, kind: Sheet, numbers: Collection[str]) -> Sequence[Known]:
    rows = view.among(Achievement, ("volunteer",), [(number,) for number in sorted(numbers)])
    return [
        Known((one.volunteer, one.date, one.title, one.giver), one.minutes, place(one))
        for one in rows
        if one.kind == kind.removesuffix("s") and one.voided == NOBODY
    ]


def _training(row: AchievementRow) -> dict[str, Any]:
    volunteer, date, course, host = row.key
    return {
        "volunteer": volunteer,
        "course": course,
        "host": host,
        "date": date,
        "minutes": row.minutes,
    }


def _honour(row: AchievementRow) -> dict[str, Any]:
    volunteer, date, title, grantor = row.key
    return {"volunteer": volunteer, "title": title, "grantor": grantor, "date": date}


_SAYS: dict[Sheet, tuple[type[kinds.Head], Callable[[AchievementRow], dict[str, Any]]]] = {
    "training": (kinds.Training, _training),
    "honours": (kinds.Honour, _honour),
}
