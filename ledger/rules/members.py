"""Members: whom an officer may speak of, because he is registered and belongs to the organisation."""

from ledger.book import Book
from ledger.records import Volunteer
from ledger.rules.authority import within
from ledger.rules.lines import no


def check_known(book: Book, number: str, n: int | None = None) -> None:
    """Raise `Rejected` unless a volunteer is registered, and not erased or restricted."""
    volunteer = book.find(Volunteer, number)
    if volunteer is None:
        raise no("volunteer.unknown", f"{number} is not registered", f"志愿者 {number} 未登记", n)
    if volunteer.state != "active":
        raise no(
            "volunteer.not_active",
            f"the data of {number} are {volunteer.state}",
            f"{number} 的资料已{'删除' if volunteer.state == 'erased' else '限制使用'}",
            n,
        )


def check_member(book: Book, number: str, organisation: str, n: int | None = None) -> None:
    """Raise `Rejected` unless a known volunteer is, or was, a member of the organisation or below."""
    check_known(book, number, n)
    check_belongs(book, number, organisation, n)


def check_belongs(book: Book, number: str, organisation: str, n: int | None = None) -> None:
    """Raise `Rejected` unless a volunteer is or was a member there, whatever became of his data."""
    if not any(within(book, one.organisation, organisation) for one in book.memberships(number)):
        raise no(
            "not_authorised",
            f"{number} is not a member of {organisation}",
            f"{number} 不是 {organisation} 的成员",
            n,
        )
