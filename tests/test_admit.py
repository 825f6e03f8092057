"""The only decision: bytes, stamps, ids; it is pure, and replay decides the same."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import admit, statements
from ledger.accounts import OWN, owner, transit
from ledger.book import Book
from ledger.encoding import base64, decode
from ledger.errors import LedgerError
from ledger.kinds import KINDS
from ledger.note import Signer, Verifier, sign
from ledger.records import (
    Account,
    Achievement,
    Activity,
    Adoption,
    Certificate,
    Certified,
    Good,
    Hold,
    Holder,
    Import,
    Key,
    Line,
    Membership,
    Movement,
    Notice,
    Organisation,
    Record,
    Sheet,
    Spoken,
    Star,
    Volunteer,
)
from ledger.wants import Wants, drawn, merged, wants
from tests.closer import close
from tests.economy import RICH, thrive
from tests.scene import (
    ORIGIN,
    RECOVERY,
    Json,
    Row,
    Scene,
    activity,
    at,
    digest,
    honour,
    line,
    organisation,
    signer,
    some,
    stand,
    training,
    vkey,
    volunteer,
)

COMMON = {"at", "by", "id", "items", "kind", "organisation"}


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


# --- time and identity --------------------------------------------------------------------------


def test_stamps_never_fall(scene: Scene) -> None:
    """DESIGN.md section 3, Entry."""
    scene.attend(line("V1"))
    scene.attend(line("V2"))  # the same second is no fall
    scene.now = at("03 12:59")
    with scene.refuses("stamp.falling"):
        scene.attend(line("V3"))


def test_an_officers_clock_is_at_most_five_minutes_ahead(scene: Scene) -> None:
    """DESIGN.md section 3: `at` may not lie more than 5 minutes after the stamp."""
    row = volunteer("V9")
    with scene.refuses("statement.ahead"):
        scene.say("volunteers", row, by="T01/r1", org="T01", at="2026-03-03T13:05:01+08:00")
    scene.say("volunteers", row, by="T01/r1", org="T01", at="2026-03-03T13:05:00+08:00")
    scene.say("volunteers", row, by="T01/r1", org="T01", at="2001-01-01T00:00:00+08:00")


def test_an_id_is_said_once_by_a_key(scene: Scene) -> None:
    """DESIGN.md section 3: the same id with another text is refused; ids are unique per `by`."""
    same = "0" * 32
    told = scene.say("volunteers", volunteer("V8"), by="T01/r1", org="T01", id=same)
    with scene.refuses("statement.repeated", says=str(told.index)):
        scene.say("volunteers", volunteer("V9"), by="T01/r1", org="T01", id=same)
    with scene.refuses("statement.repeated"):
        scene.submit(told.entry, told.items)  # the log answers this one before it asks
    scene.say("volunteers", volunteer("V9"), by="T02/r1", org="T02", id=same)


# --- bytes --------------------------------------------------------------------------------------


def test_a_statement_for_another_log_is_refused(scene: Scene) -> None:
    entry, items = scene.write("volunteers", volunteer("V9"), by="T01/r1", org="T01")
    said = statements.Entry.parse(entry).statement
    text = said.note.text.replace(ORIGIN, "other.example.org/log")
    wrong = statements.entry_bytes(scene.now, sign(text, signer("T01/r1")))
    with scene.refuses("malformed", says="other.example.org/log"):
        scene.submit(wrong, items)


def test_a_signature_by_another_hand_is_refused(scene: Scene) -> None:
    entry, items = scene.write("volunteers", volunteer("V9"), by="T01/r1", org="T01")
    other, _ = scene.write("volunteers", volunteer("V9"), by="T01/r1", org="T01")
    signature = other.rpartition(b" ")[2]
    with scene.refuses("unverified"):
        scene.submit(entry.rpartition(b" ")[0] + b" " + signature, items)


def test_kinds_and_fields_that_this_code_does_not_know_are_refused(scene: Scene) -> None:
    """DESIGN.md section 3: `admit` refuses kinds and fields its `code` does not know."""
    with scene.refuses("malformed"):
        scene.say("gift", volunteer("V9"), by="T01/r1", org="T01")
    with scene.refuses("malformed"):
        scene.say("volunteers", volunteer("V9"), by="T01/r1", org="T01", future=1)
    with scene.refuses("malformed"):
        scene.say("volunteers", volunteer("V9") | {"future": 1}, by="T01/r1", org="T01")


def test_items_are_those_the_head_commits_to(scene: Scene) -> None:
    entry, items = scene.write(
        "volunteers", volunteer("V8"), volunteer("V9"), by="T01/r1", org="T01"
    )
    for wrong in (items[:1], items[::-1], (), (*items, items[0])):
        with scene.refuses("malformed"):
            scene.submit(entry, wrong)
    same = base64(digest("salt")[:16])
    rows: list[Row] = [volunteer(number) | {"salt": same} for number in ("V8", "V9")]
    with scene.refuses("malformed", says=""):
        scene.say("volunteers", *rows, by="T01/r1", org="T01")


# --- purity and replay --------------------------------------------------------------------------


def test_admit_changes_nothing_by_itself(scene: Scene) -> None:
    entry, items = scene.write("attendance", line("V1"), by="T01/r1", org="T01", activity="A1")
    before = scene.snapshot()
    heard = admit.hear(scene.book, entry, items)
    assert admit.admit(scene.book, heard) == admit.admit(scene.book, heard)
    assert scene.snapshot() == before
    admit.apply(scene.book, heard, admit.admit(scene.book, heard))
    assert scene.snapshot() != before


def life(scene: Scene) -> Scene:
    """Say something of every kind that moves nothing."""
    say, rows = scene.say, (line("V1"), line("V2"), line("V3"))
    ref = scene.attend(*rows)
    scene.attend(line("V1", minutes=90, replaces=[ref, 0]))
    scene.notice(ref)
    scene.object((ref, 1), from_="V2")
    old = scene.attend(line("V2"), line("V4"))
    scene.pass_notice(old)
    certified(scene, old)
    say("organisations", organisation("T11", "T01"), by="T01/r1", org="T01")
    say("volunteers", {"number": "V2", "state": "active"}, by="T02/r1", org="T02")
    say("volunteers", volunteer("V1"), by="T01/r1", org="T01")
    say("activities", activity("A2", "12 09:00", "12 10:00"), by="T01/r1", org="T01")
    say("activities", activity("A2", "13 09:00", "13 10:00"), by="T01/r1", org="T01")
    say("cancellation", by="T01/r1", org="T01", activity="A2")
    say("departure", {"volunteer": "V6", "reason": "own"}, by="KX/r1", org="KX")
    say("restriction", {"volunteer": "V6"}, reason="asked")
    say("erasure", {"volunteer": "V6"}, reason="asked")
    scene.appoint("KX/op2", "operator", "*", "p-op2", by=RECOVERY)
    say("dismissal", appointment=scene.appointment("T01/c2"), since=scene.now)
    audited(scene, (ref, 0))
    other = Signer(ORIGIN, digest("second log key"))
    say("appointment", {"person": "log"}, by=RECOVERY, key=str(other.verifier), role="log")
    third = Signer(ORIGIN, digest("third log key"))
    scene.recover(scene.lost(90, other), log=str(third.verifier))
    return scene


def audited(scene: Scene, found: tuple[str, int]) -> None:
    """Close the accounts, draw a sample with a result, hang another log on this one."""
    close(scene)
    scene.check(scene.sample().ref, found)
    scene.anchor("AX/log", 7)


def certified(scene: Scene, sheet: str) -> None:
    """Issue, replace and list certificates, and take back what one rests on."""
    first, second = scene.certify("V4", (sheet, (1,))), scene.certify("V4", (sheet, (1,)))
    head: dict[str, str] = {"certificate": first.ref, "reason": "again", "successor": second.ref}
    scene.submit(*scene.write("revocation", by="KX/i1", org="KX", **head))
    scene.list_standings()
    learnt, honoured = scene.train(training("V4"), training("V2")), scene.honour(honour("V4"))
    scene.certify("V4", (sheet, (1,)), training=[[learnt, [0]]], honours=[[honoured, [0]]])
    scene.correct((sheet, 1), (learnt, 0))


def rich_life() -> Scene:
    """Return a ledger in which something of every kind was said that moves points, credits, stars."""
    scene = Scene.ready(RICH)
    thrive(scene)
    return scene


def lives() -> tuple[Scene, Scene]:
    """Return two ledgers in which, together, something of every kind was said."""
    return life(Scene.ready()), rich_life()


def test_replay_decides_the_same() -> None:
    """DESIGN.md section 5: one decision, walked twice."""
    for scene in lives():
        again = Scene()
        for told in scene.log:
            assert again.submit(told.entry, told.items).effects == told.effects
        assert again.snapshot() == scene.snapshot()


def test_a_book_of_what_is_wanted_decides_the_same() -> None:
    """DESIGN.md section 5: the writer prefetches what the named subjects need."""
    said = set()
    for scene in lives():
        book = Book()
        for told in scene.log:
            small = thin(book, wants(told.heard.statement, told.heard.items))
            assert admit.admit(small, admit.hear(small, told.entry, told.items)) == told.effects
            admit.apply(book, told.heard, told.effects)
            said.add(told.heard.statement.head.kind)
    assert said == KINDS


def test_a_book_of_what_is_wanted_refuses_the_same(scene: Scene) -> None:
    ref = scene.attend(line("V1"), line("V2"))
    scene.pass_notice(ref)
    scene.certify("V1", (ref, (0,)))
    number = "440100-KX-2026-000001-19"
    row: Row = {"volunteer": "V1", "from": "2026-03-01", "to": "2026-03-31", "minutes": 180}
    row |= {"by_class": {"A": 0, "B": 180, "C": 0, "L": 0}, "lines": [[ref, [0]]]}
    page: Row = {"length": 1, "sha256": "0" * 64}
    head: Row = {"number": number, "page": page, "signer": "0" * 64}
    head |= {"at": "2001-01-01T00:00:00+08:00"}  # stamped long after it was signed
    tries = [
        scene.write("attendance", line("V1"), by="T01/r1", org="T01", activity="A1"),
        scene.write("notice", {"attendance": ref}, by="T01/r1", org="T01"),
        scene.write("objection", {"line": [ref, 0], "reason": some("x")}, by="T01/r1", org="T01"),
        scene.write("confirmation", stand(ref), by="T01/c1", org="T01", notice=some("x")),
        scene.write("activities", activity("A1"), by="T01/r1", org="T01"),
        scene.write("volunteers", volunteer("V1"), by="T02/r1", org="T02"),
        scene.write("organisations", organisation("T01", "T02"), by="T02/r1", org="T02"),
        scene.write("appointment", {"person": "p"}, org="T01", key=vkey("T01/r1"), role="recorder"),
        scene.write("dismissal", appointment=some("x"), since=scene.now),
        scene.write("certificate", row, by="KX/i1", org="KX", **head),
    ]
    for entry, items in tries:
        whole = refusal(scene.book, entry, items)
        assert whole
        heard = admit.hear(scene.book, entry, items)
        small = thin(scene.book, wants(heard.statement, heard.items))
        assert refusal(small, entry, items) == whole


def refusal(book: Book, entry: bytes, items: tuple[bytes, ...]) -> str:
    try:
        admit.admit(book, admit.hear(book, entry, items))
    except LedgerError as error:
        return f"{error.code}: {error.en}"
    return ""


ODD: list[Json] = [
    "", "*", "KX", "T01", "V1", "A1", "x" * 33, "张三",
    0, 1, -1, 2**53 - 1, True, [], {}, [0], [1, 0],
    "1900-01-01T00:00:00+08:00", "8999-12-31T23:59:00+08:00", at("03 09:00"), at("31 00:00"),
    "1900-01-01", "8999-12-31", "2026-03-03", "A", "L", "active", "log", "operator", some("x"),
    "volunteer:V1", "donations:V2", "pool", "transit:x", "credit", "gift", "redeem", "refund", "G1",
    vkey("T01/r9"), vkey(ORIGIN), str(Verifier("T01/weak", bytes(32))), "9" * 64, "lifted",
]  # fmt: skip


@given(st.data())
def test_whatever_is_said_is_admitted_or_refused_in_our_words(data: st.DataObject) -> None:
    """No field, however odd, brings down the log or an audit of it."""
    scene = rich_life() if data.draw(st.booleans()) else life(Scene.ready())
    refs = [told.ref for told in scene.log]
    told = data.draw(st.sampled_from(scene.log))
    head, rows = told.heard.statement.head, [decode(item) for item in told.items]
    fields = {name: value for name, value in head.form().items() if name not in COMMON}
    for target in (fields, *rows):
        for name in data.draw(st.sets(st.sampled_from(sorted(target) or [""]), max_size=2)):
            target[name] = data.draw(st.sampled_from([*ODD, *refs, *([ref, 0] for ref in refs)]))
    scene.now = data.draw(st.sampled_from([scene.now, at("31 00:00"), "8999-12-31T23:59:00+08:00"]))
    by, org = head.by.split("+")[0], data.draw(st.sampled_from([head.organisation, "KX", "T02"]))
    before = scene.snapshot()
    try:
        scene.say(head.kind, *rows, by=by, org=org, **fields)
    except LedgerError:
        assert scene.snapshot() == before


# --- a writer's book ----------------------------------------------------------------------------


def thin(book: Book, asked: Wants) -> Book:
    """Return a book that holds what a statement wants, and what that draws after it, and no more."""
    first = held(book, asked)
    return held(book, merged([asked, drawn(asked, first)]))


def keys(book: Book, wants: Wants) -> Iterator[Key]:
    """Iterate over the keys that are wanted."""
    for key in book.all(Key):
        named = key.by in wants.keys or key.public in wants.publics or key.ref in wants.refs
        if named or (wants.logs and key.role == "log"):
            yield key


def held(book: Book, wants: Wants) -> Book:
    """Return a book that holds what is wanted, and what that hangs on."""
    found = Book()
    found.origin, found.size, found.stamp = book.origin, book.size, book.stamp
    found.put(book.all(Adoption))
    found.put(keys(book, wants))
    found.put(spoken for spoken in book.all(Spoken) if (spoken.by, spoken.id) in wants.ids)
    found.put(one for one in book.all(Notice) if one.ref in wants.refs)
    found.put(
        one
        for one in book.all(Certificate)
        if one.ref in wants.refs or (one.organisation, one.year) in wants.numbers
    )
    found.put([*careers(book, wants), *purses(book, wants), *achievements(book, wants)])
    lines = wanted_lines(book, wants)
    found.put(lines)
    named = {one.sheet for one in lines} | wants.sheets
    found.put(sheet for sheet in book.all(Sheet) if sheet.ref in named)
    places = {*wants.lines, *((one.ref, one.n) for one in found.all(Star))}
    places |= {(one.sheet, one.n) for one in lines}
    certified = [c for c in book.all(Certified) if (c.sheet, c.n) in places]
    found.put(certified)
    papers = {one.certificate for one in certified}
    found.put(certificate for certificate in book.all(Certificate) if certificate.ref in papers)
    codes = wants.activities | {sheet.activity for sheet in found.all(Sheet)}
    found.put(one for one in book.all(Activity) if one.code in codes)
    found.put(one for one in book.all(Volunteer) if one.number in wants.volunteers)
    found.put(one for one in book.all(Membership) if one.volunteer in wants.volunteers)
    found.put(organisations(book, found, wants))
    return found


def wanted_lines(book: Book, wants: Wants) -> list[Line]:
    """Return the wanted lines and sheets' lines, those near them or on wanted days, and careers."""
    sheets = wants.sheets | {ref for ref, _ in wants.lines}
    lines = [one for one in book.all(Line) if one.sheet in sheets]
    days = [(volunteer, f"{first}T00:00:00+08:00", f"{last}T23:59:00+08:00")
            for volunteer, (first, last) in wants.days.items()]  # fmt: skip
    spans = [*days, *((one.volunteer, one.start, one.end) for one in lines)]
    near = (one for span in spans for one in book.lines_near(*span))
    whole = (one for number in wants.careers for one in book.lines_by(number))
    return list(dict.fromkeys([*lines, *near, *whole]))


