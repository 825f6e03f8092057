"""What the screen says of a certificate: what it lists, what was proved, and the three answers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from certificates.sentences import counted
from certificates.wording import label_in
from ledger.commands.console import visible
from ledger.commands.world import World
from ledger.times import hours_and_minutes

Words = tuple[str, str]  # English, Chinese
_NAMES = re.compile(r"(?:^|[,+])(CN|O)=((?:\\.|[^,+\\])*)")
_ESCAPED = re.compile(r"\\(.)")
YES = {True: ("yes", "是"), False: ("NO", "否")}
GENUINE: Mapping[bool | None, Words] = {
    True: YES[True],
    False: YES[False],
    None: ("could not be checked", "未能查验"),
}
STANDING: Mapping[str, Words] = {
    "valid": ("valid", "有效"),
    "superseded": ("superseded", "已被替代"),
    "revoked": ("REVOKED", "已撤销"),
    "unknown": ("unknown", "未知"),
}
NONE: Mapping[str, Words] = {
    "training": ("no training is on record that could be listed", "没有可列的培训记录"),
    "honours": ("no honour is on record that could be listed", "没有可列的表彰记录"),
}


def listed(*, star: int, training: int, honours: int) -> Words:
    """Name what an issued certificate lists beside the hours: a level, and counts of rows."""
    counts = (
        (star, f"star {star}", f"{star} 星"),
        (training, f"trainings: {training}", f"培训 {training} 项"),
        (honours, f"honours: {honours}", f"表彰 {honours} 项"),
    )
    found = [(en, zh) for count, en, zh in counts if count]
    return "".join(f", {en}" for en, _ in found), "".join(f"，{zh}" for _, zh in found)


def proved(found: Mapping[str, Any]) -> Iterator[Words]:
    """Give a line for each that a verified certificate proves beside the hours."""
    if star := found["star"]:
        yield (
            f"  proved: star {star}, granted before the issue",
            f"  已证实：出具前已评为 {star} 星",
        )
    for row in found["training"]:
        time = f"{row['minutes']} min"
        said = f"{row['date']}  {row['course']}  {row['host']}"
        yield (
            f"  proved: training  {said}  {time}, in no total",
            f"  已证实：培训  {said}  {hours_and_minutes(row['minutes'])}，不计入服务时长",
        )
    for row in found["honours"]:
        said = f"{row['date']}  {row['title']}  {row['grantor']}"
        yield f"  proved: honour  {said}", f"  已证实：表彰  {said}"


def say(world: World, file: str, verdict: Any) -> None:
    """Print what verification answered: what was proved first, then the three answers, then why."""
    name = visible(file, line=True)
    world.tell(name, name)
    if found := verdict.certificate:
        total = world.hours(found["minutes"])
        by_class = "  ".join(f"{c} {world.hours(m)}" for c, m in found["by_class"].items() if m)
        world.tell(
            f"  proved: {found['number']}  {found['name']}  {found['from']} to {found['to']}"
            f"  {total} ({by_class})  by {found['issuer']}",
            f"  已证实：{found['number']}  {found['name']}  {found['from']} 至 {found['to']}"
            f"  {total}（{by_class}）  {found['issuer']}",
        )
        for line in proved(found):
            world.tell(*line)
    _say_answers(world, verdict)
    for name, when in verdict.cosigned.items():
        world.tell(f"  cosigned by {name} at {when}", f"  {name} 于 {when} 会签")
    say_seal(world, verdict)
    if stamp := verdict.timestamp:
        world.tell(
            f"  time stamp: existed before {stamp['before']}, says {stamp['by']}",
            f"  时间戳：{stamp['before']} 之前已存在，出自 {stamp['by']}",
        )
    told = dict.fromkeys(
        f"{label_in(each.label, world.lang)}{world.pick(': ', '：')}{each.value}"
        for each in verdict.stated if each.value
    )  # fmt: skip
    if words_ := world.pick("; ", "；").join(told):
        world.tell(f"  the issuer's own word, proved by nothing: {words_}",
                   f"  仅为出具单位所写，未经账本证实：{words_}")  # fmt: skip
    for reason in verdict.reasons:
        world.tell(f"  · {reason.en}", f"  · {reason.zh}")


def _say_answers(world: World, verdict: Any) -> None:
    """Print the three answers; of what is not genuine there is only the first."""
    witnesses = counted(verdict.witnesses, "witness", "witnesses")
    genuine, logged = GENUINE[verdict.is_genuine], YES[verdict.logged]
    standing, as_of = STANDING[verdict.standing], verdict.as_of
    if verdict.genuine:
        world.tell(
            f"  genuine: {genuine[0]}   logged: {logged[0]} ({witnesses})"
            f"   standing: {standing[0]}{f' as of {as_of}' if as_of else ''}",
            f"  真实：{genuine[1]}   已入账：{logged[1]}（见证人 {verdict.witnesses}）"
            f"   效力：{standing[1]}{f'（截至 {as_of}）' if as_of else ''}",
        )
    else:
        world.tell(f"  genuine: {genuine[0]}", f"  真实：{genuine[1]}")
        if verdict.logged:
            world.tell(
                "  what its proof holds was logged; this file is something else",
                "  所附证据中的文书已入账，而这份文件与之不符",
            )


def say_seal(world: World, verdict: Any) -> None:
    """Print under which certificate was sealed."""
    if seal := verdict.seal:
        whose, by = _called(seal["subject"]), _called(seal["issuer"])
        days = f"{seal['not_before'][:10]} – {seal['not_after'][:10]}"
        world.tell(
            f"  sealed under: {whose}  (no. {seal['serial']}, {days}, by {by})",
            f"  签章证书：{whose}（编号 {seal['serial']}，{days}，签发者 {by}）",
        )


def _called(name: str) -> str:
    """Return what people call the holder of a certificate, of a name as RFC 4514 writes it."""
    found = dict(_NAMES.findall(name))
    common, unit = (_ESCAPED.sub(r"\1", found.get(key, "")) for key in ("CN", "O"))
    if not common:
        return name
    return common if unit in common else f"{common} ({unit})"


def answer(world: World, one: Any) -> dict[str, Any]:
    """Return what verification answered, as data; null for what is not known."""
    verdict = one.verdict
    unknown = one.on_paper and not verdict.logged  # no paper shows that it was not
    return {
        "file": one.file,
        **({"sha256": one.sha256} if one.sha256 else {}),
        "genuine": verdict.is_genuine,
        "logged": None if unknown else verdict.logged,
        "witnesses": verdict.witnesses,
        **({"cosigned": verdict.cosigned} if verdict.cosigned else {}),
        "standing": verdict.standing,
        "as_of": verdict.as_of,
        **(
            {
                "date": ended.day,
                "reason": ended.reason,
                **({"successor": ended.successor} if ended.successor else {}),
            }
            if (ended := verdict.stands.ended)
            else {}
        ),
        "specimen": verdict.specimen,
        "certificate": verdict.certificate,
        "stated": [{"label": each.label, "value": each.value} for each in verdict.stated],
        "seal": verdict.seal,
        "timestamp": verdict.timestamp,
        "reasons": [
            {"code": reason.code, "message": world.pick(reason.en, reason.zh)}
            for reason in verdict.reasons
        ],
    }
