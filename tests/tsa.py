"""A time-stamping authority of the tests' own: `openssl ts` behind a real HTTP server on loopback.

authority = Authority.founded(folder)           # a root and a signing certificate below it
with authority.serving() as server:             # server.url, server.asked
    server.mood = "down"                        # how it answers from now on
"""

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_CONFIG = """
[req]
distinguished_name = dn
prompt = no
utf8 = yes
[dn]
CN = unused
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[plain]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
[stamps]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1, millisecs:500
ess_cert_id_alg = sha256
"""


def openssl() -> str:
    """Return the program, or skip."""
    found = shutil.which("openssl")
    if found is None:
        pytest.skip("openssl is not installed: there is no time-stamping authority to ask")
    return found


@dataclass(frozen=True)
class Authority:
    """Keys and certificates in a folder; answers requests as RFC 3161 has it."""

    folder: Path

    @classmethod
    def founded(
        cls, folder: Path, *, digests: str = "sha256", use: str = "tsa", middle: bool = False
    ) -> "Authority":
        """Make an authority: it takes `digests`, its certificate is for `use`, perhaps two below its root."""
        folder.mkdir(parents=True)
        (folder / "config").write_text(_CONFIG.format(digests=digests), encoding="utf-8")
        (folder / "serial").write_text("01\n", encoding="utf-8")
        made = cls(folder)
        for name in ("root", "middle", "tsa"):
            made.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
        made.run("req", "-x509", "-new", "-key", "root.key", "-subj", "/CN=时间戳根", "-days", "3650",
                 "-config", "config", "-extensions", "ca", "-out", "root.pem")  # fmt: skip
        above = "root"
        if middle:
            made.certify("middle", "ca", above)
            above = "middle"
        made.certify("tsa", use, above)
        return made

    def certify(self, name: str, use: str, above: str) -> None:
        """Make the certificate of a key, by the one above."""
        self.run("req", "-new", "-key", f"{name}.key", "-subj", f"/CN=示例时间戳 {name}", "-utf8",
                 "-config", "config", "-out", "request")  # fmt: skip
        self.run("x509", "-req", "-in", "request", "-CA", f"{above}.pem", "-CAkey", f"{above}.key",
                 "-set_serial", "77", "-days", "3000", "-extfile", "config", "-extensions", use,
                 "-out", f"{name}.pem")  # fmt: skip

    @property
    def root(self) -> str:
        return (self.folder / "root.pem").read_text(encoding="ascii")

    def answer(self, question: bytes) -> bytes:
        """Return the reply to a request: a token, or a refusal."""
        (self.folder / "question").write_bytes(question)
        chain = ["-chain", "middle.pem"] if (self.folder / "middle.pem").exists() else []
        self.run("ts", "-reply", "-config", "config", "-section", "stamps", "-queryfile", "question",
                 "-signer", "tsa.pem", "-inkey", "tsa.key", *chain, "-out", "reply")  # fmt: skip
        return (self.folder / "reply").read_bytes()

    def run(self, *words: str) -> None:
        ran = subprocess.run([openssl(), *words], cwd=self.folder, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stderr.decode(errors="replace")

    @contextmanager
    def serving(self) -> Iterator["Server"]:
        """Answer over HTTP until the end of the block."""
        state = Server(self)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                state.respond(self)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            state.url = f"http://127.0.0.1:{server.server_port}/tsa"
            try:
                yield state
            finally:
                state.over.set()
                server.shutdown()
                thread.join()


@dataclass
class Server:
    """What the server was asked, and how it answers: as it should, unless its mood is another."""

    authority: Authority
    url: str = ""
    mood: str = ""
    asked: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        assert handler.headers["Content-Type"] == "application/timestamp-query"
        self.asked.append(handler.rfile.read(int(handler.headers["Content-Length"])))
        kind = "text/html" if self.mood == "page" else "application/timestamp-reply"
        match self.mood:
            case "down":
                handler.send_error(503, "down for the night")
            case "silent":
                self.over.wait(20)
            case "dripping":
                self._drip(handler, kind)
            case mood:
                body = self._body(mood)
                handler.send_response(200)
                handler.send_header("Content-Type", kind)
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

    def _body(self, mood: str) -> bytes:
        canned = {
            "page": b"<html>welcome</html>",
            "noise": b"\x30\x80 nothing of the kind",
            "endless": bytes(200_000),
        }
        question = self.asked[0 if mood == "stale" else -1]
        return canned[mood] if mood in canned else self.authority.answer(question)

    def _drip(self, handler: BaseHTTPRequestHandler, kind: str) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.end_headers()
        end = time.monotonic() + 10
        while time.monotonic() < end and not self.over.is_set():
            try:
                handler.wfile.write(b"0")
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)
