"""Sealing keys in a token: certificates.seal.token against SoftHSM, and the journeys through `ca`."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from certificates import envelope
from certificates.seal import der
from certificates.seal.token import TokenKey, open_key
from ledger.errors import Unsafe
from ledger.home import Token
from tests import softhsm
from tests.authorities import Real, pem
from tests.clerk import Clerk
from tests.softhsm import LABEL, PIN, generate

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ALGORITHMS = ("ecdsa-p256", "ecdsa-p384", "rsa-3072")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the library; its token holds a key of each kind, labelled by it."""
    with softhsm.token(tmp_path_factory.mktemp("token")) as module:
        for algorithm in ALGORITHMS:
            generate(module, algorithm, algorithm)
        yield module


@pytest.fixture
def opened(keys: str) -> Iterator[Callable[[str], TokenKey]]:
    held: list[TokenKey] = []

    def open_(label: str) -> TokenKey:
        held.append(open_key(Token(keys, LABEL, label), PIN))
        return held[-1]

    yield open_
    for key in held:
        key.close()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_tokens_signature_is_one_that_everybody_reads(
    opened: Callable[[str], TokenKey], algorithm: str
) -> None:
    key = opened(algorithm)
    public = key.public_key()
    for number in range(8):  # r and s side by side, with and without leading zeros
        data = b"what is signed %d" % number
        signed = key.sign(data)
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signed, data, padding.PKCS1v15(), SHA256())
        else:
            assert isinstance(public, ec.EllipticCurvePublicKey)
            public.verify(signed, data, ec.ECDSA(SHA256()))


@pytest.mark.parametrize(
    ("token", "pin", "says"),
    [
        ({"token": "没有这个"}, PIN, "no token has this label"),
        ({"key": "missing"}, PIN, "holds no key of this label"),
        ({}, "0815", "the PIN is wrong"),
        ({"module": "/nowhere/lib.so"}, PIN, "loading /nowhere/lib.so"),
    ],
)
def test_what_is_wrong_with_a_token_is_told(
    keys: str, token: dict[str, str], pin: str, says: str
) -> None:
    place = {"module": keys, "token": LABEL, "key": "ecdsa-p256", **token}
    with pytest.raises(Unsafe, match=says):
        open_key(Token(**place), pin)


def test_two_keys_of_one_label_are_told(keys: str) -> None:
    generate(keys, "twins", "ecdsa-p256")
    generate(keys, "twins", "ecdsa-p256")
    with pytest.raises(Unsafe, match="several keys"):
        open_key(Token(keys, LABEL, "twins"), PIN)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pkcs11", None)
    with pytest.raises(Unsafe, match=r"volunteer-ledger\[pkcs11\]"):
        open_key(Token("x", "y", "z"), "1")


# --- journeys -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    clerk.confirmed("张三", "李四")
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    clerk = founded.copied(tmp_path)
    (clerk.folder / "pin").write_text(f"{PIN}\n")
    return clerk


def settle(here: Clerk, module: str, key: str, code: str = "KX") -> None:
    """Name the token in the settings."""
    text = f'[token.{code}]\nmodule = "{module}"\ntoken = "{LABEL}"\nkey = "{key}"\n'
    (here.home / "association.toml").write_text(text, encoding="utf-8")


def sealed(here: Clerk, name: str) -> Any:
    file, pin = here.folder / name, here.folder / "pin"
    here("certificate", "issue", here.numbers["张三"], "-o", file, "--pin-file", pin)
    return here.verdict(file)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_in_a_token_seals_under_ones_own_authority(
    here: Clerk, keys: str, algorithm: str
) -> None:
    settle(here, keys, algorithm)
    made = here("ca", "issue", "--token", "--pin-file", here.folder / "pin")
    verdict = sealed(here, "a.pdf")
    assert verdict["genuine"]
    assert verdict["seal"]["serial"] == made["serial"]
    if algorithm == "ecdsa-p256":
        assert least_s((here.folder / "a.pdf").read_bytes())
    (own,) = (seal for seal in here("ca", "list")["seals"] if seal["state"] == "in use")
    assert own["in_token"]
    kept = (here.home / "keys" / f"{own['file']}.pem").read_bytes()
    assert b"PRIVATE" not in kept
    assert not list((here.home / "keys").glob(f"{own['file']}.passphrase"))


def least_s(file: bytes) -> bool:
    content = der.read(envelope.split(file).cms).children()[1].children()[0]
    signer = content.children()[-1].children()[0]
    return decode_dss_signature(signer.children()[-1].content)[1] <= ORDER // 2


def test_a_real_authoritys_certificate_for_a_key_in_a_token(here: Clerk, keys: str) -> None:
    real, file = Real(), here.folder / "chain.pem"
    with closing(open_key(Token(keys, LABEL, "ecdsa-p256"), PIN)) as key:
        public = key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    own = real.certificate(public)
    file.write_bytes(pem(own, real.middle, real.root))
    settle(here, keys, "ecdsa-p256", "T01")
    words = ("ca", "import", file, "--organisation", "T01", "--pin-file", here.folder / "pin")
    assert here.refused(*words) == "seal.untrusted"
    here(*words, "--trust-root")
    pin, output = here.folder / "pin", here.folder / "a.pdf"
    ours = ("--organisation", "T01", "--pin-file", pin)
    here("certificate", "issue", here.numbers["张三"], "-o", output, *ours)
    seal = here.verdict(output)["seal"]
    assert int(seal["serial"], 16) == own.serial_number
    assert seal["authority"] == "CN=示例根 CA"


def test_a_certificate_of_another_key_is_refused_before_anything_is_logged(
    here: Clerk, keys: str
) -> None:
    settle(here, keys, "ecdsa-p256")
    here("ca", "issue", "--token", "--pin-file", here.folder / "pin")
    settle(here, keys, "rsa-3072")  # somebody plugged another token in
    before = here("checkpoint")
    words = ("certificate", "issue", here.numbers["张三"], "-o", here.folder / "a.pdf")
    assert here.refused(*words, "--pin-file", here.folder / "pin") == "seal.unusable"
    assert here("checkpoint") == before


def test_a_token_that_is_not_named_or_whose_pin_nobody_gives_is_told(
    here: Clerk, keys: str
) -> None:
    pin = ("--pin-file", here.folder / "pin")
    assert here.refused("ca", "issue", "--token", *pin) == "token.unnamed"
    settle(here, keys, "ecdsa-p256")
    assert here.refused("ca", "issue", "--token") == "token.pin"
    (here.folder / "pin").write_text("0815")
    assert here.refused("ca", "issue", "--token", *pin) == "token.trouble"


def test_a_pin_is_asked_for_where_somebody_is_there(
    here: Clerk, keys: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(_: object, name: str) -> str:
        asked.append(name)
        return PIN

    monkeypatch.setattr("ledger.commands.world._is_watched", lambda _: True)
    monkeypatch.setattr("ledger.commands.world.World.ask", ask)
    settle(here, keys, "ecdsa-p256")
    here("ca", "issue", "--token")
    assert asked == [f"{LABEL} (PIN)"]
