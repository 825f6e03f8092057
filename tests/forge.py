"""A forger's workshop: whole ledgers and sealed certificates, consistent in themselves, by nobody's
leave.

    plot = Plot.honest()                              # a script: who says what, when
    plot["confirmation"].rows[0]["except"] = [0]      # … and what the forger makes of it
    forged = plot.make()                              # signed, stamped, logged, proved, sealed

The forger holds the log's key and every officer's, and never calls `admit`. References between
statements are names of steps until the bytes are made, so steps can change places freely.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from typing import Any

from msgspec import structs

from certificates.claim import Brought, Claim, Honour, Line, Training, totals
from certificates.page import design
from certificates.page.look import Look
from certificates.render import render
from certificates.seal import holders, pades
from certificates.seal.holders import Holder
from ledger import checkpoint, encoding, merkle, statements, trust
from ledger.checkpoint import Checkpoint
from ledger.commitments import commitment
from ledger.encoding import base64
from ledger.incentives import Level, Stars
from ledger.note import COSIGNATURE_ED25519, Note, Signature, Signer, Verifier, sign
from ledger.rulesets import Ruleset
from ledger.trust import Trust, TrustedLog
from tests import scene
from tests.scene import ORIGIN, at, digest, signer, vkey

NAMES = {"V1": "李𫖯", "V2": "欧阳致远", "V3": "王秀英"}
NUMBER, OTHER_NUMBER = "440100-KX-2026-000002-16", "440100-KX-2026-000001-19"
FOUNDED = "2026-01-01T00:00:00+08:00"
CLOSED = 18  # the entry of the closing in `Plot.carrying`
SEEN = 1_773_000_000  # when witnesses saw the checkpoint, seconds since 1970
Shown = dict[str, set[int]]
Row = dict[str, Any]  # as of a scene, with refs to steps in it


@dataclass(frozen=True)
class Ref:
    """Stands for the ref of a step's statement."""

    step: str


@dataclass
class Step:
    """One statement to be: `key` signs it, under the name in `by`."""

    kind: str
    rows: list[Row]
    by: str
    org: str
    now: str
    head: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    origin: str = ORIGIN
    spell: Callable[[bytes], bytes] = bytes  # of head and rows, once written


@dataclass(frozen=True)
class Paper:
    """What is on the page, and what the one who asked for it hopes is read."""

    number: str = NUMBER
    name: str = NAMES["V1"]
    minutes: int = 300
    design: str = "classic"
    star: int = 0
    training: tuple[Training, ...] = ()
    honours: tuple[Honour, ...] = ()
    brought: int = 0  # minutes of class B, carried over from the closing of `Plot.carrying`


@dataclass
class Means:
    """What a file is made with beside the script; forgers change it."""

    log: str = ORIGIN  # whose secret the log's key is
    origin: str = ORIGIN
    witnesses: tuple[str, ...] = ()
    borrowed: dict[str, str] = field(default_factory=dict)  # name of a key: whose secret it is
    seal: str = "sealer"
    page: bytes = b""
    shown: Callable[[Shown], None] = lambda _: None
    proof: Callable[[dict[str, Any]], None] = lambda _: None
    written: Callable[[bytes], bytes] = lambda data: data


