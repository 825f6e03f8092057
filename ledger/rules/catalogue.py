"""The catalogue of what is to be had for points (礼遇), and whether volunteers' accounts are open."""

from msgspec.structs import replace

from ledger.accounts import (
    ADJUSTMENT,
    EXPIRY,
    POOL,
    UNIT_WORDS,
    UNITS,
    donations,
    volunteer,
)
from ledger.book import Book
from ledger.kinds import Accounts, Goods
from ledger.records import Good, Holder, Record
from ledger.rows import AccountsItem, GoodItem
from ledger.rules.authority import LEDGER, check_other_person
from ledger.rules.draft import Draft
from ledger.rules.heard import Heard
from ledger.rules.lines import no
from ledger.rules.members import check_belongs, check_member
from ledger.times import day_of


def goods(book: Book, head: Goods, heard: Heard) -> tuple[Record, ...]:
    """Take in goods, new or with another price or stock; only their own organisation changes them.

    The stock that is said is what lies on the shelf, held ones included: those are not left to others.
    """
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
        held = sum(hold.count for hold in book.holds_of(item.code))
        if item.stock < held:
            raise no(
                "good.held",
                f"{held} of {item.code} are held: they are on the shelf too, so there cannot be"
                f" {item.stock}; release holds first",
                f"{item.code} 已保留 {held} 份，库存含已保留的，不能少于此数（所填 {item.stock}）；请先释放保留",
                n,
            )
        left = item.stock - held
        found[item.code] = Good(
            item.code, heard.ref, n, head.organisation, item.name, item.price, left
        )
    return tuple(found.values())


def accounts(draft: Draft, head: Accounts, heard: Heard) -> tuple[Record, ...]:
    """Open, freeze or close volunteers' accounts; only an empty one is closed (rule 37).

    What is left may be written off in the same act: points lapse, credits go to the pool. So may what
    is below nothing, which then stays owed: whoever opens the account again has not got rid of it.
    """
    book = draft.book
    found: dict[str, Holder] = {}
    for n, item in enumerate(heard.items):
        assert isinstance(item, AccountsItem)
        check = check_belongs if item.state == "closed" else check_member  # also of one erased
        check(book, item.volunteer, head.organisation, n)
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
            _check_not_held(book, item.volunteer, n)
            if item.written_off:
                _write_off(draft, item.volunteer)
            _check_empty(draft, item.volunteer, n)
        elif item.written_off:
            raise no(
                "account.state",
                f"what {item.volunteer} has is written off only as the account is closed",
                f"{item.volunteer} 的余额只能在注销时核销",
                n,
            )
        found[item.volunteer] = Holder(item.volunteer, item.state, book.size)
    return (*found.values(), *draft.records)


def _purses(number: str) -> tuple[str, str]:
    return volunteer(number), donations(number)


def _check_not_held(book: Book, number: str, n: int) -> None:
    held = [one for account in _purses(number) for one in book.holds_on(account)]
    if held:
        places = ", ".join(f"{one.entry}:{one.n + 1}" for one in held)
        raise no(
            "account.not_empty",
            f"{number} still has amounts held at {places}: to be settled or released first",
            f"{number} 尚有未办结的保留 {places}，须先办结或释放",
            n,
        )


def _check_empty(draft: Draft, number: str, n: int) -> None:
    for account in _purses(number):
        for unit in UNITS:
            balance = draft.account(account, unit).balance
            if balance:
                en, zh = UNIT_WORDS[unit]
                raise no(
                    "account.not_empty",
                    f"{number} still has {balance} {en}: to be spent, given or donated first,"
                    " or written off",
                    f"{number} 尚有{zh} {balance}，须先使用、赠与或捐赠，或予以核销",
                    n,
                )


def _write_off(draft: Draft, number: str) -> None:
    today = day_of(draft.stamp)
    for account in _purses(number):
        for unit, taker in (("point", EXPIRY), ("credit", POOL)):
            rest = draft.account(account, unit).balance
            sides = (taker, account) if rest > 0 else (account, ADJUSTMENT)
            if not rest:
                continue
            draft.move(draft.movement(*sides, unit, abs(rest), "written_off", effective=today))
            # A line that is voided later takes from there first; it was never spent.
            found = draft.account(account, unit)
            if rest < 0:
                draft.set(replace(found, owed=found.owed - rest))
            else:
                draft.set(replace(found, excess=found.excess + rest))
