"""Who speaks in a proof, and by what right: step 5 of verification (DESIGN.md section 7).

Authority is decided by the very functions that `admit` uses, over a book of only what the proof shows:
keys and organisations. Certificates of one ledger show the same appointments; each is judged once.
"""

from collections.abc import Iterable
from functools import lru_cache

from certificates.proof import Shown, ShownEntry
from certificates.told import Told, check_logged, hold_true, tell
from ledger import encoding, kinds
from ledger.book import Book
from ledger.checkpoint import Checkpoint
from ledger.errors import Unverified
from ledger.note import Note, signed_by
from ledger.records import Key, Organisation
from ledger.rows import OrganisationItem, PersonItem
from ledger.rules.authority import LEDGER, check_role, check_speaks, within
from ledger.rules.offices import charter, verifier

_ROOT_ENTRY = 2  # after charter and ruleset: DESIGN.md section 4
_OFFICES = (kinds.Appointment, kinds.Organisations)


def logged(
    entries: Iterable[ShownEntry], hashes: Iterable[str], checkpoint: Checkpoint
) -> "tuple[tuple[Told, ...], Officers]":
    """Take steps 3 to 5: return what the entries tell, and the book of who said it.

    Raises `Unverified` unless they lead to the checkpoint's root, and each signer had the right.
    """
    told = tell(entries, checkpoint.origin)
    check_logged(told, hashes, checkpoint)
    return told, officers(told)


class Officers(Book):
    """The keys and the organisations that a proof shows, and at which entries."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, int] = {}  # by ref


def officers(told: tuple[Told, ...]) -> Officers:
    """Return the keys and the organisations that the proof shows.

    Raises `Unverified` or `Rejected` unless each entry's signer had the right to say it.
    """
    book = _enrolled(told[0], *(e for e in told if isinstance(e.statement.head, _OFFICES)))
    for each in told[1:]:
        _check_authority(book, each)
    return book


@lru_cache(maxsize=256)
def _enrolled(first: Told, *told: Told) -> Officers:
    head = first.statement.head
    if first.index != 0 or not isinstance(head, kinds.Charter):
        raise Unverified("entry 0 is no charter", "第 0 条不是章程")
    book = Officers()
    book.origin = first.statement.origin
    book.put(charter(head, (_person_row(first),), first.statement.ref, book.origin))
    own = head.by == verifier(head.operator).by
    hold_true(own, "the charter is not signed by the operator it names", "章程并非其管理员所签")
    _check_signature(book, first)
    for each in told:
        said = each.statement.head
        book.entries[each.statement.ref] = each.index
        if isinstance(said, kinds.Appointment):
            key = _appointed(said, each)
            twice = book.key_of_public(key.public) or book.find(Key, key.by)
            hold_true(twice is None, f"{key.by} is enrolled twice", f"{key.by} 登记了两次")
            book.put([key])
        if isinstance(said, kinds.Organisations):
            for n, item in each.items.items():
                assert isinstance(item, OrganisationItem)
                known = book.find(Organisation, item.code)
                hold_true(known is None, f"{item.code} is shown twice", f"{item.code} 出现两次")
                row = Organisation(item.code, each.statement.ref, n, item.parent, item.name)
                book.put([row])
    return book


def _appointed(said: kinds.Appointment, each: Told) -> Key:
    person = _person_row(each)
    key = verifier(said.key)
    public = encoding.base64(key.key)
    return Key(
        key.by, each.index, each.statement.ref, said.role, said.organisation, person.person,
        said.key, public,
    )  # fmt: skip


def _person_row(each: Told) -> PersonItem:
    row = each.items.get(0)
    if len(each.items) != 1 or not isinstance(row, PersonItem):
        raise Unverified(
            f"entry {each.index} does not show its row", f"第 {each.index} 条未示出其行"
        )
    return row


@lru_cache(maxsize=4096)
def _check_authority(book: Officers, each: Told) -> None:
    """Raise `Unverified` or `Rejected` unless an entry's signer had the right to say it."""
    head = each.statement.head
    key = check_speaks(book.find(Key, head.by), head.by, each.index)
    _check_signature(book, each)
    root_row = isinstance(head, kinds.Organisations) and head.organisation == LEDGER
    if root_row:
        first = key.role == "operator" and each.index == _ROOT_ENTRY
        hold_true(first, "the root is named by another, or later", "根组织并非由管理员在开头登记")
    else:
        check_role(key, head.kind)
    if isinstance(head, kinds.Appointment) and key.role == "recovery":
        wide = head.role in ("operator", "log")
        hold_true(wide, "the recovery key may not appoint that", "恢复密钥无权作此任命")
    if not within(book, head.organisation, key.organisation):
        raise Unverified(f"{key.by} does not reach that far", f"{key.by} 的任命不及于该组织")
    if isinstance(head, kinds.Organisations):
        for item in each.items.values():
            assert isinstance(item, OrganisationItem)
            above = book.above(item.code)
            inside = head.organisation in above or (root_row and not item.parent)
            hold_true(inside, f"{item.code} is said from outside", f"{item.code} 由无关组织登记")


def _check_signature(book: Officers, each: Told) -> None:
    key = book.find(Key, each.statement.head.by)
    hold_true(key is not None, "a signer was never appointed", "签名人未经任命")
    assert key
    signed = _signed(each.statement.note, key.vkey)
    hold_true(signed, "a signature is missing", "缺少签名")


@lru_cache(maxsize=4096)  # as for reading: what held once holds for the same bytes and key
def _signed(note: Note, vkey: str) -> bool:
    found = verifier(vkey)
    return signed_by(note, [found]) == {found}


def with_supports(book: Officers, told: tuple[Told, ...], needed: Shown) -> Shown:
    """Return entries and rows with all that they lean on: appointments and organisations' rows."""
    by_index, waiting = {each.index: each for each in told}, list(needed)
    while waiting:
        for index, n in _supports(book, by_index[waiting.pop()]):
            if index not in needed:
                waiting.append(index)
                needed[index] = set()
            needed[index].add(n)
    return needed


@lru_cache(maxsize=4096)
def _supports(book: Officers, each: Told) -> tuple[tuple[int, int], ...]:
    """Return the appointment and the organisations' rows that a statement leans on."""
    code = each.statement.head.organisation
    key, chain = book.find(Key, each.statement.head.by), book.above(code)
    assert key
    known = code == LEDGER or (
        chain and (top := book.find(Organisation, chain[-1])) and not top.parent
    )
    hold_true(bool(known), f"{code} does not lead to the root", f"{code} 未连到根组织")
    rows = [row for above in chain if (row := book.find(Organisation, above))]
    return ((key.entry, 0), *((book.entries[row.ref], row.n) for row in rows))