@dataclass
class Plot:
    """A ledger as a script of named steps, and the certificate at its end."""

    steps: dict[str, Step]
    paper: Paper = field(default_factory=Paper)
    means: Means = field(default_factory=Means)
    opened: dict[str, tuple[str, str]] = field(default_factory=dict)  # field: name of key, value

    @classmethod
    def honest(cls) -> "Plot":
        """Return a ledger of a certificate over two sheets, which `admit` admits."""
        return cls(steps=copy.deepcopy(_script()), opened={"name": ("V1", NAMES["V1"])})

    @classmethod
    def full(cls) -> "Plot":
        """Return the same ledger, where V1 has two trainings, two honours and a star beside his hours.

        Each is said by T01, but for the star, which KX's second issuer granted.
        """
        plot = cls.honest()
        for name, step in _beside().items():
            plot.add(name, step, before="other")
        plot.claim.update({
            "star": [Ref("award"), 1], "training": [[Ref("courses"), [0, 2]]],
            "honours": [[Ref("praise"), [1]], [Ref("prize"), [0]]],
        })  # fmt: skip
        course, praise = ("急救培训", "红十字会"), ("优秀志愿者", "示例县科协")
        plot.paper = Paper(
            star=1,
            training=(Training("2026-03-02", *course, 90), Training("2026-03-05", *course, 30)),
            honours=(Honour("2026-03-02", *praise), Honour("2026-03-10", *praise)),
        )
        return plot

    @classmethod
    def carrying(cls) -> "Plot":
        """Return a ledger that was closed between two confirmations: V1's first hours are carried over."""
        plot = cls.honest()
        plot["notice"].rows.pop()
        plot["confirmation"].rows.pop()
        row: Row = {"star": 0, "points": 0, "credits": 0, "donations": 0}
        rows = [
            row | {"volunteer": number, "by_class": {"A": 0, "B": served, "C": 0, "L": 0}}
            for number, served in (("V1", 180), ("V2", 180), ("V3", 0))
        ]
        head = {"as_of": at("12 09:00"), "size": CLOSED, "total": len(rows)}
        again: list[Row] = [{"attendance": Ref("second")}]
        for name, step in {
            "closing": Step("closing", rows, "KX/op", "KX", at("12 10:00"), head),
            "again": Step("notice", again, "T01/r1", "T01", at("12 11:00")),
            "later": Step(
                "confirmation", [stand("second")], "T01/c1", "T01", at("20 09:00"),
                {"notice": Ref("again")},
            ),
        }.items():  # fmt: skip
            plot.add(name, step, before="other")
        plot.claim.update({"closing": [Ref("closing"), 0], "lines": [[Ref("second"), [1]]]})
        plot.paper = Paper(brought=180)
        return plot

    @classmethod
    def of_another(cls) -> "Plot":
        """Return the same ledger up to the certificate before, which is V2's."""
        plot = cls.honest()
        plot.drop("certificate")
        plot.steps = {
            "certificate" if name == "other" else name: s for name, s in plot.steps.items()
        }
        plot.paper = Paper(OTHER_NUMBER, NAMES["V2"], 180)
        plot.opened = {"name": ("V2", NAMES["V2"])}
        return plot

    def __getitem__(self, name: str) -> Step:
        return self.steps[name]

    def add(self, name: str, step: Step, *, before: str) -> None:
        """Put a step into the script."""
        self.steps = {
            known: each
            for old, kept in self.steps.items()
            for known, each in ([(name, step)] if old == before else []) + [(old, kept)]
        }

    def drop(self, name: str) -> None:
        """Take a step out of the script."""
        del self.steps[name]

    def move(self, name: str, *, before: str) -> None:
        """Say a step earlier or later, under a stamp that fits there."""
        step = self.steps.pop(name)
        self.add(name, replace(step, now=self.steps[before].now), before=before)

    def certify(self, minutes: int, *lines: list[Any]) -> None:
        """Certify other lines, on the page too."""
        by_class = {"A": 0, "B": minutes, "C": 0, "L": 0}
        self.claim.update({"minutes": minutes, "by_class": by_class, "lines": list(lines)})
        self.paper = replace(self.paper, minutes=minutes)

    @property
    def claim(self) -> Row:
        """The certificate's row, to be changed."""
        return self.steps["certificate"].rows[0]

    def make(self) -> bytes:
        """Return the sealed certificate."""
        return Workshop(self).file()


