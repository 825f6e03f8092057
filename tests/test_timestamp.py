"""Time stamps: asked of a real authority over HTTP, believed if listed, never in anybody's way.

Holds certificates.seal.timestamp and certificates.timestamping.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from certificates import envelope, keyring, proof
from certificates.issue import Issued, Means, Order, issue_all
from certificates.seal import der, holders, timestamp
from certificates.timestamping import TimeStamper
from certificates.verify import verify
from ledger import checkpoint, trust
from ledger.checkpoint import Checkpoint
from ledger.commands.opening import office
from ledger.commands.world import World
from ledger.encoding import unbase64
from ledger.errors import LedgerError, Malformed, Unsafe, Unverified
from ledger.home import Home
from ledger.note import Signer, sign
from ledger.times import instant, moment
from tests.clerk import Clerk
from tests.tsa import Authority, Server

LOG = Signer("kx.example.cn/ledger", b"L" * 32)
NOTE = bytes(checkpoint.issue(Checkpoint(LOG.name, 3, bytes(32)), LOG))
PAST = "2020-01-01T00:00:00+08:00"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.founded(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    question, nonce = timestamp.question(NOTE)
    return timestamp.answered(authority.answer(question), NOTE, nonce)


@pytest.fixture
def server(authority: Authority) -> Iterator[Server]:
    with authority.serving() as found:
        yield found


def check(token: bytes, *roots: str, data: bytes = NOTE, since: str = PAST) -> timestamp.TimeStamp:
    return timestamp.check(token, data, roots, not_before=since)


# --- what a token says ---------------------------------------------------------------------------


def test_a_token_says_before_when_and_who_says_so(token: bytes, authority: Authority) -> None:
    found = check(token, authority.root)
    assert found.by == "CN=示例时间戳 tsa"
    late = datetime.now(UTC) + timedelta(
        seconds=3
    )  # the authority's accuracy is added, and rounded up
    assert late - timedelta(hours=1) < moment(found.before) <= late


def test_accuracy_is_added_and_rounded_up_to_the_second() -> None:
    class Accuracy:
        seconds, millis, micros = 1, 500, None

    at = datetime(2026, 3, 1, 0, 0, 0, tzinfo=UTC)
    assert timestamp._not_after(at, Accuracy()) == "2026-03-01T08:00:02+08:00"
    assert timestamp._not_after(at, None) == "2026-03-01T08:00:00+08:00"


def test_a_token_of_nobody_listed_is_not_believed(token: bytes, tmp_path: Path) -> None:
    other = Authority.founded(tmp_path / "other")
    for roots in ((), (other.root,)):
        with pytest.raises(Unverified, match=r"示例时间戳 tsa decides nothing"):
            check(token, *roots)


def test_several_may_be_listed(token: bytes, authority: Authority, tmp_path: Path) -> None:
    check(token, Authority.founded(tmp_path / "other").root, authority.root)


def test_a_listed_authority_that_is_no_certificate_is_named(token: bytes) -> None:
    with pytest.raises(Malformed, match="timestamps"):
        check(token, "no PEM")


def test_a_token_over_another_checkpoint_is_refused(token: bytes, authority: Authority) -> None:
    with pytest.raises(Unverified, match="something else"):
        check(token, authority.root, data=NOTE + b" ")


def test_a_token_with_another_digest_is_refused(tmp_path: Path) -> None:
    wide = Authority.founded(tmp_path / "wide", digests="sha256, sha512")
    builder = TimestampRequestBuilder().data(NOTE).hash_algorithm(HashAlgorithm.SHA512)
    asked = builder.build()
    assert asked.nonce is not None
    with pytest.raises(Unverified, match="something else"):
        timestamp.answered(wide.answer(asked.as_bytes()), NOTE, asked.nonce)


def test_a_token_from_before_what_it_stamps_is_refused(token: bytes, authority: Authority) -> None:
    before = check(token, authority.root).before
    edge = moment(before) + timedelta(minutes=5)
    check(token, authority.root, since=instant(edge))
    with pytest.raises(Unverified, match="clocks is wrong"):
        check(token, authority.root, since=instant(edge + timedelta(seconds=1)))


def test_a_certificate_that_is_not_for_time_stamps_is_refused(tmp_path: Path) -> None:
    """Its root is listed, and it signs as well as any: it is not what it was issued for."""
    honest = Authority.founded(tmp_path / "a")
    question, nonce = timestamp.question(NOTE)
    token = timestamp.answered(honest.answer(question), NOTE, nonce)
    honest.certify("tsa", "plain", "root")  # the same key and number, another use
    plain = x509.load_pem_x509_certificate((honest.folder / "tsa.pem").read_bytes())
    swapped = with_certificates(token, [plain])
    with pytest.raises(Unverified):
        check(swapped, honest.root)


def test_two_certificates_of_one_number_are_refused(token: bytes, authority: Authority) -> None:
    """One to be looked at and one to be checked against: RFC 3161 knows one signer."""
    own = x509.load_der_x509_certificate(bytes(bag(token)[0]))
    forger = holders._generate("ecdsa-p256")
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    twin = (
        x509.CertificateBuilder(own.issuer, own.subject, forger.public_key(), own.serial_number)
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
        .add_extension(usage, critical=True)
        .sign(forger, SHA256())
    )
    with pytest.raises(Malformed):
        check(with_certificates(token, [own, twin]), authority.root)
    with pytest.raises(Malformed):
        check(with_certificates(token, []), authority.root)


def test_an_authority_two_below_its_root_is_believed(tmp_path: Path) -> None:
    found = Authority.founded(tmp_path / "deep", middle=True)
    question, nonce = timestamp.question(NOTE)
    token = timestamp.answered(found.answer(question), NOTE, nonce)
    check(token, found.root)
    lonely = [each for each in bag(token) if b"tsa" in bytes(each)][:1]
    alone = [x509.load_der_x509_certificate(bytes(each)) for each in lonely]
    with pytest.raises(Unverified):
        check(with_certificates(token, alone), found.root)


def test_no_flipped_bit_tells_another_time_or_another_authority(
    token: bytes, authority: Authority
) -> None:
    """A few bits of a token are nobody's word (versions, unused parameters): they change nothing."""
    right = check(token, authority.root)
    silent = 0
    for place in range(len(token)):
        for bit in range(8):
            flipped = bytearray(token)
            flipped[place] ^= 1 << bit
            try:
                found = check(bytes(flipped), authority.root)
            except LedgerError:
                continue
            assert found == right, (place, bit)
            silent += 1
    assert silent < len(token) * 8 // 50


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reading(data: bytes) -> None:
    with pytest.raises(LedgerError):
        timestamp.read(data, NOTE)
    with pytest.raises(LedgerError):
        timestamp.answered(data, NOTE, 1)


