"""What a certificate says, word for word and in reading order, in Chinese, in English or in both.

One source for who draws and for who verifies: the page is drawn from these words, and its words are
held against these, so nothing stands on a page that this file does not say. Where it stands is a
design's business. A word changed here is a word that older pages do not have: it needs a form of its
own beside this one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from certificates.claim import CLASSES, Claim
from certificates.sentences import certifies, day_in, document_in, english, total
from ledger.times import hours_and_minutes

Language = Literal["zh", "en", "both"]
LANGUAGES: tuple[Language, ...] = ("zh", "en", "both")
_ORDER = ("zh-CN", "en")  # of the pairs below
TONGUES: Mapping[Language, tuple[str, ...]] = {
    "zh": ("zh-CN",), "en": ("en",), "both": ("zh-CN", "en"),
}  # fmt: skip
ANY = "\ufffc"  # stands for what nothing proves, where words are only compared

Phrase = tuple[str, ...]  # the same in each tongue of the page
Cell = tuple[str, ...]  # what stands in one cell, one below the other
Block = tuple[str, str]  # what a piece of the page is, and what it says
_Said = Callable[[tuple[str, str]], Phrase]

_TITLE = ("志愿服务记录证明", "Certificate of Volunteer Service")
_UNDER = ("CERTIFICATE OF VOLUNTEER SERVICE", "志愿服务记录证明")
_CONTINUED = ("志愿服务记录证明（续）", "Certificate of Volunteer Service (continued)")
_NUMBER = ("证明编号", "Certificate No.")
_VOLUNTEER = ("志愿者编号", "Volunteer No.")
_STAR = ("星级", "Stars")
_SERVICE = (
    ("服务日期", "Date"), ("服务项目与内容", "Activity and content"), ("服务地点", "Place"),
    ("组织单位 · 负责人", "Organiser · leader"), ("服务时长", "Time"), ("证据", "Class"),
)  # fmt: skip
_TRAINING = (
    ("培训日期", "Date"), ("培训内容", "Training"), ("主办单位", "Host"), ("学习时长", "Time"),
)  # fmt: skip
_HONOURS = (("授予日期", "Date"), ("荣誉", "Honour"), ("授予单位", "Granted by"))
_TRAINED = ("培训合计（不计入服务时长）", "Training in total (not part of the service)")
_EVIDENCE = (
    (
        "证据等级：A 本人当场签到、签退；B 负责人当日名单；C 事后补记，附理由并经第二人确认；"
        "L 由旧系统迁入。合计不取整。"
    ),
    (
        "Classes of evidence: A, own sign-in and sign-out at the time; B, the leader's list of the day; "
        "C, recorded later, with a reason and a second person's consent; L, from an older system. "
        "Sums are not rounded."
    ),
)
_ON_WORD = (
    "此数由管理员签署、审计复算，不逐条列明",
    "These figures are the operator's word, recomputed by audits, and not itemised",
)
_LAW = (
    "依据《志愿服务条例》第十九条、《志愿服务记录与证明出具办法（试行）》（民政部令第67号）无偿出具。",
    (
        "Issued free of charge under Article 19 of the Regulations on Volunteer Service and Order No. 67 "
        "of the Ministry of Civil Affairs."
    ),
)
_OFFLINE = (
    "电子文件带有数字签名与账本证明，持可信公钥即可离线查验；打印件以电子文件的查验结果为准。",
    (
        "The file carries a digital signature and a proof from the ledger: it checks offline with a public "
        "key. A print is worth what its file is worth."
    ),
)
_BLANK = ("（以下空白）", "(nothing follows)")
_STAMP = ("盖章处", "Seal")
_SPECIMEN = "样本：本页出自模拟账本，不证明任何服务　SPECIMEN: simulated, proves nothing"
ACROSS = "样本 SPECIMEN"  # across a page that proves nothing
_PARTICULARS = (
    ("出具单位", "Issued by"), ("统一社会信用代码", "Unified social credit code"),
    ("管理单位", "Managing unit"), ("负责人（签字）", "In charge (signature)"),
    ("经办人（签字）", "Handled by (signature)"), ("联系电话", "Telephone"),
    ("出具日期", "Date of issue"), ("替代原证明", "In place of"),
)  # fmt: skip
_ALWAYS = ("负责人（签字）", "经办人（签字）", "联系电话")  # printed though nothing was given
ADDRESSED = ("扫码查验", "Scan to check")  # before an address, if the association has one
CLAIMED = ("本码含签名，可离线核验", "Signed: this code checks offline")  # where it holds a claim
_CHECK = "vledger certificate verify --scan"


_UNPROVED = (  # labels of what nothing proves
    *_PARTICULARS, ADDRESSED, CLAIMED, ("组织单位", "Organiser"), ("负责人", "leader"),
)  # fmt: skip


def label_in(label: str, lang: Literal["zh", "en"]) -> str:
    """Return a label of a page, in whichever tongue it was printed, in the reader's."""
    bare = label.removesuffix(_CHECK).strip()
    for pair in _UNPROVED:
        if bare in (*pair, " ".join(pair), "　".join(pair)):
            return pair[lang == "en"]
    return label


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what stands above its columns, its rows, and what they add up to, if anything."""

    headings: tuple[Phrase, ...]
    rows: tuple[tuple[Cell, ...], ...]
    minutes: tuple[int, ...]  # of each row
    total: Phrase = ()

    def blocks(self) -> Iterator[Block]:
        """Give the words of the table, cell by cell."""
        yield from (("TH", "".join(heading)) for heading in self.headings)
        for row in self.rows:
            for cell in row:
                yield "TD", cell[0]
                yield from (("Span", text) for text in cell[1:])
        yield from (("P", text) for text in self.total)


class Particular(NamedTuple):
    """A fact of the issuer: what it is, its value, and whether somebody signs beside it."""

    label: Phrase
    value: str
    signed: bool


@dataclass(frozen=True, slots=True)
class Words:
    """All words of a certificate, in reading order."""

    tongues: tuple[str, ...]
    title: Phrase
    under: str
    number: Phrase
    name: str
    identity: Phrase
    sentence: Phrase
    service: Table
    total: tuple[Phrase, str]
    classes: tuple[str, ...]
    evidence: Phrase
    training: Table | None
    honours: Table | None
    lookup: str
    particulars: tuple[Particular, ...]
    stamp: Phrase
    law: Phrase
    offline: Phrase
    continued: Phrase
    specimen: str  # "" on a page that is none
    blank: Phrase

    def carried(self, page: int, all_: int) -> tuple[str, str]:
        """Return what stands below the last row of a page, and above the first of the next."""
        sums = (_long(page, self.tongues), _long(all_, self.tongues))
        if self.tongues == ("en",):
            return (f"carried over: {sums[0]} on this page, {sums[1]} so far",
                    f"brought forward: {sums[1]}")  # fmt: skip
        return (f"过次页 · 本页小计 {sums[0]}，累计 {sums[1]}", f"承前页 · 累计 {sums[1]}")

    def blocks(self) -> Iterator[Block]:
        """Give the words piece by piece, each with its tag, as they are read."""
        yield "H1", self.title[0]
        for text in (self.under, *self.number, self.name, *self.identity, *self.sentence):
            yield "P", text
        yield from self.service.blocks()
        for text in (*self.total[0], self.total[1], *self.classes, *self.evidence):
            yield "P", text
        for table in filter(None, (self.training, self.honours)):
            yield from table.blocks()
        yield "P", self.lookup
        for each in self.particulars:
            yield from (("P", text) for text in (*each.label, each.value))
        for text in (*self.stamp, *self.law, *self.offline):
            yield "P", text

    def repeated(self) -> Iterator[str]:
        """Give what may stand outside the flow: behind a page, at its head and its foot."""
        if self.specimen:
            yield from (ACROSS, self.specimen)
        yield from (self.continued[0], self.name, self.number[0], self.blank[0])
        yield from (*self.law, *self.offline)
        for table in filter(None, (self.service, self.training, self.honours)):
            yield from ("".join(heading) for heading in table.headings)

    def page(self, number: int, count: int) -> str:
        """Return what stands at the foot of every page."""
        zh, en = f"第 {number} 页 / 共 {count} 页", f"page {number} of {count}"
        words = {"zh-CN": zh, "en": en}
        return f"{self.number[0]}　{'　'.join(words[each] for each in self.tongues)}"


def words(claim: Claim, language: Language, *, former: bool = False) -> Words:
    """Return what the certificate of a claim says; `former`: in the words of the first pages.

    Those said "1 records" and "from 2 March to 2 March", and in English called every document an ID.
    """
    tongues = TONGUES[language]

    def said(phrase: tuple[str, str]) -> Phrase:
        return _in(phrase, tongues)

    def time(minutes: int) -> str:
        return _long(minutes, tongues)

    def row(minutes: int) -> Cell:
        return _short(minutes, tongues)

    title = said(_TITLE)
    return Words(
        tongues=tongues,
        title=title[:1],
        under=_UNDER[language == "en"],
        number=(f"{'　'.join(said(_NUMBER))}　{claim.number}",),
        name=claim.name,
        identity=(_identity(claim, said, tongues[0], former=former),),
        sentence=tuple(certifies(claim, each, former=former) for each in tongues),
        service=Table(
            tuple(map(said, _SERVICE)),
            (
                *_brought(claim, said, row),
                *(
                    ((each.date,), (each.activity, each.content), (each.place,),
                     (each.organiser, each.leader), row(each.minutes), (each.class_,))
                    for each in claim.lines
                ),
            ),
            (
                *((claim.brought.minutes,) if claim.brought else ()),
                *(each.minutes for each in claim.lines),
            ),
        ),
        total=(said(total(claim, former=former)), time(claim.minutes)),
        classes=tuple(
            f"{' '.join(said((f'{c} 级', f'Class {c}')))}　{row(claim.by_class[c])[0]}" for c in CLASSES
        ),
        evidence=said(_EVIDENCE),
        training=Table(
            tuple(map(said, _TRAINING)),
            tuple(((e.date,), (e.course,), (e.host,), row(e.minutes)) for e in claim.training),
            tuple(each.minutes for each in claim.training),
            (*said(_TRAINED), time(sum(each.minutes for each in claim.training))),
        ) if claim.training else None,
        honours=Table(
            tuple(map(said, _HONOURS)),
            tuple(((each.date,), (each.title,), (each.grantor,)) for each in claim.honours),
            (0,) * len(claim.honours),
        ) if claim.honours else None,
        lookup=_lookup(claim, said),
        particulars=tuple(_particulars(claim, said, tongues)),
        stamp=said(_STAMP),
        law=said(_LAW),
        offline=said(_OFFLINE),
        continued=said(_CONTINUED)[:1],
        specimen=_SPECIMEN if claim.specimen else "",
        blank=("　".join(said(_BLANK)),),
    )  # fmt: skip


def _brought(claim: Claim, said: _Said, row: Callable[[int], Cell]) -> tuple[tuple[Cell, ...], ...]:
    """Return the row of what a closing holds, and whose word that is; none where nothing is carried."""
    found = claim.brought
    if found is None:
        return ()
    parts = {c: m for c, m in found.by_class.items() if m}
    zh = "，".join(f"{c} 级 {hours_and_minutes(m)}" for c, m in parts.items())
    en = ", ".join(f"class {c} {english(m)}" for c, m in parts.items())
    zh = f"据第 {found.entry} 条结账文书（账本前 {found.size} 条）：{zh or '无'}。{_ON_WORD[0]}"
    en = f"by the closing at entry {found.entry} ({found.size} entries): {en or 'none'}. {_ON_WORD[1]}"
    return (
        (
            (found.as_of[:10],),
            (*said(("此前结转", "Brought forward")), *said((zh, en))),
            said(("见结账", "see the closing")),
            (claim.issuer_name, *said(("管理员结账", "closed by the operator"))),
            row(found.minutes),
            said(("结转", "sum")),
        ),
    )


@lru_cache(maxsize=1024)
def _in(phrase: tuple[str, str], tongues: tuple[str, ...]) -> Phrase:
    return tuple(phrase[_ORDER.index(each)] for each in tongues)


@lru_cache(maxsize=4096)
def _long(minutes: int, tongues: tuple[str, ...]) -> str:
    """Write a sum: as `18小时0分钟` whatever the language, which verification looks for."""
    zh = hours_and_minutes(minutes)
    return zh if "en" not in tongues else f"{zh} ({english(minutes)})"


@lru_cache(maxsize=4096)  # an hour and a half comes again and again
def _short(minutes: int, tongues: tuple[str, ...]) -> Cell:
    return _in((hours_and_minutes(minutes), english(minutes)), tongues)


def _identity(claim: Claim, said: _Said, tongue: str, *, former: bool) -> str:
    """Return who it is: the document, the number, the stars."""
    parts = (
        document_in(claim.document, tongue, former=former),
        f"{' '.join(said(_VOLUNTEER))} {claim.volunteer}",
        f"{' '.join(said(_STAR))} {claim.star}" if claim.star else "",
    )
    return "　　".join(filter(None, parts))


def _lookup(claim: Claim, said: _Said) -> str:
    if claim.paper:
        return "　".join(filter(None, (*said(CLAIMED), _CHECK, claim.verify_url)))
    if claim.verify_url:
        return f"{'　'.join(said(ADDRESSED))}　{claim.verify_url}"
    return f"{'　'.join(said(('证明编号与账本', 'Number and ledger')))}　{claim.origin}"


def _particulars(claim: Claim, said: _Said, tongues: tuple[str, ...]) -> Iterator[Particular]:
    values = (
        claim.issuer_name, claim.issuer_code, claim.manager, claim.responsible, claim.handler,
        claim.telephone, "　".join(day_in(claim.issued, each) for each in tongues),
        claim.replaces,
    )  # fmt: skip
    for label, value in zip(_PARTICULARS, values, strict=True):
        if value or label[0] in _ALWAYS:
            yield Particular(said(label), value, "签字" in label[0])
