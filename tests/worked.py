"""The page of the worked example, computed from the files in docs/example.

    python -m tests.worked            writes docs/worked-example.md anew

With hashlib, json, zlib and the like, and with nothing of the product, as a stranger would. `worked_files`
makes the files; `test_worked` holds the page to them, and both verifiers.
"""

import hmac
import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

FILES = Path(__file__).parents[1] / "docs" / "example"
PAGE = FILES.parent / "worked-example.md"
EMBEDDED = re.compile(
    rb"([0-9]+) 0 obj\n(<< /Type /EmbeddedFile [^\n]*/Length ([0-9]+) >>)\nstream\n"
)
Range = tuple[int, int]


# --- as a stranger counts -------------------------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def middle(start: int, end: int) -> int:
    """Return where RFC 6962 splits a tree: at the largest power of two below its size."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def hidden(shown: set[int], start: int, end: int) -> Iterator[Range]:
    """Give the largest subtrees without a shown leaf, left to right."""
    if not shown & set(range(start, end)):
        yield start, end
    elif end - start > 1:
        yield from hidden(shown, start, middle(start, end))
        yield from hidden(shown, middle(start, end), end)


def walk(known: dict[Range, bytes], start: int, end: int) -> bytes:
    """Return the root over a range, and keep what was found on the way."""
    if (start, end) not in known:
        at = middle(start, end)
        known[start, end] = node_hash(walk(known, start, at), walk(known, at, end))
    return known[start, end]


def attached(pdf: bytes) -> tuple[re.Match[bytes], bytes]:
    """Return where the attachment lies in a certificate, and proof.json."""
    found = [*EMBEDDED.finditer(pdf)][-1]
    return found, zlib.decompress(pdf[found.end() :][: int(found[3])])


# --- the page -------------------------------------------------------------------------------------


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def values(*rows: tuple[object, object]) -> str:
    return table(("what", "value"), [*rows])


def block(text: str) -> str:
    return f"```text\n{text.rstrip(chr(10))}\n```"


def head_of(entry: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry.split("\n")[3])
    return found


def page(folder: Path) -> str:
    """Return the page about the files in a folder."""
    pdf = (folder / "certificate.pdf").read_bytes()
    found, data = attached(pdf)
    proof = json.loads(data)
    return (
        "\n\n".join(
            (
                _begin(),
                _attachment(pdf, found, data),
                _statement(proof),
                _items(proof),
                _tree(proof),
                _note(proof),
                _opening(proof),
                _page(pdf, proof),
                _folder(folder),
            )
        )
        + "\n"
    )


def _begin() -> str:
    return """# A worked example

一份真实的样本证明，逐字节拆开：附件、文书、行、树、检查点、承诺、公布的文件。
文件都在 [`docs/example`](example)，可以拿来试自己写的查验程序；本页的每个数字都由测试重新算出。

The bytes that [the format](format.md) speaks of, in files to try a verifier on: a certificate of one line,
`certificate.pdf`; what to believe, `trust.json`; and the published log that it stands in, `log/`. The ledger
is simulated and everybody knows its keys, so it is a specimen and worth nothing. Hashes are in hex here and in
base64 in the files. `tests/worked.py` computes every number below from the files, with hashlib, json and zlib,
and a test compares.

```console
$ python tools/verify.py docs/example/certificate.pdf docs/example/trust.json
$ python tools/verify.py docs/example/log docs/example/trust.json
```"""


def _attachment(pdf: bytes, found: re.Match[bytes], data: bytes) -> str:
    end = found.end() + int(found[3])
    rows: list[tuple[object, ...]] = [
        ("`certificate.pdf`", f"{len(pdf)} bytes, SHA-256 `{sha256(pdf).hexdigest()}`"),
        (
            "object",
            f"{found[1].decode()}, at byte {found.start()}, between `stream\\n` and `\\r\\nendstream`",
        ),
        (
            "its stream",
            f"bytes {found.end()} to {end - 1}, begins `{pdf[found.end() :][:8].hex()}`",
        ),
        ("unpacked", f"{len(data)} bytes, SHA-256 `{sha256(data).hexdigest()}`"),
    ]
    return f"""## 1 The attachment (format, section 7)

The last `/EmbeddedFile` of the file is proof.json, one zlib stream:

{block(found[0].decode())}

{table(("what", "value"), rows)}

