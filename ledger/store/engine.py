"""Engines: how a database is opened, locked and brought up to date.

SQLite is set to lose nothing: write-ahead log, `synchronous=FULL`. We begin transactions ourselves,
because the driver begins them late, and two writers could read before either of them locks.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, inspect, make_url
from sqlalchemy.pool import QueuePool

from ledger.errors import Unsafe
from ledger.store.troubles import told, trouble

WAIT = 30.0  # seconds that one writer waits for another
_MIGRATIONS = Path(__file__).parents[2] / "migrations"
_FILE = "sqlite:///"
_DURABLE = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
# KiB at most: a bulk import touches every volunteer's pages; who reads each row once comes to none again.
KEEPING, PASSING = (*_DURABLE, "cache_size = -65536"), (*_DURABLE, "cache_size = -2048")
_CLOSED = ("SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY")  # no log can be made beside the file


@dataclass(frozen=True, slots=True)
class Place:
    """A database, and which of our tables are in it: `branch` names their migrations."""

    url: URL
    branch: str
    schema: str | None = None
    pragmas: tuple[str, ...] = KEEPING

    @property
    def name(self) -> str:
        """Return what people know the database by; no password is in it."""
        return self.url.database or "" if self.is_file else self.url.render_as_string()

    @property
    def lock(self) -> int:
        """Return the advisory lock of PostgreSQL: the vault is written while the log is locked."""
        return int.from_bytes(f"v{self.branch}".encode())

    @property
    def is_file(self) -> bool:
        """Tell whether it is a file of SQLite's."""
        return self.url.get_backend_name() == "sqlite"


Address = str | URL


def file_url(path: Path | str) -> URL:
    """Return the address of a database in a file; the path may hold any character."""
    return URL.create("sqlite", database=str(path))


def address(url: str | URL) -> URL:
    """Read an address, and choose the driver we know."""
    if isinstance(url, URL) and url.get_backend_name() == "sqlite":
        return url
    text = url.render_as_string(hide_password=False) if isinstance(url, URL) else url
    if text.startswith(_FILE):  # the rest is a path as it is: `?` and `#` are letters in it
        return file_url(text.removeprefix(_FILE))
    with told(text.partition("://")[0]):
        found = make_url(url)
    if found.get_backend_name() in ("postgresql", "postgres"):
        return found.set(drivername="postgresql+psycopg")
    raise trouble("url", found.render_as_string())


def connect(place: Place, *, wait: float = WAIT, create: bool = False) -> Engine:
    """Return an engine for the database; a file that is not there is an error unless created."""
    if place.is_file:
        return _sqlite(place, wait, "rwc" if create else "rw")
    try:
        # Errors are shown to people: parameters are not.
        engine = create_engine(place.url, paramstyle="format", hide_parameters=True)
    except ImportError as error:
        raise Unsafe(
            "store.driver",
            en="PostgreSQL needs its driver: pip install 'volunteer-ledger[postgres]'",
            zh="使用 PostgreSQL 须安装驱动：pip install 'volunteer-ledger[postgres]'",
        ) from error
    seconds = int(wait * 1000)

    @event.listens_for(engine, "connect")
    def _set(driver: object, _record: object) -> None:
        with driver.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(f"SET lock_timeout = {seconds}")
            cursor.execute("SET synchronous_commit = on")
        driver.commit()  # type: ignore[attr-defined]

    return engine


def _sqlite(place: Place, wait: float, mode: str) -> Engine:
    assert place.url.database
    file = Path(place.url.database).absolute()

    def opened(how: str, factory: type[sqlite3.Connection]) -> sqlite3.Connection:
        uri = f"{file.as_uri()}?{how}"
        found = sqlite3.connect(
            uri, wait, isolation_level=None, check_same_thread=False, factory=factory, uri=True
        )
        for pragma in place.pragmas:
            found.execute(f"PRAGMA {pragma}")
        return found

    def driver() -> sqlite3.Connection:
        try:
            return opened(f"mode={mode}", sqlite3.Connection)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in _CLOSED or not file.exists():
                raise
        _check_nothing_waits(file)
        found = opened("mode=ro&immutable=1", _Alone)
        assert isinstance(found, _Alone)
        found.remember(file)
        return found

    return create_engine("sqlite://", creator=driver, hide_parameters=True, poolclass=QueuePool)


class _Alone(sqlite3.Connection):
    """A connection that reads a file without a log and without a lock, as on a read-only medium.

    A write-ahead log needs a folder that can be written to. Where we cannot, others still might.
    """

    def remember(self, file: Path) -> None:
        self.file, self.state = file, _state(file)

    def check_alone(self) -> None:
        if _state(self.file) != self.state:
            raise trouble("busy", str(self.file))


def _state(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size


def _check_nothing_waits(file: Path) -> None:
    """Raise `Unsafe` where a log beside the file holds what would not be seen."""
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        raise Unsafe(
            "store.readonly",
            en=f"{file}: its folder cannot be written to, and {log.name} holds what was written"
            " last; copy the whole folder to a disk of your own and use the copy",
            zh=f"{file}：所在文件夹无法写入，而最近写入的内容还在 {log.name} 中；"
            "请把整个文件夹复制到可以写入的磁盘，使用复制件",
        )


@contextmanager
def closed_on_failure(engine: Engine) -> Iterator[None]:
    """Let go of a database that turns out not to be what was looked for."""
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


@contextmanager
def writing(engine: Engine, place: Place) -> Iterator[Connection]:
    """Give a connection that alone may write; what it does not commit has never been."""
    with _connected(engine, place) as connection:
        if place.is_file:
            connection.connection.cursor().execute("BEGIN IMMEDIATE")
        else:
            connection.connection.cursor().execute(
                "SELECT pg_advisory_xact_lock(%s)", (place.lock,)
            )
        yield connection


@contextmanager
def reading(engine: Engine, place: Place) -> Iterator[Connection]:
    """Give a connection that sees the database as it is now, whatever is written meanwhile."""
    with _connected(engine, place) as connection:
        if place.is_file:
            connection.connection.cursor().execute("BEGIN")
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield connection
        finally:
            driver = connection.connection.driver_connection
            if isinstance(driver, _Alone):
                driver.check_alone()


@contextmanager
def _connected(engine: Engine, place: Place) -> Iterator[Connection]:
    with told(place.name, engine.dialect.loaded_dbapi.Error), engine.connect() as connection:
        yield connection


def copy_file(engine: Engine, place: Place, target: Path) -> None:
    """Write a consistent copy of a SQLite file, without what was deleted from it."""
    with told(place.name), engine.connect() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(target),))


def migrate(connection: Connection, place: Place, metadata: MetaData) -> None:
    """Bring the tables up to the newest form, all or nothing, and commit."""
    # Imported here because alembic is slow to import and needed once in a ledger's life.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes |= {"connection": connection, "metadata": metadata, "schema": place.schema}
    try:
        with connection.begin():
            if place.schema:
                connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{place.schema}"')
            command.upgrade(config, f"{place.branch}@head")
    except CommandError as error:
        raise trouble("newer", place.name) from error


def version(connection: Connection, place: Place) -> Sequence[str]:
    """Return which migrations the database has been through; none if it holds nothing of ours."""
    if not inspect(connection).has_table("alembic_version", schema=place.schema):
        return ()
    table = f'"{place.schema}".alembic_version' if place.schema else "alembic_version"
    rows = connection.exec_driver_sql(f"SELECT version_num FROM {table}")  # noqa: S608
    return [row[0] for row in rows]