class Workshop:
    """Turns a script into bytes."""

    def __init__(self, plot: Plot) -> None:
        self.plot = plot
        simulated = "charter" in plot.steps and plot["charter"].head["clock"] == "simulated"
        self.page = plot.means.page or page_of(plot.paper, plot.means.origin, simulated)
        self.holder = holder(plot.means.seal)
        self.order = list(plot.steps)
        self._notes: dict[str, tuple[Note, tuple[bytes, ...]]] = {}

    def file(self) -> bytes:
        """Log everything, prove it and seal it."""
        stamp = self.plot["certificate"].now
        return pades.seal(self.page, self.attachment(), self.holder.sealer, signed_at=stamp)

    def attachment(self) -> bytes:
        """Return proof.json."""
        proof = self.proof()
        self.plot.means.proof(proof)
        return self.plot.means.written(encoding.encode(proof, lines=True))

    def entries(self) -> list[bytes]:
        """Return the log."""
        return [
            statements.entry_bytes(step.now, self.note(name)[0])
            for name, step in self.plot.steps.items()
        ]

    def note(self, name: str) -> tuple[Note, tuple[bytes, ...]]:
        """Return a step's signed note and items; a ref does not depend on the place in the log."""
        if name not in self._notes:
            self._notes[name] = self._write(name, self.plot[name])
        return self._notes[name]

    def ref(self, name: str) -> str:
        """Return what names a step's statement."""
        return statements.ref(self.note(name)[0].text)

    def signer(self, name: str) -> Signer:
        """Return an officer's key; a borrowed one is another's under a new name."""
        return replace(signer(self.plot.means.borrowed.get(name, name)), name=name)

    def _write(self, name: str, step: Step) -> tuple[Note, tuple[bytes, ...]]:
        items = tuple(
            step.spell(encoding.encode({"salt": salt(f"{name} {n}")} | self._resolved(row)))
            for n, row in enumerate(step.rows)
        )
        own = self.signer(step.by)
        head: dict[str, Any] = {"at": step.now, "by": own.verifier.by}
        head |= {"id": digest(f"id {name}").hex()[:32], "kind": step.kind}
        head |= {"organisation": step.org} | self._resolved(step.head)
        if items:
            head["items"] = {"count": len(items), "root": statements.item_root(items)}
        if step.kind == "certificate":
            page = {"length": len(self.page), "sha256": sha256(self.page).hexdigest()}
            head |= {"page": page, "signer": self.holder.sealer.sha256} | step.head
        line = step.spell(encoding.encode(head)).decode()
        text = f"{statements.FIRST_LINE}\n{step.origin}\n{line}\n"
        note = sign(text, replace(own, secret=digest(step.key)) if step.key else own)
        honest = (structs.replace(one, key_id=own.verifier.key_id) for one in note.signatures)
        return Note(text, tuple(honest)), items

    def _resolved(self, value: Any) -> Any:
        match value:
            case Ref(step=name):
                return self.ref(name)
            case dict():
                return {key: self._resolved(inner) for key, inner in value.items()}
            case list() | tuple():
                return [self._resolved(inner) for inner in value]
            case _:
                return value

    # --- what is shown --------------------------------------------------------------------------

    def proof(self) -> dict[str, Any]:
        """Show what the certificate needs, as far as it is there."""
        shown = self.gathered()
        self.plot.means.shown(shown)
        entries, order = self.entries(), sorted(self.order.index(name) for name in shown)
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        return {
            "format": "volunteer-ledger/proof@v1",
            "certificate": self.order.index("certificate"),
            "checkpoint": bytes(self.checkpoint(leaves)).decode(),
            "entries": [self._entry(index, shown[self.order[index]], entries) for index in order],
            "hashes": hashes(leaves, order),
            "opening": {
                name: {"key": base64(digest(f"{key} {name}")), "value": value}
                for name, (key, value) in self.plot.opened.items()
            },
        }

    def checkpoint(self, leaves: list[bytes]) -> Note:
        """Sign the log's root, and let witnesses cosign it."""
        origin = self.plot.means.origin
        log = replace(signer(self.plot.means.log), name=origin)
        note = checkpoint.issue(Checkpoint(origin, len(leaves), merkle.root(leaves)), log)
        lines = tuple(cosignature(name, note.text) for name in self.plot.means.witnesses)
        return Note(note.text, note.signatures + lines)

    def _entry(self, index: int, rows: set[int], entries: list[bytes]) -> dict[str, Any]:
        found: dict[str, Any] = {"index": index, "entry": entries[index].decode()}
        if rows:
            _, items = self.note(self.order[index])
            leaves, order = [merkle.leaf_hash(item) for item in items], sorted(rows)
            found["items"] = [{"n": n, "item": items[n].decode()} for n in order]
            found["hashes"] = hashes(leaves, order)
        return found

    def gathered(self) -> Shown:
        """Return which rows of which steps a proof shows."""
        shown: Shown = {"charter": {0}, "certificate": {0}}
        claim = self.plot.claim
        star = [(claim["star"][0], claim["star"][1:])] if "star" in claim else []
        if "closing" in claim:
            star.append((claim["closing"][0], claim["closing"][1:]))
        for ref, rows in (*claim.get("training", ()), *claim.get("honours", ()), *star):
            shown.setdefault(ref.step, set()).update(rows)
        for line in claim["lines"]:
            ref, rows = line
            sheet = self.plot[ref.step]
            shown.setdefault(ref.step, set()).update(rows)
            self._add(shown, "activities", "code", sheet.head["activity"])
            for n in rows:
                self._add_confirmation(shown, ref, n)
        self._add(shown, "volunteers", "number", claim["volunteer"])
        self._close(shown)
        return {name: rows for name, rows in shown.items() if name in self.plot.steps}

    def _add_confirmation(self, shown: Shown, sheet: Ref, n: int) -> None:
        found = [
            (n in row["except"], name, at)
            for name, step in self.plot.steps.items()
            if step.kind == "confirmation"
            for at, row in enumerate(step.rows)
            if row["attendance"] == sheet
        ]
        if found:
            _, name, row = min(found, key=lambda each: each[0])
            shown.setdefault(name, set()).add(row)

    def _add(self, shown: Shown, kind: str, key: str, value: object) -> None:
        for name in reversed(self.order):
            rows = self.plot[name].rows if self.plot[name].kind == kind else []
            found = [n for n, row in enumerate(rows) if row.get(key) == value]
            if found:
                shown.setdefault(name, set()).add(found[-1])
                return

    def _close(self, shown: Shown) -> None:
        """Add appointments and organisations, and theirs, until nothing is missing."""
        done = 0
        while done < sum(map(len, shown.values())):
            done = sum(map(len, shown.values()))
            for name in list(shown):
                step = self.plot.steps.get(name)
                if step:
                    self._add_appointment(shown, step.by)
                    self._add_chain(shown, step.org)

    def _add_appointment(self, shown: Shown, by: str) -> None:
        for name, step in self.plot.steps.items():
            key = str(self.signer(by).verifier)
            if step.kind == "appointment" and step.head["key"] == key:
                shown.setdefault(name, set()).add(0)
                return

    def _add_chain(self, shown: Shown, code: str) -> None:
        seen = set[str]()
        rows = {
            row["code"]: row["parent"]
            for step in self.plot.steps.values()
            if step.kind == "organisations"
            for row in step.rows
        }
        while code and code not in seen and code in rows:
            seen.add(code)
            self._add(shown, "organisations", "code", code)
            code = str(rows[code])


