"""A small ledger in memory, for tests of rules: real keys, real bytes, no store.

    scene = Scene.ready()                                # KX, T01, T02, officers, V1…V6, A1
    sheet = scene.attend(line("V1"), line("V2"))         # by T01/r1, for the activity A1
    scene.pass_notice(sheet)                             # three working days, closed by T01/c1
    with scene.refuses("four_eyes"):
        scene.say("correction", …, by="T01/r1")

Every statement goes the whole way: signed, written as an entry, heard, admitted, applied.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from ledger import admit, merkle, rulesets, statements, times
from ledger.book import Book
from ledger.checkpoint import Checkpoint, issue
from ledger.encoding import base64, encode, unbase64
from ledger.errors import LedgerError
from ledger.note import Signer, sign
from ledger.records import RECORDS, Activity, Certificate, Key, Line, Record, Sheet, key_of
from ledger.rules.papers import next_number
from ledger.rulesets import Ruleset, Year
from ledger.standings import Standings, committed

Json = str | int | bool | list["Json"] | tuple["Json", ...] | dict[str, "Json"]
Row = dict[str, Json]
LineRef = tuple[str, int]

ORIGIN = "kx.example.org/log-5eed5eed"
OPERATOR, RECOVERY = "KX/op", "KX/recovery"
# 2026-03-02 is a Monday; no holiday lies in March, and 2026-03-07 is made a working Saturday.
CALENDAR = {"2026": Year(off=("2026-04-06",), work=("2026-03-07",))}
RULES = Ruleset(calendar=CALENDAR)
OFFICERS = (
    ("KX/r1", "recorder", "KX", "p-kr1"),
    ("KX/c1", "confirmer", "KX", "p-kc1"),
    ("KX/i1", "issuer", "KX", "p-ki1"),
    ("KX/a1", "auditor", "*", "p-ka1"),
    ("T01/r1", "recorder", "T01", "p-r1"),
    ("T01/r2", "recorder", "T01", "V5"),  # a volunteer himself
    ("T01/c1", "confirmer", "T01", "p-c1"),
    ("T01/c2", "confirmer", "T01", "V6"),  # a volunteer himself
    ("T01/c3", "confirmer", "T01", "p-r1"),  # the person of T01/r1, under another key
    ("T02/r1", "recorder", "T02", "p-r9"),
    ("T02/c1", "confirmer", "T02", "p-c9"),
)
VOLUNTEERS = ("V1", "V2", "V3", "V4", "V5", "V6")


def at(text: str) -> str:
    """Return the instant of `02 08:00` in March 2026, or of `2026-03-02 08:00`."""
    day, time = text.split(" ")
    return f"{day if len(day) > 2 else f'2026-03-{day}'}T{time}:00+08:00"


def digest(name: str) -> bytes:
    """Return 32 bytes that stand for a name: keys, salts, ids and commitments of tests."""
    return sha256(name.encode()).digest()


def some(name: str) -> str:
    """Return a commitment or a ref to nothing."""
    return base64(digest(name))


def signer(name: str) -> Signer:
    """Return the officer's key of that name."""
    return Signer(name, digest(name))


def vkey(name: str) -> str:
    """Return the public key of that name."""
    return str(signer(name).verifier)


def line(
    volunteer: str, start: str = "03 09:00", end: str = "03 12:00", class_: str = "B", **more: Json
) -> Row:
    """Return a row of attendance, by default all of the activity A1, worth its whole interval."""
    first, last = at(start), at(end)
    minutes = times.minutes_between(first, last)
    row: Row = {"volunteer": volunteer, "start": first, "end": last, "minutes": minutes}
    return row | {"arrived": first, "left": last, "class": class_} | _named(more)


def activity(code: str, start: str = "03 09:00", end: str = "03 12:00", **more: Json) -> Row:
    """Return a row of an activity."""
    row: Row = {"code": code, "name": f"活动{code}", "category": "敬老助老", "place": "社区"}
    row |= {"content": "陪伴", "start": at(start), "end": at(end), "leader": "V1"}
    return row | _named(more)


def training(volunteer: str, date: str = "2026-03-02", minutes: int = 90, **more: Json) -> Row:
    """Return a row of a training."""
    row: Row = {"volunteer": volunteer, "course": "急救培训", "host": "红十字会"}
    return row | {"date": date, "minutes": minutes} | _named(more)


