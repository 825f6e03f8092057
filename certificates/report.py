"""The answer in words: what was checked, by which keys, what was found, and what no file can show.

For a clerk who has to decide and has never heard of a log: one sentence an answer, never one green tick.
"""

from collections.abc import Iterator, Sequence
from typing import Literal
from unicodedata import normalize

from certificates import render
from certificates.checked import Checked, summary
from certificates.page.account import Document, Table, draw
from certificates.page.tables import Column
from certificates.render import Info
from certificates.sentences import counted
from certificates.verdict import Verdict
from certificates.wording import label_in
from ledger.times import day_of, hours_and_minutes, shown

Lang = Literal["zh", "en"]
Line = tuple[str, str]  # what it is about, and the sentence

_BETWEEN: dict[Lang, str] = {"zh": "；", "en": "; "}
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
        ("Yes. A checkpoint of the ledger {origin} contains it (entry {entry}), cosigned by {cosigners}."),
    ),
    "genuine paper": (
        "是。以上内容由出具单位的签章密钥签署；请与纸上印出的文字逐项核对，明细、证件和全名不在码中。",
        ("Yes. The issuer's sealing key signed what stands above: compare each word with what is printed;"
        " the rows, the document and the full name are not in the code."),
    ),
    "genuine undecided": ("未能查验，不能据此判断真伪：", "Could not be checked, which tells nothing: "),
    "logged paper": ("未知（须查验电子文件或账本）。", "Unknown: the PDF or the ledger shows it."),
    "logged paper yes": ("是，本机的账本中有这份证明。", "Yes: the ledger of this computer has it."),
    "logged other": (
        "所附证据中的文书已入账，而这份文件与之不符。",
        "What its proof holds was logged; this file is something else.",
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
        "{first} 至 {last}，经公示和确认的服务 {count}，共 {total}（{classes}）。",
        "{first} to {last}: {count}, noticed and confirmed, {total} in all ({classes}).",
    ),
    "signed": ("{first} 至 {last}，共 {total}；{issued} 出具。", "{first} to {last}, {total} in all; {issued}."),
    "training": ("已证实的培训", "trainings proved"),
    "honours": ("已证实的表彰", "honours proved"),
    "star": ("已证实的星级", "star proved"),
    "no total": ("（不计入服务时长）", " (in no total)"),
    "sha256": ("文件的 SHA-256", "SHA-256 of the file"),
    "overview": ("一览", "at a glance"),
    "file": ("文件", "file"),
    "number": ("证明编号", "certificate"),
    "name": ("姓名", "name"),
    "yes": ("是", "yes"),
    "no": ("否", "NO"),
    "none": ("未能查验", "not checked"),
    "short valid": ("有效", "valid"),
    "short superseded": ("已被替代", "superseded"),
    "short revoked": ("已撤销", "REVOKED"),
    "short unknown": ("未知", "unknown"),
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


def lines(one: Checked, lang: Lang) -> Iterator[Line]:
    """Give what verification found, sentence by sentence: first, whether it was taken back."""
    verdict = one.verdict
    stands = _say(verdict.standing, lang).format(as_of=shown(verdict.as_of))
    why = _BETWEEN[lang].join(getattr(each, lang) for each in verdict.reasons)
    if verdict.stands.ended:
        yield (
            _say("standing", lang),
            stands + _BETWEEN[lang].join(getattr(w, lang) for w in verdict.stands.why),
        )
    if verdict.certificate:
        yield from _said_on_paper(verdict, lang) if one.on_paper else _proved(verdict, lang)
    yield _say("genuine", lang), _genuine(one, lang, why)
    yield _say("logged", lang), _logged(one, lang)
    if not verdict.stands.ended:
        yield _say("standing", lang), stands
    yield from _by_whom(verdict, lang)
    if verdict.genuine and why:
        yield _say("notes", lang), why
    if one.sha256:
        yield _say("sha256", lang), one.sha256
    yield _say("limits", lang), _say("cannot", lang)


def _by_whom(verdict: Verdict, lang: Lang) -> Iterator[Line]:
    """Give under which certificate was sealed, what another stamped, what nobody proves."""
    if seal := verdict.seal:
        yield _say("seal", lang), _say("sealed", lang).format(**seal)
    if stamp := verdict.timestamp:
        yield _say("stamp", lang), _say("stamped", lang).format(**stamp)
    colon, between = {"zh": "：", "en": ": "}[lang], _BETWEEN[lang]
    if told := dict.fromkeys(
        f"{label_in(each.label, lang)}{colon}{each.value}" for each in verdict.stated if each.value
    ):
        yield _say("stated", lang), between.join(told) + _say("unproved", lang)