It begins {_code(data[:40])} and ends {_code(data[-40:])}. Its parts are below."""


def _code(data: bytes) -> str:
    return f"`{data.decode(errors='ignore')}`"


def _entry_of(proof: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in proof["entries"] if head_of(one["entry"])["kind"] == kind
    )
    return found


def _statement(proof: dict[str, Any]) -> str:
    shown = _entry_of(proof, "attendance")
    stamp, _, note = shown["entry"].partition("\n")
    text = note.rpartition("\n\n")[0] + "\n"
    line = note.rpartition("\n\n")[2].rstrip("\n")
    raw = b64decode(line.split(" ")[2])
    rows: list[tuple[object, ...]] = [
        ("stamp", f"`{stamp}`"),
        (
            "text",
            f"{len(text.encode())} bytes, from `volunteer-ledger/` to the line feed before the empty line",
        ),
        (
            "ref: base64 of SHA-256 of the text",
            f"`{b64encode(sha256(text.encode()).digest()).decode()}`",
        ),
        ("key ID: the first 4 bytes of the signature line", f"`{raw[:4].hex()}`"),
        ("Ed25519 signature over the text: the other 64", f"`{raw[4:].hex()}`"),
        ("leaf: SHA-256 of 00 and the entry", f"`{leaf_hash(shown['entry'].encode()).hex()}`"),
    ]
    return f"""## 2 An entry (format, section 5)

Entry {shown["index"]}, the attendance statement; in proof.json its line feeds are written `\\n` and its quotes `\\"`:

{block(shown["entry"])}

{table(("what", "value"), rows)}"""


def _items(proof: dict[str, Any]) -> str:
    shown = _entry_of(proof, "attendance")
    head = head_of(shown["entry"])
    (item,), (beside,) = shown["items"], shown["hashes"]
    leaf, other = leaf_hash(item["item"].encode()), b64decode(beside)
    pair = (leaf, other) if item["n"] == 0 else (other, leaf)
    return f"""## 3 A row of it (format, sections 2 and 5)

The statement has {head["items"]["count"]} rows, and one is shown: `n` = {item["n"]}.

{block(item["item"])}

{
        values(
            ("leaf: SHA-256 of 00 and the row", f"`{leaf.hex()}`"),
            ("the one hash beside it: the row that is not shown", f"`{other.hex()}`"),
            ("SHA-256 of 01 and the two, in order", f"`{node_hash(*pair).hex()}`"),
            ("`items.root` of the head", f"`{b64decode(head['items']['root']).hex()}`"),
        )
    }"""


def _tree(proof: dict[str, Any]) -> str:
    size = int(proof["checkpoint"].split("\n")[1])
    leaves = {one["index"]: leaf_hash(one["entry"].encode()) for one in proof["entries"]}
    spans = [*hidden(set(leaves), 0, size)]
    known = dict(zip(spans, map(b64decode, proof["hashes"]), strict=True))
    known |= {(n, n + 1): leaf for n, leaf in leaves.items()}
    given = [(_span(*one), f"`{known[one].hex()}`") for one in spans]
    root = walk(known, 0, size)
    walked = [
        (
            _span(*one),
            _span(one[0], middle(*one)),
            _span(middle(*one), one[1]),
            f"`{known[one].hex()}`",
        )
        for one in sorted(known, key=lambda one: (one[1] - one[0], one))
        if one[1] - one[0] > 1 and one not in spans
    ]
    shown = [
        (
            one["index"],
            f"`{head_of(one['entry'])['kind']}`",
            _numbers(one),
            f"`{leaves[one['index']].hex()}`",
        )
        for one in proof["entries"]
    ]
    return f"""## 4 The entries, and the root that they lead to (format, sections 2 and 6)

The log has {size} entries, and these are shown:

{table(("entry", "kind", "rows shown", "leaf"), [*shown])}

`hashes` are the roots of the largest subtrees without a shown leaf, left to right:

{table(("entries", "root"), [*given])}

Leaves and these, walked up (SHA-256 of 01, left, right):

{table(("entries", "left", "right", "root"), [*walked])}

