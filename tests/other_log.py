"""Another log and another witness, written from the specifications alone: nothing of ours is imported.

log = OtherLog("kx.example.org/log"); log.grow(5); log.question(old=3)   # an add-checkpoint body
check_line(text, vkey, line)                                             # tlog-cosignature, strictly
with other_witness("w.example.org/w", [log.vkey]) as url: …              # tlog-witness over HTTP
"""

import base64
import hashlib
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey


def h(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return h(name.encode(), b"\n", bytes([kind]), public)[:4]


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1."""
    if not leaves:
        return h(b"")
    if len(leaves) == 1:
        return h(b"\0", leaves[0])
    k = split(len(leaves))
    return h(b"\1", mth(leaves[:k]), mth(leaves[k:]))


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def consistency(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.2."""
    return subproof(m, leaves, whole=True) if 0 < m < len(leaves) else []


def subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


def consistent(first: int, second: int, old: bytes, new: bytes, proof: list[bytes]) -> bool:  # noqa: C901 - as it is written there
    """RFC 9162, 2.1.4.2."""
    if first == second:
        return old == new and not proof
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, old)
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = h(b"\1", c, fr), h(b"\1", c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = h(b"\1", sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == old and sr == new and sn == 0


@dataclass
class OtherLog:
    name: str
    leaves: list[bytes] = field(default_factory=list)
    secret: bytes = b"another log's secret, 32 bytes.."

    @property
    def vkey(self) -> str:
        public = Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()
        found = key_id(self.name, 1, public)
        return f"{self.name}+{found.hex()}+{b64(bytes([1]) + public)}"

    def grow(self, n: int) -> "OtherLog":
        self.leaves += [f"leaf {len(self.leaves) + i}".encode() for i in range(n)]
        return self

    def text(self) -> str:
        return f"{self.name}\n{len(self.leaves)}\n{b64(mth(self.leaves))}\n"

    def note(self) -> str:
        return f"{self.text()}\n{self.line(self.text())}"

    def line(self, text: str) -> str:
        key = Ed25519PrivateKey.from_private_bytes(self.secret)
        found = key_id(self.name, 1, key.public_key().public_bytes_raw())
        return f"\u2014 {self.name} {b64(found + key.sign(text.encode()))}\n"

    def question(self, old: int, note: str | None = None) -> bytes:
        proof = "".join(f"{b64(one)}\n" for one in consistency(old, self.leaves))
        return f"old {old}\n{proof}\n{note or self.note()}".encode()


def check_line(text: str, vkey: str, line: str) -> int:
    """Return the time of a cosignature line, or raise whatever goes wrong."""
    name, hexed, encoded = vkey.split("+", 2)
    kind, public = base64.b64decode(encoded)[0], base64.b64decode(encoded)[1:]
    dash, signer, value = line.removesuffix("\n").split(" ")
    raw = base64.b64decode(value, validate=True)
    assert (dash, signer, raw[:4].hex()) == ("\u2014", name, hexed)
    (time,) = struct.unpack("!Q", raw[4:12])
    origin, size, root = text.split("\n")[:3]
    if kind == 4:
        message = f"cosignature/v1\ntime {time}\n{text}".encode()
        Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], message)
    else:
        assert kind == 6
        message = b"subtree/v1\n\0" + bytes([len(name.encode())]) + name.encode()
        message += struct.pack("!Q", time) + bytes([len(origin.encode())]) + origin.encode()
        message += struct.pack("!QQ", 0, int(size)) + base64.b64decode(root)
        MLDSA44PublicKey.from_public_bytes(public).verify(raw[12:], message)
    assert 0 < time < 2**63
    return int(time)


def post(url: str, body: bytes, path: str = "/add-checkpoint") -> tuple[int, str | None, bytes]:
    """Ask a witness; return number, type and body of its answer."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


# --- another witness ------------------------------------------------------------------------------


@dataclass
class OtherWitness:
    """Remembers in memory; `trouble` may give another answer, by how often it was asked."""

    name: str
    logs: dict[str, str]
    kinds: tuple[int, ...] = (4,)
    time: int = 1_790_000_000
    last: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)
    trouble: Callable[[int], tuple[int, str, bytes] | None] = lambda _: None
    secret: bytes = b"another witness's secret, 32 b.."

    @property
    def vkeys(self) -> list[str]:
        return [self.vkey(kind) for kind in self.kinds]

    def vkey(self, kind: int) -> str:
        key: Ed25519PrivateKey | MLDSA44PrivateKey
        if kind == 4:
            key = Ed25519PrivateKey.from_private_bytes(self.secret)
        else:
            key = MLDSA44PrivateKey.from_seed_bytes(self.secret)
        public = key.public_key().public_bytes_raw()
        found = key_id(self.name, kind, public)
        return f"{self.name}+{found.hex()}+{b64(bytes([kind]) + public)}"

    def answer(self, body: bytes) -> tuple[int, str, bytes]:  # noqa: PLR0911 - one an answer
        self.asked.append(body)
        if other := self.trouble(len(self.asked)):
            return other
        plain = "text/plain"
        top, _, note = body.decode().partition("\n\n")
        first, *hashes = top.split("\n")
        text, _, block = note.rpartition("\n\n")
        text += "\n"
        origin, size_text, root_text, end = text.split("\n")
        old, size, root = (
            int(first.removeprefix("old ")),
            int(size_text),
            base64.b64decode(root_text),
        )
        assert not end
        if origin not in self.logs:
            return 404, plain, b"unknown\n"
        if not self._signed(origin, text, block):
            return 403, plain, b"unsigned\n"
        if old > size:
            return 400, plain, b"old\n"
        known, last = self.last.get(origin, (0, h(b"")))
        if old != known:
            return 409, "text/x.tlog.size", f"{known}\n".encode()
        proof = [base64.b64decode(one, validate=True) for one in hashes]
        good = consistent(old, size, last, root, proof) if old else not proof
        if not good:
            return 422, plain, b"inconsistent\n"
        self.last[origin] = (size, root)
        return 200, plain, "".join(self.sign(kind, text) for kind in self.kinds).encode()

    def sign(self, kind: int, text: str) -> str:
        origin, size, root = text.split("\n")[:3]
        found = bytes.fromhex(self.vkey(kind).split("+")[1])
        if kind == 4:
            message = f"cosignature/v1\ntime {self.time}\n{text}".encode()
            value = Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)
        else:
            message = b"subtree/v1\n\0" + bytes([len(self.name)]) + self.name.encode()
            message += struct.pack("!Q", self.time) + bytes([len(origin)]) + origin.encode()
            message += struct.pack("!QQ", 0, int(size)) + base64.b64decode(root)
            value = MLDSA44PrivateKey.from_seed_bytes(self.secret).sign(message)
        raw = found + struct.pack("!Q", self.time) + value
        return f"\u2014 {self.name} {b64(raw)}\n"

    def _signed(self, origin: str, text: str, block: str) -> bool:
        name, hexed, encoded = self.logs[origin].split("+", 2)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded)[1:])
        for line in block.splitlines():
            _, signer, value = line.split(" ")
            raw = base64.b64decode(value)
            if (signer, raw[:4].hex()) == (name, hexed):
                try:
                    key.verify(raw[4:], text.encode())
                except InvalidSignature:
                    return False
                return True
        return False


@contextmanager
def other_witness(witness: OtherWitness) -> Iterator[str]:
    """Let a witness listen; give its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, answer = witness.answer(body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            if status in (301, 302, 307):
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    """Let a server answer in a thread; give its address."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