def _proved(verdict: Verdict, lang: Lang) -> Iterator[Line]:
    """Give what a certificate proves."""
    found = verdict.certificate
    yield _say("whom", lang), f"{found['name']}　{found['volunteer']}　{found.get('document', '')}"
    classes = "，".join(f"{c} {_time(m, lang)}" for c, m in found["by_class"].items() if m)
    yield _say("what", lang), _say("says", lang).format(
        first=found["from"], last=found["to"], count=_records(len(found["lines"]), lang),
        total=_time(found["minutes"], lang), classes=classes,
    )  # fmt: skip
    if found["star"]:
        yield _say("star", lang), str(found["star"])
    if rows := found["training"]:
        said = (f"{r['date']} {r['course']} {r['host']} {_time(r['minutes'], lang)}" for r in rows)
        yield _say("training", lang), _BETWEEN[lang].join(said) + _say("no total", lang)
    if rows := found["honours"]:
        said = (f"{r['date']} {r['title']} {r['grantor']}" for r in rows)
        yield _say("honours", lang), _BETWEEN[lang].join(said)
    yield _say("by", lang), f"{found['issuer']}　{found['number']}"


def _said_on_paper(verdict: Verdict, lang: Lang) -> Iterator[Line]:
    """Give what the code on a sheet of paper says."""
    found = verdict.certificate
    yield _say("whom", lang), found["name"]
    yield _say("what", lang), _say("signed", lang).format(
        first=found["from"], last=found["to"], issued=found["issued"], total=_time(found["minutes"], lang)
    )  # fmt: skip
    yield _say("by", lang), f"{found['issuer']}　{found['code']}　{found['number']}"


def _genuine(one: Checked, lang: Lang, why: str) -> str:
    verdict = one.verdict
    if verdict.genuine:
        return _say("genuine paper" if one.on_paper else "genuine yes", lang)
    return _say("genuine undecided" if verdict.undecided else "genuine no", lang) + why


def _logged(one: Checked, lang: Lang) -> str:
    verdict = one.verdict
    if one.on_paper:
        return _say("logged paper yes" if verdict.logged else "logged paper", lang)
    if verdict.logged and not verdict.genuine:
        return _say("logged other", lang)
    if not verdict.logged:
        return _say("logged no", lang)
    witnesses = verdict.witnesses
    return _say("logged yes", lang).format(
        **verdict.certificate,
        witnesses=witnesses,
        cosigners=counted(witnesses, "witness", "witnesses"),
    )


def _overview(checked: Sequence[Checked], lang: Lang) -> Table:
    """Return the table at the head of a report on several: which of them hold, at a glance."""
    widths = {
        "file": 46.0,
        "number": 46.0,
        "name": 24.0,
        "genuine": 15.0,
        "logged": 15.0,
        "standing": 18.0,
    }
    others = [[8.0, file, 46.0, 70.0 - file, 15.0, 15.0, 18.0] for file in (30.0, 56.0)]
    columns = [
        Column(("",), 6.0 + 2.0),
        *(Column((_say(w, lang),), mm) for w, mm in widths.items()),
    ]
    rows = [
        tuple((_drawable(cell),) for cell in (str(n), *_cells(one, lang)))
        for n, one in enumerate(checked, start=1)
    ]  # fmt: skip
    return Table(_say("overview", lang), tuple(columns), rows, others=others)


def _cells(one: Checked, lang: Lang) -> tuple[str, ...]:
    verdict, found = one.verdict, one.verdict.certificate
    answers = {True: "yes", False: "no", None: "none"}
    logged = "–" if not verdict.genuine or (one.on_paper and not verdict.logged) else _say(
        answers[verdict.logged], lang
    )  # fmt: skip
    return (
        one.short or one.file, found.get("number", "–"), found.get("name", "–"),
        _say(answers[verdict.is_genuine], lang), logged,
        _say(f"short {verdict.standing}", lang) if verdict.genuine else "–",
    )  # fmt: skip


def write_pdf(checked: Sequence[Checked], origins: Sequence[str], now: str, lang: Lang) -> bytes:
    """Return a report on certificates, as a PDF."""
    columns = (Column((_say("about", lang),), 34.0), Column((_say("found", lang),), 138.0))
    trusted = "，".join(origins) or _say("nobody", lang)
    several = len(checked) > 1
    each = [
        Table(
            f"{number}　{_drawable(one.file)}",
            columns,
            [((_drawable(label),), (_drawable(text),)) for label, text in lines(one, lang)],
        )
        for number, one in enumerate(checked, start=1)
    ]
    document = Document(
        title=_say("title", lang),
        subtitle=_say("under", lang),
        lines=(
            f"{_say('at', lang)}　{shown(now)}",
            f"{_say('trusted', lang)}　{trusted}",
            *([summary(checked)[lang == "zh"]] if several else ()),
        ),
        tables=(*([_overview(checked, lang)] if several else ()), *each),
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


def _records(count: int, lang: Lang) -> str:
    if lang == "zh":
        return f"{count} 条"
    return counted(count, "record of service", "records of service")


def _time(minutes: int, lang: Lang) -> str:
    return hours_and_minutes(minutes) if lang == "zh" else f"{minutes // 60} h {minutes % 60} min"


def _drawable(text: str) -> str:
    """Return a text that can be drawn: a report of a hostile file is to come out, not to fail."""
    from certificates.typeface import installed

    at_hand = installed.at_hand()
    return "".join(
        each if at_hand.of(each) else f"[U+{ord(each):04X}]" for each in normalize("NFC", text)
    )