@given(st.data())
def test_no_damage_crashes_the_reading(
    token: bytes, authority: Authority, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(token)))
    spliced = (
        token[:cut]
        + data.draw(st.binary(max_size=20))
        + token[data.draw(st.integers(cut, len(token))) :]
    )
    if spliced != token:
        with pytest.raises(LedgerError):
            check(spliced, authority.root, data=NOTE + b"!")


def bag(token: bytes) -> tuple[der.Value, ...]:
    signed = der.read(token).children()[1].children()[0].children()
    return signed[3].children()


def with_certificates(token: bytes, certificates: list[x509.Certificate]) -> bytes:
    """Return a token with other certificates beside its signature."""
    kind, content = der.read(token).children()
    version, digests, said, _, signers = content.children()[0].children()
    encoded = [each.public_bytes(Encoding.DER) for each in certificates]
    held = [der.set_of(*encoded, tag=der.CONTEXT_0)] if encoded else []
    signed = der.sequence(bytes(version), bytes(digests), bytes(said), *held, bytes(signers))
    return der.sequence(bytes(kind), der.wrap(der.CONTEXT_0, signed))


# --- what is stamped -----------------------------------------------------------------------------


def test_witnesses_lines_are_not_stamped() -> None:
    witness = Signer("w.example/one", b"W" * 32)
    seen = NOTE + str(sign("x\n", witness).signatures[0]).encode()
    assert checkpoint.as_signed(seen) == NOTE == checkpoint.as_signed(NOTE)


# --- asking --------------------------------------------------------------------------------------


def test_one_question_serves_a_checkpoint(server: Server, authority: Authority) -> None:
    stamper = TimeStamper(server.url)
    assert stamper(NOTE) == stamper(NOTE)
    check(stamper(NOTE), authority.root)
    assert len(server.asked) == 1
    stamper(bytes(checkpoint.issue(Checkpoint(LOG.name, 4, bytes(32)), LOG)))
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("mood", "says"),
    [
        ("down", "503 down for the night"),
        ("silent", "cannot be reached: timed out"),
        ("page", "answered with text/html"),
        ("noise", "no time-stamp reply"),
        ("endless", "too long, or too slow"),
        ("dripping", "too long, or too slow"),
    ],
)
def test_an_authority_in_trouble_is_told_and_asked_once(
    server: Server, mood: str, says: str
) -> None:
    server.mood = mood
    stamper = TimeStamper(server.url, seconds=0.5)
    for _ in range(2):
        with pytest.raises(Unsafe, match=says):
            stamper(NOTE)
    assert len(server.asked) == 1


def test_an_answer_to_another_question_is_refused(server: Server) -> None:
    TimeStamper(server.url)(NOTE)
    server.mood = "stale"
    with pytest.raises(Unsafe, match="another question"):
        TimeStamper(server.url)(NOTE)


def test_a_refusal_says_why(tmp_path: Path) -> None:
    picky = Authority.founded(tmp_path / "picky", digests="sha512")
    with picky.serving() as server, pytest.raises(Unsafe, match="refused, with status 2"):
        TimeStamper(server.url)(NOTE)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "ftp://x.invalid/",
        "tsa.example.cn",
        "http://",
        "http://[::",
        "http://x y/",
    ],
)
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(Unsafe, match="no time stamp from"):
        TimeStamper(url)(NOTE)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(Unsafe, match="cannot be reached"):
        TimeStamper("http://127.0.0.1:9/", seconds=1)(NOTE)