def honour(volunteer: str, date: str = "2026-03-02", **more: Json) -> Row:
    """Return a row of an honour."""
    row: Row = {"volunteer": volunteer, "title": "优秀志愿者", "grantor": "示例县科协"}
    return row | {"date": date} | _named(more)


def organisation(code: str, parent: str = "KX", **more: Json) -> Row:
    """Return a row of an organisation."""
    return {"code": code, "parent": parent, "name": f"组织{code}"} | _named(more)


def volunteer(number: str) -> Row:
    """Return a row that registers a volunteer."""
    return {"number": number, "state": "active", "name": some(f"name {number}")}


def ruleset(rules: Ruleset) -> Row:
    """Return the row that adopts a ruleset."""
    found: Row = {"ruleset": rulesets.write(rules)}
    return found


@dataclass(frozen=True)
class Logged:
    """An admitted statement: its bytes, and what followed from it."""

    index: int
    ref: str
    entry: bytes
    items: tuple[bytes, ...]
    heard: admit.Heard
    effects: tuple[Record, ...]


@dataclass
class Scene:
    """A book, the log's clock, and everything that was said."""

    book: Book = field(default_factory=Book)
    now: str = at("02 08:00")
    log: list[Logged] = field(default_factory=list)
    made: int = 0  # salts and ids that were given out

    @classmethod
    def begun(cls, rules: Ruleset = RULES) -> "Scene":
        """Return a ledger of three entries: charter, ruleset, and the root organisation KX."""
        scene = cls()
        keys = {"log": vkey(ORIGIN), "operator": vkey(OPERATOR), "recovery": vkey(RECOVERY)}
        scene.say("charter", {"person": "p-op"}, clock="simulated", **keys)
        scene.adopt(rules, scene.now[:10])
        scene.say("organisations", organisation("KX", "", area="440100"))
        return scene

    @classmethod
    def ready(cls, rules: Ruleset = RULES) -> "Scene":
        """Return a ledger at work: teams, officers, volunteers of T01, activity A1 on 3 March."""
        scene = cls.begun(rules)
        scene.appoint("KX/r1", "recorder", "KX", "p-kr1")
        scene.say("organisations", organisation("T01"), organisation("T02"), by="KX/r1", org="KX")
        for name, role, org, person in OFFICERS[1:]:
            scene.appoint(name, role, org, person)
        scene.say("volunteers", *map(volunteer, VOLUNTEERS), by="T01/r1", org="T01")
        scene.say("activities", activity("A1"), by="T01/r1", org="T01")
        scene.now = at("03 13:00")
        return scene

    # --- saying ---------------------------------------------------------------------------------

    def say(
        self, kind: str, *rows: Row, by: str = OPERATOR, org: str = "*", **head: Json
    ) -> Logged:
        """Sign a statement, log it at `now` and return it; a refusal leaves the book as it was."""
        entry, items = self.write(kind, *rows, by=by, org=org, **head)
        return self.submit(entry, items)

    def write(
        self, kind: str, *rows: Row, by: str = OPERATOR, org: str = "*", **head: Json
    ) -> tuple[bytes, tuple[bytes, ...]]:
        """Return a signed entry and its items, whatever rules may say of them."""
        items = tuple(encode({"salt": base64(self._fresh()[:16])} | row) for row in rows)
        common: Row = {"at": self.now, "by": signer(by).verifier.by, "id": self._fresh()[:16].hex()}
        common |= {"kind": kind, "organisation": org}
        if items:
            common["items"] = {"count": len(items), "root": statements.item_root(items)}
        text = encode(common | _named(head)).decode()
        note = sign(f"{statements.FIRST_LINE}\n{ORIGIN}\n{text}\n", signer(by))
        return statements.entry_bytes(self.now, note), items

    def submit(self, entry: bytes, items: tuple[bytes, ...]) -> Logged:
        """Hear, admit and apply an entry."""
        heard = admit.hear(self.book, entry, items)
        effects = admit.admit(self.book, heard)
        logged = Logged(self.book.size, heard.statement.ref, entry, items, heard, effects)
        admit.apply(self.book, heard, effects)
        self.log.append(logged)
        return logged

    @contextmanager
    def refuses(self, code: str, item: int | None = None, *, says: str = "") -> Iterator[None]:
        """Expect a refusal with that code, in both languages, that leaves the book untouched."""
        before = self.snapshot()
        with pytest.raises(LedgerError) as refusal:
            yield
        assert refusal.value.code == code, refusal.value
        assert refusal.value.say("en") != refusal.value.say("zh")
        assert says in refusal.value.en
        assert says in refusal.value.zh
        assert item is None or getattr(refusal.value, "item", None) == item
        assert self.snapshot() == before

    def snapshot(self) -> tuple[str, int, str, Mapping[object, Record]]:
        """Return all that the book holds, to compare."""
        records: dict[object, Record] = {}
        for kind in RECORDS:
            records |= {(kind, key_of(record)): record for record in self.book.all(kind)}
        return self.book.origin, self.book.size, self.book.stamp, records

    # --- what is said most ----------------------------------------------------------------------

    def appoint(self, name: str, role: str, org: str, person: str, by: str = OPERATOR) -> Logged:
        """Enrol an officer's key."""
        return self.say(
            "appointment", {"person": person}, by=by, org=org, key=vkey(name), role=role
        )

    def adopt(self, rules: Ruleset, since: str) -> Logged:
        """Adopt a ruleset from a day on."""
        return self.say("ruleset", ruleset(rules), code=1, from_=since)

    def attend(
        self, *rows: Row, to: str = "A1", by: str = "T01/r1", org: str = "T01", **head: Json
    ) -> str:
        """Record attendance of an activity, and return its ref."""
        return self.say("attendance", *rows, by=by, org=org, activity=to, **head).ref

    def notice(self, *sheets: str, by: str = "T01/r1", org: str = "T01") -> str:
        """Put attendance up for notice, and return the notice's ref."""
        rows: list[Row] = [{"attendance": ref} for ref in sheets]
        return self.say("notice", *rows, by=by, org=org).ref

    def confirm(
        self,
        notice: str,
        *decided: Row,
        by: str = "T01/c1",
        org: str = "T01",
    ) -> Logged:
        """Let the lines of a notice stand; `decided` are made by `stand`."""
        return self.say("confirmation", *decided, by=by, org=org, notice=notice)

    def pass_notice(self, *sheets: str, by: str = "T01/c1", org: str = "T01") -> str:
        """Put attendance up for notice, wait eight days, and let every line stand."""
        ref = self.notice(*sheets)
        self.wait(days=8)
        self.confirm(ref, *(stand(sheet) for sheet in sheets), by=by, org=org)
        return ref

    def object(self, *lines: LineRef, by: str = "T01/r1", org: str = "T01", **more: Json) -> Logged:
        """Object to lines; `from_` says for which volunteer."""
        rows: list[Row] = [{"line": line, "reason": some("reason")} for line in lines]
        return self.say("objection", *(row | _named(more) for row in rows), by=by, org=org)

    def correct(self, *lines: LineRef, by: str = "T01/c1", org: str = "T01") -> Logged:
        """Void confirmed lines."""
        rows: list[Row] = [{"line": line, "reason": some("reason")} for line in lines]
        return self.say("correction", *rows, by=by, org=org, reason="wrong")

    def train(self, *rows: Row, by: str = "T01/r1", org: str = "T01") -> str:
        """Record trainings, and return the statement's ref."""
        return self.say("training", *rows, by=by, org=org).ref

    def honour(self, *rows: Row, by: str = "T01/r1", org: str = "T01") -> str:
        """Record honours, and return the statement's ref."""
        return self.say("honour", *rows, by=by, org=org).ref

    def certify(
        self,
        volunteer: str,
        *lines: tuple[str, tuple[int, ...]],
        org: str = "KX",
        number: str = "",
        by: str = "KX/i1",
        **changed: Json,
    ) -> Logged:
        """Issue a certificate over lines of March 2026; `changed` are fields of its row."""
        held = [self.line(ref, n) for ref, rows in lines for n in rows]
        by_class: Row = {c: sum(one.minutes for one in held if one.class_ == c) for c in "ABCL"}
        row: Row = {"volunteer": volunteer, "from": "2026-03-01", "to": "2026-03-31"}
        row |= {"by_class": by_class, "lines": lines, "minutes": sum(one.minutes for one in held)}
        due = number or next_number(self.book, org, self.now[:4])
        page: Row = {"length": 1, "sha256": "0" * 64}
        head: Row = {"number": due, "page": page, "signer": "0" * 64}
        return self.say("certificate", row | _named(changed), by=by, org=org, **head)

    def status_head(self, **changed: Json) -> Row:
        """Return the fields of a true status list that may be relied on for thirty days."""
        found = Standings()
        found.take(self.book.all(Certificate))
        said: Row = {"list": committed(found.listed(self.book.size).write()).form()}
        said |= {"size": self.book.size, "next_update": times.later(self.now, days=30)}
        return said | changed

    def list_standings(self, by: str = OPERATOR, org: str = "*", **changed: Json) -> Logged:
        """Say how all certificates stand; `changed` are fields of the head."""
        fields = self.status_head(**changed)
        return self.say("status", by=by, org=org, **fields)

    def sample(self, by: str = "KX/a1", org: str = "*", **changed: Json) -> Logged:
        """Draw a sample of all that was said; `changed` are fields of the head."""
        root = merkle.root([merkle.leaf_hash(told.entry) for told in self.log])
        head: Row = {"size": self.book.size, "root": base64(root), "seed": "7", "share": 40}
        return self.say("sample", by=by, org=org, **(head | {"least": 5, "most": 10} | changed))

    def check(self, sample: str, line_: tuple[str, int], by: str = "KX/a1") -> Logged:
        """Say that a line of a sample was found as it should be."""
        return self.say("check", {"line": [*line_], "result": "held"}, by=by, sample=sample)

    def anchor(
        self, name: str, size: int, root: str = "", by: str = OPERATOR, org: str = "*"
    ) -> Logged:
        """Hang another log on this one, by a checkpoint of it."""
        head = signed(signer(name), size, root or some(f"{name} {size}"))
        return self.say("anchor", by=by, org=org, **head)

    def lost(self, size: int, by: Signer, root: str = "") -> Row:
        """Return a checkpoint of this log that is to be named as lost."""
        return signed(by, size, root or some(f"lost {size}"))

    def recover(self, *lost: Row, by: str = RECOVERY, org: str = "*", **changed: Json) -> Logged:
        """Go on after a lost tail; `changed` are fields of the head."""
        root = merkle.root([merkle.leaf_hash(told.entry) for told in self.log])
        head: Row = {"size": self.book.size, "root": base64(root), "reason": "tail_lost"}
        if lost:
            head["lost"] = [*lost]
        head |= changed
        return self.say("recovery", by=by, org=org, **head)

    def wait(self, **amount: int) -> None:
        """Let the log's clock run on."""
        self.now = times.later(self.now, **amount)

    # --- looking --------------------------------------------------------------------------------

    def line(self, ref: str, n: int = 0) -> Line:
        """Return a line of the book."""
        found = self.book.find(Line, ref, n)
        assert found
        return found

    def state(self, ref: str, n: int = 0) -> str:
        """Return the state of a line."""
        return self.book.line_state(self.line(ref, n))

    def sheet(self, ref: str) -> Sheet:
        """Return an attendance statement of the book."""
        found = self.book.find(Sheet, ref)
        assert found
        return found

    def appointment(self, name: str) -> str:
        """Return the ref of an officer's appointment."""
        key = self.book.find(Key, signer(name).verifier.by)
        assert key
        return key.ref

    def activity(self, code: str = "A1") -> Activity:
        """Return an activity of the book."""
        found = self.book.find(Activity, code)
        assert found
        return found

    def _fresh(self) -> bytes:
        self.made += 1
        return digest(f"fresh {self.made}")


def stand(sheet: str, *except_: int, approved: tuple[int, ...] = ()) -> Row:
    """Return the row of a confirmation: all lines of the sheet stand, the excepted apart."""
    return {"attendance": sheet, "except": list(except_), "approved": list(approved)}


def signed(log: Signer, size: int, root: str) -> Row:
    """Return a checkpoint that a log signed, as statements hold it."""
    note = issue(Checkpoint(log.name, size, unbase64(root, 32)), log)
    value = base64(note.signatures[0].value)
    return {"log": str(log.verifier), "size": size, "root": root, "signature": value}


def _named(fields: Mapping[str, Json]) -> Row:
    return {name.rstrip("_"): value for name, value in fields.items()}
