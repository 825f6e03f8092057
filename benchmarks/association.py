"""An association at work: a ledger in a folder, its officers and volunteers, a clock in our hand."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks import shape
from certificates import founding, issue, keyring
from certificates.issue import Issued, Means, Order
from certificates.seal.pades import Sealer
from ledger import kinds
from ledger.commitments import Opening
from ledger.desk.founding import Root, adoption, known_calendar
from ledger.desk.letters import Letter, Pen
from ledger.desk.office import Office, Role, ledger_at, vault_at
from ledger.errors import LedgerError
from ledger.guard import Guard
from ledger.home import Home
from ledger.incentives import Credits, Points
from ledger.log import Log, Receipt, Sent
from ledger.note import Signer
from ledger.rulesets import Ruleset
from ledger.statements import ref
from ledger.store.database import Store
from ledger.store.engine import Address
from ledger.times import instant
from ledger.vault import Details, Vault

ROOT = "KX"
_CHUNK = 5000  # rows a statement
_PADDING = 100  # statements an append
_WEEK, _WEEKS = 7, 3  # days; weeks until a notice is surely over, holidays included
_BEFORE = timedelta(days=10)


@dataclass(slots=True)
class Association:
    """A ledger and everything that belongs to it. One officer a role signs for the root."""

    home: Home
    guard: Path
    store: Store
    log: Log
    vault: Vault
    signers: dict[str, Signer]
    now: datetime
    origin: str
    _sealer: Sealer | None = None
    _waiting: list[Letter] = field(default_factory=list)

    @classmethod
    def begin(cls, folder: Path, people: int, *, paying: bool = False) -> "Association":
        """Found a ledger some days before the first service, with so many volunteers.

        `paying` rules give a point and a credit an hour.
        """
        home, guard, now = Home(folder / "home"), folder / "guard", shape.FIRST - _BEFORE
        root = Root(ROOT, "科学技术协会", "440100", "")
        made = founding.found(
            home, founding.Plan("bench.example.cn/log", root, "simulated", now), guard
        )
        store = Store.open(ledger_at(home))
        log = Log(store, home.signer(made.origin), Guard(guard))
        vault = Vault.open(vault_at(home), home.vault_key(), made.origin)
        operator = home.signer(f"{ROOT}/operator1")
        found = cls(home, guard, store, log, vault, {"operator": operator}, now, made.origin)
        roles: Sequence[Role] = ("recorder", "confirmer", "issuer")
        for role in roles:
            found._appoint(role)
        if paying:
            found._adopt(Ruleset(points=Points(), credits=Credits(), calendar=known_calendar()))
        for start in range(0, people, _CHUNK):
            found._register(range(start, min(start + _CHUNK, people)))
        return found

    def office(self) -> Office:
        """Return the desk as it is now."""
        return Office(
            self.store, self.log, lambda: self.vault, self.now, self.pen, clock_is_right=True
        )

    def pen(self, role: Role, organisation: str = ROOT) -> Pen:  # noqa: ARG002 - one reaches all
        """Return the pen of the officer with that role."""
        signer = self.signers[role]
        return Pen(self.origin, signer.verifier.by, instant(self.now), signer)

    def append(self, letters: Sequence[Letter]) -> tuple[Receipt, ...]:
        """Append letters together: one commit, one checkpoint, a receipt for each."""
        batch = [Sent(letter.note, letter.items) for letter in letters]
        answers = self.log.append(batch, self.now, clock_is_right=True)
        return tuple(map(_accepted, answers))

    def plan(self, day: int) -> None:
        """Publish the activity of a day."""
        self.office().say("recorder", kinds.Activities, ROOT, [self._planned(day)])

    def _planned(self, day: int) -> Mapping[str, object]:
        row = {"code": shape.activity(day), "name": "科普讲座进社区", "category": "科普类"}
        row |= {"place": "党群服务中心", "content": "讲解与答疑", "leader": shape.volunteer(0)}
        start = shape.begin(day)
        times = {"start": instant(start), "end": instant(start + shape.LONGEST)}
        return row | times

    def serve(self, days: int) -> None:
        """Let one volunteer serve on so many days, published and confirmed a week at a time."""
        bulk, waiting = shape.Shape(days, 1, rows=1), list[tuple[str, list[str]]]()
        for first in range(0, days, _WEEK):
            week = range(first, min(first + _WEEK, days))
            self.now = shape.begin(first) - timedelta(hours=1)
            self.office().say("recorder", kinds.Activities, ROOT, [self._planned(d) for d in week])
            self.now = shape.begin(week[-1]) + timedelta(hours=5)
            sheets = [self.attendance(day, rows) for day in week for rows in bulk.sheets(day)]
            refs = [ref(letter.text) for letter in sheets]
            notice = self.notice(refs)
            self.append([*sheets, notice])
            waiting.append((ref(notice.text), refs))
            while len(waiting) > _WEEKS:
                self.append([self.confirmation(*waiting.pop(0))])
        self.now += timedelta(days=30)
        for notice_, refs in waiting:
            self.append([self.confirmation(notice_, refs)])

    def attendance(self, day: int, rows: Sequence[Mapping[str, object]]) -> Letter:
        """Return a sheet of a day's activity, signed."""
        pen = self.pen("recorder")
        return pen.write(kinds.Attendance, ROOT, rows, activity=shape.activity(day))

    def notice(self, sheets: Sequence[str]) -> Letter:
        """Return the notice of sheets, signed."""
        rows = [{"attendance": ref} for ref in sheets]
        return self.pen("recorder").write(kinds.Notice, ROOT, rows)

    def confirmation(self, notice: str, sheets: Sequence[str]) -> Letter:
        """Return the confirmation of all lines of sheets under a notice, signed."""
        rows = [{"attendance": ref, "except": [], "approved": []} for ref in sheets]
        return self.pen("confirmer").write(kinds.Confirmation, ROOT, rows, notice=notice)

    @property
    def sealer(self) -> Sealer:
        """The sealing key, opened once: the passphrase's hash is slow on purpose."""
        if self._sealer is None:
            self._sealer = keyring.open_for(self.home, [ROOT], instant(self.now)).sealer
        return self._sealer

    @property
    def address(self) -> Address:
        """Where the ledger's tables are, for another process."""
        return ledger_at(self.home)

    def certify(self, who: int) -> Issued:
        """Issue a certificate of all a volunteer has done."""
        means = Means(self.sealer, self.home.association())
        return issue.issue(self.office(), means, Order(shape.volunteer(who), ROOT))

    def padding(self) -> None:
        """Say something that concerns nobody, so that the log grows; sent by the hundred."""
        row = {"number": shape.volunteer(1), "state": "active"}
        self._waiting.append(self.pen("recorder").write(kinds.Volunteers, ROOT, [row]))
        if len(self._waiting) == _PADDING:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting:
            self.append(self._waiting)
            self._waiting = []

    def _adopt(self, ruleset: Ruleset) -> None:
        self.append([adoption(self.pen("operator", "*"), ruleset)])

    def _appoint(self, role: Role) -> None:
        signer = Signer(f"{ROOT}/{role}", secrets.token_bytes(32))
        head = {"key": str(signer.verifier), "role": role}
        person = {"person": f"p-{role}"}
        self.office().say("operator", kinds.Appointment, ROOT, [person], **head)
        self.signers[role] = signer

    def _register(self, numbers: Sequence[int]) -> None:
        rows, people = [], []
        for who in numbers:
            details = Details(name=f"志愿者{who}", phone=f"1390000{who:04d}")
            opening = Opening.fresh(details.name)
            people.append((shape.volunteer(who), details, {"name": opening}))
            rows.append(
                {
                    "number": shape.volunteer(who),
                    "state": "active",
                    "name": opening.commitment("name"),
                }
            )
        self.vault.register(people)
        self.office().say("recorder", kinds.Volunteers, ROOT, rows)


def _accepted(answer: Receipt | LedgerError) -> Receipt:
    if isinstance(answer, LedgerError):
        raise answer
    return answer