def achievements(book: Book, wants: Wants) -> list[Achievement]:
    """Return the trainings and honours that are named, and those of volunteers."""
    return [
        one
        for one in book.all(Achievement)
        if (one.ref, one.n) in wants.lines or one.volunteer in wants.achieved
    ]


def careers(book: Book, wants: Wants) -> Iterator[Record]:
    """Return stars with their notices, and complaints."""
    for number in wants.careers:
        yield from book.complaints_about(number)
        for star in book.stars_of(number):
            yield star
            yield from (one for one in book.all(Notice) if one.ref == star.notice)


def purses(book: Book, wants: Wants) -> Iterator[Record]:
    """Return accounts and holders, with what is held on them and what that can bring back."""
    named = [one for one in book.all(Hold) if (one.ref, one.n) in wants.holds]
    names = wants.accounts | {side for one in named for side in (one.debit, one.credit)}
    goods = (wants.goods | {one.good for one in named}) - {""}
    holds = [*named, *(one for one in book.all(Hold)
                       if one.state == "open" and (one.credit in names or one.good in goods))]  # fmt: skip
    yield from holds
    touched = names | wants.purses | {one.credit for one in holds} | set(OWN)
    yield from (one for one in book.all(Account) if one.account in touched)
    yield from (one for one in book.all(Holder) if one.volunteer in set(map(owner, names)))
    goods |= {one.good for one in holds}
    yield from (one for one in book.all(Good) if one.code in goods)
    origins = {f"{ref}:{n}" for ref, n in wants.movements} | {one.origin for one in named}
    yield from (one for one in book.all(Movement)
                if one.credit in wants.spent or f"{one.ref}:{one.n}" in origins)  # fmt: skip
    taken = {(f"transit:{origin}", f"{ref}:{n}") for origin, ref, n in wants.imports}
    taken |= {(one.credit, one.origin) for one in named}
    yield from (
        one for one in book.all(Import) if (transit(one.origin), f"{one.ref}:{one.n}") in taken
    )


def organisations(book: Book, found: Book, wants: Wants) -> Iterable[Record]:
    """Return the organisations of everything that was found, and those above them."""
    codes = {one.organisation for one in found.all(Sheet)}
    codes |= {one.organisation for one in found.all(Membership)}
    codes |= {one.organisation for one in found.all(Certificate)}
    codes |= {one.organisation for one in found.all(Key)}
    codes |= {one.organisation for one in found.all(Hold)}
    codes |= {one.organisation for one in found.all(Achievement)}
    root = book.root()
    above = {at for code in codes | wants.organisations for at in book.above(code)}
    return (one for one in book.all(Organisation) if one.code in above or (root and one == root))
