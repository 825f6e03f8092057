"""A witness over HTTP (c2sp.org/tlog-witness): `POST add-checkpoint`, `GET <hash>/checkpoint`.

Plain HTTP on one address; what faces the internet is a web server before it that speaks TLS. Each
connection has a thread, and there are never more than a few: who waits too long is cut off.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any

from ledger.add_checkpoint import SIZE_TYPE, Refused
from ledger.errors import LedgerError
from ledger.witness.cosigner import Witness

LARGEST = 512 * 1024  # bytes of a question: a hundred lines of ML-DSA-44 have less
_PATIENCE = 10.0  # seconds for a request to come in, and for the next one on the same connection
_CONNECTIONS = 64
_TEXT = "text/plain; charset=utf-8"
_MONITORING = re.compile(r"/([0-9a-f]{64})/checkpoint")

Told = Callable[[str, int, str], None]  # who asked, the answer's number, what it was about


class Server(ThreadingHTTPServer):
    """A witness that listens; `serve_forever` answers until `shutdown`."""

    daemon_threads = True
    request_queue_size = _CONNECTIONS

    def __init__(self, address: tuple[str, int], witness: Witness, told: Told) -> None:
        """Bind the address; port 0 is any that is free."""
        super().__init__(address, _Handler)
        self.witness = witness
        self.told = told
        self._places = BoundedSemaphore(_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection its thread; it waits where all are taken."""
        self._places.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer what comes over a connection, and make room for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over who hangs up or dawdles."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"  # connections are kept, as clients should
    server_version = "volunteer-ledger"
    sys_version = ""
    timeout = _PATIENCE
    wbufsize = -1  # an answer is one packet, or the client waits for an acknowledgement
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Judge a question."""
        body = self._body()
        if body is None:
            return
        if self.path != "/add-checkpoint":
            self._answer(HTTPStatus.NOT_FOUND, b"there is add-checkpoint\n")
            return
        try:
            found = self.server.witness.add(body)
        except Refused as error:
            if error.size is not None:
                self._answer(error.status, f"{error.size}\n".encode(), SIZE_TYPE, error.en)
                return
            self._answer(error.status, f"{error.en}\n".encode(), about=error.en)
        except LedgerError as error:
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"not cosigned\n", about=error.en)
        else:
            lines = "".join(map(str, found.lines)).encode()
            head = found.checkpoint
            self._answer(HTTPStatus.OK, lines, about=f"{head.origin} {head.size}")

    def do_GET(self) -> None:
        """Show the last checkpoint of a log (the monitoring prefix)."""
        asked = _MONITORING.fullmatch(self.path)
        try:
            found = self.server.witness.state.published(asked[1]) if asked else None
        except LedgerError as error:
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"not readable\n", about=error.en)
            return
        if found:
            self._answer(HTTPStatus.OK, found)
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"no checkpoint of that log\n")

    def _body(self) -> bytes | None:
        """Read the question; what has no length, or too great a one, ends the connection."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._answer(HTTPStatus.LENGTH_REQUIRED, b"Content-Length is needed\n")
            return None
        if int(length) > LARGEST:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"too large\n")
            return None
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else None

    def _answer(self, status: int, body: bytes, kind: str = _TEXT, about: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.server.told(self.client_address[0], int(status), about)

    def log_message(self, *_: object) -> None:
        """Say nothing: what is to be told is told in `_answer`."""
