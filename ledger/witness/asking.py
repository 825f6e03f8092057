"""Asking a witness over HTTP (c2sp.org/tlog-witness): where it stands is learned from its answer.

A witness that is at another size says so (409), and is asked again with the proof from there. One that
does not answer is tried again after a while, as long as there is time. What it answers is checked
here: a line that does not hold is no cosignature.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, Any, Literal
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ledger import checkpoint
from ledger.add_checkpoint import FORK, SIZE_TYPE, Question
from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError, Malformed
from ledger.merkle import Hash
from ledger.note import Note, Signature, Verifier

_LARGEST = 64 * 1024  # bytes of an answer; a line of ML-DSA-44 has a twentieth
_CONFLICTS = 4  # that a witness may say it is elsewhere, before it is given up
_PAUSE = 0.25  # seconds before the first repetition; twice as many before each further one
_OK, _CONFLICT, _BUSY, _BROKEN = 200, 409, 429, 500

Proof = Callable[[int], Sequence[Hash]]  # from a size to that of the checkpoint
Code = Literal["cosigned", "ahead", "apart", "refused", "unreachable"]


@dataclass(frozen=True, slots=True)
class Peer:
    """A witness to ask: its name, its keys, its submission prefix."""

    name: str
    keys: tuple[Verifier, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking a witness.

    `ahead`: it has cosigned a larger checkpoint (`size`) than ours. `apart`: ours does not go on from
    the one it cosigned. Either means that somebody signed for this log what we do not have.
    """

    peer: Peer
    code: Code
    en: str = ""
    zh: str = ""
    lines: tuple[Signature, ...] = ()
    size: int = 0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on with a witness that does not answer: until when (monotonic), how often."""

    until: float
    tries: int = 10

    @classmethod
    def of(cls, seconds: float, tries: int) -> "Patience":
        """Return patience for so many seconds from now."""
        return cls(time.monotonic() + seconds, tries)

    def left(self) -> float:
        """Return how many seconds there are still."""
        return self.until - time.monotonic()


def ask(peer: Peer, note: bytes, known: int, proof: Proof, patience: Patience) -> Answer:
    """Ask a witness to cosign a checkpoint; `known` is the size that it cosigned last, as we know."""
    head = Checkpoint.parse(Note.parse(note).text)
    old = known
    for _ in range(_CONFLICTS):
        hashes = tuple(proof(old)) if 0 < old < head.size else ()
        try:
            status, kind, body = _post(peer, bytes(Question(old, hashes, note)), patience)
        except _Silent as error:
            return Answer(peer, "unreachable", f"no answer: {error}", f"没有应答：{error}")
        if status != _CONFLICT or kind != SIZE_TYPE:
            return _told(peer, head, status, body)
        size = _size(body)
        if size is None or size == old:
            break
        if size > head.size:
            en = f"it has cosigned {size} entries of this log already, and here are {head.size}"
            zh = f"它已为本账本会签到 {size} 条，而此处只有 {head.size} 条"
            return Answer(peer, "ahead", en, zh, size=size)
        old = size
    return Answer(peer, "refused", "it contradicts itself about its size", "其所述大小自相矛盾")


def last_seen(peer: Peer, origin: str, patience: Patience) -> bytes:
    """Return the note that a witness shows as the last it cosigned of a log, empty if it shows none.

    Nothing in it is checked yet.
    """
    name = sha256(origin.encode()).hexdigest()
    try:
        status, _, body = _once(f"{peer.url.rstrip('/')}/{name}/checkpoint", None, patience)
    except (OSError, HTTPException, ValueError):
        return b""
    return body if status == _OK else b""


def _told(peer: Peer, head: Checkpoint, status: int, body: bytes) -> Answer:
    """Read an answer that is none about sizes."""
    if status == _OK:
        try:
            return Answer(peer, "cosigned", lines=_lines(peer, head, body))
        except LedgerError as error:
            return Answer(peer, "refused", error.en, error.zh)
    why = body.decode("ascii", "replace").strip()[:200]
    if status in (FORK, _CONFLICT):
        return Answer(
            peer,
            "apart",
            f"the checkpoint that it cosigned last is not among ours ({status} {why})",
            f"它上次会签的检查点与本账本不相容（{status} {why}）",
        )
    return Answer(peer, "refused", f"it answered {status} {why}", f"它的应答是 {status} {why}")


def _lines(peer: Peer, head: Checkpoint, body: bytes) -> tuple[Signature, ...]:
    """Return the witness's own lines, all of which hold; strangers' are passed over."""
    try:
        *texts, end = body.decode().split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("its answer is no text", "其应答不是文字") from error
    keys = {(key.name, key.key_id): key for key in peer.keys}
    lines = [Signature.parse(text) for text in texts]
    own = tuple(line for line in lines if (line.name, line.key_id) in keys)
    if end or not own:
        raise Malformed(
            "its answer has no line by a key of its in the trust file",
            "其应答中没有信任文件所列密钥的会签",
        )
    for line in own:
        checkpoint.check_line(head, line, keys[line.name, line.key_id])
    return own


def _size(body: bytes) -> int | None:
    text = body.decode("ascii", "replace")
    plain = text.endswith("\n") and text[:-1].isdigit() and len(text) <= len(str(2**63)) + 1
    return int(text) if plain and f"{int(text)}\n" == text else None


# --- HTTP -----------------------------------------------------------------------------------------


class _Silent(Exception):
    pass


class _Stay(HTTPRedirectHandler):
    """Follow nobody elsewhere: a question that is sent on arrives as another."""

    def redirect_request(  # noqa: PLR0913, PLR0917 - the library's form
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Return no further request."""


def _post(peer: Peer, question: bytes, patience: Patience) -> tuple[int, str, bytes]:
    """Return number, type and body of an answer; raise `_Silent` when there is none in time."""
    pause, why = _PAUSE, "no time was left"
    for turn in range(patience.tries):
        if turn:
            if pause > patience.left():
                break
            time.sleep(pause)
            pause *= 2
        try:
            found = _once(f"{peer.url.rstrip('/')}/add-checkpoint", question, patience)
        except (OSError, HTTPException, ValueError) as error:
            why = str(getattr(error, "reason", None) or error)
            continue
        if found[0] != _BUSY and found[0] < _BROKEN:
            return found
        why = f"{found[0]} {found[2].decode('ascii', 'replace').strip()[:200]}"
    raise _Silent(why)


def _once(url: str, question: bytes | None, patience: Patience) -> tuple[int, str, bytes]:
    if not url.lower().startswith(("http://", "https://")):
        raise ValueError(url)
    asked = Request(url, question, {"Content-Type": "text/plain; charset=utf-8"})  # noqa: S310
    seconds = max(patience.left(), 0.1)
    try:
        with build_opener(_Stay()).open(asked, timeout=seconds) as answer:
            return answer.status, answer.headers.get("Content-Type", ""), _read(answer, patience)
    except HTTPError as error:
        with error:
            return error.code, error.headers.get("Content-Type", ""), _read(error, patience)


def _read(answer: HTTPResponse | Any, patience: Patience) -> bytes:
    """Read an answer; one that never ends, or only drips, is given up."""
    found = b""
    while piece := answer.read1(_LARGEST):
        found += piece
        if len(found) > _LARGEST or patience.left() < 0:
            raise ValueError("its answer is too long, or too slow")
    return found
