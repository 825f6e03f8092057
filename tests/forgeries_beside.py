"""Forgeries of what stands beside the lines: the star, trainings, honours. See `forgeries`.

`INKED` are drawn on the page alone, of which the stranger reads no more than number, name and total.
"""

from dataclasses import replace
from typing import Any

from tests import scene
from tests.forge import Plot, Ref, Step, appoint
from tests.forgeries import Forgery, shown_entry, void
from tests.scene import at

COURSES, PRAISE, PRIZE = Ref("courses"), Ref("praise"), Ref("prize")
LATER = at("12 10:00")


# --- 3, 4: form and rows ------------------------------------------------------------------------


def trainings_named_and_none(plot: Plot) -> None:
    plot.claim["training"] = []
    plot.means.shown = lambda shown: void(shown.pop("courses", None))


def minutes_of_a_training_raised_afterwards(plot: Plot) -> None:
    def change(proof: dict[str, Any]) -> None:
        item = shown_entry(proof, "training")["items"][0]
        item["item"] = item["item"].replace('"minutes":90', '"minutes":900')

    plot.means.proof = change


def an_honour_renamed_afterwards(plot: Plot) -> None:
    def change(proof: dict[str, Any]) -> None:
        item = shown_entry(proof, "honour")["items"][0]
        item["item"] = item["item"].replace("优秀志愿者", "全国优秀志愿者")

    plot.means.proof = change


def a_star_raised_afterwards(plot: Plot) -> None:
    def change(proof: dict[str, Any]) -> None:
        item = shown_entry(proof, "award")["items"][0]
        item["item"] = item["item"].replace('"level":1', '"level":5')

    plot.means.proof = change


def a_training_under_another_number(plot: Plot) -> None:
    plot.means.proof = lambda proof: shown_entry(proof, "training")["items"][1].update(n=1)


def a_training_of_no_minutes(plot: Plot) -> None:
    plot["courses"].rows[0]["minutes"] = 0


# --- 5: who may say it --------------------------------------------------------------------------


def trainings_said_by_a_confirmer(plot: Plot) -> None:
    plot["courses"].by = "T01/c1"


def an_honour_said_by_a_recorder_of_a_sibling(plot: Plot) -> None:
    plot["praise"].by = "T02/r1"


def an_honour_signed_by_a_stranger(plot: Plot) -> None:
    plot["prize"].key = "evil"


def a_recorder_of_honours_who_was_never_appointed(plot: Plot) -> None:
    plot["prize"].by = "KX/r7"


def a_recorder_of_honours_appointed_too_late(plot: Plot) -> None:
    plot["prize"].by = "KX/r7"
    late = replace(appoint("KX/r7", "recorder", "KX", "p-r7"), now=LATER)
    plot.add("KX/r7", late, before="proposal")


def a_recorder_of_honours_whose_appointment_is_hidden(plot: Plot) -> None:
    plot["prize"].by = "KX/r7"
    plot.add("KX/r7", appoint("KX/r7", "recorder", "KX", "p-r7"), before="teams")
    plot.means.shown = lambda shown: void(shown.pop("KX/r7"))


def an_honour_of_a_team_that_is_not_shown(plot: Plot) -> None:
    plot["prize"].by, plot["prize"].org = "T02/r1", "T02"
    plot.means.shown = lambda shown: shown.update(teams={0})


def a_star_granted_by_a_recorder(plot: Plot) -> None:
    plot["award"].by = "KX/r1"


def a_star_signed_by_a_stranger(plot: Plot) -> None:
    plot["award"].key = "evil"


def a_star_granted_by_nobody_appointed(plot: Plot) -> None:
    plot.drop("KX/i9")


def a_star_granted_for_the_parent_by_a_team(plot: Plot) -> None:
    plot["award"].by = "T02/i1"


# --- 6: which rows ------------------------------------------------------------------------------


def a_training_of_another_volunteer(plot: Plot) -> None:
    plot.claim["training"] = [[COURSES, [0, 1, 2]]]


def an_honour_of_another_volunteer(plot: Plot) -> None:
    plot.claim["honours"] = [[PRAISE, [0]], [PRIZE, [0]]]


def a_training_that_nobody_named(plot: Plot) -> None:
    plot["courses"].rows[1]["volunteer"] = "V1"
    plot.means.shown = lambda shown: shown.update(courses={0, 1, 2})


def an_honour_that_nobody_named(plot: Plot) -> None:
    plot.claim["honours"] = [[PRAISE, [1]]]
    plot.means.shown = lambda shown: shown.update(prize={0})


def trainings_that_nobody_asked_for(plot: Plot) -> None:
    del plot.claim["training"]
    plot.means.shown = lambda shown: shown.update(courses={0, 2})