# --- certificates --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    clerk.confirmed("张三", "李四")
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    return founded.copied(tmp_path)


def settle(here: Clerk, url: str) -> None:
    (here.home / "association.toml").write_text(f'timestamp_url = "{url}"\n', encoding="utf-8")


def codes(verdict: dict[str, list[dict[str, str]]]) -> list[str]:
    return [reason["code"] for reason in verdict["reasons"]]


def test_a_certificate_carries_a_time_stamp_and_verify_says_whose(
    here: Clerk, server: Server, authority: Authority
) -> None:
    settle(here, server.url)
    here("ca", "timestamps", authority.folder / "root.pem")
    _, file = here.certificate(here.numbers["张三"])
    verdict = here.verdict(file)
    assert verdict["genuine"]
    assert verdict["timestamp"]["by"] == "CN=示例时间戳 tsa"
    assert verdict["timestamp"]["before"] > "2026-11"  # by the authority's clock, not the ledger's
    assert "existed before" in here.run("certificate", "verify", file).stdout
    found = proof.read(envelope.split(file.read_bytes()).attachment)
    assert found.timestamp
    stamped = checkpoint.as_signed(found.checkpoint.encode())
    assert timestamp.read(unbase64(found.timestamp), stamped).by == "CN=示例时间戳 tsa"


def test_a_time_stamp_that_nobody_vouches_for_is_said_and_decides_nothing(
    here: Clerk, server: Server
) -> None:
    settle(here, server.url)
    _, file = here.certificate(here.numbers["张三"])
    verdict = here.verdict(file)
    assert verdict["genuine"]
    assert verdict["logged"]
    assert verdict["timestamp"] == {}
    assert "timestamp.unverified" in codes(verdict)


def test_an_authority_that_is_down_loses_no_certificate(here: Clerk, server: Server) -> None:
    settle(here, server.url)
    server.mood = "down"
    file = here.folder / "a.pdf"
    answer = here("certificate", "issue", here.numbers["张三"], "-o", file)
    assert answer["unstamped"]["code"] == "timestamp.service"
    verdict = here.verdict(file)
    assert verdict["genuine"]
    assert verdict["timestamp"] == {}
    said = here.run("certificate", "issue", here.numbers["李四"], "-o", here.folder / "b.pdf")
    assert said.exit_code == 0
    assert "issued without a time stamp" in said.stderr


@pytest.mark.parametrize("mood", ["", "down"])
def test_many_certificates_under_one_checkpoint_ask_once(
    here: Clerk, server: Server, authority: Authority, mood: str
) -> None:
    server.mood = mood
    world = World(home_path=here.home, guard_path=here.folder / "guard", now_given=here.now)
    orders = [Order(here.numbers[who], "KX") for who in ("张三", "李四")]
    with closing(world):
        desk = office(world)
        sealer = keyring.open_for(world.home, ["KX"], desk.now).sealer
        means = Means(sealer, world.home.association(), TimeStamper(server.url))
        made = [one for one in issue_all(desk, means, orders) if isinstance(one, Issued)]
    assert (len(made), len(server.asked)) == (2, 1)
    home = Home(here.home).trust()
    verdicts = [
        verify(one.file, home.model_copy(update={"timestamps": (authority.root,)})) for one in made
    ]
    assert all(one.genuine and one.logged for one in verdicts)
    assert len({one.timestamp.get("before") for one in verdicts}) == 1
    assert [bool(one.timestamp) for one in verdicts] == [not mood] * 2
    assert [one.unstamped is not None for one in made] == [bool(mood)] * 2


def test_a_stamp_that_contradicts_the_log_is_said(
    here: Clerk, server: Server, authority: Authority
) -> None:
    """The ledger's clock runs years ahead: the authority knew the checkpoint before it was made."""
    here.now = "2036-01-07T09:00:00+08:00"
    settle(here, server.url)
    here("ca", "timestamps", authority.folder / "root.pem")
    _, file = here.certificate(here.numbers["张三"])
    verdict = here.verdict(file)
    assert verdict["genuine"]
    assert verdict["timestamp"] == {}
    assert "timestamp.unverified" in codes(verdict)


def test_a_trust_file_without_time_stamps_reads_as_before(here: Clerk) -> None:
    value = json.loads((here.home / "trust.json").read_bytes())
    assert "timestamps" not in value
    assert trust.read(json.dumps(value).encode()).timestamps == ()


@pytest.mark.parametrize("content", [b"", b"no PEM"])
def test_a_file_that_holds_no_root_is_refused(here: Clerk, content: bytes) -> None:
    file = here.folder / "root.pem"
    file.write_bytes(content)
    before = (here.home / "trust.json").read_bytes()
    assert here.refused("ca", "timestamps", file) == "root.none"
    assert (here.home / "trust.json").read_bytes() == before
