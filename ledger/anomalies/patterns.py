"""The patterns of RULES.md 51: one row each, and nothing is looked for that has no row here.

A row says what the pattern is called, what it looks at, which function judges that (a few lines, in
the file named by what it looks at), which numbers of the ruleset it goes by, why it is doubtful, and
how it may be honest all the same. None of them proves anything: each says where to look.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ledger.anomalies import of_officers, of_people, of_sheets, of_teams
from ledger.anomalies.records import (
    Doubt,
    Held,
    Issue,
    Month,
    Pair,
    Person,
    Recorder,
    Sheet,
    Wording,
)
from ledger.rulesets import Ruleset

Words = tuple[str, str]  # English, Chinese
Judge = Callable[[Any, Ruleset], Iterator[Doubt]]


class Pattern(NamedTuple):
    """One pattern; `thresholds` are parameters, of the ruleset or of its part `anomalies`."""

    code: str
    name: Words
    looks_at: type
    judge: Judge
    thresholds: tuple[str, ...]
    why: Words
    honest: Words

    def limits(self, rules: Ruleset) -> dict[str, int]:
        """Return the numbers that it goes by."""
        parts = (rules.anomalies, rules)
        return {
            name: next(getattr(part, name) for part in parts if hasattr(part, name))
            for name in self.thresholds
        }


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "overlap", ("two places at once", "时间重叠"),
        Person, of_people.overlap, (),
        ("Nobody serves in two places at once: one of the two was not served, or by somebody else.",
         "一个人不可能同时在两处服务：其中一处没有去，或是别人去的。"),
        ("None where the rules held: the program refuses such a row. It got in past the program.",
         "按规则不会出现：程序会拒收这样的行，出现即说明绕过了程序。"),
    ),
    Pattern(
        "day.long", ("more than 8 hours a day", "一日超过 8 小时"),
        Person, of_people.long_day, ("day_limit", "day_ceiling"),
        ("More than a working day is seldom volunteered; forgotten sign-outs and invented hours are.",
         "志愿服务很少超过一个工作日；忘记签退和虚报时长则常常如此。"),
        ("Disaster relief, large events. Then the confirmation approves the line by name.",
         "抢险救灾、大型赛会等。此时确认人应已逐条批准。"),
    ),
    Pattern(
        "day.very_long", ("more than 12 hours a day", "一日超过 12 小时"),
        Person, of_people.very_long_day, ("day_ceiling",),
        ("Hardly anybody can serve that long; a forgotten sign-out is likelier.",
         "几乎无人能服务这么久，更可能是忘记签退。"),
        ("Night watches and relief work, approved by a confirmer from above.",
         "值守、抢险，并由上级确认人批准。"),
    ),
    Pattern(
        "days.full", ("full days without a break", "连续多日满额"),
        Person, of_people.full_days, ("full_days", "day_limit"),
        ("Who serves full days for more than a week without a day off is employed, or is not there.",
         "连续一周以上天天满额、没有休息，或是在上班，或是人不在场。"),
        ("Emergencies; students on a summer programme.", "应急响应；学生暑期集中服务。"),
    ),
    Pattern(
        "late", ("much recorded from memory", "补录过多"),
        Month, of_teams.late, ("late_share", "late_lines"),
        ("Hours that are sold or owed to a quota are mostly entered afterwards, without evidence of the day.",
         "买卖的时长、凑指标的时长，大多是事后补录，没有当天的凭据。"),
        ("A ledger that has just begun, a recorder who was ill, rain that moved an activity.",
         "账本刚启用、记录人生病、活动临时改期。"),
    ),
    Pattern(
        "soon", ("recorded minutes after publication", "发布后立即登记"),
        Sheet, of_sheets.soon, ("soon_minutes",),
        ("What is invented is published and filled in one go: hours that were sold came within two minutes.",
         "虚构的活动往往一气呵成：发布之后马上录时长。买来的时长两分钟内就到账。"),
        ("A real activity that nobody had published; its lines are class C and have a reason.",
         "真实的活动忘记发布，事后补上；其记录为 C 级并写明理由。"),
    ),
    Pattern(
        "early", ("recorded before the end", "活动未结束即登记"),
        Sheet, of_sheets.early, ("longest",),
        ("Whoever records an activity that is still going on cannot know who stays to the end.",
         "活动还在进行就登记，无从知道谁会坚持到最后。"),
        ("People of a first shift, recorded at noon.", "分批服务，上午的人中午先登记。"),
    ),
    Pattern(
        "times.same", ("the same times for many", "多人时间完全相同"),
        Sheet, of_sheets.same_times, ("same_times",),
        ("So many do not come in one minute: times were copied down a column, or one code was passed on.",
         "几十个人不会在同一分钟签到、同一分钟签退：是整列下拉填充，或签到码被转发代签。"),
        ("A leader who wrote the planned times for everybody: then it is a roll-call, class B.",
         "负责人按计划时间统一填写：那就只是点名，属 B 级。"),
    ),
    Pattern(
        "reason.same", ("one reason for many", "补录理由雷同"),
        Wording, of_sheets.same_reason, ("same_times",),
        ("The same sentence under many late sheets was copied: nobody looked at each case.",
         "许多张补录表用同一句理由，是复制粘贴，没有逐一核实。"),
        ("One cause, such as a power cut, that really held up several sheets.",
         "同一原因（如停电）确实耽误了几张表。"),
    ),
    Pattern(
        "times.none", ("nobody signed in", "无人签到"),
        Held, of_sheets.no_times, ("no_times",),
        ("Study tours and photo calls have lists of names and no sign-in: nothing shows who came and when.",
         "研学、摆拍往往只有名单而无签到：谁来了、何时来的，都无从证明。"),
        ("A small team whose leader calls the roll. Ask for the list he signed.",
         "小队由负责人点名。可请其出示签字的名单。"),
    ),
    Pattern(
        "rate", ("more than a desk can check", "登记过快"),
        Recorder, of_officers.hourly, ("recorder_hourly",),
        ("So many lines in an hour cannot have been looked at: they were entered in bulk.",
         "一小时登记这么多条，不可能逐条看过，是成批录入。"),
        ("One large event whose list came as a file.", "一场大型活动，名单以文件报来。"),
    ),
    Pattern(
        "night", ("recorded at night", "深夜登记"),
        Recorder, of_officers.night, ("night_lines", "night_until"),
        ("Offices are closed at night: who records then does not want to be seen, or another uses the key.",
         "深夜办公室无人：此时登记，或是不愿被人看见，或是他人冒用密钥。"),
        ("An emergency; a recorder who catches up at home.", "应急响应；记录人在家加班补登。"),
    ),
    Pattern(
        "pair", ("always the same two officers", "固定搭档"),
        Pair, of_officers.same_pair, ("pair_sheets", "pair_choice"),
        ("Four eyes protect while nobody chooses whose: two who always pass each other's can pass anything.",
         "四眼原则的前提是不能挑人：总是两人互相放行，什么都能放行。"),
        ("The others are stand-ins who were never needed.", "其他人只是备岗，一直没有用上。"),
    ),
    Pattern(
        "away", ("outside the own area again and again", "多次跨区域"),
        Person, of_people.away, ("away_lines",),
        ("Volunteers serve near home: who is recorded elsewhere again and again may be only a name on a list.",
         "志愿服务多在居住地附近：反复在外地被登记的，可能只是名单上的一个名字。"),
        ("People who moved or commute; specialists who are asked for everywhere.",
         "搬家或跨区通勤；各地邀请的专家。"),
    ),
    Pattern(
        "month.end", ("old service at the end of the month", "月末集中补登"),
        Month, of_teams.month_end,
        ("month_end_days", "month_end_age", "month_end_share", "month_end_lines"),
        ("Quotas are counted at the end of a month, and hours that are missing then are entered in bulk.",
         "指标按月考核，月末缺多少就成批补多少。"),
        ("A team that does its paperwork once a month. It should do it every week.",
         "队伍习惯每月集中办理一次。应改为每周办理。"),
    ),
    Pattern(
        "month.spike", ("a month like no other", "月度突增"),
        Month, of_teams.spike, ("spike_times", "spike_lines"),
        ("A team that suddenly records many times its usual, while others do not, may be filling a quota.",
         "别的队伍没有增加，唯独一队突然是平常的好几倍，可能是在凑指标。"),
        ("A campaign of that team's own, an emergency in its town.", "该队自己的专项行动，当地的突发事件。"),
    ),
    Pattern(
        "registered.after", ("registered after the service", "先服务后注册"),
        Sheet, of_sheets.registered_after, ("registered_days",),
        ("Who buys hours needs an account first: it is opened after the activity he is to have served in.",
         "买时长的人先要有账号：账号是在“服务”之后才开的。"),
        ("A walk-in who was registered the next day; a mended registration.",
         "临时到场、次日补办注册的人；注册资料改正后重新提交。"),
    ),
    Pattern(
        "times.round", ("too many round times", "时长过于整齐"),
        Recorder, of_officers.round_times, ("round_share", "round_lines"),
        ("People come and go at odd minutes; times that somebody makes up are round.",
         "真实的签到签退是零散的分钟；编出来的时间才整整齐齐。"),
        ("A leader who rounds as he writes.", "负责人登记时习惯取整。"),
    ),
    Pattern(
        "certificate.backfill", ("certified right after a backfill", "补录后随即出证"),
        Issue, of_officers.backfill, ("certificate_hours", "certificate_minutes"),
        ("Hours entered from memory for the sake of a certificate: the certificate was the aim.",
         "为了一纸证明才补录的时长：目的就是出证。"),
        ("Somebody who only noticed what was missing when he needed the certificate.",
         "本人需要证明时才发现有漏记。"),
    ),
)  # fmt: skip
