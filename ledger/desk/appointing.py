"""Appointing officers: a key each, a person behind every key, a role and how far it reaches."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ledger import kinds
from ledger.desk import given
from ledger.desk.office import Office, Role
from ledger.errors import Rejected
from ledger.note import Signer, Verifier
from ledger.records import NOBODY, Key, Organisation
from ledger.rules.offices import KEY_NAME
from ledger.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is to be appointed; what is empty is chosen."""

    role: Role
    organisation: str = ""
    person: str = ""
    name: str = ""
    vkey: str | None = None  # an empty one is no wish for a new key: it was lost on the way


@dataclass(frozen=True, slots=True)
class Appointed:
    """Who was appointed, and the new private key if it was made here."""

    by: str
    name: str
    person: str
    organisation: str
    signer: Signer | None


def make_key(name: str) -> Signer:
    """Draw a new private key under a name that can be published."""
    if not KEY_NAME.fullmatch(name):
        raise Rejected(
            "key.name",
            en=f"{name!r} cannot name a key: write letters and digits such as T01/r1, no person's name",
            zh=f"{name!r} 不能作密钥名：请用字母和数字，如 T01/r1，不要写人名",
        )
    return Signer(name, secrets.token_bytes(32))


def appoint(
    office: Office, wish: Wish, keep: Callable[[Signer], object], taken: Iterable[str] = ()
) -> Appointed:
    """Appoint an officer and, unless a public key was given, make the key and `keep` it first.

    `taken` are names under which a key lies already: of an appointment in a lost tail, perhaps.
    """
    given.check(organisation=wish.organisation or None, person=wish.person or None)
    with office.store.reading() as view:
        root = next(view.where(Organisation, parent=""))
        organisation = "*" if wish.role == "operator" else wish.organisation or root.code
        names = {*taken, *(key.by.rpartition("+")[0] for key in view.all(Key))}
    name = wish.name or _free_name(names, organisation.replace("*", root.code), wish.role)
    signer = make_key(name) if wish.vkey is None else None
    verifier = signer.verifier if signer else Verifier.parse(wish.vkey or "")
    if signer:
        keep(signer)  # first: an appointment whose key was lost in a crash could not be used
    # Two keys of one person bear one person's name: four eyes are counted by person.
    person = wish.person or f"p-{secrets.token_hex(4)}"
    office.say(
        "operator",
        kinds.Appointment,
        organisation,
        [{"person": person}],
        key=str(verifier),
        role=wish.role,
    )
    return Appointed(verifier.by, verifier.name, person, organisation, signer)


def succeed(office: Office, log: Verifier) -> None:
    """Put a new log key in the place of the one in force."""
    office.say("operator", kinds.Appointment, "*", [{"person": "log"}], key=str(log), role="log")


def dismiss(office: Office, name: str, since: str) -> str:
    """End an appointment; `since` only flags what the key has said from then on."""
    with office.store.reading() as view:
        key = _key(view, name)
    office.say(
        "operator",
        kinds.Dismissal,
        key.organisation,
        appointment=key.ref,
        since=since or office.now,
    )
    return key.by


def _key(view: Reader, name: str) -> Key:
    found = [
        key
        for key in view.all(Key)
        if name in (key.by, key.by.rpartition("+")[0]) and key.until == NOBODY
    ]
    if len(found) != 1:
        raise Rejected(
            "appointment.unknown",
            en=f"{name} names no officer in office; `vledger officer list` lists them",
            zh=f"没有在任的 {name}；`vledger officer list` 可查看",
        )
    return found[0]


def _free_name(names: set[str], organisation: str, role: str) -> str:
    count = 1
    while f"{organisation}/{role}{count}" in names:
        count += 1
    return f"{organisation}/{role}{count}"
