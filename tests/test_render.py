"""The page: what it must say, that others can read it, and that it never draws a blank."""

import contextlib
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import pdf, text
from certificates.claim import CLASSES, Claim, Line, totals
from certificates.page import closing
from certificates.page.closing import Closing
from certificates.page.ink import Ink
from certificates.page.layout import fit, wrap
from certificates.page.look import Look
from certificates.page.ornament import Letters, Shape
from certificates.page.pen import MM, Pen, Point
from certificates.page.tags import Element
from certificates.render import render
from certificates.seal import holders, pades
from certificates.typeface import installed
from certificates.typeface.face import Face
from certificates.typeface.faces import Faces
from certificates.wording import words as wording
from ledger.errors import LedgerError, Malformed, Rejected
from ledger.times import hours_and_minutes

IDENTIFIER = bytes(range(16))
# Each of these is above U+FFFF, in extension A, or both rare and in real use as a name.
RARE = ("李𫖯", "陈𬭎", "赵䶮", "张㛃", "孙㼆", "周𪨶", "马𠅤", "朱𬍛")
LONG = (
    "阿卜杜热合曼·买买提依明·阿不都克里木·吾斯曼江·艾合买提江·托合提尼亚孜·努尔艾合买提·哈力克江尔"
)
LINE = Line(
    date="2026-03-02",
    activity="社区长者数字课堂",
    place="梧桐街道文化站",
    content="讲解与秩序维护",
    organiser="示例县科普志愿服务队",
    leader="王建国",
    minutes=180,
    class_="A",
)


def lines(count: int) -> tuple[Line, ...]:
    return tuple(
        replace(LINE, date=f"2026-03-{i % 28 + 1:02d}", minutes=150 + i, class_=CLASSES[i % 4])
        for i in range(count)
    )


def claim(rows: tuple[Line, ...] = (LINE,) * 6, **changes: object) -> Claim:
    made = Claim(
        number="429900-T01-2026-000123-57",
        name="欧阳𬭎䶮",
        document="居民身份证 4299**********1234",
        volunteer="4299000012",
        first="2026-03-01",
        last="2026-08-31",
        lines=rows,
        minutes=sum(line.minutes for line in rows),
        by_class=totals(rows),
        issuer_name="示例县科普志愿服务总队",
        issuer_code="53429900MJH000001X",
        manager="",
        responsible="周敏",
        handler="林挈",
        telephone="0700-1234 5678",
        issued="2026-09-01",
        verify_url="https://verify.example.org/c",
        origin="example.org/log-1a2b3c4d",
        specimen=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def words(made: Claim) -> str:
    return text.squeezed(text.page_text(render(made, identifier=IDENTIFIER)))


@cache
def shipped() -> Faces:
    """Return the shipped face alone, whatever else this computer has."""
    _, face = next(installed.each())
    assert isinstance(face, Face)
    return Faces([face])


@cache
def plain() -> bytes:
    return render(claim(), identifier=IDENTIFIER)


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def others_words(page: bytes, folder: Path, *options: str) -> str:
    path = folder / "证明.pdf"
    path.write_bytes(page)
    run = subprocess.run(
        [tool("pdftotext"), "-enc", "UTF-8", *options, path, "-"], capture_output=True, check=True
    )
    return text.squeezed(run.stdout.decode())


# What it says


@pytest.mark.parametrize(
    "due",
    [
        "志愿服务记录证明",
        "429900-T01-2026-000123-57",
        "欧阳𬭎䶮",
        "居民身份证4299**********1234",
        "志愿者编号4299000012",
        "于2026年3月1日至2026年8月31日期间",
        "2026-03-02社区长者数字课堂讲解与秩序维护梧桐街道文化站示例县科普志愿服务队王建国3小时0分钟A",
        "合计（6条）18小时0分钟",
        "A级18小时0分钟B级0小时0分钟C级0小时0分钟L级0小时0分钟",
        "出具单位示例县科普志愿服务总队",
        "统一社会信用代码53429900MJH000001X",
        "负责人（签字）周敏",
        "经办人（签字）林挈",
        "联系电话0700-12345678",
        "出具日期2026年9月1日",
        "盖章处",
        "https://verify.example.org/c",
        "证据等级：A本人当场签到",
        "民政部令第67号",
        "第1页/共1页",
    ],
)
def test_the_page_says(due: str) -> None:
    assert due in text.squeezed(text.page_text(plain()))


def test_a_team_without_a_code_names_its_managing_unit() -> None:
    said = words(claim(issuer_code="", manager="示例县科学技术协会"))
    assert "管理单位示例县科学技术协会" in said
    assert "信用代码" not in said


def test_without_an_address_number_and_log_are_given() -> None:
    made = claim(verify_url="")
    assert made.lookup == "429900-T01-2026-000123-57 example.org/log-1a2b3c4d"
    assert "example.org/log-1a2b3c4d" in words(made)


@pytest.mark.parametrize("end", ["", "/", "?n=", "#"])
def test_the_address_leads_to_the_number(end: str) -> None:
    found = claim(verify_url=f"https://e.org/v{end}").lookup
    assert found == f"https://e.org/v{end or '/'}429900-T01-2026-000123-57"


def test_a_claim_cannot_contradict_itself() -> None:
    with pytest.raises(ValueError, match="not the sums"):
        claim(minutes=1)
    with pytest.raises(ValueError, match="not the sums"):
        claim(by_class={"A": 0, "B": 1080, "C": 0, "L": 0})


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0小时0分钟"), (1080, "18小时0分钟"), (61, "1小时1分钟")]
)
def test_minutes_are_never_rounded(minutes: int, said: str) -> None:
    assert hours_and_minutes(minutes) == said


