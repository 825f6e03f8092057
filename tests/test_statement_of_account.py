"""Statements of account: what a person is given says why, on a screen, in a spreadsheet, on paper.

Holds certificates.statement and certificates.page.account.
"""

import json
from io import BytesIO
from pathlib import Path

import msgspec
import openpyxl
import pypdf
import pytest
from msgspec.structs import replace

from certificates.page.tables import Column
from certificates.statement import write_pdf
from ledger.desk.statement import Statement, statement, write_json, write_xlsx
from ledger.desk.trial import Group, Owed, _held, totals, trial
from ledger.desk.trial import write_xlsx as write_trial
from ledger.errors import Rejected
from ledger.records import Account
from tests.clerk import Clerk
from tests.databases import World, ready
from tests.economy import RICH, hold, open_account, plan, served, thrive
from tests.scene import VOLUNTEERS, line

pytest_plugins = ["tests.databases"]

NAME = "=1+1"  # a name that a spreadsheet would reckon
ASSOCIATION = "示例县科学技术协会"


@pytest.fixture
def world(file_url: str, tmp_path: Path) -> World:
    found = ready(file_url, tmp_path, RICH)
    thrive(found)
    return found


def of(world: World, number: str, lang: str = "zh") -> Statement:
    with world.db.reading() as view:
        return statement(
            view, number, name=NAME, now=world.now, lang="zh" if lang == "zh" else "en"
        )


@pytest.fixture
def long(world: World) -> Statement:
    """Give a statement of many pages."""
    found = of(world, "V2")
    lines = tuple(replace(found.lines[0], line=f"17:{n}") for n in range(120))
    postings = tuple(replace(found.postings[0], entry=n, balance=n) for n in range(150))
    return replace(found, name="欧阳𬭎䶮", lines=lines, postings=postings)


# --- what it says --------------------------------------------------------------------------------


def test_every_figure_of_a_statement_adds_up(world: World) -> None:
    for number in VOLUNTEERS:
        found = of(world, number)
        held = {(a.account, a.unit): a.balance for a in found.balances}
        posted: dict[tuple[str, str], int] = {}
        for one in found.postings:
            posted[one.account, one.unit] = posted.get((one.account, one.unit), 0) + one.amount
        assert held == posted
        for unit, each in (("point", "points"), ("credit", "credits")):
            earned = sum(
                p.amount for p in found.postings if p.unit == unit and p.other == "Equity:Issuance"
            )
            assert sum(getattr(one, each) for one in found.lines) == earned
        assert found.minutes == sum(one.minutes for one in found.lines if one.state == "confirmed")
        assert all(one.why for one in found.postings)
        assert all(one.why for one in found.lines)


def test_held_credits_cannot_be_spent_until_the_hold_runs_out(world: World) -> None:
    plan(world, "B1", "25")
    world.now = "2026-03-25T13:00:00+08:00"
    sheet = world.attend(line("V3", "25 09:00", "25 12:00"), to="B1")
    world.pass_notice(sheet)
    hold(world, "gift", "volunteer:V3", "volunteer:V2", 2, relation="child")
    (credit,) = [one for one in of(world, "V3").balances if one.unit == "credit"]
    assert (credit.balance, credit.held, credit.available) == (4, 2, 2)
    world.wait(days=31)
    (credit,) = [one for one in of(world, "V3").balances if one.unit == "credit"]
    assert (credit.balance, credit.held, credit.available) == (4, 0, 4)


def test_lines_that_do_not_count_are_shown_too(world: World) -> None:
    plan(world, "B1", "25")
    world.now = "2026-03-25T13:00:00+08:00"
    world.attend(line("V6", "25 09:00", "25 12:00"), to="B1")
    (only,) = of(world, "V6").lines
    assert (only.state, only.points, only.why) == ("recorded", 0, "")


