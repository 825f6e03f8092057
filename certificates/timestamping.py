"""Asking a time-stamping authority over HTTP (RFC 3161, 3.4): once a checkpoint.

A certificate is not to wait for another's server: each question has a few seconds, and an authority
that gave no answer is not asked again by the same command.
"""

import time
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from certificates.seal import timestamp
from ledger import checkpoint
from ledger.errors import LedgerError, Unsafe

_LARGEST = 64 * 1024  # bytes; a token with its certificates has a tenth of that
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"


@dataclass(slots=True)
class TimeStamper:
    """The authority at an address, and what it answered so far."""

    url: str
    seconds: float = 10.0
    tokens: dict[bytes, bytes] = field(default_factory=dict)
    trouble: LedgerError | None = None

    def __call__(self, note: bytes) -> bytes:
        """Return the token over a checkpoint's note, or raise a `LedgerError` that says why not."""
        data = checkpoint.as_signed(note)
        if data not in self.tokens:
            if self.trouble:
                raise self.trouble
            try:
                self.tokens[data] = self._ask(data)
            except LedgerError as error:
                self.trouble = error
                raise
        return self.tokens[data]

    def _ask(self, data: bytes) -> bytes:
        question, nonce = timestamp.question(data)
        return timestamp.answered(self._post(question), data, nonce)

    def _post(self, question: bytes) -> bytes:
        if not self.url.lower().startswith(("http://", "https://")):
            raise self._trouble(
                "its address must begin with http:// or https://",
                "网址须以 http:// 或 https:// 开头",
            )
        headers = {"Content-Type": _QUERY, "Accept": _REPLY}
        try:
            asked = Request(self.url, question, headers)  # noqa: S310 - the scheme was looked at
            with urlopen(asked, timeout=self.seconds) as answer:  # noqa: S310
                return self._read(answer, time.monotonic() + self.seconds)
        except HTTPError as error:
            error.close()
            raise self._trouble(
                f"it answered {error.code} {error.reason}", f"返回 {error.code} {error.reason}"
            ) from error
        except (OSError, HTTPException, ValueError) as error:
            why = getattr(error, "reason", None) or error
            raise self._trouble(f"it cannot be reached: {why}", f"无法连接：{why}") from error

    def _read(self, answer: HTTPResponse, until: float) -> bytes:
        """Read an answer of the right kind; one that never ends, or only drips, is given up."""
        kind = answer.headers.get_content_type()
        if kind != _REPLY:
            raise self._trouble(
                f"it answered with {kind}, not {_REPLY}", f"返回的是 {kind}，不是 {_REPLY}"
            )
        found = b""
        while piece := answer.read1(_LARGEST):
            found += piece
            if len(found) > _LARGEST or time.monotonic() > until:
                raise self._trouble("its answer is too long, or too slow", "应答过长或过慢")
        return found

    def _trouble(self, en: str, zh: str) -> Unsafe:
        return Unsafe(
            "timestamp.service",
            en=f"no time stamp from {self.url}: {en}",
            zh=f"没有取得时间戳（{self.url}）：{zh}",
        )
