"""Spot checks: a sample is said and drawn, its checklist goes out, and the results are said (rule 52)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from ledger import kinds
from ledger.checkpoint import Checkpoint
from ledger.desk.office import CHUNK, Office, commit, line_at, parse_place
from ledger.desk.tracing import Traced, lines_at
from ledger.encoding import base64
from ledger.errors import Rejected
from ledger.log import Receipt
from ledger.note import Note
from ledger.records import Line, Spoken
from ledger.rows import CheckItem
from ledger.sampling import Place, Sheet, Terms, draw
from ledger.sheets import reading
from ledger.sheets.cells import shown
from ledger.sheets.lists import Listing, write_list
from ledger.statements import Entry, read_item
from ledger.store.reading import Reader
from ledger.times import hours_and_minutes
from ledger.vault import Vault

RESULTS = {"held": "相符", "differs": "不符", "no_evidence": "无凭据", "nobody": "查无此人"}
_HEADINGS = (
    "抽查", "团队", "记录", "志愿者编号", "姓名", "活动", "开始", "结束", "时长", "证据", "记录人",
    "来源文件", "状态", "核对结果", "备注",
)  # fmt: skip
_PRINTED = (
    "志愿者编号",
    "开始",
    "结束",
    "时长",
    "证据",
)  # what a checker holds his evidence against
_SAMPLE, _LINE, _RESULT, _NOTE = (_HEADINGS.index(x) for x in ("抽查", "记录", "核对结果", "备注"))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample in the log, and what it takes."""

    entry: int
    head: kinds.Sample
    lines: Mapping[str, tuple[Place, ...]]  # by team


@dataclass(frozen=True, slots=True)
class Result:
    """One row of a checklist that was filled in."""

    sample: int
    place: str
    result: str
    note: str
    printed: Mapping[str, str]  # what the row says of its line, by heading


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sample, how many lines it takes, and how many came to which result."""

    entry: int
    stamp: str
    seed: str
    teams: int
    lines: int
    results: Mapping[str, int]
    changed: int  # results that were said otherwise before


def say(office: Office, organisation: str, seed: str, terms: Terms) -> Receipt | None:
    """Say a sample of the log as it is now; somebody else's entry in between has it said again."""

    def once() -> Receipt | None:
        with office.store.reading() as view:
            checkpoint = Checkpoint.parse(Note.parse(view.checkpoint()).text)
        return office.say(
            "auditor", kinds.Sample, organisation, size=checkpoint.size,
            root=base64(checkpoint.root), seed=seed, **terms._asdict(),
        )  # fmt: skip

    return office.made_anew(once)


def drawn(view: Reader, entry: int) -> Drawn:
    """Draw the sample of an entry again, from what was in the log before it; or raise `Rejected`."""
    stored = view.entry(entry)
    head = Entry.parse(stored.entry).statement.head if stored else None
    if not isinstance(head, kinds.Sample):
        raise Rejected(
            "sample.unknown",
            en=f"entry {entry} is no sample; `vledger audit checks` lists them",
            zh=f"第 {entry} 条不是抽查；`vledger audit checks` 列出全部抽查",
        )
    return _drawn(entry, head, _sheets(view.log()))


def _drawn(entry: int, head: kinds.Sample, sheets: Iterable[Sheet]) -> Drawn:
    terms = Terms(head.share, head.least, head.most)
    before = takewhile(lambda sheet: sheet[1] < head.size, sheets)
    return Drawn(entry, head, draw(before, head.root, head.seed, terms))


def _sheets(log: Iterable[tuple[int, bytes, Sequence[bytes]]]) -> Iterator[Sheet]:
    for index, entry, items in log:
        head = Entry.parse(entry).statement.head
        if isinstance(head, kinds.Attendance):
            yield head.organisation, index, len(items)


def checklist(view: Reader, vault: Vault | None, sample: Drawn) -> tuple[bytes, int]:
    """Return the sheet to take along, and how many lines it has: what was said, and room for results."""
    rows: list[tuple[str | int, ...]] = []
    for team, places in sample.lines.items():
        lines = lines_at(view, places, vault)
        people = vault.details_of([one.volunteer for one in lines]) if vault else {}
        for one in lines:
            who = people.get(one.volunteer)
            rows.append(_row(sample.entry, team, one, who.name if who else ""))
    notes = (
        f"第 {sample.entry} 条抽查：种子 {sample.head.seed}，针对此前 {sample.head.size} 条。",
        f"核对结果填 {'、'.join(RESULTS.values())}；填好后 `vledger audit check 本文件` 登记。",
    )
    return write_list(Listing("抽查核对表", _HEADINGS, rows, notes)), len(rows)


def _row(entry: int, team: str, one: Traced, name: str) -> tuple[str | int, ...]:
    return (
        str(entry), team, one.place, one.volunteer, name, one.title, one.start, one.end,
        hours_and_minutes(one.minutes), one.evidence, one.recorded.by, one.source, one.state, "", "",
    )  # fmt: skip


