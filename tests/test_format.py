"""The worked example of docs/format.md is true: recomputed with hashlib, and read by the product."""

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from io import BytesIO

import pytest

from ledger.audit import audit_log
from ledger.bundle import Bundle
from ledger.commitments import commitment
from ledger.note import Verifier
from tests.conftest import ROOT
from tools import verify

PAGE = (ROOT / "docs" / "format.md").read_text("utf-8")
LINES = re.findall(r"```\n(\{\"format\":\"volunteer-ledger/bundle@v1\"\}\n.*?)```", PAGE, re.DOTALL)
TABLE = dict(re.findall(r"^\| (.+?) \| `([0-9A-Za-z+/=]+)` \|$", PAGE, re.MULTILINE))


@pytest.fixture(scope="module")
def lines() -> list[str]:
    (example,) = LINES
    return str(example).splitlines()


def test_the_example_is_what_the_table_says(lines: list[str]) -> None:
    entry, note = json.loads(lines[1])["entry"], json.loads(lines[3])["note"]
    text = entry.partition("\n")[2].rpartition("\n\n")[0] + "\n"
    head = json.loads(text.split("\n")[2])
    item = sha256(b"\0" + lines[2].encode()).digest()
    leaf = sha256(b"\0" + entry.encode()).digest()
    assert TABLE["ref of the charter"] == b64encode(sha256(text.encode()).digest()).decode()
    assert TABLE["leaf hash of its item, and root of its items"] == item.hex()
    assert head["items"] == {"count": 1, "root": b64encode(item).decode()}
    assert TABLE["leaf hash of entry 0, and root of the log"] == leaf.hex()
    assert b64decode(note.split("\n")[2]) == leaf
    assert TABLE["key ID of the log"] == head["log"].split("+")[1]


def test_the_example_is_read_by_the_product_and_by_the_second_verifier(lines: list[str]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    head = json.loads(json.loads(lines[1])["entry"].split("\n")[3])
    report = audit_log(Bundle(lambda: BytesIO(data)), trusted=[Verifier.parse(head["log"])])
    assert (report.size, report.findings) == (1, [])
    trust = [{"keys": [head["log"]]}]
    found = verify.checkpoint(json.loads(lines[3])["note"], trust)
    assert (found["size"], b64decode(found["root"]), found["witnesses"]) == (1, report.root, 0)
    assert verify.signed_by(json.loads(lines[1])["entry"].partition("\n")[2], [head["operator"]])


def test_the_commitment_of_the_page_is_true() -> None:
    (found,) = re.findall(r"value `李𫖯`:\s+`([^`]+)`", PAGE)
    assert found == commitment("name", "李𫖯", bytes(range(32)))


def test_every_bit_of_the_example_matters(lines: list[str]) -> None:
    """Flip each bit of the signed entry: the leaf is another one."""
    entry = json.loads(lines[1])["entry"].encode()
    leaf = TABLE["leaf hash of entry 0, and root of the log"]
    for at in range(8 * len(entry)):
        flipped = bytearray(entry)
        flipped[at // 8] ^= 1 << at % 8
        assert sha256(b"\0" + flipped).hexdigest() != leaf
