"""The report of an examination as one page for a browser: words, tables and charts, and no script.

It is complete in itself and prints on A4 in black; every line is named as other commands take it.
"""

from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

from ledger.anomalies.look import Finding
from ledger.anomalies.patterns import Pattern
from ledger.anomalies.records import count
from ledger.charts import svg
from ledger.desk.anomalies import (
    Examined,
    by_pattern,
    limits,
    named,
    pick,
    sentence,
    unjudged,
)
from ledger.desk.anomaly_charts import charts
from ledger.encoding import base64
from ledger.errors import Lang
from ledger.times import shown

_FINDINGS, _LINES = 200, 200  # of a pattern, and lines of a finding: what a browser bears
_OPEN = 12  # lines that are shown without a click
_SPANS = 40  # that a heading names
Words = tuple[str, str]  # English, Chinese
_HEADINGS: tuple[Words, ...] = (
    ("line", "记录"), ("volunteer", "志愿者"), ("activity", "活动"), ("from", "开始"), ("to", "结束"),
    ("min", "分钟"), ("class", "等级"), ("signed in", "签到"), ("signed out", "签退"),
    ("recorded", "登记时间"), ("recorder", "记录人"),
)  # fmt: skip
_ABOUT_EN = (
    "Everything below is worth a look: it says where to ask, not what was done. Void,"
    " replaced and excepted lines are left out. Whether the ledger itself is whole is told by"
    " `vledger audit`."
)
_ABOUT_ZH = (
    "以下各项只是值得核对：它指出该去问哪里，不是结论。已作废、被替换、未予确认的记录不在其中。"
    "账本本身是否完整，请运行 vledger audit。"
)


def page(found: Examined, now: str, lang: Lang) -> str:
    """Return the report as an HTML document."""
    return "".join(f"{part}\n" for part in _parts(found, now, lang))


def _parts(found: Examined, now: str, lang: Lang) -> Iterator[str]:
    style = files("ledger.desk").joinpath("anomaly_page.css").read_text(encoding="utf-8")
    title = pick(("What to look at in this ledger", "账本异常检查报告"), lang)
    yield f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>'
    yield '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>"
    yield f"<h1>{escape(title)}</h1>"
    yield from _about(found, now, lang)
    yield from _summary(found, lang)
    yield from _charts(found, lang)
    number = 0
    for pattern, findings in by_pattern(found.report):
        if findings:
            yield from _section(found, pattern, findings, number, lang)
            number += len(findings)
    yield "</body>\n</html>"


def _about(found: Examined, now: str, lang: Lang) -> Iterator[str]:
    report, asked = found.report, found.asked
    everything = pick(("all", "全部"), lang)
    until = "" if asked.until > "9999" else asked.until
    days = f"{asked.since or '…'} – {until or '…'}" if asked.since or until else everything
    rows: list[tuple[Words, str]] = [
        (("ledger", "账本"), found.checkpoint.origin),
        (("checkpoint", "检查点"), f"{found.checkpoint.size} · {base64(found.checkpoint.root)}"),
        (("organisation", "组织"), asked.organisation or everything),
        (("days of service", "服务日期"), days),
        (("lines looked at", "检查的记录"), str(report.lines)),
        (("written", "生成时间"), shown(now)),
    ]
    yield '<table class="about">'
    yield from (f"<tr><th>{escape(pick(n, lang))}</th><td>{escape(v)}</td></tr>" for n, v in rows)
    yield "</table>"
    said = pick((_ABOUT_EN, _ABOUT_ZH), lang)
    yield f'<p class="note">{escape(said)}</p>'
    if report.unread:
        entries = ", ".join(map(str, report.unread))
        said = pick((f"Entries that cannot be read: {entries}", f"无法读取的条目：{entries}"), lang)
        yield f'<p class="unread">{escape(said)}</p>'


