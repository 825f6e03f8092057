"""`vledger fonts`: where fonts are found and in what order, adding one, and checking a roster."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certificates.render import render
from certificates.typeface import installed
from ledger.errors import Rejected
from ledger.files import read_file, write_file
from ledger.sheets.cells import Cell
from tests.clerk import Clerk, run
from tests.sheets_files import xlsx
from tests.test_render import IDENTIFIER, LINE, claim
from tests.typefounder import cast, collection, fill, named

RARE = "𡈼"  # U+2123C: in HanaMinA, not in the shipped font


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a computer without fonts: an empty system, and a user without a folder."""
    monkeypatch.setattr(installed, "user_data_path", lambda *_, **__: tmp_path / "data")
    monkeypatch.setattr(installed, "_system_folders", lambda: (tmp_path / "system",))
    monkeypatch.delenv("VLEDGER_FONTS", raising=False)
    installed.at_hand.cache_clear()
    yield tmp_path
    installed.at_hand.cache_clear()


@pytest.fixture
def here(tmp_path: Path) -> Clerk:
    return Clerk(tmp_path / "clerk", now="")


def names(here: Clerk) -> list[str]:
    return [font["name"] for font in here("fonts", "list")["fonts"]]


# --- where they are found -------------------------------------------------------------------------


