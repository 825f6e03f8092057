"""The benchmarks measure what they say: the same rows above and below, everything confirmed."""

import json
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import closing
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks import audits, books, log, measures, papers, shape, witnessing
from benchmarks import closing as closings
from benchmarks.association import Association
from benchmarks.clocks import Watch
from benchmarks.filling import closing_day, together
from benchmarks.measures import Bench
from ledger.records import Line, Notice, Sheet
from tests.conftest import ROOT

SMALL = 0.003  # 300 lines of 15 people


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"), SMALL, time.perf_counter)


def test_measures_may_be_asked_for_in_any_order(tmp_path: Path) -> None:
    """Transfers are made in the ledger that earning fills, whoever comes first."""
    bench = Bench(tmp_path, SMALL, time.perf_counter)
    assert measures.transfers(bench).value > 0
    figure = measures.earning(bench)
    assert figure.floor
    assert measures.earning(bench) == figure
    assert measures.transfers(bench).value > 0


def test_everybody_serves_once_a_day() -> None:
    bulk = shape.Shape(lines=250, people=100, rows=30)
    rows = [row for day in range(bulk.days) for sheet in bulk.sheets(day) for row in sheet]
    served: dict[object, list[str]] = defaultdict(list)
    for row in rows:
        served[row["volunteer"]].append(str(row["start"]))
    assert len(rows) == 250
    assert bulk.days == 3
    assert all(len(set(starts)) == len(starts) for starts in served.values())
    assert {len(starts) for starts in served.values()} == {2, 3}


def test_sheets_have_so_many_rows_and_one_day() -> None:
    sheets = list(shape.Shape(lines=250, people=100, rows=30).sheets(1))
    assert [len(sheet) for sheet in sheets] == [30, 30, 30, 10]
    assert {str(row["start"])[:10] for sheet in sheets for row in sheet} == {"2020-01-02"}


def test_minutes_are_those_between_the_times() -> None:
    bulk = shape.Shape(lines=14, people=14)
    assert {bulk.row(n)["minutes"] for n in range(14)} == {60, 90, 120, 150, 180, 210, 240}
    assert bulk.row(2)["end"] == "2020-01-01T10:30:00+08:00"
    assert bulk.row(2)["minutes"] == 150


def test_groups_lose_nothing() -> None:
    assert list(together(range(5), 2)) == [(0, 1), (2, 3), (4,)]


def test_notices_close_after_three_working_days() -> None:
    assert closing_day(shape.begin(0)) == "2020-01-07"  # a holiday, Thursday, Friday, Monday


def test_a_watch_counts_only_what_it_is_held_for() -> None:
    ticks = iter((1.0, 3.0, 10.0, 10.5))
    watch = Watch(lambda: next(ticks))
    for _ in range(2):
        with watch.held():
            pass
    assert watch.seconds == 2.5


def test_floor_holds_the_same_rows_as_the_ledger(bench: Bench) -> None:
    figure = measures.append_bulk(bench)
    assert figure.floor
    at = bench.association
    with at.store.reading() as view:
        ours = sorted((line.sheet, line.n, line.volunteer, line.start, line.end, line.minutes,
                       line.class_, line.rating, line.state, line.confirmation, line.voided)
                      for line in view.all(Line))  # fmt: skip
    with closing(sqlite3.connect(at.home.path / "floor.db")) as bare:
        theirs = sorted(row[:11] for row in bare.execute("SELECT * FROM lines"))
    assert len(ours) == bench.bulk.lines
    assert ours == theirs


def test_everything_is_confirmed_and_audits_clean(bench: Bench) -> None:
    for measure in audits.MEASURES.values():
        figure = measure(bench)
        assert figure.floor
        assert figure.value > 0
    assert audits.audit_memory(bench).value > 20
    with bench.association.store.reading() as view:
        assert {sheet.state for sheet in view.all(Sheet)} == {"confirmed"}
        assert not any(notice.open for notice in view.all(Notice))