def results_in(data: bytes, name: str) -> list[Result]:
    """Read a checklist that was filled in; every problem in it at once, or raise `Rejected`."""
    found, wrong = list[Result](), list[str]()
    words = {zh: code for code, zh in RESULTS.items()} | {code: code for code in RESULTS}
    for grid in reading.cells_of(data, name):
        for line in grid.lines:
            cells = [shown(cell).strip() for cell in line.cells] + [""] * len(_HEADINGS)
            if not cells[_SAMPLE].isdigit() or ":" not in cells[_LINE] or not cells[_RESULT]:
                continue
            if cells[_RESULT] not in words:
                wrong.append(f"{line.sheet_row}: {cells[_RESULT]}")
                continue
            printed = {name: cells[_HEADINGS.index(name)] for name in _PRINTED}
            found.append(Result(int(cells[_SAMPLE]), cells[_LINE], words[cells[_RESULT]],
                                cells[_NOTE], printed))  # fmt: skip
    twice = [place for place, n in Counter(one.place for one in found).items() if n > 1]
    if twice:
        raise Rejected(
            "check.twice",
            en=f"{name} has more than one result for {', '.join(twice[:20])}: leave one",
            zh=f"{name} 中 {'、'.join(twice[:20])} 有不止一个核对结果：请只留一个",
        )
    if wrong:
        raise Rejected(
            "check.result",
            en=f"{name}: a result is one of {', '.join(RESULTS.values())}; rows {'; '.join(wrong)}",
            zh=f"{name}：核对结果应为 {'、'.join(RESULTS.values())}；行 {'；'.join(wrong)}",
        )
    if not found:
        raise Rejected(
            "check.empty",
            en=f"{name} has no result: fill in the column 核对结果",
            zh=f"{name} 没有填写核对结果",
        )
    return found


def record(office: Office, organisation: str, results: Sequence[Result]) -> list[Receipt]:
    """Say results, a statement a sample; lines that are not of their sample are refused, before any is said."""
    checked, made = list[tuple[str, list[tuple[Line, Result]]]](), []
    with office.store.reading() as view:
        for entry in sorted({one.sample for one in results}):
            own = [one for one in results if one.sample == entry]
            _check_places(drawn(view, entry), own)
            _check_printed(view, own)
            lines = [line_at(view, parse_place(one.place))[0] for one in own]
            checked.append(
                (next(view.where(Spoken, entry=entry)).ref, list(zip(lines, own, strict=True)))
            )
    for ref, rows in checked:
        items = [
            {
                "line": [line.sheet, line.n],
                "result": one.result,
                "note": commit(office, "note", one.note) if one.note else None,
            }
            for line, one in rows
        ]
        for start in range(0, len(items), CHUNK):
            part = items[start : start + CHUNK]
            said = office.say("auditor", kinds.Check, organisation, part, sample=ref)
            made += [said] if said else []
    return made


def _check_places(sample: Drawn, results: Sequence[Result]) -> None:
    taken = {f"{entry}:{row}" for places in sample.lines.values() for entry, row in places}
    strange = [one.place for one in results if one.place not in taken]
    if strange:
        raise Rejected(
            "check.line",
            en=f"not of the sample of entry {sample.entry}: {', '.join(strange[:20])}",
            zh=f"不属于第 {sample.entry} 条抽查：{'、'.join(strange[:20])}",
        )


def _check_printed(view: Reader, results: Sequence[Result]) -> None:
    """Raise where a row says something else of its line than the log: nobody knows what was checked."""
    lines = lines_at(view, [parse_place(one.place) for one in results], None)
    wrong = [
        (f"{one.place} {name}", said, due)
        for one, line in zip(results, lines, strict=True)
        for name, due in zip(_PRINTED, _printed(line), strict=True)
        if (said := one.printed[name]) and said != due
    ][:20]
    if wrong:
        en = "; ".join(f"{place} is {said}, in the log {due}" for place, said, due in wrong)
        zh = "；".join(f"{place}为 {said}，账本为 {due}" for place, said, due in wrong)
        raise Rejected(
            "check.altered",
            en=f"the checklist is not as it was written: {en}. Put that back; where the evidence says"
            f" otherwise, the result is {RESULTS['differs']}",
            zh=f"核对表被改过：{zh}。请改回原样；凭据与记录不同的，核对结果填 {RESULTS['differs']}",
        )


def _printed(line: Traced) -> tuple[str, ...]:
    length = hours_and_minutes(line.minutes)
    return line.volunteer, line.start, line.end, length, line.evidence


def outcomes(view: Reader) -> Iterator[Outcome]:
    """Give every sample with what came of it: the last result of a line counts, and how many changed."""
    said = sorted(view.among(Spoken, ("kind",), [("sample",), ("check",)]), key=lambda x: x.entry)
    results: dict[str, dict[tuple[str, int], set[str]]] = {}
    last: dict[str, dict[tuple[str, int], str]] = {}
    for one in said:
        if one.kind == "check":
            stored = view.entry(one.entry)
            assert stored
            head = Entry.parse(stored.entry).statement.head
            assert isinstance(head, kinds.Check)
            for data in stored.items:
                item = read_item(head, data)
                assert isinstance(item, CheckItem)
                results.setdefault(head.sample, {}).setdefault(item.line, set()).add(item.result)
                last.setdefault(head.sample, {})[item.line] = item.result
    sheets = list(_sheets(view.log())) if said else []  # the log is read once for all samples
    for one in said:
        if one.kind == "sample":
            stored = view.entry(one.entry)
            assert stored
            head = Entry.parse(stored.entry).statement.head
            assert isinstance(head, kinds.Sample)
            sample = _drawn(one.entry, head, sheets)
            counted = Counter(last.get(one.ref, {}).values())
            changed = sum(len(every) > 1 for every in results.get(one.ref, {}).values())
            yield Outcome(
                one.entry, one.stamp, sample.head.seed, len(sample.lines),
                sum(map(len, sample.lines.values())), dict(counted), changed,
            )  # fmt: skip
