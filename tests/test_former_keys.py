"""Keys that a log had: trust.json says how far they speak."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint
from ledger.errors import Unverified
from ledger.note import Signer, sign
from ledger.trust import Trust, TrustedLog, read, with_log_key
from tests.scene import ORIGIN, digest


@given(st.integers(1, 60), st.integers(0, 60))
def test_a_former_key_speaks_for_what_is_left_of_its_entries(size: int, kept: int) -> None:
    old, new = (Signer(ORIGIN, digest(name)) for name in ("old", "new"))
    found = Checkpoint(ORIGIN, size, digest("root"))
    plain = Trust(logs=(TrustedLog(keys=(str(old.verifier),)),)).model_dump_json().encode()
    after = read(with_log_key(plain, str(new.verifier), kept=kept))
    (log,) = after.logs
    assert log.verifiers == (new.verifier,)
    assert set(log.ever) == {old.verifier, new.verifier}
    by_old, by_new, by_both = (bytes(sign(str(found), *by)) for by in ((old,), (new,), (old, new)))
    assert after.check(by_new)[0] == found
    assert after.check(by_both)[0] == found
    if size <= kept:
        assert after.check(by_old)[0] == found
        return
    with pytest.raises(Unverified, match="issued again"):
        after.check(by_old)


def test_a_new_log_key_is_listed_beside_or_instead_of_the_others() -> None:
    keys = [str(Signer(ORIGIN, digest(name)).verifier) for name in ("a", "b", "c", "d")]
    other = TrustedLog(keys=(str(Signer("x/y", digest("x")).verifier),))
    data = Trust(logs=(other, TrustedLog(keys=(keys[0],)))).model_dump_json().encode()
    beside = with_log_key(data, keys[1])
    assert read(beside).logs == (other, TrustedLog(keys=(keys[0], keys[1])))
    assert with_log_key(beside, keys[1]) == beside
    instead = with_log_key(beside, keys[2], instead=True)
    assert read(instead).logs == (other, TrustedLog(keys=(keys[2],)))
    lost = with_log_key(with_log_key(beside, keys[2], kept=9), keys[3], kept=7)
    (_, log) = read(lost).logs
    assert log.keys == (keys[3],)
    assert [(one.key, one.size) for one in log.former] == [(key, 7) for key in keys[:3]]