def _summary(found: Examined, lang: Lang) -> Iterator[str]:
    yield f"<h2>{pick(('What was looked for', '检查项目'), lang)}</h2>"
    heads = (("pattern", "项目"), ("goes by", "判断标准"), ("found", "发现"))
    yield f'<table class="summary">{_head(heads, lang)}<tbody>'
    for pattern, findings in by_pattern(found.report):
        name = escape(pick(pattern.name, lang))
        why_not = unjudged(found.report, pattern, lang)
        link = f'<a href="#{pattern.code}">{name}</a>' if findings else name
        number = f"<b>{len(findings)}</b>" if findings else "–"
        note = f'<div class="unjudged">{escape(why_not)}</div>' if why_not else ""
        cells = f"<td>{link}{note}</td><td>{_goes_by(found, pattern, lang)}</td>"
        yield f'<tr>{cells}<td class="number">{number}</td></tr>'
    yield "</tbody></table>"


def _goes_by(found: Examined, pattern: Pattern, lang: Lang) -> str:
    parts = []
    for limit in limits(pattern, found.report.rules, lang):
        usual = pick((f" (default {limit.default})", f"（默认 {limit.default}）"), lang)
        said = f"{limit.name} {limit.value}"
        mark = f"<b>{escape(said + usual)}</b>" if limit.default else escape(said)
        parts.append(mark)
    return "<br>".join(parts) or "–"


def _charts(found: Examined, lang: Lang) -> Iterator[str]:
    for drawing in charts(found.report.pictures, found.report.rules, lang):
        yield f"<figure>{svg.write(drawing)}</figure>"


def _section(
    found: Examined, pattern: Pattern, findings: list[Finding], number: int, lang: Lang
) -> Iterator[str]:
    honest = pick(("May be honest", "可能的正常原因"), lang)
    why = pick(("Why it is doubtful", "为什么可疑"), lang)
    yield f'<section id="{pattern.code}">'
    yield f"<h2>{escape(pick(pattern.name, lang))} <small>{len(findings)}</small></h2>"
    yield f'<p class="why"><b>{why}</b> {escape(pick(pattern.why, lang))}<br>'
    yield f"<b>{honest}</b> {escape(pick(pattern.honest, lang))}</p>"
    for n, one in enumerate(findings[:_FINDINGS], number + 1):
        yield f'<article id="f{n}"><h3><span class="n">{n}</span>{escape(sentence(one, lang))}</h3>'
        yield from _table(found, one, lang)
        yield "</article>"
    if (rest := len(findings) - _FINDINGS) > 0:
        said = pick(
            (
                f"{rest} more are in the workbook (-o FILE.xlsx)",
                f"另有 {rest} 项，见表格（-o 文件.xlsx）",
            ),
            lang,
        )
        yield f'<p class="note">{said}</p>'
    yield "</section>"


def _table(found: Examined, one: Finding, lang: Lang) -> Iterator[str]:
    lines, total = found.lines(one, _LINES), count(one.doubt.lines)
    is_open = " open" if total <= _OPEN else ""
    said = pick((f"{total} lines", f"{total} 条记录"), lang)
    if total > len(lines):
        first = len(lines)
        said += pick((f", the first {first} of them", f"，列出前 {first} 条"), lang)
    names = f'<span class="names">{escape(named(one, _SPANS))}</span>'
    yield f"<details{is_open}><summary>{names} · {said}</summary>"
    yield f'<table class="lines">{_head(_HEADINGS, lang)}<tbody>'
    for line in lines:
        yield _row(
            (
                f"{line.entry}:{line.row}",
                line.volunteer,
                f"{line.activity} {line.title}",
                shown(line.start),
                _time(line.end, line.start),
                str(line.minutes),
                line.class_,
                _time(line.arrived, line.start),
                _time(line.left, line.start),
                shown(line.stamp),
                line.recorder,
            )
        )
    yield "</tbody></table></details>"


def _time(instant: str, start: str) -> str:
    """Write a time of the same day without its day."""
    if not instant:
        return "–"
    return instant[11:16] if instant[:10] == start[:10] else shown(instant)


def _head(names: Iterable[Words], lang: Lang) -> str:
    cells = "".join(f"<th>{escape(pick(name, lang))}</th>" for name in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
