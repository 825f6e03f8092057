"""The ways this program says no, each in Chinese and in English.

A refusal is written for the person who must act: it names the place, the value and the remedy.
"""

import errno
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


_IN_CHINESE = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.ENOTDIR: "路径中有一部分不是文件夹",
    errno.EISDIR: "这是文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只读",
    errno.ENOSPC: "磁盘已满",
    errno.EBUSY: "正在使用",
    errno.ENAMETOOLONG: "文件名太长",
}


def in_chinese(error: OSError) -> str:
    """Return why the computer could not do something, in its own words where there are no others."""
    return _IN_CHINESE.get(error.errno or 0, error.strerror or str(error))


def _again(kind: type[LedgerError], args: tuple[Any, ...], said: dict[str, Any]) -> LedgerError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(said)
    return error
