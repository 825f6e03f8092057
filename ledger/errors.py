"""The ways this program says no, each in Chinese and in English.

A refusal is written for the person who must act: it names the place, the value and the remedy.
"""

from typing import Any, Literal

Lang = Literal["zh", "en"]


class LedgerError(Exception):
    """Base of every refusal: a stable code, and one sentence in each language.

    `cli.py` turns any of these into exit code 1 and prints the sentence.
    """

    def __init__(self, code: str, *, en: str, zh: str) -> None:
        super().__init__(en)
        self.code = code
        self.en = en
        self.zh = zh

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a refusal come back from another process as it was raised there."""
        return _again, (type(self), self.args, self.__dict__)

    def say(self, lang: Lang) -> str:
        """Return the sentence in the reader's language."""
        return self.zh if lang == "zh" else self.en


class Malformed(LedgerError):
    """The bytes are not in the one form we accept."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__("malformed", en=en, zh=zh)


class Unverified(LedgerError):
    """A signature, proof or quorum does not hold."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__("unverified", en=en, zh=zh)


class Rejected(LedgerError):
    """A well-formed, signed statement breaks a rule of the book; `item` is the row at fault."""

    def __init__(self, code: str, *, en: str, zh: str, item: int | None = None) -> None:
        super().__init__(code, en=en, zh=zh)
        self.item = item


class Moved(Rejected):
    """What it was judged by is no longer so: somebody else was faster. It is to be judged anew."""

    def __init__(self) -> None:
        super().__init__(
            "book.moved",
            en="the register changed while this was judged, and goes on changing: send it again",
            zh="判断期间登记内容已有变动，且仍在变动，请重新提交",
        )


class Unsafe(LedgerError):
    """The world around the ledger is wrong: clock, guard, disk, key or file. Nothing was written."""


def _again(kind: type[LedgerError], args: tuple[Any, ...], said: dict[str, Any]) -> LedgerError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(said)
    return error
