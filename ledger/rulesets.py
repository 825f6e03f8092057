"""Rulesets: the local parameters (RULES.md level P) and the calendar of working days, as data.

Stars, points and credits have parameters of their own (`incentives`): a ruleset that does not name
points or credits gives none.

A ruleset is adopted by a statement and lies in the log, so a replay depends on no library and no
later opinion. Limits are those of the ruleset in force on the day of service; the calendar is a
public fact and is read from the newest ruleset logged.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field, ValidationError

from ledger.errors import Malformed, Rejected
from ledger.incentives import Credits, Part, Points, Stars
from ledger.times import day

Minutes = Annotated[int, Field(ge=0, le=24 * 60)]
Percent = Annotated[int, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0, le=366)]
Lines = Annotated[int, Field(ge=0, le=10**6)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Year(Part):
    """One year of the State Council's calendar: weekdays off, and Saturdays and Sundays worked."""

    off: tuple[Day, ...] = ()
    work: tuple[Day, ...] = ()


class Anomalies(Part):
    """From where on an auditor wants to look (RULES.md 51): thresholds, never refusals.

    What a ruleset adopted earlier does not say has the default: nothing in the ledger is judged by it.
    """

    late_share: Percent = 20  # of a team's lines in a month that are class C
    late_lines: Lines = 5  # class C lines below which no share is taken
    soon_minutes: Minutes = 5  # from an activity's publication to its attendance
    same_times: Count = 50  # people with the same times on one sheet, or the same reason on several
    no_times: Lines = 10  # lines of an activity, none of which has a sign-in
    recorder_hourly: Lines = 200  # lines by one recorder an hour
    night_lines: Lines = 50  # by one recorder in one night …
    night_until: Annotated[int, Field(ge=0, le=24)] = (
        5  # … which is so many hours from midnight; 0: none
    )
    pair_sheets: Lines = 20  # of a recorder, all confirmed by one person …
    pair_choice: Count = 2  # … though so many others could have
    away_lines: Lines = 5  # of a volunteer, outside his own area
    month_end_days: Annotated[int, Field(ge=1, le=27)] = 3  # last days of a month …
    month_end_age: Count = 7  # … in which service older than so many days is recorded
    month_end_share: Percent = 50  # of a team's lines in a month
    month_end_lines: Lines = 30  # below which no share is taken
    spike_times: Lines = 5  # a team's usual month, when other teams have no more than usual
    spike_lines: Lines = 100  # of a month, below which none is a spike
    full_days: Count = 7  # days in a row that reach `day_limit`
    registered_days: Count = 0  # from a service to its volunteer's registration
    round_share: Percent = 90  # of a recorder's lines with times of their own: full half hours
    round_lines: Lines = 50  # below which no share is taken
    certificate_hours: Count = 24  # from the confirmation of class C lines to their certificate …
    certificate_minutes: Annotated[int, Field(ge=0, le=10**6)] = (
        20 * 60
    )  # … that holds more of them


class Ruleset(Part):
    """The parameters of one ledger; the defaults are those of RULES.md. Minutes unless named."""

    title: str = Field(default="默认规则", max_length=100)
    source: str = Field(default="", max_length=1000)  # the document it follows, and its date
    privacy_notice: str = Field(default="隐私告知书 第1版", max_length=100)
    minimum_age: Annotated[int, Field(ge=0, le=100)] = 6
    guardian_until: Annotated[int, Field(ge=0, le=100)] = 14
    grace: Minutes = 30
    longest: Minutes = 16 * 60
    late_days: Count = 10
    notice_days: Count = 3
    day_limit: Minutes = 8 * 60
    day_ceiling: Minutes = 12 * 60
    presence: Percent = 0  # of an activity's time, below which nothing is credited
    stars: Stars = Field(default_factory=Stars)
    points: Points | None = None
    credits: Credits | None = None
    anomalies: Anomalies = Field(default_factory=Anomalies)
    calendar: dict[Annotated[str, Field(pattern=r"^[0-9]{4}$")], Year] = Field(default_factory=dict)

    def check_year(self, found: str) -> None:
        """Raise `Rejected` unless the working days of that day's year have been published."""
        if found[:4] not in self.calendar:
            raise Rejected(
                "calendar.missing",
                en=f"the ruleset holds no working days for {found[:4]};"
                " add them with `vledger rules calendar FILE`",
                zh=f"规则中没有 {found[:4]} 年的工作日安排；"
                "请在国务院公布后用 `vledger rules calendar 文件` 补充",
            )

    def is_working_day(self, found: date) -> bool:
        """Tell whether people work that day, by the calendar of its year (with 调休)."""
        text = found.isoformat()
        self.check_year(text)
        year = self.calendar[text[:4]]
        return text in year.work or (found.isoweekday() <= len("MTWTF") and text not in year.off)

    def working_days(self, after: str, before: str, *, most: int) -> int:
        """Count the working days between two days, neither included, up to `most`.

        The count stops at `most`, so a sheet that is years late needs no calendar of years ago.
        """
        first, found, count = day(after), day(before) - timedelta(days=1), 0
        while first < found and count < most:  # backwards: the last days are those with a calendar
            count += self.is_working_day(found)
            found -= timedelta(days=1)
        return count

    def closing_day(self, opened: str, notice_days: int | None = None) -> str:
        """Return the first day on which a notice opened that day may be closed.

        By its own calendar; the days may be those of the ruleset that the service was under.
        """
        due = self.notice_days if notice_days is None else notice_days
        return self._after(opened, due, full=True)

    def attendance_due(self, ended: str, late_days: int | None = None) -> str:
        """Return the last day on which attendance of an activity that ended that day is in time."""
        due = self.late_days if late_days is None else late_days
        return self._after(ended, due, full=False)

    def _after(self, start: str, count: int, *, full: bool) -> str:
        found = day(start)
        while count:
            found += timedelta(days=1)
            count -= self.is_working_day(found)
        return (found + timedelta(days=full)).isoformat()


def write(ruleset: Ruleset) -> dict[str, Any]:
    """Return a ruleset as it is adopted: every parameter said, so that no default can change it."""
    return ruleset.model_dump(mode="json", exclude_none=True)


def read(document: str) -> Ruleset:
    """Read a ruleset from JSON, or raise `Malformed` naming every field that is not as it must be."""
    try:
        return Ruleset.model_validate_json(document)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise Malformed(
            f"ruleset: {'; '.join(found)}", f"规则不合规定：{'；'.join(found)}"
        ) from error


def in_force(rulesets: Mapping[int, tuple[str, Ruleset]], service_day: str) -> int:
    """Return the entry whose ruleset is in force on a day: {entry: (from, ruleset)} in, the last to begin.

    Days before the first ruleset's `from` are under the first.
    """
    _check_some(rulesets)
    begun = [(start, index) for index, (start, _) in rulesets.items() if start <= service_day]
    return max(begun)[1] if begun else min(rulesets)


def newest(rulesets: Mapping[int, tuple[str, Ruleset]]) -> Ruleset:
    """Return the ruleset that was logged last: {entry index: (from, ruleset)} in."""
    _check_some(rulesets)
    return rulesets[max(rulesets)][1]


def _check_some(rulesets: Mapping[int, tuple[str, Ruleset]]) -> None:
    if not rulesets:  # entry 1 was refused: an audit goes on, and nothing can be judged
        raise Rejected("ruleset.missing", en="no ruleset was adopted", zh="账本没有采用任何规则")
