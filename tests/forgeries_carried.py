"""Forgeries of what a certificate carries over from a closing. See `forgeries`.

`SAID` is drawn on the page alone, of which the stranger reads no more than number, name and total.
"""

from dataclasses import replace
from typing import Any

from tests.forge import NUMBER, Plot, Ref, Row
from tests.forgeries import Forgery, shown_entry, void
from tests.scene import at


def the_row_of_another(plot: Plot) -> None:
    plot.claim["closing"] = [Ref("closing"), 1]


def another_row_than_the_one_named(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(closing={1})


def two_rows_shown(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(closing={0, 1})


def a_closing_named_and_not_shown(plot: Plot) -> None:
    plot.means.shown = lambda shown: void(shown.pop("closing"))


def a_closing_shown_without_its_row(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(closing=set())


def a_closing_that_nobody_named(plot: Plot) -> None:
    del plot.claim["closing"]
    plot.certify(120, [Ref("second"), [1]])
    plot.means.shown = lambda shown: shown.update(closing={0})


def a_closing_of_a_team(plot: Plot) -> None:
    plot["closing"].org = "T01"
    plot.means.shown = lambda shown: shown.update({"teams": {0}, "KX/r1": {0}})


def a_closing_of_the_ledger(plot: Plot) -> None:
    plot["closing"].org = "*"


def a_closing_said_by_an_issuer(plot: Plot) -> None:
    plot["closing"].by = "KX/i1"


def a_closing_signed_by_a_stranger(plot: Plot) -> None:
    plot["closing"].key = "a forger's"


def a_closing_of_what_came_after_it(plot: Plot) -> None:
    plot["closing"].head["size"] = 19


def a_closing_of_tomorrow(plot: Plot) -> None:
    plot["closing"].head["as_of"] = at("13 09:00")


def a_closing_of_more_rows_than_there_are(plot: Plot) -> None:
    plot["closing"].head["total"] = 2


def a_part_that_begins_nowhere(plot: Plot) -> None:
    plot["closing"].head |= {"first": 1, "total": 4}


def a_line_that_the_closing_holds(plot: Plot) -> None:
    plot.certify(480, [Ref("sheet"), [0]], [Ref("second"), [1]])


def a_closing_of_the_day_on_which_the_line_stood(plot: Plot) -> None:
    """The closing came after all lines: what is listed beside it is counted twice."""
    plot.move("later", before="closing")
    plot.move("again", before="later")
    plot["closing"].head |= {"size": 20, "as_of": at("12 10:00")}


def minutes_that_were_not_carried(plot: Plot) -> None:
    plot.claim.update({"minutes": 360, "by_class": {"A": 0, "B": 360, "C": 0, "L": 0}})
    plot.paper = replace(plot.paper, minutes=360, brought=240)


def a_better_class_than_was_carried(plot: Plot) -> None:
    plot.claim["by_class"] = {"A": 180, "B": 120, "C": 0, "L": 0}


def a_row_changed_afterwards(plot: Plot) -> None:
    def change(proof: dict[str, Any]) -> None:
        item = shown_entry(proof, "closing")["items"][0]
        item["item"] = item["item"].replace('"B":180', '"B":980')

    plot.means.proof = change


def a_closing_s_row_under_another_number(plot: Plot) -> None:
    plot.means.proof = lambda proof: shown_entry(proof, "closing")["items"][0].update(n=1)


def nothing_carried_and_no_line(plot: Plot) -> None:
    rows: list[Row] = plot["closing"].rows
    rows[0]["by_class"] = {"A": 0, "B": 0, "C": 0, "L": 0}
    plot.claim.update({"lines": [], "minutes": 0, "by_class": rows[0]["by_class"]})


def a_page_that_carries_more_and_lists_less(plot: Plot) -> None:
    plot.paper = replace(plot.paper, brought=240)


def a_page_that_says_nothing_of_a_closing(plot: Plot) -> None:
    plot.paper = replace(plot.paper, number=NUMBER, brought=0)


def _forged(*found: tuple[Any, str, str]) -> tuple[Forgery, ...]:
    return tuple(Forgery(change, step, says, Plot.carrying) for change, step, says in found)


CARRIED = _forged(
    (the_row_of_another, "6", "another's"),
    (another_row_than_the_one_named, "6", "another row of a closing"),
    (two_rows_shown, "6", "another row of a closing"),
    (a_closing_named_and_not_shown, "6", "another row of a closing"),
    (a_closing_shown_without_its_row, "6", "another row of a closing"),
    (a_closing_that_nobody_named, "6", "another row of a closing"),
    (a_closing_of_a_team, "6", "another organisation"),
    (a_closing_of_the_ledger, "6", "not of one organisation"),
    (a_closing_said_by_an_issuer, "5", "may not say"),
    (a_closing_signed_by_a_stranger, "5", "bad signature"),
    (a_closing_of_what_came_after_it, "6", "entries after it"),
    (a_closing_of_tomorrow, "6", "entries after it"),
    (a_closing_of_more_rows_than_there_are, "6", "not of one organisation"),
    (a_part_that_begins_nowhere, "6", "not of one organisation"),
    (a_line_that_the_closing_holds, "7", "the closing holds a line already"),
    (a_closing_of_the_day_on_which_the_line_stood, "7", "the closing holds a line already"),
    (minutes_that_were_not_carried, "8", "do not add up"),
    (a_better_class_than_was_carried, "8", "do not add up"),
    (a_row_changed_afterwards, "4", "another root"),
    (a_closing_s_row_under_another_number, "4", "another root"),
    (nothing_carried_and_no_line, "8", "minutes"),
)
SAID = _forged(
    (a_page_that_carries_more_and_lists_less, "11", "the page says"),
    (a_page_that_says_nothing_of_a_closing, "11", "the page says"),
)
