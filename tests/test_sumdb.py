"""Go's own reader of logs accepts what we publish: `golang.org/x/mod/sumdb` knows nothing of ours."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.publish import publish
from tests.clerk import Clerk
from tests.scene import ORIGIN, vkey
from tests.shelf import Shelf

PROGRAM = Path(__file__).parent / "sumdb" / "reader.go"
LIBRARY = Path("/usr/share/gocode")  # where Debian puts the sources of golang-golang-x-mod-dev
DEADLINE = 300


@dataclass(frozen=True)
class Reader:
    """The compiled program."""

    program: Path

    def __call__(self, url: str, key: str, *older: Path) -> subprocess.CompletedProcess[str]:
        words = [str(self.program), url, key, *map(str, older)]
        return subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE, check=False)

    def accepted(self, url: str, key: str, *older: Path) -> Any:
        found = self(url, key, *older)
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Compile the reader, or skip and say what is missing."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go here: apt-get install golang-go golang-golang-x-mod-dev")
    if not (LIBRARY / "src/golang.org/x/mod/sumdb").exists():
        pytest.skip("no golang.org/x/mod here: apt-get install golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("sumdb")
    settings = {"GO111MODULE": "off", "GOPATH": str(LIBRARY), "GOCACHE": str(folder / "cache")}
    program = folder / "reader"
    command = [go, "build", "-o", str(program), str(PROGRAM)]
    environment = {**os.environ, **settings, "CGO_ENABLED": "0"}
    subprocess.run(command, env=environment, check=True, timeout=DEADLINE)
    return Reader(program)


class Plain(http.server.SimpleHTTPRequestHandler):
    """The standard library's file server, saying nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        del format, args


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder to this computer, and give its address."""
    handler = functools.partial(Plain, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("sizes", [(1,), (2, 255), (256, 257), (300, 511, 700)])
def test_go_reads_what_we_publish(reader: Reader, tmp_path: Path, sizes: Sequence[int]) -> None:
    web, older = tmp_path / "web", list[Path]()
    shelf = Shelf(0)
    for size in sizes:
        shelf.grow(size - shelf.size)
        publish(web, shelf, shelf.head())
        older.append(tmp_path / f"checkpoint.{size}")
        shutil.copy(web / "checkpoint", older[-1])
    with served(web) as url:
        found = reader.accepted(url, vkey(ORIGIN), *older)
    assert found == {"size": sizes[-1], "bytes": sum(map(len, shelf.entries))}


def test_go_reads_a_ledger_at_work(reader: Reader, tmp_path: Path) -> None:
    """As people do it: a ledger, `vledger publish`, a web server, and a stranger's program."""
    clerk = Clerk(tmp_path)
    clerk.begin()
    web, older = tmp_path / "web", tmp_path / "older"
    before = clerk("publish", web)
    shutil.copy(web / "checkpoint", older)
    clerk.confirmed("张三", "李四")
    after = clerk("publish", web)
    assert after["new"] == after["size"] - before["size"] > 0
    trust = json.loads((clerk.home / "trust.json").read_text("utf-8"))
    with served(web) as url:
        found = reader.accepted(url, trust["logs"][0]["keys"][0], older)
    assert found["size"] == after["size"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("checkpoint", "invalid signature"),
        ("tile/0/000", "invalid transparency proof"),
        ("tile/0/001.p/44", "inconsistent"),
        ("tile/entries/000", "is not the leaf"),
        ("tile/entries/001.p/44", "is not the leaf"),
    ],
)
def test_go_sees_what_was_changed(reader: Reader, tmp_path: Path, name: str, said: str) -> None:
    """The reader is one that can say no."""
    shelf = Shelf(300)
    publish(tmp_path, shelf, shelf.head())
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2 if name != "checkpoint" else 40] ^= 1
    (tmp_path / name).write_bytes(data)
    with served(tmp_path) as url:
        found = reader(url, vkey(ORIGIN))
    assert found.returncode == 1
    assert said in found.stderr


def test_go_refuses_another_key_and_another_tree(reader: Reader, tmp_path: Path) -> None:
    shelf, other = Shelf(20), Shelf(10, seed="other")
    publish(tmp_path / "web", shelf, shelf.head())
    older = tmp_path / "older"
    older.write_bytes(other.head().note)
    with served(tmp_path / "web") as url:
        assert "note has no verifiable signatures" in reader(url, vkey("KX/op")).stderr
        assert reader(url, vkey(ORIGIN), older).returncode == 1
        (tmp_path / "web" / "tile/0/000.p/20").unlink()
        assert "404" in reader(url, vkey(ORIGIN)).stderr