def test_only_a_specimen_says_so_and_on_every_page() -> None:
    page = render(claim(lines(40), specimen=True), identifier=IDENTIFIER)
    said = text.squeezed(text.page_text(page))
    count = int(re.findall("共([0-9]+)页", said)[0])
    assert count > 1
    assert said.count("样本SPECIMEN") == count
    assert said.count("不证明任何服务") == count
    assert "SPECIMEN" not in words(claim())


def test_pages_are_numbered_and_sums_carried() -> None:
    rows = lines(60)
    said = words(claim(rows))
    pages = [tuple(map(int, pair)) for pair in re.findall("第([0-9]+)页/共([0-9]+)页", said)]
    assert pages == [(n, len(pages)) for n in range(1, len(pages) + 1)]
    assert said.count("服务日期") == len(pages)
    carried = re.findall(
        "过次页·本页小计([0-9]+)小时([0-9]+)分钟，累计([0-9]+小时[0-9]+分钟)", said
    )
    sums = [int(hours) * 60 + int(minutes) for hours, minutes, _ in carried]
    expected = [hours_and_minutes(sum(sums[: n + 1])) for n in range(len(sums))]
    assert [total for _, _, total in carried] == expected
    assert re.findall("承前页·累计([0-9]+小时[0-9]+分钟)", said) == expected
    assert f"合计（60条）{hours_and_minutes(sum(row.minutes for row in rows))}" in said
    assert said.count("社区长者数字课堂") == 60


def test_long_texts_are_broken_and_never_cut() -> None:
    activity = "".join(chr(0x4E00 + i) for i in range(1000))  # every character another one
    rows = (replace(LINE, activity=activity, content=activity[:300], place="地" * 120), LINE)
    issuer = "".join(chr(0x5000 + i) for i in range(100))
    assert len(LONG) == 50
    said = words(claim(rows, name=LONG, issuer_name=issuer, handler=LONG))
    assert LONG in said
    assert issuer in said
    # Rows that go on over a page are interrupted by foot and head: in order, if not in one piece.
    assert re.search("".join(f"{c}(?s:.*?)" for c in activity[::25]), said)
    assert set(activity) <= set(said)


def test_a_name_without_any_room_is_refused_not_cut() -> None:
    with pytest.raises(Rejected, match="no room") as refusal:
        render(claim(issuer_name="长" * 1000), identifier=IDENTIFIER)
    assert refusal.value.code == "certificate.too_long"
    with pytest.raises(Rejected, match="QR code"):
        render(claim(verify_url="https://e.org/" + "x" * 3000), identifier=IDENTIFIER)


# Characters


