"""The vault: the erasable store of personal data. Nothing in the log leads here without it.

Each person's details are sealed (AES-256-GCM) under a random key of his own, and that key under one
derived from the vault key. People are found by keyed hashes. Destroying a person's row destroys his
key: every proof still checks, and the number leads to nobody.
"""

import hmac
import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.commitments import Opening
from ledger.encoding import base64, unbase64
from ledger.errors import Moved, Unsafe
from ledger.store.engine import Address
from ledger.store.private import PrivateStore, Sealed

_KEY_SIZE = 32
_ORIGIN = "origin"  # the row that says whose vault it is; whether the key is right, too
_NONCE_SIZE = 12

Registered = tuple[str, "Details", Mapping[str, Opening]]  # number, who it is, commitments opened


@dataclass(frozen=True, slots=True)
class Details:
    """Who a volunteer is, as the sheet said and was cleaned; what was not given is empty."""

    name: str
    document_type: str = ""
    document: str = ""
    sex: str = ""
    born: str = ""
    phone: str = ""
    guardian: str = ""
    guardian_phone: str = ""
    skills: str = ""
    area: str = ""
    category: str = ""
    consent: str = ""

    def __repr__(self) -> str:
        return "Details(…)"  # a traceback is no place for a name


@dataclass(frozen=True, slots=True)
class RefusedRegistration:
    """A registration that was refused: why, and for which organisation."""

    code: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What was typed about people, and opens a commitment in the log."""

    field: str
    value: str
    key: bytes

    def __repr__(self) -> str:
        return f"Kept({self.field!r}, …)"


class Vault:
    """Personal data under a key; who has the database without the key has nothing."""

    def __init__(self, store: PrivateStore, key: bytes) -> None:
        if len(key) != _KEY_SIZE:
            raise Unsafe(
                "vault.key",
                en="the vault's key is not 32 bytes long; use the file vault.key of this ledger",
                zh="保险库密钥不是 32 字节，请使用本账本的 vault.key 文件",
            )
        self._store = store
        self._wrap = AESGCM(_derived(key, "wrap"))
        self._lookup = _derived(key, "lookup")

    @classmethod
    def open(cls, url: Address, key: bytes, origin: str) -> "Vault":
        """Open the vault of a ledger, or raise `Unsafe` where it is another's or the key is."""
        found = cls(PrivateStore.open(url), key)
        try:
            found._check(origin)
        except BaseException:
            found.close()
            raise
        return found

    @classmethod
    def create(cls, url: Address, key: bytes, origin: str) -> "Vault":
        """Make the empty vault of a ledger at an address where there is none."""
        found = cls(PrivateStore.create(url), key)
        found._store.begin(found._seal(_ORIGIN, {"origin": origin}))
        return found

    @property
    def store(self) -> PrivateStore:
        """Return where the sealed rows lie, for a backup of its own."""
        return self._store

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    # --- people --------------------------------------------------------------------------------

    def register(self, people: Sequence[Registered]) -> None:
        """Keep who people are, all or none; who is known under his number is replaced.

        Raises `Moved` where a document is another's: one living person has one number.
        """
        rows = [self._seal(number, _written(found, opened)) for number, found, opened in people]
        traits = [(at, number) for number, found, _ in people for at in self._traits(found)]
        documents = [
            (self._hash("document", found.document), number)
            for number, found, _ in people
            if found.document
        ]
        try:
            self._store.put(rows, traits, documents)
        except Unsafe as error:
            if error.code == "store.refused":
                raise Moved from error
            raise

    def details(self, number: str) -> Details | None:
        """Return who a volunteer is, if he is here and was not erased."""
        return self.details_of([number]).get(number)

    def details_of(self, numbers: Collection[str]) -> dict[str, Details]:
        """Return who volunteers are; who is not here is left out."""
        rows = self._store.persons(numbers)
        return {row[0]: Details(**self._open(row)["details"]) for row in rows}

    def opening(self, number: str, field: str) -> Opening | None:
        """Return what opens a commitment in a volunteer's row, if there is one."""
        return self.openings_of([number]).get(number, {}).get(field)

    def openings_of(self, numbers: Collection[str]) -> dict[str, dict[str, Opening]]:
        """Return what opens the commitments in volunteers' rows, by number and field."""
        return {
            row[0]: {
                field: Opening(unbase64(key), value)
                for field, (key, value) in self._open(row)["openings"].items()
            }
            for row in self._store.persons(numbers)
        }

    def everybody(self) -> Iterable[tuple[str, Details]]:
        """Iterate over all volunteers that are here, by number."""
        for row in self._store.people():
            yield row[0], Details(**self._open(row)["details"])

    def by_documents(self, documents: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return the numbers of those with these ID numbers; all are asked for at once."""
        return self._numbers({one: self._hash("document", one) for one in documents})

    def by_names(self, names: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return the numbers of those with these names; all are asked for at once."""
        return self._numbers({one: self._hash("name", one) for one in names})

    def by_name_and_phone(self, name: str, phone: str) -> tuple[str, ...]:
        """Return the numbers of those with that name and telephone, their own or a guardian's."""
        return self._numbers({name: self._hash("name and phone", name, phone)})[name]

    def search(self, text: str) -> tuple[str, ...]:
        """Return the numbers of those whose name, ID number or telephone is that text."""
        found = self._numbers({kind: self._hash(kind, text) for kind in _SEARCHED})
        return tuple(sorted({number for numbers in found.values() for number in numbers}))

    def erase(self, number: str) -> bool:
        """Destroy a person's key and row, and what is about him alone; tell whether he was here."""
        return self._store.erase(number)

    # --- registrations that were refused ---------------------------------------------------------

    def refuse_registrations(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Keep (name, telephone, organisation, code) of registrations that were refused.

        An attendance row of such a person can then say why. Nothing of him is kept but keyed
        hashes: there is no consent to keep more (PIPL 13).
        """
        self._store.refuse(
            (trait, organisation, code)
            for name, phone, organisation, code in rows
            for trait in (self._hash("name", name), self._hash("name and phone", name, phone))
        )

    def refused(
        self, asked: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[RefusedRegistration, ...]]:
        """Return refused registrations by (name, telephone), by the name alone if that is empty."""
        traits = {
            (name, phone): self._hash("name and phone", name, phone)
            if phone
            else self._hash("name", name)
            for name, phone in asked
        }
        found: dict[str, tuple[RefusedRegistration, ...]] = {}
        for trait, organisation, code in self._store.refused(set(traits.values())):
            found[trait] = (*found.get(trait, ()), RefusedRegistration(code, organisation))
        return {pair: found.get(trait, ()) for pair, trait in traits.items()}

    # --- what was typed about people -------------------------------------------------------------

    def keep(
        self, commitment: str, field: str, value: str, key: bytes, about: Sequence[str] = ()
    ) -> None:
        """Keep what opens a commitment; it goes when the last of those it is about is erased."""
        found = {"field": field, "value": value, "key": base64(key)}
        self._store.keep([self._seal(commitment, found)], ((commitment, who) for who in about))

    def kept(self, commitment: str) -> Kept | None:
        """Return what opens a commitment, if it is here and was not erased."""
        row = self._store.kept(commitment)
        if row is None:
            return None
        found = self._open(row)
        return Kept(found["field"], found["value"], unbase64(found["key"]))

    # --------------------------------------------------------------------------------------------

    def _check(self, origin: str) -> None:
        """Raise `Unsafe` unless the vault opens with our key and is of that ledger."""
        try:
            row = self._store.origin(_ORIGIN)
            found = self._open(row)["origin"] if row else ""
        except Unsafe as error:
            if error.code != "vault.sealed":
                raise
            raise Unsafe(
                "vault.key",
                en="vault.key does not open this vault: it is another vault's, or was changed; put back"
                " the vault.key that was kept with this vault (its backup holds both)",
                zh="vault.key 打不开这个个人信息库：它属于另一个信息库，或已被改动；"
                "请放回与之一同保存的 vault.key（个人信息库的备份中两者都有）",
            ) from error
        if found != origin:
            raise Unsafe(
                "vault.other",
                en=f"this vault is of the ledger {found or '?'}, not of {origin}; use the vault that"
                " was backed up with this ledger",
                zh=f"这个个人信息库属于账本 {found or '？'}，不属于 {origin}；"
                "请使用与本账本一同备份的个人信息库",
            )

    def _seal(self, name: str, value: Mapping[str, object]) -> Sealed:
        """Seal a value under a new key, and wrap that; both are bound to the row's name."""
        key, about = secrets.token_bytes(_KEY_SIZE), name.encode()
        text = json.dumps(value, ensure_ascii=False).encode()
        return name, _encrypt(self._wrap, key, about), _encrypt(AESGCM(key), text, about)

    def _open(self, row: Sealed) -> dict[str, Any]:
        name, wrapped, sealed = row
        try:
            key = AESGCM(_decrypt(self._wrap, wrapped, name.encode()))
            found: dict[str, Any] = json.loads(_decrypt(key, sealed, name.encode()))
        except InvalidTag as error:
            raise Unsafe(
                "vault.sealed",
                en=f"the vault's row {name} does not open: another vault.key, or it was changed;"
                " use the key that belongs to this vault, or restore the vault's backup",
                zh=f"保险库中 {name} 的数据打不开：密钥文件不对或数据被改动；"
                "请使用与之对应的 vault.key，或恢复保险库备份",
            ) from error
        return found

    def _numbers(self, traits: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """Return the numbers that keyed hashes lead to, under the names they are given."""
        found: dict[str, tuple[str, ...]] = {}
        for trait, number in self._store.with_traits(set(traits.values())):
            found[trait] = (*found.get(trait, ()), number)
        return {name: found.get(trait, ()) for name, trait in traits.items()}

    def _traits(self, found: Details) -> set[str]:
        phones = {found.phone, found.guardian_phone} - {""}
        traits = {self._hash("name", found.name)}
        traits |= {self._hash("phone", phone) for phone in phones}
        return traits | {self._hash("name and phone", found.name, phone) for phone in phones}

    def _hash(self, kind: str, *values: str) -> str:
        text = "\0".join((kind, *values))
        return base64(hmac.digest(self._lookup, text.encode(), "sha256"))


_SEARCHED = ("name", "document", "phone")


def _written(found: Details, opened: Mapping[str, Opening]) -> dict[str, object]:
    openings = {name: (base64(one.key), one.value) for name, one in opened.items()}
    return {"details": asdict(found), "openings": openings}


def _derived(key: bytes, purpose: str) -> bytes:
    info = f"volunteer-ledger/vault/{purpose}@v1".encode()
    return HKDF(algorithm=SHA256(), length=_KEY_SIZE, salt=None, info=info).derive(key)


def _encrypt(key: AESGCM, data: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + key.encrypt(nonce, data, about)


def _decrypt(key: AESGCM, data: bytes, about: bytes) -> bytes:
    return key.decrypt(data[:_NONCE_SIZE], data[_NONCE_SIZE:], about)