def test_the_order_is_shipped_named_own_then_the_systems_by_rarity(
    bare: Path, here: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one(name: str) -> bytes:
        return cast("李", name=name)

    fill(bare / "system" / "deep", [("HanaMinB.ttf", one("B")), ("DejaVuSans.ttf", one("DejaVu"))])
    fill(bare / "system", [("simsunb.ttf", one("SimSun")), ("HANAMINA.TTF", one("A"))])
    fill(bare / "data" / "fonts", [("z.ttf", one("Z")), ("notes.txt", b"no font")])
    first = fill(bare / "first", [("y.ttf", one("Y")), ("X.ttf", one("X"))])
    second = fill(bare / "second", [("a.ttc", collection(one("C1"), one("C2")))])
    monkeypatch.setenv("VLEDGER_FONTS", named(first, bare / "missing", second, first))
    assert names(here) == ["LXGWWenKai-Regular", "X", "Y", "C1", "C2", "Z", "A", "B", "SimSun"]


def test_a_page_is_drawn_with_the_systems_fonts_without_any_setting_up(bare: Path) -> None:
    made = claim((LINE,), name=f"李{RARE}")
    with pytest.raises(Rejected, match="2123C"):
        render(made, identifier=IDENTIFIER)
    fill(bare / "system", [("BabelStoneHan.ttf", cast(RARE, name="Babel"))])
    installed.at_hand.cache_clear()
    assert b"+Babel" in render(made, identifier=IDENTIFIER)


def test_a_page_without_rare_characters_opens_no_further_font(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def noted(file: Path, *, most: int) -> bytes:
        read.append(file)
        return read_file(file, most=most)

    monkeypatch.setattr(installed, "read_file", noted)
    fill(bare / "system", [(f"{name}.ttf", cast(RARE)) for name in ("HanaMinA", "HanaMinB")])
    render(claim((LINE,)), identifier=IDENTIFIER)
    assert read == []
    render(claim((LINE,), name=RARE), identifier=IDENTIFIER)
    assert read == [bare / "system" / "HanaMinA.ttf"]


def test_broken_fonts_are_passed_over_and_named(bare: Path, here: Clerk) -> None:
    bound = collection(cast("甲", name="Good"), cast("乙", usage=2))
    fill(
        bare / "system",
        [
            ("HanaMinA.ttf", cast(RARE)[:300]),
            ("HanaMinB.ttf", b"ttcf" + bytes(20)),
            ("simsun.ttc", bound),
            ("TW-Kai-98_1.otf", cast(RARE, postscript=True)),
            ("mingliub.ttc", cast(RARE, name="Last")),
        ],
    )
    (bare / "system" / "BabelStoneHan.ttf").symlink_to(bare / "nowhere.ttf")
    told = here("fonts", "list")
    assert [font["name"] for font in told["fonts"]][1:] == ["Good", "Last"]
    assert [(Path(each["file"]).name, each["code"]) for each in told["refused"]] == [
        ("HanaMinA.ttf", "font.unreadable"),
        ("HanaMinB.ttf", "font.unreadable"),
        ("BabelStoneHan.ttf", "file.unreadable"),
        ("TW-Kai-98_1.otf", "font.postscript"),
        ("simsun.ttc", "font.restricted"),
    ]
    assert b"+Last" in render(claim((LINE,), name=RARE), identifier=IDENTIFIER)
    assert "未使用：" in here.run("fonts", "list", lang="zh").stdout


def test_windows_keeps_fonts_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("WINDIR", "W")
    monkeypatch.setenv("LOCALAPPDATA", "L")
    assert installed._system_folders() == (Path("W/Fonts"), Path("L/Microsoft/Windows/Fonts"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert Path("/usr/share/fonts") in installed._system_folders()


def test_the_list_says_how_much_of_the_standard_is_drawn(bare: Path, here: Clerk) -> None:
    told = here("fonts", "list")
    assert told["gb18030"] == {"drawn": 22_367, "of": 87_887}
    assert told["folder"] == str(bare / "data" / "fonts")
    assert "fonts-hanazono" in here.run("fonts", "list").stdout
    fill(bare / "system", [("HanaMinA.ttf", cast(f"李{RARE}"))])
    assert here("fonts", "list")["gb18030"]["drawn"] == 22_368


# --- adding one -----------------------------------------------------------------------------------


def test_a_font_is_added_and_used(bare: Path, here: Clerk) -> None:
    file = fill(bare / "stick", [("宋体 B.TTF", cast(f"李{RARE}", name="Song"))]) / "宋体 B.TTF"
    told = here("fonts", "add", file)
    assert told == {
        "fonts": ["Song"],
        "gb18030": 2,
        "file": str(bare / "data" / "fonts" / "宋体 B.ttf"),
    }
    file.unlink()
    assert b"+Song" in render(claim((LINE,), name=RARE), identifier=IDENTIFIER)
    assert names(here) == ["LXGWWenKai-Regular", "Song"]


def test_a_collection_is_added_whole(bare: Path, here: Clerk) -> None:
    bound = collection(cast("甲", name="One"), cast(RARE, name="Two"))
    file = fill(bare / "stick", [("both.ttf", bound)]) / "both.ttf"
    assert here("fonts", "add", file)["file"].endswith("both.ttc")
    assert names(here)[1:] == ["One", "Two"]
    assert "已加装 One, Two" in here.run("fonts", "add", file, lang="zh").stdout


def test_what_cannot_be_used_is_not_copied(bare: Path, here: Clerk) -> None:
    flipped = bytearray(cast(RARE))
    flipped[-40] ^= 1  # within an outline: only the sum over the table tells
    files = {
        "font.unreadable": (b"no font", bytes(flipped), cast(RARE)[:-300], b"ttcf" + bytes(99)),
        "font.restricted": (cast(RARE, usage=2), collection(cast("甲"), cast("乙", usage=2))),
        "font.postscript": (cast(RARE, postscript=True),),
    }
    for code, every in files.items():
        for data in every:
            fill(bare / "stick", [("a.ttf", data)])
            assert here.refused("fonts", "add", bare / "stick" / "a.ttf") == code
    assert here.refused("fonts", "add", bare / "none.ttf") == "file.unreadable"
    assert not (bare / "data").exists()


def test_a_font_is_there_whole_or_not_at_all(
    bare: Path, here: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bare / "stick", [("a.ttf", cast(RARE))])
    (bare / "data").write_bytes(b"a file where the folder should be")
    assert here.refused("fonts", "add", bare / "stick" / "a.ttf") == "file.unwritable"
    monkeypatch.setattr(installed, "LARGEST", 100)
    assert here.refused("fonts", "add", bare / "stick" / "a.ttf") == "file.too_big"


# --- checking a roster ----------------------------------------------------------------------------


def check(here: Clerk, name: str, data: bytes, *words: str, code: int) -> Any:
    write_file(here.folder / name, data)
    return here("fonts", "check", here.folder / name, *words, code=code)


def found(told: Any) -> list[tuple[int, str, str, list[str]]]:
    return [
        (each["sheet_row"], each["column"], each["name"], [c["code"] for c in each["characters"]])
        for each in told["undrawable"]
    ]


def test_every_name_of_a_sheet_is_checked_at_once(here: Clerk) -> None:
    rows: list[list[Cell | None]] = [
        ["2026 年志愿者名册"],
        ["序号", "志愿者姓名", "手机号", "备注"],
        [1, f"李{RARE}", "13800000001", ""],
        [2, "张三", "13800000002", RARE],  # remarks are not printed
        [3, f"{RARE}·𠀀𠀁{RARE}", "13800000003", ""],
        [4, "赵\ue863", "13800000004", ""],
    ]
    told = check(here, "名册.xlsx", xlsx(rows), code=1)
    assert told["names"] == 4
    assert found(told) == [
        (3, "志愿者姓名", f"李{RARE}", ["U+2123C"]),
        (5, "志愿者姓名", f"{RARE}·𠀀𠀁{RARE}", ["U+2123C", "U+20000", "U+20001"]),
        (6, "志愿者姓名", "赵\ue863", ["U+E863"]),
    ]
    ran = here.run("fonts", "check", here.folder / "名册.xlsx", lang="zh")
    assert ran.exit_code == 1
    assert f"第3行 志愿者姓名：李{RARE}  无法显示 {RARE} U+2123C" in ran.stdout
    assert "vledger fonts add" in ran.stdout
    assert "自造字" in ran.stdout
    assert "共 4 个名字，其中 3 个无法显示" in ran.stdout


def test_a_sheet_is_read_as_the_kind_whose_headings_it_has(here: Clerk) -> None:
    rows = [
        ["活动编号", "活动名称", "开始时间", "地点", "负责人"],
        ["A1", "清河", "2026-03-01 9:00", f"{RARE}村", f"王{RARE}"],
    ]
    told = check(here, "活动.xlsx", xlsx(rows), code=1)
    assert [row[1] for row in found(told)] == ["地点", "负责人"]
    own = '[volunteers]\nname = ["阿姨"]'
    write_file(here.folder / "columns.toml", own.encode())
    data = f"阿姨,手机号\n{RARE},1\n".encode()
    told = check(here, "a.csv", data, "--columns", str(here.folder / "columns.toml"), code=1)
    assert found(told) == [(2, "阿姨", RARE, ["U+2123C"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_text_file_has_a_name_on_each_line(here: Clerk, encoding: str) -> None:
    data = f"张三\r\n\r\n李{RARE}\r\n阿卜杜·买买提\r\n".encode(encoding)
    told = check(here, "名单.txt", data, code=1)
    assert told["names"] == 3
    assert found(told) == [(3, "", f"李{RARE}", ["U+2123C"])]


def test_a_roster_without_problems_says_so(here: Clerk, bare: Path) -> None:
    assert check(here, "a.txt", "张三\nJose\u0301\n".encode(), code=0)["undrawable"] == []
    # What importing takes out or mends is no problem of a font.
    seen = check(here, "b.txt", "张\u200b三\n阿依古丽⋅买买提\n李\uff0e\n".encode(), code=0)
    assert (seen["names"], seen["undrawable"]) == (3, [])
    fill(bare / "system", [("HanaMinA.ttf", cast(RARE))])
    installed.at_hand.cache_clear()
    assert check(here, "a.txt", f"李{RARE}".encode(), code=0)["names"] == 1


def test_of_many_names_the_first_are_printed_and_all_are_data(here: Clerk) -> None:
    data = "\n".join(f"{n}{RARE}" for n in range(60)).encode()
    assert len(check(here, "a.txt", data, code=1)["undrawable"]) == 60
    said = here.run("fonts", "check", here.folder / "a.txt").stdout
    assert said.count("✗") == 50
    assert "10 more" in said


def test_what_is_no_roster_is_refused(here: Clerk) -> None:
    here.folder.mkdir()
    for code, data in {
        "sheet.no_headings": xlsx([["甲", "乙"], ["丙", "丁"]]),
        "sheet.wrong_type": b"%PDF-1.7",
        "sheet.empty": b" \n",
        "sheet.two_columns": xlsx([["姓名", "姓名"], ["丙", "丁"]]),
    }.items():
        write_file(here.folder / "a.xlsx", data)
        assert here.refused("fonts", "check", here.folder / "a.xlsx") == code
    assert run("fonts", "check").exit_code == 2