def test_everything_is_looked_through(bench: Bench) -> None:
    figure = measures.anomalies(bench)
    assert figure.floor
    assert figure.value > 0


def test_certificates_are_issued_and_verified(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "TOGETHER", 4)
    monkeypatch.setattr(papers, "STOCK", 1)
    monkeypatch.setattr(papers, "TRIES", 1)
    assert all(measure(bench).value > 0 for measure in papers.MEASURES.values())
    assert len(bench.papers) == 4


def test_processes_are_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "TRIES", 2)
    assert measures.help_seconds(bench).unit == "s"
    assert measures.verify_seconds(bench).value > 0


def test_the_books_are_measured_beside_those_of_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert books.statement(bench).unit == "ms"
    ours = books.journal(bench)
    others = [books.journal_hledger(bench), books.journal_beancount(bench)]
    assert ours.unit == "s"
    assert all(other.floor == ours.value for other in others if other)
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert books.journal_hledger(bench) is None  # nothing is said where it is not installed


def test_the_log_is_published_and_proved(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "TRIES", 2)
    monkeypatch.setattr(log, "PROOFS", 3)
    for measure, unit in ((log.published, "s"), (log.proved, "ms")):
        figure = measure(bench)
        assert figure.unit == unit
        assert figure.floor
        assert figure.value > 0
    bare = sorted(file.read_bytes() for file in (bench.folder / "bare0").iterdir())
    ours = (file for file in (bench.folder / "web0" / "tile").rglob("*") if file.is_file())
    assert bare == sorted(file.read_bytes() for file in ours if "/1/" not in file.as_posix())


def test_a_command_is_launched_and_weighed() -> None:
    code = "import json; x = bytearray(64 << 20); print(json.dumps({'a': 1}))"
    launched = [sys.executable, "-m", "benchmarks.launch", sys.executable, "-c", code]
    ran = subprocess.run(launched, cwd=ROOT, capture_output=True, check=True)
    found = json.loads(ran.stdout)
    assert found["answer"] == {"a": 1}
    assert found["wall"] > found["cpu"] * 0.5 > 0
    assert 64 << 20 < found["peak"] < 200 << 20


def test_what_is_refused_stops_the_run(tmp_path: Path) -> None:
    at = Association.begin(tmp_path, people=1)
    letter = at.attendance(0, [shape.Shape(1, 1).row(0)])  # of an activity nobody published
    with pytest.raises(Exception, match="has no activity A00000"):
        at.append([letter])


def test_figures_are_lines_of_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["benchmarks", "append_single", "sign_bulk", "--scale", "0.001", "--clock", "cpu"]
    monkeypatch.setattr("sys.argv", given)
    program.main()
    single, sign = map(json.loads, capsys.readouterr().out.splitlines())
    assert list(single) == ["name", "value", "unit", "floor", "ratio"]
    assert single["name"] == "append_single"
    assert single["ratio"] == pytest.approx(single["value"] / single["floor"], abs=0.002)
    assert (sign["name"], sign["floor"], sign["ratio"]) == ("sign_bulk", None, None)
    assert Path(cache_from_source(str(ROOT / "cli.py"))).exists()  # processes need not compile


def test_an_unknown_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "append_all"])
    with pytest.raises(SystemExit):
        program.main()
    assert "no measure append_all" in capsys.readouterr().err


def test_a_witness_is_measured_beside_its_disk(bench: Bench) -> None:
    figure = witnessing.witness_ms(bench)
    assert figure.floor
    assert figure.value > 0
    assert (bench.folder / "witness" / "floor").exists()


def test_accounts_are_closed_and_proved(bench: Bench) -> None:
    """The floor of closing is an audit of the same ledger, which finds nothing in what was closed."""
    assert closings.accounts(bench).value > 0
    found = closings.close(bench)
    assert found.floor
    assert found.value > 0