def test_rules_that_give_nothing_are_named(file_url: str, tmp_path: Path) -> None:
    world = ready(file_url, tmp_path)
    served(world, "V1")
    (only,) = of(world, "V1").lines
    assert only.why == "规则第 1 条未设积分和时间储蓄"
    assert (
        of(world, "V1", "en").lines[0].why == "the rules of entry 1 give neither points nor credits"
    )


def test_json_says_it_all(world: World) -> None:
    found = json.loads(write_json(of(world, "V2")))
    assert found["number"] == "V2"
    assert found["lines"][0] | {"why": ""} == {
        "line": "17:2", "activity": "A1", "title": "活动A1", "start": "2026-03-03T09:00:00+08:00",
        "end": "2026-03-03T12:00:00+08:00", "minutes": 180, "class": "B", "state": "confirmed",
        "points": 3, "credits": 3, "why": "",
    }  # fmt: skip
    gift = next(one for one in found["postings"] if one["line"] == "23:1")
    assert gift == {
        "place": "26:1",
        "entry": 26, "recorded": "2026-03-11T13:00:00+08:00", "effective": "2026-03-11",
        "account": "Assets:Volunteers:V2", "other": "Assets:Volunteers:V1", "unit": "credit",
        "amount": 1, "balance": 4, "line": "23:1", "why": "赠与，V1 → V2（保留 23:1，规则第 1 条）",
    }  # fmt: skip
    assert found["rules"] == [{"entry": 1, "from": "2026-03-02", "title": "默认规则", "source": ""}]
    assert found["as_of"] == world.now


# --- the spreadsheet -----------------------------------------------------------------------------


def test_a_spreadsheet_has_three_pages_to_print(world: World) -> None:
    book = openpyxl.load_workbook(BytesIO(write_xlsx(of(world, "V2"))))
    assert book.sheetnames == ["余额", "服务记录", "收支明细"]
    for sheet in book.worksheets:
        assert sheet.page_setup.paperSize == 9
        assert sheet.print_title_rows
        assert sheet.oddFooter.center.text == "&P / &N"
    summary = [[cell.value for cell in row] for row in book["余额"].iter_rows()]
    assert ["时间储蓄", 2, 0, 2] in summary
    lines = [[cell.value for cell in row] for row in book["服务记录"].iter_rows()]
    assert lines[-1][:10] == [
        "17:2",
        "活动A1",
        "2026-03-03",
        "09:00",
        "12:00",
        "3小时0分钟",
        "B",
        "已确认",
        3,
        3,
    ]
    assert str(lines[-1][10]).startswith("180 分钟 × 1/小时")


def test_points_and_credits_have_columns_of_their_own(world: World) -> None:
    """A column of balances is of one unit, or nobody could read down it."""
    book = openpyxl.load_workbook(BytesIO(write_xlsx(of(world, "V2"))))
    rows = [[cell.value for cell in row] for row in book["收支明细"].iter_rows()]
    (heading,) = [row for row in rows if row[0] == "条目"]
    for row in rows[rows.index(heading) + 1 :]:
        figures = dict(zip(heading, row, strict=True))
        points = (figures["积分变动"], figures["积分余额"])
        credits_ = (figures["时间储蓄变动"], figures["时间储蓄余额"])
        filled = points if figures["项目"] == "积分" else credits_
        assert all(isinstance(one, int) for one in filled)
        assert {*points, *credits_} - {*filled} <= {None, ""}


def test_a_simulated_ledger_s_statement_is_marked(world: World) -> None:
    """Anybody can simulate a ledger in which he has served a thousand hours."""
    found = of(world, "V2")
    assert found.specimen
    book = openpyxl.load_workbook(BytesIO(write_xlsx(found)))
    for sheet in book.worksheets:
        assert any("样本" in str(cell.value) for row in sheet.iter_rows() for cell in row)
    assert "样本SPECIMEN" in "".join(pages(write_pdf(found, ASSOCIATION)))
    real = replace(found, specimen=False)
    assert "样本" not in "".join(pages(write_pdf(real, ASSOCIATION)))


