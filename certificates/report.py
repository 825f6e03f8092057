"""The answer in words: what was checked, by which keys, what was found, and what no file can show.

For a clerk who has to decide and has never heard of a log: one sentence an answer, never one green tick.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from unicodedata import normalize

from certificates import render
from certificates.page.account import Document, Table, draw
from certificates.page.tables import Column
from certificates.render import Info
from certificates.verify import Verdict
from ledger.times import day_of, hours_and_minutes, shown

Lang = Literal["zh", "en"]
Line = tuple[str, str]  # what it is about, and the sentence

_WORDS: dict[str, tuple[str, str]] = {  # Chinese, English
    "title": ("证明查验报告", "Report on the verification of certificates"),
    "under": ("VERIFICATION REPORT", "证明查验报告"),
    "page": ("第 {} 页 / 共 {} 页", "page {} of {}"),
    "about": ("项目", "about"),
    "found": ("结果", "result"),
    "at": ("查验时间（本机时钟）", "verified (by this computer's clock)"),
    "trusted": ("所信任的账本", "ledgers that were trusted"),
    "nobody": ("（信任文件中没有）", "(none in the trust file)"),
    "foot": (
        "本报告由查验程序生成，不是证明，也不能代替原文件：任何人可用原文件和 trust.json 离线重新查验。",
        "This report is no certificate and replaces none: anybody can verify the file again, offline.",
    ),
    "genuine": ("真实", "genuine"),
    "genuine yes": (
        ("是。自盖章以来文件没有任何改动；页面上的每一个字都与账本中的记录核对相符；签名的人各有任命，"
        "记录人、确认人与本人是三个人，时长逐条相加等于合计。"),
        ("Yes. Nothing in the file was changed since it was sealed; every word of the page agrees with the "
        "ledger's records; whoever signed was appointed to; recorder, confirmer and volunteer are three "
        "persons; the hours add up."),
    ),
    "genuine no": ("否，请勿采信：", "NO, do not rely on it: "),
    "logged": ("已入账", "logged"),
    "logged yes": (
        "是。账本 {origin} 的检查点包含这份证明（第 {entry} 条），{witnesses} 名见证人会签。",
        ("Yes. A checkpoint of the ledger {origin} contains it (entry {entry}), cosigned by {witnesses} "
        "witnesses."),
    ),
    "logged no": ("否：不能确认所信任的账本收录了它。", "NO: no trusted ledger is shown to contain it."),
    "standing": ("效力", "standing"),
    "valid": ("有效（截至 {as_of}）。", "Valid, as of {as_of}."),
    "superseded": ("已被替代（截至 {as_of}）。", "Superseded, as of {as_of}."),
    "revoked": ("已撤销（截至 {as_of}）。", "REVOKED, as of {as_of}."),
    "unknown": ("未知。", "Unknown."),
    "whom": ("证明谁", "of whom"),
    "what": ("证明什么", "of what"),
    "says": (
        "{first} 至 {last}，经公示和确认的服务 {count} 条，共 {total}（{classes}）。",
        "{first} to {last}: {count} records of service, noticed and confirmed, {total} in all ({classes}).",
    ),
    "by": ("出具单位", "issued by"),
    "seal": ("签章证书", "sealed under"),
    "sealed": ("{subject}，编号 {serial}，签发者 {issuer}。", "{subject}, no. {serial}, by {issuer}."),
    "stamp": ("时间戳", "time stamp"),
    "stamped": ("{before} 之前已存在，出自 {by}。", "Existed before {before}, says {by}."),
    "stated": ("仅为出具单位所写", "the issuer's own word"),
    "unproved": ("（账本不能证实）", " (proved by nothing)"),
    "notes": ("说明", "to be known"),
    "limits": ("文件不能说明的", "what no file can show"),
    "cannot": (
        ("当事人是否真的到场：记录的是谁签字、凭什么证据（A 本人当场签到签退，B 负责人名单，C 事后补记，"
        "L 旧系统迁入）；打印件上另盖的章、手写的字不在查验之内。"),
        ("Whether somebody was really there: what is recorded is who signed, and on what evidence (A own "
        "sign-in and sign-out, B the leader's list, C recorded later, L from an older system). Ink added to "
        "a print is not checked."),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, and what verification said of it."""

    file: str
    verdict: Verdict


