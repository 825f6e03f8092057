"""The trust file: what it may say, and what a checkpoint must have for it to be believed."""

import json
import re

import pytest

from ledger import merkle, trust
from ledger.checkpoint import Checkpoint, cosign, issue, with_lines
from ledger.errors import Malformed, Unverified
from ledger.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, Signature, Signer
from tests.test_note import flips

LOG = Signer("kx.example.org/log", b"l" * 32)
SECOND = Signer(LOG.name, b"s" * 32, COSIGNATURE_ML_DSA_44)
W1 = Signer("w1.example.org/w", b"1" * 32, COSIGNATURE_ED25519)
W1_TOO = Signer("w1.example.org/w", b"q" * 32, COSIGNATURE_ML_DSA_44)
W2 = Signer("w2.example.org/w", b"2" * 32, COSIGNATURE_ED25519)
HEAD = Checkpoint(LOG.name, 7, merkle.leaf_hash(b"x"))
ALONE = bytes(issue(HEAD, LOG))


def written(**log: object) -> bytes:
    return json.dumps({"logs": [{"keys": [str(LOG.verifier)], **log}]}).encode()


def keys(*signers: Signer) -> list[str]:
    return [str(one.verifier) for one in signers]


def seen(*by: Signer, time: int = 1700000000) -> bytes:
    return with_lines(ALONE, [cosign(HEAD, one, time + n) for n, one in enumerate(by)])


def test_a_witness_counts_once_however_many_keys_he_has() -> None:
    believed = trust.read(written(witnesses=keys(W1, W1_TOO, W2), quorum=2))
    assert believed.check(seen(W1, W2)) == (HEAD, 2)
    assert believed.check(seen(W1, W1_TOO, W2)) == (HEAD, 2)
    assert believed.check(seen(W1_TOO, W2)) == (HEAD, 2)
    for note in (ALONE, seen(W1), seen(W1, W1_TOO), seen(Signer("w3", b"3" * 32, 4), W1)):
        with pytest.raises(Unverified):
            believed.check(note)
        assert believed.without_quorum().check(note)[0] == HEAD


def test_no_flipped_bit_of_a_cosigned_checkpoint_is_believed() -> None:
    """Not one bit of text, names, key IDs, times and signatures, where the quorum is all there are."""
    believed = trust.read(written(witnesses=keys(W1, W2), quorum=2))
    for wrong in flips(seen(W1, W2)):
        with pytest.raises((Malformed, Unverified)):
            believed.check(wrong)
    quantum = trust.read(written(second=keys(SECOND), witnesses=keys(W1_TOO), quorum=1))
    whole = flips(seen(SECOND, W1_TOO))
    for wrong in (*whole[:2000], *whole[2000::41]):
        with pytest.raises((Malformed, Unverified)):
            quantum.check(wrong)


def test_the_times_of_witnesses_are_told() -> None:
    believed = trust.read(written(witnesses=keys(W1, W1_TOO, W2), quorum=2))
    assert trust.cosigned_times(seen(W1_TOO, W1, W2), believed) == {
        W1.name: 1700000000, W2.name: 1700000002,
    }  # fmt: skip
    assert trust.cosigned_times(ALONE, believed) == {}
    other = bytes(issue(Checkpoint("other/log", 7, HEAD.root), Signer("other/log", b"o" * 32)))
    assert trust.cosigned_times(other, believed) == {}
    line = cosign(HEAD, W1, 1700000000)
    lying = Signature(line.name, line.key_id, line.value[:-1] + b"\0")
    with pytest.raises(Unverified):
        trust.cosigned_times(with_lines(ALONE, [lying]), believed)


def test_a_second_signature_counts_where_it_is_asked_for() -> None:
    believed = trust.read(written(second=keys(SECOND)))
    assert believed.check(seen(SECOND)) == (HEAD, 0)
    assert trust.read(written()).check(seen(SECOND)) == (HEAD, 0)
    stranger = Signer(LOG.name, b"t" * 32, COSIGNATURE_ML_DSA_44)
    for note in (ALONE, seen(stranger)):
        with pytest.raises(Unverified, match="second time"):
            believed.check(note)
    alone = with_lines(ALONE, [cosign(HEAD, SECOND, 1)]).replace(
        ALONE.splitlines()[-1] + b"\n", b""
    )
    with pytest.raises(Unverified):  # the second does not stand for the first
        believed.check(alone)


@pytest.mark.parametrize(
    "log",
    [
        {"keys": keys(W1)}, {"keys": keys(SECOND)}, {"second": keys(LOG)}, {"second": keys(W1)},
        {"witnesses": keys(Signer("w", b"w" * 32))}, {"witnesses": keys(W1, W1)},
        {"witnesses": keys(W1, Signer("other", W1.secret, COSIGNATURE_ED25519))},
        {"witnesses": keys(Signer("w", LOG.secret, COSIGNATURE_ED25519))},
        {"quorum": 1}, {"witnesses": keys(W1, W1_TOO), "quorum": 2}, {"quorum": -1},
        {"third": []}, {"witnesses": ["no key"]},
    ],
)  # fmt: skip
def test_a_trust_file_that_cannot_be_meant_is_refused(log: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        trust.read(written(**log))


def test_the_file_is_changed_in_one_place() -> None:
    other = {"keys": keys(Signer("other/log", b"o" * 32))}
    own = {"keys": keys(LOG), "quorum": 0}
    root = "-----BEGIN CERTIFICATE-----"
    file = json.dumps({"issuers": [root], "logs": [other, own]}).encode()
    changed = trust.with_witnesses(file, LOG.name, keys(W1, W2), 2)
    assert json.loads(changed) == {
        "issuers": [root], "logs": [other, own | {"witnesses": keys(W1, W2), "quorum": 2}],
    }  # fmt: skip
    kept = trust.with_witnesses(changed, LOG.name, keys(W2, W1_TOO))
    assert trust.read(kept).logs[1].quorum == 2
    with pytest.raises(Malformed):
        trust.with_witnesses(changed, LOG.name, keys(W1))
    twice = trust.with_second(file, LOG.name, str(SECOND.verifier))
    assert trust.read(twice).logs[1].second == (str(SECOND.verifier),)
    assert trust.read(twice).logs[0] == trust.read(file).logs[0]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"\xff\xfe{\x00}\x00", b"[]", b'{"logs": [], "logs": []}', b"[" * 100_000,
        b'{"timestamps": ["x"]}', b'{"issuers": ["x"]}', b'{"other": 1}', b'{"logs": [{}]}',
        written(quorum="0"), written(quorum=0.0), written(quorum=True),
    ],
)  # fmt: skip
def test_a_spoilt_trust_file_is_refused_in_the_readers_own_words(data: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        trust.read(data)
    assert "信任文件" in caught.value.zh
    assert not re.search("[a-z] [a-z]", caught.value.zh)  # no library's English in it
    assert "Input" not in caught.value.en


def test_a_mark_of_utf8_does_no_harm() -> None:
    """Notepad writes one."""
    assert trust.read(b"\xef\xbb\xbf" + written()) == trust.read(written())
