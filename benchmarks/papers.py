"""Certificates: how many a second, beside the stock path; a large one; two processes at once."""

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import shape, stock
from benchmarks.association import ROOT, Association
from benchmarks.clocks import Watch
from benchmarks.measures import Bench, Figure
from certificates import bulk
from certificates.commands.handing import unverifiable
from certificates.drafting import Drafter
from certificates.issue import Issued, Means, Order, issue, issue_all
from certificates.seal import holders
from certificates.verify import verify
from certificates.work import Work
from ledger.errors import LedgerError
from ledger.workers import pool

TOGETHER, STOCK, TRIES, LINES = 200, 5, 5, 500
_LINES = 6  # of an ordinary certificate
_FIRST = """\
import time; begun = time.perf_counter()
from certificates.claim import Claim, Line, totals
from certificates.render import render
from certificates.seal import holders, pades
line = Line("2026-03-02", "科普讲座", "社区", "讲解", "科技志愿服务队", "张三", 180, "A")
claim = Claim("1", "李四", "", "V1", "2026-03-02", "2026-03-02", (line,) * 6, 1080, totals((line,) * 6),
              "示例县科协", "", "", "", "", "", "2026-03-09", "", "kx.example.cn/log", False)
sealer = holders.issue_seal_certificate(
    holders.found_authority("示例", "2026-01-01T00:00:00+08:00"), "示例", "2026-01-01T00:00:00+08:00"
).sealer
pades.seal(render(claim, identifier=bytes(16)), b"{}", sealer, signed_at="2026-03-09T09:00:00+08:00")
print(time.perf_counter() - begun)
"""


def issue_six(bench: Bench) -> Figure:
    """Sealed certificates of six lines with their proofs, from order to file; floor: the stock path.

    The floor draws the same claims by reportlab and seals them by pyHanko, without log and proof.
    """
    at, orders = bench.association, _orders(bench, TOGETHER)
    means = Means(at.sealer, at.home.association())
    _whole(issue_all(at.office(), means, orders[:1]))
    gc.freeze()  # as in the command, which is a process of its own
    watch = Watch(bench.clock)
    with watch.held():
        made = _whole(issue_all(at.office(), means, orders))
    bench.papers = [one.file for one in made]
    return Figure(len(made) / watch.seconds, "certificates/s", _stock(bench))


def verify_six(bench: Bench) -> Figure:
    """The same files, from bytes to verdict."""
    if not bench.papers:
        issue_six(bench)
    trust, watch = bench.association.home.trust(), Watch(bench.clock)
    verify(bench.papers[0], trust)
    gc.freeze()  # as in the command
    with watch.held():
        verdicts = [verify(file, trust) for file in bench.papers]
    assert all(verdict.genuine and verdict.logged for verdict in verdicts), verdicts[0]
    return Figure(len(verdicts) / watch.seconds, "certificates/s")


def first(_bench: Bench) -> Figure:
    """The first certificate of a process: libraries and font loaded, drawn, sealed."""
    found = []
    for _ in range(TRIES):
        run = [sys.executable, "-c", _FIRST]
        said = subprocess.run(run, check=True, capture_output=True, text=True).stdout  # noqa: S603
        found.append(float(said))
    return Figure(median(found), "s")


def large(bench: Bench) -> Figure:
    """A certificate of 500 lines in a log of twenty thousand entries; milliseconds.

    Five hundred days, each with an activity and a sheet of its own, published and confirmed by the week.
    """
    return Figure(_large(bench)[0] * 1000, "ms")


def large_size(bench: Bench) -> Figure:
    """The same one, in kilobytes."""
    return Figure(_large(bench)[1] / 1000, "kB")


def two_processes(bench: Bench) -> Figure:
    """Certificates a second as `issue --all` makes them, drawn, logged, sealed, verified and written,
    with two processes to help; floor: the same by one alone."""
    orders = _orders(bench, 5 * TOGETHER)  # begin and end, when one waits, are to weigh little
    with pool(2) as others:
        _made(bench, others, orders[:100])  # both have begun, and have their font
        both = _made(bench, others, orders)
    one = _made(bench, None, orders)
    return Figure(len(orders) / both, "certificates/s", len(orders) / one)


def _made(bench: Bench, others: Executor | None, orders: list[Order]) -> float:
    """Return the seconds that issuing into a folder takes."""
    at = bench.association
    means = Means(at.sealer, at.home.association())
    crew = bulk.Crew(partial(unverifiable, at.home.trust()), others)
    with TemporaryDirectory() as folder, Work.take_up(Path(folder) / "out", {}) as work:
        begun = time.perf_counter()
        made = sum(1 for _ in bulk.run(at.office(), means, orders, work, crew))
        assert made == len(orders), made
        assert not work.refused, work.refused
        return time.perf_counter() - begun


def _orders(bench: Bench, most: int) -> list[Order]:
    last = (shape.FIRST.date()).replace(day=_LINES).isoformat()
    people = range(min(most, bench.bulk.people))
    first_ = shape.FIRST.date().isoformat()
    return [Order(shape.volunteer(who), ROOT, first_, last) for who in people]


def _whole(found: Sequence[Issued | LedgerError]) -> list[Issued]:
    made = [one for one in found if isinstance(one, Issued)]
    assert len(made) == len(found), found
    return made


def _stock(bench: Bench) -> float:
    """Return how many a second the stock path makes of the same claims."""
    at, orders = bench.association, _orders(bench, TOGETHER)[:STOCK]
    with at.store.reading() as view:
        numbers = [order.number for order in orders]
        drafter = Drafter.begin(view, at.office(), at.home.association(), numbers)
        claims = [drafter.draft(order, 0).claim for order in orders]
    founded = "2019-01-01T00:00:00+08:00"
    holder = holders.issue_seal_certificate(
        holders.found_authority("bench", founded), "bench", founded
    )
    stock.sealed(stock.page(claims[0]), holder)
    watch = Watch(bench.clock)
    with watch.held():
        for claim in claims:
            stock.sealed(stock.page(claim), holder)
    return len(claims) / watch.seconds


def _large(bench: Bench) -> tuple[float, int]:
    """Return the seconds that a certificate of many lines takes, and its bytes."""
    if bench.large is None:
        lines = max(_LINES, round(LINES * bench.scale))
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            at = Association.begin(Path(folder), 2)
            at.serve(lines)
            for _ in range(max(0, round(20_000 * bench.scale) - at.store.size())):
                at.padding()
            at.flush()
            means = Means(at.sealer, at.home.association())
            order = Order(shape.volunteer(0), ROOT)
            issue(at.office(), means, order)
            watch = Watch(bench.clock)
            with watch.held():
                made = issue(at.office(), means, order)
            assert verify(made.file, at.home.trust()).genuine
            bench.large = (watch.seconds, len(made.file))
            at.store.close()
    return bench.large


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {
    "certificate_issue": issue_six,
    "certificate_verify": verify_six,
    "certificate_first": first,
    "certificate_large": large,
    "certificate_large_size": large_size,
    "certificate_two_processes": two_processes,
}
