"""Accounts: whose they are, and names that the programs of bookkeepers take."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.accounts import OWN, UNITS, donations, name, owner, transit, volunteer

# As beancount and hledger have it: parts that begin with a capital or a digit, between colons.
PART = r"[A-Z0-9][A-Za-z0-9-]*"
VALID = re.compile(rf"(Assets|Equity|Expenses)(:{PART})+")
numbers = st.from_regex(r"[A-Za-z0-9._-]{1,32}", fullmatch=True)
origins = st.from_regex(r"[!-~]{1,200}", fullmatch=True)
accounts = st.one_of(
    st.sampled_from(OWN), numbers.map(volunteer), numbers.map(donations), origins.map(transit)
)


@given(accounts)
def test_every_name_is_one_that_bookkeeping_programs_take(account: str) -> None:
    assert VALID.fullmatch(name(account)), name(account)


@given(accounts, accounts)
def test_no_two_accounts_have_one_name(one: str, two: str) -> None:
    assert (name(one) == name(two)) == (one == two)


@given(numbers)
def test_numbers_that_look_like_what_others_are_written_as_stay_apart(number: str) -> None:
    """A name in hexadecimal is no number's own name, whatever numbers people give."""
    written = name(volunteer(number)).removeprefix("Assets:Volunteers:")
    assert written == number or name(volunteer(written)) != name(volunteer(number))


@given(numbers)
def test_an_account_knows_whose_it_is(number: str) -> None:
    assert owner(volunteer(number)) == owner(donations(number)) == number


@given(origins)
def test_the_association_s_accounts_are_nobody_s(origin: str) -> None:
    assert {owner(account) for account in (*OWN, transit(origin))} == {""}


@pytest.mark.parametrize(
    ("account", "written"),
    [
        ("issuance", "Equity:Issuance"),
        ("pool", "Assets:Pool"),
        ("volunteer:V0012", "Assets:Volunteers:V0012"),
        ("donations:V0012", "Assets:Donations:V0012"),
        ("volunteer:v1", "Assets:Volunteers:X-7631"),
        ("volunteer:440100-7", "Assets:Volunteers:X-3434303130302d37"),
        ("transit:KX", "Assets:Transit:KX"),
        ("transit:a.cn/log", "Assets:Transit:X-612e636e2f6c6f67"),
    ],
)
def test_names_are_written_as_journals_have_them(account: str, written: str) -> None:
    assert name(account) == written


def test_what_is_no_account_has_no_name() -> None:
    with pytest.raises(KeyError):
        name("cash")
    assert UNITS == ("point", "credit")