def test_the_state_of_an_account_is_on_the_statement(world: World) -> None:
    open_account(world, "V2", "frozen")
    found = of(world, "V2")
    assert found.account == "frozen"
    assert "账户：已冻结，只能转入" in "".join(pages(write_pdf(found, ASSOCIATION)))
    book = openpyxl.load_workbook(BytesIO(write_xlsx(found)))
    cells = [cell.value for row in book["余额"].iter_rows() for cell in row]
    assert "已冻结，只能转入" in cells


def test_a_ruleset_that_gave_nothing_is_among_the_reasons(file_url: str, tmp_path: Path) -> None:
    """Its entry is cited, so it is in the list of what is cited."""
    world = ready(file_url, tmp_path)
    served(world, "V1")
    found = of(world, "V1")
    assert "规则第 1 条" in found.lines[0].why
    assert [one.entry for one in found.rules] == [1]


def test_texts_stay_texts(world: World) -> None:
    found = of(world, "V2")
    lines = (replace(found.lines[0], title="=HYPERLINK(1)"),)
    book = openpyxl.load_workbook(BytesIO(write_xlsx(replace(found, lines=lines))))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if str(cell.value).startswith("=")] == ["s"]
    assert not any(cell.data_type == "f" for cell in cells)


# --- paper ---------------------------------------------------------------------------------------


def pages(data: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in pypdf.PdfReader(BytesIO(data)).pages]


def test_paper_says_what_the_statement_says(world: World) -> None:
    found = replace(of(world, "V2"), name="欧阳𬭎䶮")
    (page,) = pages(write_pdf(found, ASSOCIATION))
    for said in ("志愿者账目清单", "欧阳𬭎䶮", "志愿者编号V2", ASSOCIATION, "截至账本第41条",
                 "已确认时长：3小时0分钟（B3小时0分钟）", "180分钟×1/小时，敬老助老100%→3分（规则第1条）",
                 "赠与，V1→V2（保留23:1，规则第1条）", "第1页/共1页", "不是服务证明"):  # fmt: skip
        assert said in page, said


def test_sums_are_carried_from_page_to_page(long: Statement) -> None:
    found = pages(write_pdf(long, ASSOCIATION))
    assert len(found) > 6
    for number, page in enumerate(found, start=1):
        assert f"第{number}页/共{len(found)}页" in page
    out = [page.partition("过次页")[2] for page in found if "过次页" in page]
    into = [page.partition("承前页")[2] for page in found if "承前页" in page]
    assert len(out) == len(into) > 6
    for before, after in zip(out, into, strict=True):
        said = before.partition("本清单")[0]
        assert said
        assert after.startswith(said)
    text = "".join(found)
    assert all(f"17:{n}" in text for n in range(120))  # no row is lost
    assert text.count("活动·依据") == sum("已确认" in page and "活动A1" in page for page in found)


def test_a_row_taller_than_a_page_goes_on_over_the_next(world: World) -> None:
    found = of(world, "V2")
    tale = "".join(chr(0x4E00 + n) for n in range(2000))
    lines = (replace(found.lines[0], title=tale),)
    drawn = pages(write_pdf(replace(found, name="张三", lines=lines), ASSOCIATION))
    assert len(drawn) > 2
    assert all(character in "".join(drawn) for character in tale)


def test_a_character_nobody_can_draw_is_refused(world: World) -> None:
    with pytest.raises(Rejected) as refusal:
        write_pdf(replace(of(world, "V2"), name="王\ue000"), ASSOCIATION)
    assert refusal.value.code == "certificate.glyph"


def test_the_same_statement_gives_the_same_bytes(long: Statement) -> None:
    assert write_pdf(long, ASSOCIATION) == write_pdf(long, ASSOCIATION)


