"""Where words break, and that to whoever extracts them they are as whole as before."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import pdf, printed, text
from certificates.claim import Line
from certificates.page import design
from certificates.page.layout import balanced, wrap
from certificates.page.look import Look
from certificates.render import render
from certificates.wording import LANGUAGES, Language
from ledger.errors import Malformed
from tests.test_printed import pages, proved
from tests.test_render import IDENTIFIER, LINE, claim, tool

LONG = replace(
    LINE,
    activity="“乡村振兴·科技惠农”小麦赤霉病防治与春季田间管理现场技术指导（第1期）",
    place="示例县第三初级中学新校区综合实验楼二层报告厅",
    organiser="示例县乡村振兴与农业技术推广科技志愿服务第二分队（农技站）",
)
TEAM = "示例县科技志愿服务第1分队"


def extracted(page: bytes, folder: Path, *options: str) -> list[str]:
    path = folder / "证明.pdf"
    path.write_bytes(page)
    run = [tool("pdftotext"), "-enc", "UTF-8", *options, str(path), "-"]
    return subprocess.run(run, check=True, capture_output=True).stdout.decode().splitlines()


@pytest.mark.parametrize("name", design.shipped())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cell_is_one_line_of_text_however_it_is_broken(
    language: Language, name: str, tmp_path: Path
) -> None:
    rows = tuple(replace(LONG, date=f"2026-03-{n:02d}") for n in range(2, 8))
    look = Look(design.shipped_one(name), language)
    page = render(claim(rows, specimen=True), identifier=IDENTIFIER, look=look)
    raw, laid = extracted(page, tmp_path, "-raw"), extracted(page, tmp_path, "-layout")
    table = "\n".join(raw)
    for row in rows:
        said = (
            f"{row.date} {row.activity}\n{row.content}\n{row.place} {row.organiser}\n{row.leader}\n"
        )
        assert said in table
        (line,) = [one for one in laid if row.date in one]
        assert line.split()[:4] == [row.date, row.activity, row.place, row.organiser]
    assert raw.count("样本 SPECIMEN") == table.count("样本 SPECIMEN")  # whole, on each page


def test_a_row_that_goes_on_over_pages_says_what_stands_on_each() -> None:
    made = claim((replace(LINE, content="讲解与秩序维护，" * 120),))
    printed.compare(pages(made), proved(made))


def test_a_name_and_an_address_that_are_broken_stay_whole(tmp_path: Path) -> None:
    name = "阿不都热西提·买买提依明·吐尔逊江·阿布都克里木·艾则孜"
    made = claim(name=name, verify_url="https://verify.volunteer-service.example.org/certificates/")
    raw = extracted(render(made, identifier=IDENTIFIER), tmp_path, "-raw")
    assert name in raw
    assert any(line.endswith(made.verify_url) for line in raw)


def test_what_is_said_beside_must_be_what_is_shown() -> None:
    file = pdf.read(render(claim((LONG,)), identifier=IDENTIFIER))
    number = next(n for n, body in enumerate(file.objects) if b"/Type /Page " in body)
    found = re.search(rb"/Contents ([0-9]+) 0 R", file.objects[number])
    assert found
    place = int(found[1]) - 1
    content = pdf.content(file.objects[place])
    beside = re.search(rb" /Span <</ActualText <FEFF([0-9A-F]+)>>> BDC", content)
    assert beside
    for before, after in (
        (beside[1], beside[1][:-4]),  # less
        (beside[1], beside[1] + b"4E00"),  # more
        (beside[1], b"4E00" * (len(beside[1]) // 4)),  # something else
        (beside[1], b""),
        (beside[1], b"D800" + beside[1][4:]),  # half a character
        (beside[1], beside[1] + b"4e00"),  # another form
        (beside[0], b""),  # nothing begins
        (beside[0], beside[0] * 2),
        (b" EMC EMC", b" EMC"),  # it does not end
        (
            b" BMC /Dress Do EMC",
            b" BMC" + beside[0] + b" /Dress Do EMC EMC",
        ),  # of what says nothing
    ):
        changed = content.replace(before, after, 1)
        assert changed != content
        objects = list(file.objects)
        objects[place] = pdf.deflated(b"", changed)
        with pytest.raises(Malformed):
            text.page_text(bytes(pdf.File(tuple(objects), file.packed, file.identifier)))


def wide(said: str, size: float) -> float:
    return sum(0.5 if each.isascii() else 1.0 for each in said) * size


@given(st.text(alphabet="服务第1期（）“”《》，。a", max_size=60), st.integers(6, 30))
def test_an_opening_mark_ends_no_line_and_a_closing_one_begins_none(said: str, width: int) -> None:
    lines = wrap(said, float(width), 1.0, wide)
    assert text.squeezed("".join(lines)) == text.squeezed(said)
    unbroken = re.findall(r"[（“《]*[^（“《][）”》，。]*", said)
    if all(wide(unit, 1.0) <= width for unit in unbroken):
        assert not [one for one in lines[:-1] if one[-1:] in ("（", "“", "《")]
        assert not [one for one in lines[1:] if one[:1] in ("）", "”", "》", "，", "。")]


def test_an_amount_of_time_stays_whole() -> None:
    said = "and amounts to 3小时0分钟 (3 h 0 min), as follows"
    for width in range(14, 50):
        lines = wrap(said, float(width), 1.0, lambda text, size: len(text) * size)
        assert any("(3 h 0 min)," in line for line in lines)
        assert any("3小时0分钟" in line for line in lines)


def test_labels_are_of_one_size() -> None:
    """Of the issuer's particulars, in each tongue: one longer than the others makes all smaller."""
    page = render(claim(), identifier=IDENTIFIER, look=Look(language="en"))
    file = pdf.read(page)
    (content,) = (
        pdf.content(each) for each in file.objects
        if b"/FlateDecode" in each and b"BDC" in pdf.content(each)
    )  # fmt: skip
    wide = {said: n for n, (_, said) in enumerate(text.pages(file)[0].pieces)}
    lines = content.split(b"\n")
    sizes = {
        re.findall(rb"Tm /F1 ([0-9.]+) Tf", lines[wide[label]])[0]
        for label in ("Issued by", "Unified social credit code", "Telephone")
    }
    assert len(sizes) == 1


def test_a_name_of_two_lines_is_broken_in_its_middle() -> None:
    def width(said: str) -> float:
        return wide(said, 1.0)

    assert balanced("王" * 30, ("王" * 28, "王" * 2), width) == ("王" * 15, "王" * 15)
    name = "阿不都热西提·买买提依明·吐尔逊江·艾则孜"
    broken = ("阿不都热西提·买买提依明·", "吐尔逊江·艾则孜")
    assert balanced(name, (name[:-2], name[-2:]), width) == broken
    name = "甲·" + "乙" * 20  # no room there
    assert balanced(name, (name[:14], name[14:]), width) == (name[:11], name[11:])


def test_columns_have_the_widths_that_save_lines() -> None:
    def broken(row: Line) -> bool:
        file = pdf.read(render(claim((row,) * 3), identifier=IDENTIFIER))
        return any(
            re.search(rb"/TD [^\n]*/ActualText", pdf.content(each))
            for each in file.objects
            if b"/FlateDecode" in each and b"\nstream\n" in each
        )

    row = replace(LINE, organiser=TEAM, activity="科普讲座进社区", place="科技馆")
    assert not broken(row)
    assert broken(replace(row, organiser=LONG.organiser))
