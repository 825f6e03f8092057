"""The catalogue of what is to be had for points (礼遇), and whether volunteers' accounts are open."""

from ledger.accounts import UNITS, donations, volunteer
from ledger.book import Book
from ledger.kinds import Accounts, Goods
from ledger.records import Account, Good, Holder, Record
from ledger.rows import AccountsItem, GoodItem
from ledger.rules.authority import LEDGER, check_other_person
from ledger.rules.heard import Heard
from ledger.rules.lines import no
from ledger.rules.members import check_member


def goods(book: Book, head: Goods, heard: Heard) -> tuple[Record, ...]:
    """Take in goods, new or with another price or stock; only their own organisation changes them."""
    found: dict[str, Good] = {}
    for n, item in enumerate(heard.items):
        assert isinstance(item, GoodItem)
        known = book.find(Good, item.code)
        if head.organisation == LEDGER or (known and known.organisation != head.organisation):
            raise no(
                "not_authorised",
                f"{item.code} belongs to {known.organisation if known else 'an organisation'}",
                f"{item.code} 属于 {known.organisation if known else '某一组织'}",
                n,
            )
        if item.code in found:
            raise no("good.repeated", f"{item.code} comes twice", f"{item.code} 重复出现", n)
        found[item.code] = Good(
            item.code, heard.ref, n, head.organisation, item.name, item.price, item.stock
        )
    return tuple(found.values())


def accounts(book: Book, head: Accounts, heard: Heard) -> tuple[Record, ...]:
    """Open, freeze or close volunteers' accounts; only an empty one is closed (rule 37)."""
    found: dict[str, Holder] = {}
    for n, item in enumerate(heard.items):
        assert isinstance(item, AccountsItem)
        check_member(book, item.volunteer, head.organisation, n)
        check_other_person(heard.signer, item.volunteer, what=("the volunteer", "该志愿者"), item=n)
        known = book.find(Holder, item.volunteer)
        if item.volunteer in found or (known.state if known else "active") == item.state:
            raise no(
                "account.state",
                f"the account of {item.volunteer} is {item.state} already, or comes twice",
                f"{item.volunteer} 的账户已处于该状态，或重复出现",
                n,
            )
        if item.state == "closed":
            _check_empty(book, item.volunteer, n)
        found[item.volunteer] = Holder(item.volunteer, item.state, book.size)
    return tuple(found.values())


def _check_empty(book: Book, number: str, n: int) -> None:
    for account in (volunteer(number), donations(number)):
        for unit in UNITS:
            found = book.find(Account, account, unit)
            if found and (found.balance or book.holds_on(account)):
                raise no(
                    "account.not_empty",
                    f"{number} still has {found.balance} {unit}: to be spent, given or donated first",
                    f"{number} 尚有 {found.balance} {unit}，须先使用、赠与或捐赠",
                    n,
                )