def test_columns_fill_the_page() -> None:
    from certificates import statement as module
    from certificates.page.pen import FULL

    columns: list[tuple[Column, ...]] = [
        module._ACCOUNTS,
        module._LINES,
        module._POSTINGS,
        module._RULES,
    ]
    assert [sum(one.width for one in row) for row in columns] == [pytest.approx(FULL)] * 4


# --- the association -----------------------------------------------------------------------------


def test_debits_are_credits(world: World) -> None:
    with world.db.reading() as view:
        found = trial(view)
        rows = list(view.all(Account))
    assert [(one.unit, one.debit - one.credit) for one in totals(found)] == [
        ("point", 0),
        ("credit", 0),
    ]
    assert sum(one.accounts for one in found.groups) == len(rows)
    assert Group("Assets:Volunteers", "point", 3, 6, 2) in found.groups
    issued = {one.unit: one.earned - one.taken_back for one in found.issued}
    assert issued == {a.unit: -a.balance for a in rows if a.account == "issuance"}
    for unit in ("point", "credit"):
        people = sum(
            a.balance for a in rows if a.unit == unit and a.account.startswith("volunteer:")
        )
        assert sum(one.amount for one in found.owed if one.unit == unit) == people
    assert Owed("", "point", -2) in found.owed


@pytest.mark.parametrize(
    ("layers", "balance", "due"),
    [
        ({"2024": 5, "2025": 3}, 8, [("2025", 3), ("2024", 5)]),
        ({"2024": 5, "2025": 3}, 4, [("2025", 3), ("2024", 1)]),
        ({"2024": 5, "2025": 3}, 2, [("2025", 2)]),
        ({"2024": 5}, 0, []),
        ({"2024": 5}, -2, [("", -2)]),
        ({}, 0, []),
    ],
)
def test_what_came_first_is_spent_first(
    layers: dict[str, int], balance: int, due: list[tuple[str, int]]
) -> None:
    assert list(_held(layers, balance)) == due


def test_the_association_has_a_spreadsheet(world: World) -> None:
    with world.db.reading() as view:
        book = openpyxl.load_workbook(BytesIO(write_trial(trial(view))))
    assert book.sheetnames == ["试算平衡表", "发放", "未使用"]
    rows = [[cell.value for cell in row] for row in book["试算平衡表"].iter_rows()]
    assert ["合计", "积分", 5, 8, 8] in rows
    assert ["透支", "积分", -2] in [[c.value for c in row] for row in book["未使用"].iter_rows()]


# --- commands ------------------------------------------------------------------------------------

RULES = 'title = "示例办法"\n[stars]\nlevels = [{ hours = 2 }]\n[points]\n[credits]\n'