# --- means --------------------------------------------------------------------------------------


def hashes(leaves: list[bytes], shown: list[int]) -> list[str]:
    """Return the roots of the largest subtrees that hold no shown leaf."""

    def node(level: int, index: int) -> bytes:
        return merkle.root(leaves[index << level : (index + 1) << level])

    return list(map(base64, merkle.shared_proof(shown, len(leaves), node)))


def salt(name: str) -> str:
    """Return sixteen bytes that stand for a name."""
    return base64(digest(f"salt {name}")[:16])


def witness(name: str) -> Verifier:
    """Return a witness's key (cosignature/v1)."""
    return Verifier(f"{name}.example.org", signer(name).verifier.key, COSIGNATURE_ED25519)


def cosignature(name: str, text: str) -> Signature:
    """Return a witness's line under a checkpoint (c2sp.org/tlog-cosignature)."""
    made = sign(f"cosignature/v1\ntime {SEEN}\n{text}", signer(name)).signatures[0].value
    return Signature(witness(name).name, witness(name).key_id, SEEN.to_bytes(8, "big") + made)


@cache
def holder(name: str) -> Holder:
    """Return who seals: the unit's own, another of it, an outsider, one of another time."""
    if name in {"sealer", "second"}:
        return holders.issue_seal_certificate(authority(), "示例县科协", FOUNDED)
    if name == "outsider":
        own = holders.found_authority("外人", FOUNDED)
        return holders.issue_seal_certificate(own, "示例县科协", FOUNDED)
    begun = {"expired": "2010", "ending": "2016-03-21", "early": "2026-06"}[name]
    begun += "2010-01-01T00:00:00+08:00"[len(begun) :]
    return holders.issue_seal_certificate(old_authority(), "示例县科协", begun)


