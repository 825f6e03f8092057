"""Who may say what, decided at the entry's index: role, reach, and by person.

A key speaks from the entry after its appointment to the entry of its dismissal. An appointment
reaches its organisation and those below it by the `organisations` rows; `*` is the ledger.
"""

from ledger.book import Book
from ledger.errors import Rejected
from ledger.kinds import Head
from ledger.records import NOBODY, Key, Organisation

LEDGER = "*"
_OFFICERS = frozenset({"recorder", "confirmer", "issuer", "operator", "auditor"})
_ROLES: dict[str, frozenset[str]] = {
    "appointment": frozenset({"operator", "recovery"}),
    "dismissal": frozenset({"operator", "recovery"}),
    "recovery": frozenset({"recovery"}),
    "anchor": frozenset({"operator"}),
    "ruleset": frozenset({"operator"}),
    "organisations": frozenset({"recorder"}),
    "volunteers": frozenset({"recorder"}),
    "activities": frozenset({"recorder"}),
    "cancellation": frozenset({"recorder"}),
    "departure": frozenset({"recorder"}),
    "attendance": frozenset({"recorder"}),
    "notice": frozenset({"recorder"}),
    "objection": _OFFICERS,
    "confirmation": frozenset({"confirmer"}),
    "correction": frozenset({"confirmer"}),
    "certificate": frozenset({"issuer"}),
    "revocation": frozenset({"issuer"}),
    "status": frozenset({"operator"}),
    "closing": frozenset({"operator"}),
    "sample": frozenset({"auditor"}),
    "check": frozenset({"auditor"}),
    "erasure": frozenset({"operator"}),
    "restriction": frozenset({"operator"}),
    "award": frozenset({"issuer"}),
    "transfer": frozenset({"recorder", "confirmer"}),  # by step: `transfers`
    "accounts": frozenset({"confirmer"}),
    "goods": frozenset({"recorder"}),
    "training": frozenset({"recorder"}),
    "honour": frozenset({"recorder"}),
}


def check_speaks(key: Key | None, by: str, index: int) -> Key:
    """Return the key that signs as `by` at that entry, or raise `Rejected`."""
    if key is None or key.entry >= index:
        raise _no(f"the key {by} is not enrolled in this ledger", f"密钥 {by} 未在本账本登记")
    if NOBODY < key.until < index:
        raise _no(
            f"the key {by} was dismissed at entry {key.until}",
            f"密钥 {by} 已于第 {key.until} 条解聘",
        )
    return key


def check_role(key: Key, kind: str) -> None:
    """Raise `Rejected` unless the key's role may say statements of this kind."""
    if key.role not in _ROLES.get(kind, frozenset()):
        raise _no(
            f"a {key.role} may not say a {kind}; it takes a {' or '.join(sorted(_ROLES[kind]))}",
            f"{key.role} 角色无权签署 {kind}，需由 {'、'.join(sorted(_ROLES[kind]))} 签署",
        )


def check_reach(book: Book, key: Key, head: Head) -> None:
    """Raise `Rejected` unless the key's appointment reaches the organisation spoken for."""
    if head.organisation != LEDGER and book.find(Organisation, head.organisation) is None:
        raise Rejected(
            "organisation.unknown",
            en=f"the organisation {head.organisation} is not in this ledger; import it first",
            zh=f"组织 {head.organisation} 未登记，请先导入",
        )
    if not within(book, head.organisation, key.organisation):
        raise _no(
            f"{key.by} is appointed for {key.organisation}, which does not reach"
            f" {head.organisation}",
            f"{key.by} 的任命范围是 {key.organisation}，不及于 {head.organisation}",
        )


def within(book: Book, code: str, scope: str) -> bool:
    """Tell whether an organisation is the scope, or lies below it."""
    return scope == LEDGER or (code != LEDGER and scope in book.above(code))


def check_other_person(
    key: Key, person: str, *, what: tuple[str, str], item: int | None = None
) -> None:
    """Raise `Rejected` where the signer is the person that a second pair of eyes is needed for."""
    if key.person == person:
        row = ("", "") if item is None else (f" of row {item + 1}", f"第 {item + 1} 行的")
        raise Rejected(
            "four_eyes",
            en=f"{key.by} is the same person as {what[0]}{row[0]}; another officer must sign",
            zh=f"{key.by} 与{row[1]}{what[1]}是同一人，须由另一人签署",
            item=item,
        )


def _no(en: str, zh: str) -> Rejected:
    return Rejected("not_authorised", en=en, zh=zh)