@pytest.fixture(scope="module")
def earning(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Give a ledger whose rules pay, and 张三 with a confirmed morning."""
    here = Clerk(tmp_path_factory.mktemp("earning"))
    here.begin()
    file = here.folder / "办法.toml"
    file.write_text(RULES, encoding="utf-8")
    here("rules", "adopt", file)
    here.confirmed("张三", "李四")
    return here


def test_balances_are_listed_and_told_as_of_a_day(earning: Clerk) -> None:
    zhang, li = earning.numbers["张三"], earning.numbers["李四"]
    due = [
        {"account": account, "unit": unit, "balance": balance}
        for account, balance in (("Equity:Issuance", -6), (f"Assets:Volunteers:{min(zhang, li)}", 3),
                                 (f"Assets:Volunteers:{max(zhang, li)}", 3))
        for unit in ("credit", "point")
    ]  # fmt: skip
    assert earning("credit", "balances") == {"balances": due}
    assert earning("credit", "balances", "--at", "2026-03-06") == {"balances": []}
    assert earning("credit", "balances", "--at", "2026-03-03", "--by", "effective") == {
        "balances": due
    }
    assert earning.refused("credit", "balances", "--at", "3月3日") == "malformed"
    for lang in ("zh", "en"):
        said = earning.run("credit", "balances", lang=lang).stdout
        assert f"Assets:Volunteers:{zhang}" in said
        assert "张三" in said  # a number alone says nothing to who reads it


def test_postings_are_shown_with_their_reasons(earning: Clerk) -> None:
    zhang = earning.numbers["张三"]
    found = earning("credit", "show", zhang)
    assert [one["amount"] for one in found["postings"]] == [3, 3]
    assert {one["unit"]: one["available"] for one in found["balances"]} == {"point": 3, "credit": 3}
    assert "180 分钟" in "".join(earning.run("credit", "show", zhang, lang="zh").stdout.split("\n"))
    assert "to spend" in earning.run("credit", "show", zhang).stdout
    assert earning("credit", "show", earning.numbers["王五"])["postings"] == []
    assert earning.refused("credit", "show", "V0") == "volunteer.unknown"


def test_a_person_is_shown_with_stars_points_and_credits(earning: Clerk) -> None:
    zhang = earning.numbers["张三"]
    earning("star", "propose", zhang)
    found = earning("volunteer", "show", zhang)
    assert (found["lines"][0]["points"], found["lines"][0]["credits"]) == (3, 3)
    assert found["stars"] == [{"level": 1, "state": "proposed"}]
    assert [(one["unit"], one["balance"], one["held"]) for one in found["balances"]] == [
        ("credit", 3, 0), ("point", 3, 0)
    ]  # fmt: skip
    assert "1 星：公示中" in earning.run("volunteer", "show", zhang, lang="zh").stdout
    assert "points: 3" in earning.run("volunteer", "show", zhang).stdout


def test_unspent_credits_speak_against_erasing(earning: Clerk) -> None:
    """Rule 47: what still stands is shown before anything is destroyed."""
    zhang = earning.numbers["张三"]
    assert earning("volunteer", "erase", zhang, code=1)["credits"] == 3
    said = earning.run("volunteer", "erase", zhang, lang="zh").output
    assert "未使用的时间储蓄 3" in said


@pytest.mark.parametrize("form", ["json", "xlsx", "pdf", "PDF"])
def test_a_statement_is_written_in_the_form_its_name_asks_for(earning: Clerk, form: str) -> None:
    zhang, file = earning.numbers["张三"], earning.folder / f"清单.{form}"
    answer = earning("credit", "statement", zhang, "-o", file)
    assert answer == {"file": str(file), "lines": 1, "postings": 2}
    data = file.read_bytes()
    if form == "json":
        assert msgspec.json.decode(data, type=Statement).name == "张三"
    else:
        assert data.startswith(b"PK" if form == "xlsx" else b"%PDF")


def test_another_form_is_wrong_usage(earning: Clerk) -> None:
    ran = earning.run("credit", "statement", earning.numbers["张三"], "-o", "清单.docx", lang="zh")
    assert ran.exit_code == 2
    assert ".xlsx" in ran.output


def test_the_trial_balance_is_printed_and_written(earning: Clerk) -> None:
    file = earning.folder / "试算.xlsx"
    found = earning("credit", "trial", "-o", file)
    assert found["file"] == str(file)
    assert found["owed"] == [
        {"year": "2026", "unit": unit, "amount": 6} for unit in ("credit", "point")
    ]
    assert file.exists()
    zh, en = (earning.run("credit", "trial", lang=lang).stdout for lang in ("zh", "en"))
    assert "合计" in zh
    assert "total" in en


def test_what_users_read_names_no_money(world: World, earning: Clerk) -> None:
    printed = [
        earning.run("credit", *words, lang="zh").stdout for words in (["balances"], ["trial"])
    ]
    said = [
        *printed,
        write_json(of(world, "V1")).decode(),
        *pages(write_pdf(of(world, "V2"), ASSOCIATION)),
    ]
    for word in ("银行", "币", "利息"):
        assert not any(word in one for one in said)