@cache
def authority() -> Holder:
    """Return the authority that trust.json names."""
    return holders.found_authority("示例县科协", FOUNDED)


@cache
def old_authority() -> Holder:
    """Return an authority that trust.json names too, founded long ago."""
    return holders.found_authority("示例县科协", "2010-01-01T00:00:00+08:00")


def trusted(quorum: int = 0, *witnesses: str) -> Trust:
    """Return what a verifier believes, read as from trust.json."""
    log = TrustedLog(
        keys=(vkey(ORIGIN),), witnesses=tuple(str(witness(name)) for name in witnesses),
        quorum=quorum,
    )  # fmt: skip
    issuers = (authority().pem, old_authority().pem)
    return trust.read(Trust(logs=(log,), issuers=issuers).model_dump_json().encode())


@cache
def page_of(paper: Paper, origin: str = ORIGIN, specimen: bool = False) -> bytes:
    """Draw a page over the honest lines that says what the forger wants of the total."""
    first = Line(
        "2026-03-03", "活动A1", "社区", "陪伴", "组织T01", "", min(180, paper.minutes), "B"
    )
    second = replace(
        first, date="2026-03-04", activity="活动A2", minutes=paper.minutes - first.minutes
    )
    lines = (first, second) if second.minutes else (first,)
    brought = None
    if paper.brought:
        by_class = {"A": 0, "B": paper.brought, "C": 0, "L": 0}
        brought = Brought(at("12 09:00"), CLOSED, CLOSED, by_class)  # type: ignore[arg-type]
        lines = (replace(second, minutes=paper.minutes - paper.brought),)
    claim = Claim(
        number=paper.number, name=paper.name, document="", volunteer="V1", first="2026-03-01",
        last="2026-03-31", lines=lines, minutes=paper.minutes, by_class=totals(lines, brought),
        brought=brought,
        issuer_name="组织KX", issuer_code="", manager="", responsible="", handler="",
        telephone="", issued="2026-03-20", verify_url="", origin=origin, specimen=specimen,
        star=paper.star, training=paper.training, honours=paper.honours,
    )  # fmt: skip
    look = Look(design.shipped_one(paper.design))
    return render(claim, identifier=digest(paper.name + paper.number)[:16], look=look)


# --- the honest script --------------------------------------------------------------------------


def appoint(key: str, role: str, org: str, person: str, *, by: str = "KX/op") -> Step:
    """Return an appointment."""
    head = {"key": vkey(key), "role": role}
    return Step("appointment", [{"person": person}], by, org, at("02 08:00"), head)


def registered(number: str) -> Row:
    """Return a volunteer's row; the key of each field is known to the workshop."""
    key = digest(f"{number} name")
    return {"number": number, "state": "active", "name": commitment("name", NAMES[number], key)}


def stand(sheet: str) -> Row:
    """Return the row of a confirmation that excepts nothing."""
    return {"attendance": Ref(sheet), "except": [], "approved": []}


def certificate(number: str, volunteer: str, minutes: int, lines: list[Any]) -> Step:
    """Return a certificate of lines of class B."""
    row: Row = {"volunteer": volunteer, "from": "2026-03-01", "to": "2026-03-31"}
    row |= {"minutes": minutes, "by_class": {"A": 0, "B": minutes, "C": 0, "L": 0}, "lines": lines}
    return Step("certificate", [row], "KX/i1", "KX", at("20 10:00"), {"number": number})