@pytest.mark.parametrize("name", RARE)
def test_rare_names_are_drawn_and_read_back(name: str, tmp_path: Path) -> None:
    page = render(claim(name=name), identifier=IDENTIFIER)
    assert name in text.squeezed(text.page_text(page))
    assert name in others_words(page, tmp_path)


def test_pypdf_reads_rare_names_too(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    path = tmp_path / "page.pdf"
    path.write_bytes(render(claim(name="李𫖯"), identifier=IDENTIFIER))
    said = text.squeezed(pypdf.PdfReader(path).pages[0].extract_text())
    assert "李𫖯" in said
    assert "18小时0分钟" in said


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"name": "李𡈼"}, "name", "U+2123C"),
        ({"name": "李\u200b四"}, "name", "U+200B"),
        ({"name": "李\n四"}, "name", "U+000A"),
        ({"telephone": "☎\ufe0f1"}, "telephone", "U+FE0F"),
        ({"handler": "\ue000"}, "handler", "U+E000"),
        ({"issuer_name": "\ud800"}, "issuer_name", "U+D800"),
    ],
)
def test_a_character_nobody_can_draw_is_an_error(
    change: dict[str, object], place: str, code: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        render(claim((LINE,), **change), identifier=IDENTIFIER, faces=shipped())
    assert refusal.value.code == "certificate.glyph"
    for words_said in (refusal.value.en, refusal.value.zh):
        assert place in words_said
        assert code in words_said
        assert ("`vledger fonts add" in words_said) == (code == "U+2123C")


def test_a_character_in_a_line_is_named_with_its_line() -> None:
    rows = (LINE, replace(LINE, leader="李𡈼"))
    with pytest.raises(Rejected, match=r"lines\[2\]\.leader"):
        render(claim(rows), identifier=IDENTIFIER, faces=shipped())


def test_texts_are_drawn_in_nfc() -> None:
    assert "José" in words(claim(name="Jose\u0301"))


@given(st.lists(st.characters(min_codepoint=0x3400, max_codepoint=0x2FA1F), max_size=20))
def test_whatever_is_drawn_is_read_back(characters: list[str]) -> None:
    activity = "服务" + "".join(characters)
    try:
        said = words(claim((replace(LINE, activity=activity),)))
    except Rejected as refusal:
        assert refusal.code == "certificate.glyph"  # noqa: PT017 - drawn or refused, no third way
    else:
        from unicodedata import normalize

        assert normalize("NFC", activity) in said


@pytest.mark.parametrize("count", [1, 6, 40])
def test_our_reader_and_poppler_agree(count: int, tmp_path: Path) -> None:
    page = render(claim(lines(count), specimen=True), identifier=IDENTIFIER)
    ours = text.squeezed(text.page_text(page))
    assert others_words(page, tmp_path, "-raw") == ours
    assert Counter(others_words(page, tmp_path)) == Counter(ours)


# The file


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert render(claim(), identifier=IDENTIFIER) == plain()
    assert render(claim(), identifier=bytes(16)) != plain()
    assert plain().count(IDENTIFIER.hex().encode()) == 2


def test_an_identifier_of_another_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        render(claim(), identifier=b"short")


def test_catalog_form_and_field_are_three_objects_and_nothing_acts() -> None:
    file = pdf.read(plain())
    assert b"/AcroForm 2 0 R" in file[pdf.CATALOG]
    assert b"/Lang (zh-CN)" in file[pdf.CATALOG]
    assert file[pdf.FORM] == b"<< /Fields [3 0 R] >>"
    assert b"/FT /Sig" in file[pdf.FIELD]
    assert b"/V " not in file[pdf.FIELD]
    heads = b"\n".join(body.partition(b"\nstream\n")[0] for body in file.objects)
    assert heads.count(b"/FT ") == heads.count(b"/Subtype /Widget") == 1
    assert heads.count(b"/Annots") == 1
    heads = heads.replace(b"/S /Transparency", b"").replace(b"/Tabs /S", b"")
    heads = heads.replace(b"/S /GTS_PDFA1", b"")
    assert re.search(rb"/(?:JS|JavaScript|AA|A|OpenAction|URI|Launch|S)\b", heads) is None


def test_every_font_is_embedded_and_the_name_is_not_in_the_metadata() -> None:
    file = pdf.read(plain())
    fonts = [body for body in file.objects if b"/Subtype /CIDFontType2 " in body]
    assert fonts
    assert all(b"/BaseFont /" in font and b"+LXGWWenKai-Regular" in font for font in fonts)
    assert sum(b"/FontFile2 " in body for body in file.objects) == len(fonts)
    assert "志愿服务记录证明".encode("utf-16-be").hex().encode() in file[pdf.INFO]
    assert "欧阳".encode("utf-16-be").hex().encode() not in file[pdf.INFO]


def test_qpdf_finds_nothing_wrong(tmp_path: Path) -> None:
    for number, made in enumerate((claim(), claim(lines(40), specimen=True))):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(render(made, identifier=IDENTIFIER))
        subprocess.run([tool("qpdf"), "--check", path], check=True, capture_output=True)


def test_a_sealed_page_still_says_the_same_and_holds_for_pdfsig(tmp_path: Path) -> None:
    founded = "2026-01-01T00:00:00+08:00"
    authority = holders.found_authority("示例县", founded)
    sealer = holders.issue_seal_certificate(authority, "示例县", founded).sealer
    sealed = pades.seal(plain(), b"{}", sealer, signed_at="2026-09-01T10:00:00+08:00")
    assert others_words(sealed, tmp_path, "-raw") == text.squeezed(text.page_text(plain()))
    run = subprocess.run([tool("pdfsig"), tmp_path / "证明.pdf"], capture_output=True, check=False)
    assert b"Signature is Valid" in run.stdout
    assert b"Total document signed" in run.stdout


class Noting(Ink):
    """Notes the base lines of texts, with their sizes, and the heights of rules, in points."""

    def __init__(self) -> None:
        super().__init__(installed.at_hand())
        self.bases: list[tuple[float, float]] = []
        self.rules: list[float] = []

    def show(self, text: str, at: Point, letters: Letters) -> None:
        if text and at[0] > 55 * MM:  # beside the code, where people sign
            self.bases.append((at[1], letters.size))

    def shape(self, shape: Shape) -> None:
        heights = {y for _, y in shape.points}
        if len(heights) == 1:
            self.rules += heights


@pytest.mark.parametrize("manager", ["", "示例县科协"])
@pytest.mark.parametrize("length", [0, 3, 19, 23, 26, 30, 52, 80, 120, 200])
def test_no_rule_is_drawn_through_a_name(length: int, manager: str) -> None:
    """A line to sign on stands below the last line of a name and above the first of the next."""
    name, surface = "名" * length, Noting()
    made = claim(responsible=name, handler=name, manager=manager)
    Closing(wording(made, "zh"), made.lookup, Look(), Pen(surface), Element("Document")).draw(0.0)
    assert len(surface.rules) == 2
    struck = [
        (y, at)
        for y in surface.rules
        for at, em in surface.bases
        if at - 0.12 * em < y < at + 0.8 * em
    ]
    assert struck == []


def test_nothing_is_drawn_into_the_place_for_the_stamp(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(plain())
    left, top = (191 - closing.STAMP + 1) * 4, (297 - closing.BOTTOM - closing.STAMP + 1) * 4
    side = (closing.STAMP - 2) * 4  # at 101.6 dpi a millimetre has four pixels
    box = ["-x", str(int(left)), "-y", str(int(top)), "-W", str(int(side)), "-H", str(int(side))]
    run = subprocess.run(
        [tool("pdftoppm"), "-r", "101.6", "-gray", *box, path], capture_output=True, check=True
    )
    pixels = run.stdout.split(b"255\n", 1)[1]
    assert len(pixels) == int(side) ** 2
    assert min(pixels) > 200  # at most the pale lines of the ground


# The reader


def test_hostile_bytes_are_refused_as_malformed() -> None:
    file = pdf.read(plain())
    number = next(n for n, body in enumerate(file.objects) if b"/Type /Page " in body)
    found = re.search(rb"/Contents ([0-9]+) 0 R", file.objects[number])
    assert found is not None
    text_ = b"BT 0 0 0 rg 1 0 0 1 9.00 9.00 Tm /F1 9.00 Tf <%s> Tj ET"
    part = b"/P <</MCID 0>> BDC %s EMC"

    def said(content: bytes) -> str:
        objects = list(file.objects)
        objects[int(found[1]) - 1] = pdf.deflated(b"", content)
        return text.page_text(bytes(pdf.File(tuple(objects), file.packed, file.identifier)))

    assert len(said(part % (text_ % b"0001"))) == 1
    assert len(said(part % (text_ % b"0001") + b"\n/Artifact BMC EMC")) == 2
    former = (part % (text_ % b"0001")).replace(b"BDC ", b"BDC\n").replace(b" EMC", b"\nEMC")
    assert said(former) == said(part % (text_ % b"0001"))
    for content in (
        b"",
        part % b"(\\001) Tj",
        text_ % b"0001",  # of no part
        part % (text_ % b"FFFF"),  # no such character
        part % (text_ % b"000"),
        part % (text_.replace(b"F1", b"F9") % b"0001"),
        part[:-4] % (text_ % b"0001"),  # no end
        part % (part % (text_ % b"0001")),
        part % (text_ % b"0001") + b" EMC",
        part % (text_ % b"0001") + b"\n",
        b"EMC",
        b"/Artifact BMC BI /W 1 ID x EI EMC",
        b"/Artifact BMC BT (unfinished Tj ET EMC",
        b"/Dress Do",
        part % (b"0 0 0 rg 1 1 m 2 2 l f " * 100_000),  # one space too many, after a long line
    ):
        with pytest.raises(Malformed):
            said(content)


@given(st.integers(0, 10**9), st.integers(1, 255))
def test_changed_bytes_never_crash_the_reader(place: int, change: int) -> None:
    data = bytearray(plain())
    data[place % len(data)] ^= change
    with contextlib.suppress(LedgerError):
        assert isinstance(text.page_text(bytes(data)), str)


def test_words_hidden_in_a_drawing_are_refused() -> None:
    file = pdf.read(plain())
    for said in (b"BT /F1 9 Tf <0001> Tj ET", b"/Other Do"):
        hidden = pdf.deflated(b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]", said)
        objects = tuple(
            hidden if b"/Subtype /Form" in body and b"/Filter" in body else body
            for body in file.objects
        )
        with pytest.raises(Malformed, match="hidden"):
            text.page_text(bytes(pdf.File(objects, file.packed, file.identifier)))


def test_a_decompression_bomb_is_refused() -> None:
    file = pdf.read(plain())
    bomb = tuple(
        pdf.deflated(b"", bytes(pdf.LIMIT + 1)) if b"\nstream\n" in body else body
        for body in file.objects
    )
    with pytest.raises(Malformed):
        text.page_text(bytes(pdf.File(bomb, file.packed, file.identifier)))


def test_reading_and_checking_load_neither_drawing_nor_signing_libraries() -> None:
    code = (
        "import sys, certificates.text, certificates.envelope, certificates.seal.pades\n"
        "bad = {'reportlab', 'pyhanko', 'asn1crypto', 'zxingcpp'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    root = Path(__file__).resolve().parents[1]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()


# Layout


@given(st.text(st.sampled_from("志愿，。ab 12（）"), max_size=60), st.integers(2, 20))
def test_broken_lines_have_room_and_lose_nothing(words_given: str, width: int) -> None:
    broken = wrap(words_given, width, 1, counted)
    assert "".join("".join(broken).split()) == "".join(words_given.split())
    assert all(len(line) <= width for line in broken)


def test_a_closing_mark_never_begins_a_line() -> None:
    assert wrap("志愿者，服务。", 3, 1, counted) == ("志愿", "者，服", "务。")


def test_an_amount_stays_whole_and_an_address_breaks_at_its_marks() -> None:
    assert wrap("合计22小时0分钟", 8, 1, counted) == ("合计", "22小时0分钟")
    assert wrap("https://kx.example.cn/verify", 12, 1, counted) == (
        "https://kx.",
        "example.cn/",
        "verify",
    )


def test_fit_takes_the_first_size_with_room() -> None:
    assert fit("四个字呢", 8, ((4, 1), (2, 1)), counted) == (2, ("四个字呢",))
    assert fit("四个字呢", 8, ((4, 2), (2, 1)), counted) == (4, ("四个", "字呢"))


def counted(part: str, size: float) -> float:
    """Measure as if every character were as wide as its size."""
    return len(part) * size