The last is the root, `{b64encode(root).decode()}` in base64."""


def _span(start: int, end: int) -> str:
    return f"{start}" if end - start == 1 else f"{start}–{end - 1}"


def _numbers(one: dict[str, Any]) -> str:
    return ", ".join(str(row["n"]) for row in one["items"])


def _note(proof: dict[str, Any]) -> str:
    text, _, line = proof["checkpoint"].rpartition("\n\n")
    name, raw = line.split(" ")[1], b64decode(line.split(" ")[2])
    log = head_of(proof["entries"][0]["entry"])["log"]
    key = b64decode(log.split("+", 2)[2])
    return f"""## 5 The checkpoint (format, section 4)

{block(proof["checkpoint"])}

{
        values(
            (
                "signed text",
                f"{len(text.encode()) + 1} bytes, three lines with their line feeds",
            ),
            ("vkey of the log, in the charter and in `trust.json`", f"`{log}`"),
            ("its algorithm and public key", f"`{key[:1].hex()}` `{key[1:].hex()}`"),
            (
                "key ID: of SHA-256 of name, 0a, algorithm, key",
                f"`{sha256(name.encode() + chr(10).encode() + key).hexdigest()[:8]}`",
            ),
            ("key ID in the signature line", f"`{raw[:4].hex()}`"),
            ("Ed25519 signature", f"`{raw[4:].hex()}`"),
        )
    }"""


def _opening(proof: dict[str, Any]) -> str:
    one = proof["opening"]["name"]
    message = f"volunteer-ledger/commitment@v1\nname\n{one['value']}".encode()
    row = json.loads(_entry_of(proof, "volunteers")["items"][0]["item"])
    digest = hmac.digest(b64decode(one["key"]), message, "sha256")
    return f"""## 6 The name (format, section 5)

{
        values(
            ("key, 32 bytes", f"`{b64decode(one['key']).hex()}`"),
            (
                "message, three lines",
                f"`{message.hex()}`: `volunteer-ledger/commitment@v1`, `name`, `{one['value']}`",
            ),
            ("HMAC-SHA-256", f"`{b64encode(digest).decode()}`"),
            ("`name` in the row of volunteer " + row["number"], f"`{row['name']}`"),
        )
    }"""


def _page(pdf: bytes, proof: dict[str, Any]) -> str:
    head = head_of(_entry_of(proof, "certificate")["entry"])
    length = head["page"]["length"]
    return f"""## 7 The page (format, section 7)

{
        values(
            ("`page.length` in the certificate's head", length),
            ("SHA-256 of so many bytes of the file", f"`{sha256(pdf[:length]).hexdigest()}`"),
            ("`page.sha256`", f"`{head['page']['sha256']}`"),
            (
                "the last bytes of the page",
                _code(pdf[length - 24 : length].replace(chr(10).encode(), b" ")),
            ),
            (
                "the first of the update behind it",
                _code(pdf[length : length + 40].replace(chr(10).encode(), b" ")),
            ),
        )
    }"""


def _folder(folder: Path) -> str:
    size = int((folder / "log" / "checkpoint").read_text("utf-8").split("\n")[1])
    bundle = (folder / f"log/tile/entries/000.p/{size}").read_bytes()
    tile = (folder / f"log/tile/0/000.p/{size}").read_bytes()
    rows: list[tuple[object, ...]] = []
    at = 0
    for n in range(size):
        length = int.from_bytes(bundle[at : at + 2], "big")
        entry = bundle[at + 2 : at + 2 + length]
        assert leaf_hash(entry) == tile[32 * n : 32 * n + 32]
        if n in (0, 1, size - 1):
            rows.append(
                (
                    n,
                    at,
                    f"`{bundle[at : at + 2].hex()}`",
                    length,
                    32 * n,
                    f"`{leaf_hash(entry).hex()}`",
                )
            )
        at += 2 + length
    assert at == len(bundle)
    head = (
        "entry",
        "byte in the bundle",
        "its length in hex",
        "and in bytes",
        "byte in the tile",
        "leaf",
    )
    return f"""## 8 The published log (format, section 10)

`log/checkpoint` is the note of section 5. {size} of 256 entries are there, so both files are partial:
`log/tile/entries/000.p/{size}` with {len(bundle)} bytes, `log/tile/0/000.p/{size}` with {len(tile)} = {size} · 32.

{table(head, rows)}

The proof does not show entry 1, the ruleset; its leaf is the first of the `hashes` in section 4."""


if __name__ == "__main__":
    PAGE.write_text(page(FILES), "utf-8")