def _beside() -> dict[str, Step]:
    """What is recorded of V1 and V2 beside service; a star of two hours is proposed and granted."""
    proposed: list[Row] = [{"volunteer": number, "level": 1} for number in ("V2", "V1")]
    granted = [row | {"decision": "granted"} for row in proposed]
    head = {"reason": "due", "notice": Ref("proposal")}
    courses = [scene.training("V1"), scene.training("V2"), scene.training("V1", "2026-03-05", 30)]
    praise = [scene.honour("V2"), scene.honour("V1")]
    return {
        "KX/i9": replace(appoint("KX/i9", "issuer", "KX", "p-i9"), now=at("12 10:00")),
        "courses": Step("training", courses, "T01/r1", "T01", at("12 10:00")),
        "praise": Step("honour", praise, "T01/r1", "T01", at("12 10:00")),
        "prize": Step("honour", [scene.honour("V1", "2026-03-10")], "KX/r1", "KX", at("12 10:00")),
        "proposal": Step("notice", proposed, "T01/r1", "T01", at("12 10:00")),
        "award": Step("award", granted, "KX/i9", "KX", at("20 09:00"), head),
    }


def sheet(activity: str, now: str, *rows: Row, by: str = "T01/r1", org: str = "T01") -> Step:
    """Return an attendance statement."""
    return Step("attendance", list(rows), by, org, at(now), {"activity": activity})


@cache
def _script() -> dict[str, Step]:
    """Two sheets of T01, confirmed together; KX certifies V1's three hours and two."""
    start = at("02 08:00")
    keys = {"log": vkey(ORIGIN), "operator": vkey("KX/op"), "recovery": vkey("KX/recovery")}
    stars = Stars(levels=(Level(hours=2), Level(hours=5)))
    rules = scene.ruleset(Ruleset(calendar=scene.CALENDAR, stars=stars))
    adopted = {"code": 1, "from": "2026-03-02"}
    teams = [scene.organisation("T01"), scene.organisation("T02")]
    people = [registered(number) for number in NAMES]
    plans = [scene.activity("A1"), scene.activity("A2", "04 09:00", "04 12:00")]
    both = [stand("sheet"), stand("second")]
    notice = [{"attendance": Ref("sheet")}, {"attendance": Ref("second")}]
    certified = [[Ref("sheet"), [0]], [Ref("second"), [1]]]
    return {
        "charter": Step("charter", [{"person": "p-op"}], "KX/op", "*", start, {"clock": "real"} | keys),
        "ruleset": Step("ruleset", [rules], "KX/op", "*", start, adopted),
        "root": Step("organisations", [scene.organisation("KX", "", area="440100")], "KX/op", "*", start),
        "KX/r1": appoint("KX/r1", "recorder", "KX", "p-kr1"),
        "teams": Step("organisations", teams, "KX/r1", "KX", start),
        "T01/r1": appoint("T01/r1", "recorder", "T01", "p-r1"),
        "T01/c1": appoint("T01/c1", "confirmer", "T01", "p-c1"),
        "T02/r1": appoint("T02/r1", "recorder", "T02", "p-r2"),
        "T02/c1": appoint("T02/c1", "confirmer", "T02", "p-c2"),
        "KX/i1": appoint("KX/i1", "issuer", "KX", "p-i1"),
        "T01/i1": appoint("T01/i1", "issuer", "T01", "p-i2"),
        "T02/i1": appoint("T02/i1", "issuer", "T02", "p-i3"),
        "people": Step("volunteers", people, "T01/r1", "T01", start),
        "plans": Step("activities", plans, "T01/r1", "T01", start),
        "sheet": sheet("A1", "03 13:00", scene.line("V1"), scene.line("V2")),
        "second": sheet(
            "A2", "04 13:00",
            scene.line("V3", "04 09:00", "04 12:00"), scene.line("V1", "04 10:00", "04 12:00"),
        ),
        "notice": Step("notice", notice, "T01/r1", "T01", at("04 14:00")),
        "confirmation": Step(
            "confirmation", both, "T01/c1", "T01", at("12 09:00"), {"notice": Ref("notice")}
        ),
        "other": certificate(OTHER_NUMBER, "V2", 180, [[Ref("sheet"), [1]]]),
        "certificate": certificate(NUMBER, "V1", 300, certified),
    }  # fmt: skip
