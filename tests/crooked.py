"""A ledger in which much is doubtful at once: what reports look like when there is something to report.

    found = examined()                     # findings of many patterns, charts with something in them

An honest half year by three teams' recorders, and in it: hours that were sold, a night of typing, a
list of names, a month's quota, a certificate that was in a hurry.
"""

import random

from ledger import merkle
from ledger.checkpoint import Checkpoint
from ledger.desk.anomalies import Examined, examine
from ledger.rulesets import Anomalies, Ruleset
from tests.scene import (
    CALENDAR,
    ORIGIN,
    Row,
    Scene,
    activity,
    at,
    line,
    organisation,
    some,
    stand,
    volunteer,
)

PEOPLE = [f"V{n:03d}" for n in range(100, 170)]


def scene(*, rules: Ruleset | None = None) -> Scene:
    """Return the ledger."""
    found = Scene.ready(rules or Ruleset(calendar=CALENDAR, anomalies=Anomalies(late_share=25)))
    found.now = at("03 14:00")
    found.say("organisations", organisation("T03", area="330100"), by="KX/r1", org="KX")
    found.say("volunteers", *map(volunteer, PEOPLE), by="T01/r1", org="T01")
    _honest(found)
    _sold(found)
    _night(found)
    _hurried(found)
    _crowd(found)
    return found


def checkpoint(found: Scene) -> Checkpoint:
    """Return the log's head, as nobody has signed it."""
    tree = merkle.Frontier()
    for one in found.log:
        tree.append(merkle.leaf_hash(one.entry))
    return Checkpoint(ORIGIN, tree.size, tree.root())


def examined(*, rules: Ruleset | None = None) -> Examined:
    """Return the ledger, looked through by somebody who has no vault."""
    found = scene(rules=rules)
    log = [(one.index, one.entry, one.items) for one in found.log]
    return examine(lambda: log, checkpoint(found))


def _honest(found: Scene) -> None:
    dice = random.Random(5)
    recorders = ("T01/r1", "T02/r1", "T01/r2", "KX/r1")
    for week in range(20):
        by = recorders[week % 4]
        day = 4 + 7 * week
        date = f"2026-{3 + day // 28:02d}-{day % 28 + 1:02d}"
        free = dice.sample(PEOPLE[:40], 14)
        _publish(found, f"H{week:02d}", date, by)
        found.now = f"{date}T{dice.choice((13, 15, 17, 18, 20))}:{dice.randrange(10, 59)}:00+08:00"
        rows = [_odd(dice, who, date) for who in free]
        found.attend(*rows, to=f"H{week:02d}", by=by, org=_team(by))


def _odd(dice: random.Random, who: str, date: str, class_: str = "A") -> Row:
    start = f"{date} 09:{dice.randrange(0, 20):02d}"
    return line(
        who, start, f"{date} {dice.choice(('11', '12'))}:{dice.randrange(0, 30):02d}", class_
    )


def _publish(found: Scene, code: str, date: str, by: str = "T01/r1", end: str = "12:30") -> None:
    found.now = f"{date}T07:30:00+08:00"
    row = activity(code, f"{date} 08:00", f"{date} {end}")
    found.say("activities", row, by=by, org=_team(by))


def _team(by: str) -> str:
    return "T03" if by == "KX/r1" else by[:3]


def _sold(found: Scene) -> None:
    """Publish an activity that never was, and fill it two minutes later, for new accounts too."""
    found.now = "2026-08-10T16:00:00+08:00"
    found.say(
        "activities", activity("X1", "2026-08-08 08:00", "2026-08-08 17:00"), by="T02/r1", org="T02"
    )
    found.say("volunteers", *map(volunteer, ("W1", "W2")), by="T02/r1", org="T02")
    found.now = "2026-08-10T16:02:00+08:00"
    rows = [
        line(who, "2026-08-08 08:00", "2026-08-08 16:30", "C") for who in ("W1", "W2", *PEOPLE[:6])
    ]
    found.attend(*rows, to="X1", by="T02/r1", org="T02", reason=some("x"))


def _night(found: Scene) -> None:
    _publish(found, "X2", "2026-08-11")
    dice = random.Random(2)
    found.now = "2026-08-12T02:40:00+08:00"
    found.attend(*(_odd(dice, who, "2026-08-11") for who in PEOPLE[:60]), to="X2")


def _hurried(found: Scene) -> None:
    """Serve eleven full days in a row, on paper; have them confirmed; take the certificate."""
    sheets = []
    for day in range(13, 24):
        date = f"2026-08-{day}"
        _publish(found, f"X{day}", date, end="21:00")
        found.now = f"{date}T22:00:00+08:00"
        end = f"{date} {'21:00' if day == 15 else '16:00'}"
        rows = [line("V150", f"{date} 08:00", end, "C")]
        sheets.append(found.attend(*rows, to=f"X{day}", reason=some("x")))
    notice = found.notice(*sheets)
    found.wait(days=8)
    found.confirm(notice, *(stand(sheet, approved=(0,)) for sheet in sheets), by="KX/c1")
    found.wait(hours=2)
    lines = [(ref, (0,)) for ref in sheets]
    found.certify("V150", *lines, from_="2026-08-01", to="2026-08-31")


def _crowd(found: Scene) -> None:
    """Write one pair of times down the column, and a list of names without any."""
    for code, day in (("X3", "2026-09-02"), ("X4", "2026-09-03")):
        _publish(found, code, day)
        found.now = f"{day}T15:00:00+08:00"
        rows = [line(who, f"{day} 08:10", f"{day} 12:00") for who in PEOPLE[:55]]
        if code == "X4":
            rows = [
                {key: value for key, value in line(who, f"{day} 08:00", f"{day} 12:30").items()
                 if key not in ("arrived", "left")}
                for who in PEOPLE[:30]
            ]  # fmt: skip
        found.attend(*rows, to=code)
