"""Rewards in a scenario: its rules, what is redeemed and given, stars, and what everybody holds.

A folder may hold `rules.toml`; what it says is adopted by a statement as in any ledger, and nothing
of it is known here. Without it there are only hours.
"""

from pathlib import Path
from typing import Any

from certificates.demo.scenario import Reward
from ledger.accounts import volunteer
from ledger.commands.world import World
from ledger.desk import ruling, spending, stars
from ledger.desk.office import Office
from ledger.desk.registering import File
from ledger.desk.spending import Wish
from ledger.errors import Malformed
from ledger.files import read_file
from ledger.records import Account, Star
from ledger.times import day_of, moment

RULES = "rules.toml"


def adopt(world: World, desk: Office, folder: Path) -> None:
    """Adopt the scenario's own rules, if it has any."""
    if not (folder / RULES).exists():
        return
    rules = ruling.check(read_file(folder / RULES)).good()
    ruling.adopt(desk, rules, day_of(desk.now))
    world.tell(f"   rules: {rules.title}", f"   采用规则：{rules.title}")


def happen(world: World, desk: Office, step: Reward, numbers: dict[int, str]) -> None:
    """Let a reward be offered, redeemed or given; a second person settles it at once."""
    said = step.said
    try:
        match step.do:
            case "goods":
                row = {name: said[name] for name in ("code", "name", "price", "stock")}
                spending.offer(desk, "", [row])
            case "redeem":
                number, count = numbers[said["volunteer"]], said.get("count", 1)
                _settled(desk, spending.redemption(desk, number, said["good"], count))
            case "gift":
                giver, receiver = numbers[said["volunteer"]], numbers[said["to"]]
                paper = File("赠与申请表", str(said["paper"]).encode())
                _settled(desk, Wish("gift", volunteer(giver), volunteer(receiver), said["amount"],
                                    relation=said["relation"], paper=paper))  # fmt: skip
    except (KeyError, TypeError) as error:
        raise Malformed(
            f"clock.json: a {step.do} does not say {error}, or names a row that was refused",
            f"clock.json：{step.do} 没有写明 {error}，或所指的行未通过登记",
        ) from error
    words = {"goods": "礼遇上架", "redeem": "兑换礼遇", "gift": "赠与时间储蓄"}
    what = said.get("good") or said.get("name") or f"{said.get('amount')} 小时"
    world.tell(
        f"   {desk.now[:10]} {step.do}: {what}", f"   {desk.now[:10]} {words[step.do]}：{what}"
    )


def _settled(desk: Office, wish: Wish) -> None:
    receipt = spending.hold(desk, wish)
    assert receipt
    spending.settle(desk, (receipt.index, 1))


def award(desk: Office) -> int:
    """Let every star that is due be proposed, noticed and granted, level by level."""
    granted = 0
    while proposed := stars.propose(desk, [one for one in stars.due(desk) if not one.lacks])[0]:
        decides = max(one.decides for one in proposed)
        desk.moment = moment(f"{decides}T09:00:00+08:00")
        numbers = [due.number for one in proposed for _, _, due in one.rows]
        granted += len(stars.decide(desk, numbers, "granted", "due")[0])
    return granted


def summary(world: World, desk: Office, granted: int, numbers: dict[int, str]) -> dict[str, Any]:
    """Tell, and return by row of the volunteers' sheet, who has which star, points and credits."""
    with desk.store.reading() as view:
        held = {star.volunteer: star.level for star in view.all(Star) if star.state == "granted"}
        accounts = {(one.account, one.unit): one.balance for one in view.all(Account)}
    if not held and not accounts:
        return {}
    rows: dict[str, dict[str, int]] = {"stars": {}, "points": {}, "credits": {}}
    for row, number in sorted(numbers.items()):
        mine = (held.get(number), accounts.get((volunteer(number), "point")),
                accounts.get((volunteer(number), "credit")))  # fmt: skip
        for name, value in zip(rows, mine, strict=True):
            if value:
                rows[name][str(row)] = value
    ladder = [
        sum(level == star for star in held.values())
        for level in range(1, max(held.values(), default=0) + 1)
    ]
    stars_zh = "、".join(f"{n} 星 {count} 人" for n, count in enumerate(ladder, 1)) or "无"
    stars_en = ", ".join(f"{count} with {n}" for n, count in enumerate(ladder, 1)) or "none"
    points, hours = sum(rows["points"].values()), sum(rows["credits"].values())
    world.tell(
        f"3. {granted} stars granted by a person after notice (now {stars_en});"
        f" {points} points and {hours} credits in the accounts",
        f"3. 星级经公示由专人授予 {granted} 次（现为 {stars_zh}）；账户共有积分 {points}、时间储蓄 {hours} 小时",
    )
    return rows