def a_training_named_and_not_shown(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(courses={0})


def an_honour_named_and_not_shown(plot: Plot) -> None:
    plot.means.shown = lambda shown: void(shown.pop("prize"))


def a_statement_shown_without_its_honour(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(prize=set())


def a_training_named_twice(plot: Plot) -> None:
    plot.claim["training"] = [[COURSES, [0, 0, 2]]]


def trainings_named_in_two_parts(plot: Plot) -> None:
    plot.claim["training"] = [[COURSES, [0]], [COURSES, [2]]]


def trainings_out_of_order(plot: Plot) -> None:
    plot.claim["training"] = [[COURSES, [2, 0]]]


def honours_out_of_log_order(plot: Plot) -> None:
    plot.claim["honours"] = [[PRIZE, [0]], [PRAISE, [1]]]


def an_honour_among_the_trainings(plot: Plot) -> None:
    plot.claim["training"] = [[COURSES, [0, 2]], [PRAISE, [1]]]
    plot.claim["honours"] = [[PRIZE, [0]]]


def one_honour_told_twice(plot: Plot) -> None:
    plot["prize"].rows[0]["date"] = plot["praise"].rows[1]["date"]


def one_training_told_twice(plot: Plot) -> None:
    plot["courses"].rows[2]["date"] = plot["courses"].rows[0]["date"]


def a_training_before_the_period(plot: Plot) -> None:
    plot["courses"].rows[0]["date"] = "2026-02-28"


def an_honour_after_the_period(plot: Plot) -> None:
    plot["prize"].rows[0]["date"] = "2026-04-01"


def an_honour_said_before_its_day(plot: Plot) -> None:
    plot["prize"].rows[0]["date"] = "2026-03-13"


def an_honour_of_a_body_above_the_issuer(plot: Plot) -> None:
    plot["certificate"].by, plot["certificate"].org = "T01/i1", "T01"


def a_star_of_another_volunteer(plot: Plot) -> None:
    plot.claim["star"] = [Ref("award"), 0]


def a_star_that_was_refused(plot: Plot) -> None:
    plot["award"].rows[1]["decision"] = "refused"


def a_star_that_was_withdrawn(plot: Plot) -> None:
    plot["award"].rows[1]["decision"] = "withdrawn"


def a_star_that_nobody_named(plot: Plot) -> None:
    del plot.claim["star"]
    plot.means.shown = lambda shown: shown.update({"award": {1}, "KX/i9": {0}})


def a_star_named_and_not_shown(plot: Plot) -> None:
    plot.means.shown = lambda shown: void(shown.pop("award"))


def two_stars_shown(plot: Plot) -> None:
    plot["award"].rows[0]["volunteer"] = "V1"
    plot.means.shown = lambda shown: shown.update(award={0, 1})


def a_star_granted_for_the_ledger(plot: Plot) -> None:
    plot["KX/i9"].org = plot["award"].org = "*"


def a_star_granted_after_the_certificate(plot: Plot) -> None:
    late = plot.steps.pop("award")
    plot.steps["award"] = replace(late, now=at("20 11:00"))


def a_proposal_that_nobody_needs(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(proposal={1})


def a_correction_that_nobody_needs(plot: Plot) -> None:
    rows: list[scene.Row] = [{"line": [scene.some("x"), 0], "reason": scene.some("why")}]
    undone = Step("correction", rows, "T01/c1", "T01", LATER, {"reason": "wrong"})
    plot.add("undone", undone, before="proposal")
    plot.means.shown = lambda shown: shown.update(undone={0})


# --- 7: by whom ---------------------------------------------------------------------------------


def a_recorder_of_trainings_who_issues(plot: Plot) -> None:
    plot["KX/i1"].rows[0]["person"] = "p-r1"


def a_recorder_of_honours_who_issues(plot: Plot) -> None:
    plot["KX/i1"].rows[0]["person"] = "p-kr1"


def an_issuer_who_is_the_holder(plot: Plot) -> None:
    plot["KX/i1"].rows[0]["person"] = "V1"


def a_recorder_of_honours_who_is_the_holder(plot: Plot) -> None:
    plot["KX/r1"].rows[0]["person"] = "V1"


def a_star_granted_by_its_holder(plot: Plot) -> None:
    plot["KX/i9"].rows[0]["person"] = "V1"


# --- 11: the ink --------------------------------------------------------------------------------


def a_page_with_a_higher_star(plot: Plot) -> None:
    plot.paper = replace(plot.paper, star=5)


def a_page_with_a_star_that_was_not_asked_for(plot: Plot) -> None:
    del plot.claim["star"]


def a_page_without_its_star(plot: Plot) -> None:
    plot.paper = replace(plot.paper, star=0)


def a_page_with_more_minutes_of_training(plot: Plot) -> None:
    first, second = plot.paper.training
    plot.paper = replace(plot.paper, training=(replace(first, minutes=900), second))


def a_page_with_one_training_more(plot: Plot) -> None:
    plot.claim["training"] = [[COURSES, [0]]]


def a_page_with_one_training_less(plot: Plot) -> None:
    plot.paper = replace(plot.paper, training=plot.paper.training[:1])


def a_page_with_a_greater_honour(plot: Plot) -> None:
    first, second = plot.paper.honours
    plot.paper = replace(plot.paper, honours=(first, replace(second, title="全国优秀志愿者")))


def a_page_with_an_honour_by_a_higher_body(plot: Plot) -> None:
    first, second = plot.paper.honours
    plot.paper = replace(plot.paper, honours=(first, replace(second, grantor="国务院")))


def a_page_with_its_honours_in_another_order(plot: Plot) -> None:
    plot.paper = replace(plot.paper, honours=plot.paper.honours[::-1])


def a_page_without_its_honours(plot: Plot) -> None:
    plot.paper = replace(plot.paper, honours=())


INKED = tuple(
    Forgery(change, "11", "was proved", Plot.full)
    for change in (
        a_page_with_a_higher_star,
        a_page_with_a_star_that_was_not_asked_for,
        a_page_without_its_star,
        a_page_with_more_minutes_of_training,
        a_page_with_one_training_more,
        a_page_with_one_training_less,
        a_page_with_a_greater_honour,
        a_page_with_an_honour_by_a_higher_body,
        a_page_with_its_honours_in_another_order,
        a_page_without_its_honours,
    )
)
BESIDE = tuple(
    Forgery(*each, Plot.full)
    for each in (
        (trainings_named_and_none, "3", "length"),
        (minutes_of_a_training_raised_afterwards, "4", "another root"),
        (an_honour_renamed_afterwards, "4", "another root"),
        (a_star_raised_afterwards, "4", "another root"),
        (a_training_under_another_number, "4", "another root"),
        (a_training_of_no_minutes, "8", "minutes"),
        (trainings_said_by_a_confirmer, "5", "may not say"),
        (an_honour_said_by_a_recorder_of_a_sibling, "5", "reach"),
        (an_honour_signed_by_a_stranger, "5", "bad signature"),
        (a_recorder_of_honours_who_was_never_appointed, "5", "not enrolled"),
        (a_recorder_of_honours_appointed_too_late, "5", "not enrolled"),
        (a_recorder_of_honours_whose_appointment_is_hidden, "5", "not enrolled"),
        (an_honour_of_a_team_that_is_not_shown, "5", "reach"),
        (a_star_granted_by_a_recorder, "5", "may not say"),
        (a_star_signed_by_a_stranger, "5", "bad signature"),
        (a_star_granted_by_nobody_appointed, "5", "not enrolled"),
        (a_star_granted_for_the_parent_by_a_team, "5", "reach"),
        (a_training_of_another_volunteer, "6", "another's"),
        (an_honour_of_another_volunteer, "6", "another's"),
        (a_training_that_nobody_named, "6", "other rows of training"),
        (an_honour_that_nobody_named, "6", "other rows of honour"),
        (trainings_that_nobody_asked_for, "6", "other rows of training"),
        (a_training_named_and_not_shown, "6", "other rows of training"),
        (an_honour_named_and_not_shown, "6", "other rows of honour"),
        (a_statement_shown_without_its_honour, "6", "other rows of honour"),
        (a_training_named_twice, "6", "other rows of training"),
        (trainings_named_in_two_parts, "6", "other rows of training"),
        (trainings_out_of_order, "6", "other rows of training"),
        (honours_out_of_log_order, "6", "other rows of honour"),
        (an_honour_among_the_trainings, "6", "other rows of training"),
        (one_honour_told_twice, "6", "same as another"),
        (one_training_told_twice, "6", "same as another"),
        (a_training_before_the_period, "6", "outside the period"),
        (an_honour_after_the_period, "6", "outside the period"),
        (an_honour_said_before_its_day, "6", "before its day"),
        (an_honour_of_a_body_above_the_issuer, "6", "not below the issuer"),
        (a_star_of_another_volunteer, "6", "not granted to the holder"),
        (a_star_that_was_refused, "6", "not granted to the holder"),
        (a_star_that_was_withdrawn, "6", "not granted to the holder"),
        (a_star_that_nobody_named, "6", "other rows of award"),
        (a_star_named_and_not_shown, "6", "other rows of award"),
        (two_stars_shown, "6", "other rows of award"),
        (a_star_granted_for_the_ledger, "6", "nobody grants for the ledger"),
        (a_star_granted_after_the_certificate, "6", "not the last"),
        (a_proposal_that_nobody_needs, "6", "than it needs"),
        (a_correction_that_nobody_needs, "6", ""),
        (a_recorder_of_trainings_who_issues, "7", "three persons"),
        (a_recorder_of_honours_who_issues, "7", "three persons"),
        (an_issuer_who_is_the_holder, "7", "three persons"),
        (a_recorder_of_honours_who_is_the_holder, "7", "three persons"),
        (a_star_granted_by_its_holder, "7", "his own star"),
    )
)
