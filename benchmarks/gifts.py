"""Gifts: time credits that everybody gives to the next in the row, held and then settled."""

from benchmarks import shape
from benchmarks.association import Association
from benchmarks.clocks import Clock, Watch
from ledger import kinds
from ledger.accounts import volunteer
from ledger.encoding import base64
from ledger.statements import ref
from ledger.times import day_of, instant, later

TOGETHER = 5_000  # rows a statement
_FORM = base64(bytes(32))  # a commitment to a form


class Gifts:
    """An association whose volunteers hand credits round in a circle, so that nobody runs dry."""

    def __init__(self, association: Association, people: int, clock: Clock) -> None:
        self.watch = Watch(clock)
        self._at = association
        self._people = people

    def run(self, count: int) -> int:
        """Move so many times, half of the rows held and half settled; returns how many it were."""
        done = 0
        while done < count:
            rows = min(TOGETHER, self._people, -(-(count - done) // 2))
            self._round(rows)
            done += 2 * rows
        return done

    def _round(self, rows: int) -> None:
        now = instant(self._at.now)
        gifts = [
            {"purpose": "gift", "unit": "credit", "amount": 1, "relation": "child",
             "credit": self._account(i), "debit": self._account(i + 1), "paper": _FORM,
             "effective": day_of(now), "until": later(now, days=30)}
            for i in range(rows)
        ]  # fmt: skip
        held = self._at.pen("recorder").write(kinds.Transfer, "KX", gifts, step="hold")
        places = [(ref(held.text), n) for n in range(rows)]
        settlements = [{"hold": at, "amount": 1, "effective": day_of(now)} for at in places]
        settled = self._at.pen("confirmer").write(kinds.Transfer, "KX", settlements, step="settle")
        for letter in (held, settled):
            with self.watch.held():
                self._at.append([letter])

    def _account(self, who: int) -> str:
        return volunteer(shape.volunteer(who % self._people))
