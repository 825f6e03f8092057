"""What can go wrong between us and a database, in words for the person who must act."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ledger.errors import Unsafe

_WORDS: dict[str, tuple[str, str]] = {
    "full": ("the disk is full; make room and send again", "磁盘已满，请腾出空间后重新提交"),
    "busy": (
        "another program is writing; wait until it is done and send again",
        "另一程序正在写入，请待其完成后重新提交",
    ),
    "readonly": (
        "it cannot be written to; check its permissions and those of its folder",
        "无法写入，请检查该文件及所在文件夹的权限",
    ),
    "missing": (
        "it cannot be opened; check the path, or make a ledger with `vledger init`",
        "无法打开，请检查路径，或用 `vledger init` 新建账本",
    ),
    "damaged": (
        "it is damaged or not of our making; keep it, run `vledger audit`, restore a backup",
        "已损坏或不是本程序的数据库，请保留原文件，运行 `vledger audit`，并从备份恢复",
    ),
    "unreachable": (
        "the database server does not answer; check its address and that it runs",
        "数据库服务器没有应答，请检查地址及其是否在运行",
    ),
    "refused": (
        "it refused a row, so another program may have written to it; run `vledger audit`",
        "拒绝了一行数据，可能有其他程序改动过，请运行 `vledger audit`",
    ),
    "newer": (
        "a newer version of this program made it; install that version",
        "由本程序的更新版本建立，请安装新版本",
    ),
    "exists": (
        "there is a ledger already; choose another folder, or another database",
        "此处已有账本，请另选文件夹或另一个数据库",
    ),
    "url": ("that is no database address", "不是数据库地址"),
    "failed": (
        "the disk or the database failed; check both and send again",
        "磁盘或数据库出错，请检查后重新提交",
    ),
}
# The beginnings of SQLite's error names and of PostgreSQL's SQLSTATE codes, the first that fits.
_SIGNS = (
    ("SQLITE_FULL", "full"),
    ("SQLITE_BUSY", "busy"),
    ("SQLITE_LOCKED", "busy"),
    ("SQLITE_READONLY", "readonly"),
    ("SQLITE_PERM", "readonly"),
    ("SQLITE_CANTOPEN", "missing"),
    ("SQLITE_CORRUPT", "damaged"),
    ("SQLITE_NOTADB", "damaged"),
    ("SQLITE_ERROR", "damaged"),
    ("SQLITE_CONSTRAINT", "refused"),
    ("53100", "full"),
    ("55P03", "busy"),
    ("25006", "readonly"),
    ("42501", "readonly"),
    ("3D000", "missing"),
    ("XX", "damaged"),
    ("42", "damaged"),
    ("23", "refused"),
    ("P0001", "refused"),
    ("08", "unreachable"),
    ("28", "unreachable"),
    ("57P", "unreachable"),
)


def trouble(kind: str, name: str) -> Unsafe:
    """Return the refusal for a trouble with the database called `name`."""
    en, zh = _WORDS[kind]
    return Unsafe(f"store.{kind}", en=f"{name}: {en}", zh=f"{name}：{zh}")


@contextmanager
def told(name: str, driver: type[Exception] = sqlite3.Error) -> Iterator[None]:
    """Turn what SQLAlchemy and the driver raise into `Unsafe`, with no value that was written."""
    try:
        yield
    except DBAPIError as error:
        raise trouble(_kind(error.orig), name) from error
    except driver as error:
        raise trouble(_kind(error), name) from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise trouble("url", name) from error
    except SQLAlchemyError as error:
        raise trouble("failed", name) from error


def _kind(error: BaseException | None) -> str:
    if isinstance(error, sqlite3.Error):
        sign = getattr(error, "sqlite_errorname", "")
    else:
        # A server that cannot be reached gives no SQLSTATE at all.
        sign = getattr(error, "sqlstate", None) or "08"
    return next((kind for start, kind in _SIGNS if sign.startswith(start)), "failed")