def lines(verdict: Verdict, lang: Lang) -> Iterator[Line]:
    """Give what verification found, sentence by sentence."""
    found, seal, stamp = verdict.certificate, verdict.seal, verdict.timestamp
    why = "；".join(getattr(one, lang) for one in verdict.reasons)
    if found:
        yield (
            _say("whom", lang),
            f"{found['name']}　{found['volunteer']}　{found.get('document', '')}",
        )
        classes = "，".join(f"{c} {_time(m, lang)}" for c, m in found["by_class"].items() if m)
        yield _say("what", lang), _say("says", lang).format(
            first=found["from"], last=found["to"], count=len(found["lines"]),
            total=_time(found["minutes"], lang), classes=classes,
        )  # fmt: skip
        yield _say("by", lang), f"{found['issuer']}　{found['number']}"
    yes = _say("genuine yes", lang)
    yield _say("genuine", lang), yes if verdict.genuine else _say("genuine no", lang) + why
    logged = _say("logged no", lang)
    if verdict.logged and found:
        logged = _say("logged yes", lang).format(**found, witnesses=verdict.witnesses)
    yield _say("logged", lang), logged
    yield _say("standing", lang), _say(verdict.standing, lang).format(as_of=shown(verdict.as_of))
    if seal:
        yield _say("seal", lang), _say("sealed", lang).format(**seal)
    if stamp:
        yield _say("stamp", lang), _say("stamped", lang).format(**stamp)
    if told := dict.fromkeys(f"{one.label} {one.value}" for one in verdict.stated if one.value):
        yield _say("stated", lang), "；".join(told) + _say("unproved", lang)
    if verdict.genuine and why:
        yield _say("notes", lang), why
    yield _say("limits", lang), _say("cannot", lang)


def write_pdf(checked: Sequence[Checked], origins: Sequence[str], now: str, lang: Lang) -> bytes:
    """Return a report on certificates, as a PDF."""
    columns = (Column((_say("about", lang),), 34.0), Column((_say("found", lang),), 138.0))
    trusted = "，".join(origins) or _say("nobody", lang)
    document = Document(
        title=_say("title", lang),
        subtitle=_say("under", lang),
        lines=(
            f"{_say('at', lang)}　{shown(now)}",
            f"{_say('trusted', lang)}　{trusted}",
        ),
        tables=tuple(
            Table(
                f"{number}　{_drawable(one.file)}",
                columns,
                [((label,), (_drawable(text),)) for label, text in lines(one.verdict, lang)],
            )
            for number, one in enumerate(checked, start=1)
        ),
        foot=_say("foot", lang),
        name=_say("title", lang),
        page=_say("page", lang),
    )
    info = Info(
        _say("title", lang), "volunteer-ledger", day_of(now), {"zh": "zh-CN", "en": "en"}[lang]
    )
    return render.print_pages(lambda pen, root: draw(document, pen, root), (), info)


def _say(word: str, lang: Lang) -> str:
    return _WORDS[word][lang == "en"]


def _time(minutes: int, lang: Lang) -> str:
    return hours_and_minutes(minutes) if lang == "zh" else f"{minutes // 60} h {minutes % 60} min"


def _drawable(text: str) -> str:
    """Return a text that can be drawn: a report of a hostile file is to come out, not to fail."""
    from certificates.typeface import installed

    at_hand = installed.at_hand()
    return "".join(
        each if at_hand.of(each) else f"[U+{ord(each):04X}]" for each in normalize("NFC", text)
    )
