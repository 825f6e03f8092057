"""The service lines of a book, packed: some fifty bytes each, because a ledger has millions of them.

A line is one row of numbers; texts that come again (sheets, volunteers) are kept once, times are
minutes. Whoever asks for a line is given a record, made when it is asked for. The lines of a sheet
lie in a row when they come in a row, as an auditor hears them; a writer fetches them in any order.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from struct import Struct, error

from ledger.errors import Malformed
from ledger.records import Line, RecordKey
from ledger.times import DAY, minute_number, minute_text

# Sheet, row; volunteer, start, end, minutes; class, rating, state; confirmation, voided.
_FORM = Struct("<IHIIIIBBBii")
_PLACE = Struct("<IH")
_WHEN = Struct("<II")
_WHEN_AT = Struct("<IHI").size
_SIZE = _FORM.size
_CLASSES = ("A", "B", "C", "L")
_STATES = ("", "objected", "denied", "excepted", "replaced", "void")
_CLASS = {word: number for number, word in enumerate(_CLASSES)}
_STATE = {word: number for number, word in enumerate(_STATES)}
_A_DAY = 32  # bits below a day: which line
_WHICH = (1 << _A_DAY) - 1


class Lines:
    """Lines by sheet and row, and whose they are on which days. Whose and when never changes."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._count = 0
        self._sheets: dict[str, int] = {}
        self._refs: list[str] = []
        self._first = array("q")  # of each sheet: where its row 0 lies, or would
        self._apart: dict[RecordKey, int] = {}  # rows that lie elsewhere
        self._people: dict[str, int] = {}
        self._numbers: list[str] = []
        self._days: list[array[int]] = []  # of each person: days with a line, and which line

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: RecordKey) -> bool:
        return self.place(key) >= 0

    def __setitem__(self, key: RecordKey, line: Line) -> None:
        """Take in a line, or what has changed of one; raises `Malformed` for what is none."""
        ref = line.sheet
        sheet, person = self._sheets.get(ref, len(self._refs)), self._people.get(line.volunteer, -1)
        if person < 0:
            person = self._person(line.volunteer)
        try:
            row = _FORM.pack(
                sheet, line.n, person, minute_number(line.start), minute_number(line.end),
                line.minutes, _CLASS[line.class_], line.rating, _STATE[line.state],
                line.confirmation, line.voided,
            )  # fmt: skip
        except (error, KeyError) as problem:
            raise Malformed(f"not a line: {line}", f"不是服务记录：{line}") from problem
        at = self.place(key)
        if at >= 0:
            self._packed[at * _SIZE : (at + 1) * _SIZE] = row
            return
        at = self._count
        self._packed += row
        self._count += 1
        if sheet == len(self._refs):
            self._sheets[ref] = sheet
            self._refs.append(ref)
            self._first.append(at - line.n)
        elif self._first[sheet] + line.n != at:
            self._apart[key] = at
        self._index(person, row, at)

    def get(self, key: RecordKey) -> Line | None:
        """Return the line of that sheet and row, if there is one."""
        at = self.place(key)
        return self.at(at) if at >= 0 else None

    def values(self) -> Iterator[Line]:
        """Iterate over all lines, as they came."""
        return map(self.at, range(self._count))

    def of(self, ref: str, count: int) -> list[Line]:
        """Return the lines of a sheet that are in its first rows, by row."""
        sheet, packed = self._sheets.get(ref), self._packed
        if sheet is None:
            return []
        first, found = self._first[sheet], []
        for n in range(count):
            at = first + n
            row = _FORM.unpack_from(packed, at * _SIZE) if 0 <= at < self._count else ()
            if row[:2] == (sheet, n):  # nearly always; the others lie elsewhere, or nowhere
                found.append(self._made(row))
            elif (at := self._apart.get((ref, n), -1)) >= 0:
                found.append(self.at(at))
        return found

    def near(self, volunteer: str, start: str, end: str, but: RecordKey = ()) -> list[Line]:
        """Return the volunteer's lines that touch a day which the interval touches, once each.

        One that is not wanted is left out by its key.
        """
        person = self._people.get(volunteer)
        if person is None:
            return []
        days, begins = self._days[person], minute_number(start)
        first = begins // DAY << _A_DAY
        if not days or days[-1] < first:  # nearly always: service is recorded as time passes
            return []
        last = max(begins, minute_number(end) - 1) // DAY
        low = bisect_left(days, first)
        high = bisect_left(days, last + 1 << _A_DAY, low)
        own = self.place(but) if but else -1
        return [self.at(place) for place in self._places(days[low:high]) if place != own]

    def by(self, volunteer: str, before: str = "") -> list[Line]:
        """Return the lines of a volunteer, once each: all, or those that begin before an instant."""
        person = self._people.get(volunteer)
        if person is None:
            return []
        days = self._days[person]
        if not before:
            return [self.at(place) for place in self._places(days)]
        midnight = minute_number(f"{before[:10]}T00:00:00+08:00")
        end = bisect_left(days, midnight // DAY + 1 << _A_DAY)
        found = (self.at(place) for place in self._places(days[:end]))
        return [line for line in found if line.start < before]

    def place(self, key: RecordKey) -> int:
        """Return where a line lies, below 0 if nowhere."""
        ref, n = key
        sheet = self._sheets.get(ref)  # type: ignore[arg-type]
        if sheet is None:
            return -1
        at = self._first[sheet] + n  # type: ignore[operator]
        if 0 <= at < self._count and _PLACE.unpack_from(self._packed, at * _SIZE) == (sheet, n):
            return at
        return self._apart.get(key, -1)

    def at(self, place: int) -> Line:
        """Return the line that lies there."""
        return self._made(_FORM.unpack_from(self._packed, place * _SIZE))

    def _made(self, row: tuple[int, ...]) -> Line:
        sheet, n, person, start, end, minutes, class_, rating, state, confirmation, voided = row
        return Line(
            self._refs[sheet], n, self._numbers[person], minute_text(start), minute_text(end),
            minutes, _CLASSES[class_], rating, _STATES[state], confirmation, voided,
        )  # fmt: skip

    @staticmethod
    def _places(days: Sequence[int]) -> Iterable[int]:
        found = [day & _WHICH for day in days]
        return dict.fromkeys(found) if len(found) > 1 else found

    def _person(self, number: str) -> int:
        self._numbers.append(number)
        self._days.append(array("Q"))
        return self._people.setdefault(number, len(self._numbers) - 1)

    def _index(self, person: int, row: bytes, at: int) -> None:
        start, end = _WHEN.unpack_from(row, _WHEN_AT)
        days = self._days[person]
        for day in range(start // DAY, max(start, end - 1) // DAY + 1):
            found = day << _A_DAY | at
            if days and found < days[-1]:
                insort(days, found)
            else:
                days.append(found)  # nearly always: service is recorded as time passes


class Unseen:
    """Lines to be taken out one by one, while the book keeps them: a byte each."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._seen = bytearray(len(lines))

    def pop(self, key: RecordKey, default: None) -> Line | None:
        """Return the line of that sheet and row, the first time that it is asked for."""
        at = self._lines.place(key)
        if at < 0 or self._seen[at]:
            return default
        self._seen[at] = 1
        return self._lines.at(at)

    def values(self) -> Iterator[Line]:
        """Iterate over those that were not asked for."""
        at = self._seen.find(0)
        while at >= 0:
            yield self._lines.at(at)
            at = self._seen.find(0, at + 1)
