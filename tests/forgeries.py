"""Forgeries, each named by what is wrong with it; everything else about them is right.

`FORGERIES` names for each the step that has to refuse it, and words of our reason. Proofs in another
form (`FORMS`) prove nothing at all. Where only the log's word is forged (`UNLOGGED`), the certificate
stays genuine and is not logged. `SPLICED` are made of two honest certificates.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import Any

from pypdf import PdfWriter

from certificates import envelope
from certificates.seal import pades
from ledger.encoding import base64
from ledger.note import Signature
from tests import scene
from tests.forge import NUMBER, Plot, Ref, Step, Workshop, appoint, holder, page_of, stand
from tests.scene import ORIGIN, at, digest, signer

Change = Callable[[Plot], None]
FIRST, SECOND = [Ref("sheet"), [0]], [Ref("second"), [1]]
START = at("02 08:00")


@dataclass(frozen=True)
class Forgery:
    """What is done to the honest plot, which step refuses it, and what we say."""

    change: Change
    step: str
    says: str
    base: Callable[[], Plot] = Plot.honest

    @property
    def name(self) -> str:
        """What is wrong with it."""
        return self.change.__name__

    @cache  # noqa: B019 - a few hundred files, each asked of two verifiers
    def make(self) -> bytes:
        """Return the forged file."""
        plot = self.base()
        self.change(plot)
        return plot.make()


def row(plot: Plot, step: str, n: int = 0) -> dict[str, Any]:
    return plot[step].rows[n]


# --- 3: entries ---------------------------------------------------------------------------------


def stamps_that_fall(plot: Plot) -> None:
    plot["second"].now = at("03 12:59")


def a_statement_of_another_origin(plot: Plot) -> None:
    plot["sheet"].origin = "other.example.org/log-5eed5eed"


def entries_that_do_not_rise(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof["entries"].insert(0, proof["entries"].pop(1))


def an_entry_shown_twice(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof["entries"].insert(0, proof["entries"][0])


def a_second_signer_of_a_statement(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof["entries"][-1].update(
        entry=proof["entries"][-1]["entry"] + str(Signature("KX/i1", b"four", bytes(64)))
    )


def a_signer_by_another_name_than_by(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof["entries"][-1].update(
        entry=proof["entries"][-1]["entry"].replace("— KX/i1 ", "— KX/i2 ")
    )


def an_entry_that_is_no_statement(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof["entries"][-1].update(
        entry=proof["entries"][-1]["entry"].replace("statement@v1", "statement@v2")
    )


def a_head_in_another_form(plot: Plot) -> None:
    plot["sheet"].spell = lambda data: data.replace(b'"kind":', b'"kind": ')


def a_row_in_another_form(plot: Plot) -> None:
    plot["sheet"].spell = lambda data: data.replace(b'"volunteer":', b'"volunteer": ')


def a_row_with_a_number_that_is_no_integer(plot: Plot) -> None:
    plot["sheet"].spell = lambda data: data.replace(b'"minutes":180', b'"minutes":180.0')


# --- 4: rows ------------------------------------------------------------------------------------


def shown_entry(proof: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(e for e in proof["entries"] if f'"kind":"{kind}"' in e["entry"])


def a_row_that_was_never_signed(plot: Plot) -> None:
    def change(proof: dict[str, Any]) -> None:
        item = shown_entry(proof, "certificate")["items"][0]
        item["item"] = item["item"].replace('"minutes":300', '"minutes":301')

    plot.means.proof = change


def a_hash_left_over_beside_a_row(plot: Plot) -> None:
    plot.means.proof = lambda proof: shown_entry(proof, "attendance")["hashes"].append(
        base64(digest("left over"))
    )


def a_hash_missing_beside_a_row(plot: Plot) -> None:
    plot.means.proof = lambda proof: shown_entry(proof, "attendance")["hashes"].pop()


def a_row_under_another_number(plot: Plot) -> None:
    plot.means.proof = lambda proof: shown_entry(proof, "attendance")["items"][0].update(n=1)


# --- 5: who may say it --------------------------------------------------------------------------


def no_charter(plot: Plot) -> None:
    plot.means.shown = lambda shown: void(shown.pop("charter"))


def a_charter_by_another_than_it_names(plot: Plot) -> None:
    plot["charter"].by = "KX/other"


def a_charter_without_its_row(plot: Plot) -> None:
    plot["charter"].rows = []
    plot.means.shown = lambda shown: shown.update(charter=set())


def a_charter_whose_row_is_hidden(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(charter=set())


def a_confirmer_whose_person_is_hidden(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update({"T01/c1": set()})


def a_charter_signed_by_the_recovery_key(plot: Plot) -> None:
    plot["charter"].by = "KX/recovery"


def one_key_under_two_names(plot: Plot) -> None:
    plot.means.borrowed = {"T01/c1": "T01/r1"}
    plot["T01/c1"].head["key"] = str(replace(signer("T01/r1"), name="T01/c1").verifier)


def a_self_appointed_issuer(plot: Plot) -> None:
    plot["KX/i1"].by = "KX/i1"


def an_issuer_appointed_by_his_own_second_key(plot: Plot) -> None:
    plot["KX/i1"].by = "KX/i0"
    plot.add("KX/i0", appoint("KX/i0", "operator", "*", "p-i1", by="KX/i1"), before="KX/i1")


def an_issuer_appointed_by_a_recorder(plot: Plot) -> None:
    plot["KX/i1"].by = "KX/r1"


def an_issuer_appointed_by_the_recovery_key(plot: Plot) -> None:
    plot["KX/i1"].by = "KX/recovery"


def an_issuer_appointed_under_the_operators_name(plot: Plot) -> None:
    plot["KX/i1"].key = "evil"


def an_issuer_appointed_too_late(plot: Plot) -> None:
    late = plot.steps.pop("KX/i1")
    plot.steps["KX/i1"] = replace(late, now=at("20 11:00"))


def an_issuer_never_appointed(plot: Plot) -> None:
    plot.drop("KX/i1")


def an_issuer_appointed_for_a_team(plot: Plot) -> None:
    plot["KX/i1"].org = "T01"


def an_issuer_of_a_sibling_speaking_for_the_parent(plot: Plot) -> None:
    plot["certificate"].by = "T02/i1"


def a_recorder_who_issues(plot: Plot) -> None:
    plot["certificate"].by = "KX/r1"


def a_recorder_who_confirms(plot: Plot) -> None:
    plot["confirmation"].by = "T01/r1"


def a_recorder_of_a_sibling(plot: Plot) -> None:
    plot["sheet"].by = "T02/r1"


def a_sheet_signed_by_a_stranger(plot: Plot) -> None:
    plot["sheet"].key = "evil"


def an_issuer_of_the_whole_ledger(plot: Plot) -> None:
    plot["KX/i1"].org = plot["certificate"].org = "*"


def an_officer_whose_appointment_is_hidden(plot: Plot) -> None:
    plot.means.shown = lambda shown: void(shown.pop("T01/r1"))


def a_weak_key(plot: Plot) -> None:
    plot["T01/r1"].head["key"] = weak("T01/r1")
    plot.means.shown = lambda shown: shown.update({"T01/r1": {0}})


def a_team_registered_by_its_sibling(plot: Plot) -> None:
    plot["teams"].rows.pop(0)
    own = Step("organisations", [scene.organisation("T01")], "T02/r1", "T02", START)
    plot.add("own", own, before="KX/i1")


def a_team_registered_by_the_operator(plot: Plot) -> None:
    plot["teams"].rows.pop(0)
    own = Step("organisations", [scene.organisation("T01")], "KX/op", "*", START)
    plot.add("own", own, before="KX/i1")


def a_root_of_the_operators_own_later(plot: Plot) -> None:
    plot["teams"].rows.pop(0)
    own = Step("organisations", [scene.organisation("T01", "")], "KX/op", "*", START)
    plot.add("own", own, before="KX/i1")
    plot["certificate"].by, plot["certificate"].org = "T01/i1", "T01"


def teams_in_a_circle(plot: Plot) -> None:
    plot["teams"].rows = [scene.organisation("T01", "T02"), scene.organisation("T02", "T01")]


def a_team_whose_parent_is_not_shown(plot: Plot) -> None:
    plot["teams"].rows[0] = scene.organisation("T01", "T02")
    plot.means.shown = lambda shown: shown.update(teams={0})


def a_team_that_is_not_shown(plot: Plot) -> None:
    plot.means.shown = lambda shown: void(shown.pop("teams"))


# --- 6: which lines -----------------------------------------------------------------------------


def one_line_twice_in_its_sheet(plot: Plot) -> None:
    plot.certify(480, [Ref("sheet"), [0, 0]], SECOND)


def one_sheet_named_twice(plot: Plot) -> None:
    plot.certify(480, FIRST, FIRST, SECOND)


def one_line_in_two_sheets(plot: Plot) -> None:
    plot["second"].rows[1] = scene.line("V1")
    plot.certify(360, FIRST, SECOND)


def one_line_twice_in_one_sheet(plot: Plot) -> None:
    plot["sheet"].rows[1] = scene.line("V1")
    plot.certify(480, [Ref("sheet"), [0, 1]], SECOND)


def overlapping_lines(plot: Plot) -> None:
    plot["second"].rows[1] = scene.line("V1", "03 11:59", "03 13:59")


def a_line_and_the_one_that_replaces_it(plot: Plot) -> None:
    row(plot, "second", 1)["replaces"] = FIRST[0], 0


def lines_out_of_log_order(plot: Plot) -> None:
    plot.certify(300, SECOND, FIRST)


def another_line_shown_than_named(plot: Plot) -> None:
    plot["sheet"].rows[1] = scene.line("V1", "03 08:00", "03 09:00")
    plot.means.shown = lambda shown: shown.update(sheet={1})


def a_line_named_and_not_shown(plot: Plot) -> None:
    plot.means.shown = lambda shown: void(shown.pop("sheet"))


def a_line_shown_and_not_named(plot: Plot) -> None:
    plot["sheet"].rows[1] = scene.line("V1", "03 08:00", "03 09:00")
    plot.means.shown = lambda shown: shown.update(sheet={0, 1})


def a_line_of_another_volunteer(plot: Plot) -> None:
    plot.certify(480, [Ref("sheet"), [0, 1]], SECOND)


def lines_of_another_volunteer(plot: Plot) -> None:
    plot.certify(180, [Ref("sheet"), [1]])


def a_line_before_the_period(plot: Plot) -> None:
    plot.claim["from"] = "2026-03-04"


def a_line_after_the_period(plot: Plot) -> None:
    plot.claim["to"] = "2026-03-03"


def an_issuer_of_a_sibling(plot: Plot) -> None:
    plot["certificate"].by, plot["certificate"].org = "T02/i1", "T02"


def a_child_certifying_its_parents_lines(plot: Plot) -> None:
    plot["sheet"].by = plot["second"].by = plot["plans"].by = "KX/r1"
    plot["sheet"].org = plot["second"].org = plot["plans"].org = "KX"
    plot["confirmation"].by, plot["confirmation"].org = "KX/c1", "KX"
    plot.add("KX/c1", appoint("KX/c1", "confirmer", "KX", "p-kc1"), before="people")
    plot["certificate"].by, plot["certificate"].org = "T01/i1", "T01"


def an_entry_nobody_needs(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(notice={0})


def an_appointment_nobody_needs(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update({"T01/i1": {0}})


def an_organisation_nobody_needs(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(teams={0, 1})


def an_activity_nobody_needs(plot: Plot) -> None:
    plot["plans"].rows.append(scene.activity("A3", "05 09:00", "05 10:00"))
    plot.means.shown = lambda shown: shown.update(plans={0, 1, 2})


def an_activity_that_is_not_shown(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(plans={0})


def an_activity_shown_twice(plot: Plot) -> None:
    again = Step("activities", [scene.activity("A1", place="学校")], "T01/r1", "T01", START)
    plot.add("again", again, before="sheet")
    plot.means.shown = lambda shown: shown.update(plans={0, 1}, again={0})


def a_kind_nobody_knows(plot: Plot) -> None:
    plot.add(
        "spotcheck",
        Step("spotcheck", [{"volunteer": "V1"}], "T01/r1", "T01", START),
        before="sheet",
    )
    plot.means.shown = lambda shown: shown.update(spotcheck={0})


def a_certificate_that_is_not_last(plot: Plot) -> None:
    plot.steps["last"] = replace(appoint("KX/i2", "issuer", "KX", "p-i4"), now=at("20 11:00"))
    plot.means.shown = lambda shown: shown.update(last={0})


def an_index_of_another_certificate(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof.update(certificate=proof["certificate"] - 1)


def a_last_entry_that_is_no_certificate(plot: Plot) -> None:
    plot.means.shown = lambda shown: void(shown.pop("certificate"))
    plot.means.proof = lambda proof: proof.update(certificate=proof["entries"][-1]["index"])


def no_lines_at_all(plot: Plot) -> None:
    plot.certify(0)


# --- 7: confirmed by others ---------------------------------------------------------------------


def unconfirmed_lines(plot: Plot) -> None:
    plot.drop("confirmation")


def one_unconfirmed_line(plot: Plot) -> None:
    plot["confirmation"].rows.pop(0)


def a_confirmation_excepting_the_line(plot: Plot) -> None:
    row(plot, "confirmation")["except"] = [0]


def a_confirmation_before_the_attendance(plot: Plot) -> None:
    plot.move("confirmation", before="sheet")


def a_confirmation_after_the_certificate(plot: Plot) -> None:
    late = plot.steps.pop("confirmation")
    plot.steps["confirmation"] = replace(late, now=at("20 11:00"))


def a_confirmation_by_a_sibling(plot: Plot) -> None:
    plot["confirmation"].by, plot["confirmation"].org = "T02/c1", "T02"


def a_confirmation_that_is_not_the_first(plot: Plot) -> None:
    again = replace(plot["confirmation"], rows=[stand("sheet")])
    plot.add("again", again, before="other")
    plot.means.shown = lambda shown: shown.update(again={0})


def a_confirmation_of_the_same_sheet_twice(plot: Plot) -> None:
    plot["confirmation"].rows.append(stand("sheet"))
    plot.means.shown = lambda shown: shown.update(confirmation={0, 1, 2})


def a_recorder_and_confirmer_of_one_person(plot: Plot) -> None:
    row(plot, "T01/c1")["person"] = "p-r1"


def a_confirmer_who_is_the_holder(plot: Plot) -> None:
    row(plot, "T01/c1")["person"] = "V1"


def a_recorder_who_is_the_holder(plot: Plot) -> None:
    row(plot, "T01/r1")["person"] = "V1"


# --- 8: minutes ---------------------------------------------------------------------------------


def more_minutes_than_the_interval(plot: Plot) -> None:
    row(plot, "sheet")["minutes"] = 181
    plot.certify(301, FIRST, SECOND)


def an_interval_that_ends_before_it_starts(plot: Plot) -> None:
    line = row(plot, "second", 1)
    line["start"], line["end"] = line["end"], line["start"]


def a_line_without_minutes(plot: Plot) -> None:
    row(plot, "second", 1)["minutes"] = 0
    plot.certify(180, FIRST, SECOND)


def a_line_of_minus_minutes(plot: Plot) -> None:
    row(plot, "second", 1)["minutes"] = -60
    plot.certify(120, FIRST, SECOND)


def a_total_too_high(plot: Plot) -> None:
    plot.claim["minutes"] = 3000
    plot.paper = replace(plot.paper, minutes=3000)


def classes_that_do_not_add_up(plot: Plot) -> None:
    plot.claim["by_class"] = {"A": 60, "B": 300, "C": 0, "L": 0}


def a_better_class_than_recorded(plot: Plot) -> None:
    plot.claim["by_class"] = {"A": 300, "B": 0, "C": 0, "L": 0}


# --- 9: the holder ------------------------------------------------------------------------------


def a_renamed_holder(plot: Plot) -> None:
    plot.opened["name"] = ("V1", "张伟")
    plot.paper = replace(plot.paper, name="张伟")


def a_name_opened_with_another_key(plot: Plot) -> None:
    plot.opened["name"] = ("V2", plot.paper.name)


def the_row_of_another_volunteer(plot: Plot) -> None:
    plot.opened["name"] = ("V2", "欧阳致远")
    plot.paper = replace(plot.paper, name="欧阳致远")
    plot.means.shown = lambda shown: shown.update(people={1})


def two_rows_of_volunteers(plot: Plot) -> None:
    plot.means.shown = lambda shown: shown.update(people={0, 1})


def no_row_of_the_volunteer(plot: Plot) -> None:
    plot.means.shown = lambda shown: void(shown.pop("people"))


def a_membership_for_the_volunteers_row(plot: Plot) -> None:
    member = {"number": "V1", "state": "active"}
    plot.add("member", replace(plot["people"], rows=[member]), before="sheet")


def a_name_that_is_not_opened(plot: Plot) -> None:
    plot.opened = {}


def a_field_that_was_never_registered(plot: Plot) -> None:
    plot.opened["document"] = ("V1", "居民身份证")


def a_field_opened_that_is_no_commitment(plot: Plot) -> None:
    plot.opened["state"] = ("V1", "active")


# --- 10: the seal -------------------------------------------------------------------------------


def a_seal_by_another_certificate(plot: Plot) -> None:
    plot.means.seal = "second"
    plot["certificate"].head["signer"] = holder("sealer").sealer.sha256


def a_seal_of_an_untrusted_authority(plot: Plot) -> None:
    plot.means.seal = "outsider"


def a_seal_expired_at_the_stamp(plot: Plot) -> None:
    plot.means.seal = "expired"


def a_seal_not_valid_before_the_stamp(plot: Plot) -> None:
    plot.means.seal = "early"


# --- 11: the ink --------------------------------------------------------------------------------


def a_page_with_another_total(plot: Plot) -> None:
    plot.paper = replace(plot.paper, minutes=3000)


def a_page_with_another_name(plot: Plot) -> None:
    plot.paper = replace(plot.paper, name="张伟")


def a_page_with_another_number(plot: Plot) -> None:
    plot.paper = replace(plot.paper, number=NUMBER.replace("2026", "2025"))


# --- 1: the proof's form ------------------------------------------------------------------------


def an_unknown_format(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof.update(format="volunteer-ledger/proof@v2")


def spaces_between(plot: Plot) -> None:
    plot.means.written = lambda data: data.replace(b'"certificate":', b'"certificate": ', 1)


def a_newline_at_the_end(plot: Plot) -> None:
    plot.means.written = lambda data: data + b"\n"


def a_field_twice(plot: Plot) -> None:
    plot.means.written = lambda data: data.replace(b"{", b'{"certificate":0,', 1)


def fields_in_another_order(plot: Plot) -> None:
    def swap(data: bytes) -> bytes:
        last = b'"format":"volunteer-ledger/proof@v1",'
        return b"{" + last + data[1:].replace(last, b"")

    plot.means.written = swap


def an_unknown_field(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof.update(zeal=1)


def a_missing_field(plot: Plot) -> None:
    plot.means.proof = lambda proof: void(proof.pop("hashes"))


def a_name_that_is_not_nfc(plot: Plot) -> None:
    plot.means.written = lambda data: data.replace("李".encode(), "e\u0301".encode())


def no_json_at_all(plot: Plot) -> None:
    plot.means.written = lambda data: data[:-1]


# --- 2 and 4: the log's word ----------------------------------------------------------------------


def a_hash_left_over(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof["hashes"].append(base64(digest("left over")))


def a_hash_missing(plot: Plot) -> None:
    plot.means.proof = lambda proof: void(proof["hashes"].pop())


def a_hash_of_another_entry(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof["hashes"].__setitem__(0, base64(digest("other")))


def a_checkpoint_of_an_untrusted_key(plot: Plot) -> None:
    plot.means.log = "evil"


def a_checkpoint_of_another_size(plot: Plot) -> None:
    plot.means.proof = lambda proof: proof.update(
        checkpoint=proof["checkpoint"].replace("\n20\n", "\n21\n")
    )


def a_checkpoint_in_the_name_of_another_log(plot: Plot) -> None:
    for step in plot.steps.values():
        step.origin = "other.example.org/log-5eed5eed"
    plot["charter"].head["log"] = str(replace(signer(ORIGIN), name=plot["charter"].origin).verifier)
    plot.means.origin = plot["charter"].origin


# --- of two certificates --------------------------------------------------------------------------


def a_page_replaced_after_logging() -> bytes:
    """Seal another page than the one named: the holder of the seal's key does it."""
    return resealed(page_of(replace(Plot.honest().paper, minutes=3000)), Plot.honest())


def another_page_of_the_same_ledger() -> bytes:
    """Seal the page of the certificate before with the proof of this one."""
    return resealed(page_of(Plot.of_another().paper), Plot.honest())


def another_proof_of_the_same_ledger() -> bytes:
    """Seal the page of this certificate with the proof of the one before."""
    return resealed(page_of(Plot.honest().paper), Plot.of_another())


def another_page_under_the_same_update() -> bytes:
    """Put another page before an update: anybody with two files does it."""
    mine, other = Plot.honest().make(), Plot.of_another().make()
    page, update = envelope.split(other).page, mine[len(envelope.split(mine).page) :]
    return page + update


def another_proof_under_the_same_seal() -> bytes:
    """Attach another proof and keep the seal: anybody with two files does it."""
    mine, other = (envelope.split(plot.make()) for plot in (Plot.honest(), Plot.of_another()))
    return envelope.update(mine.page, other.attachment, signed_at=mine.signed_at, cms=mine.cms)


def another_seal_over_the_same_page() -> bytes:
    """Keep page and proof and take another file's seal."""
    mine, other = (envelope.split(plot.make()) for plot in (Plot.honest(), Plot.of_another()))
    return envelope.update(mine.page, mine.attachment, signed_at=mine.signed_at, cms=other.cms)


def a_page_without_an_update() -> bytes:
    """Take the certificate's update away."""
    return envelope.split(Plot.honest().make()).page


def a_page_added_by_a_second_update() -> bytes:
    """Append a sheet to the sealed file: readers still call the seal valid."""
    out = BytesIO()
    writer = PdfWriter(BytesIO(Plot.honest().make()), incremental=True)
    writer.add_blank_page()
    writer.write(out)
    return out.getvalue()


def resealed(page: bytes, plot: Plot) -> bytes:
    """Seal a page with the proof of a plot."""
    shop = Workshop(plot)
    stamp = plot["certificate"].now
    return pades.seal(page, shop.attachment(), shop.holder.sealer, signed_at=stamp)


# --- helpers ------------------------------------------------------------------------------------


def void(_: object) -> None:
    """Make an expression of what is done for its effect."""


def weak(name: str) -> str:
    """Return the vkey of a point of small order, under which anybody can sign."""
    honest = signer(name).verifier
    return str(replace(honest, key=bytes(32)))


FORGERIES = tuple(
    Forgery(*each)
    for each in (
        (stamps_that_fall, "3", "stamps fall"),
        (a_statement_of_another_origin, "3", "of another log"),
        (entries_that_do_not_rise, "3", "do not rise"),
        (an_entry_shown_twice, "3", "do not rise"),
        (a_second_signer_of_a_statement, "3", "signed once"),
        (a_signer_by_another_name_than_by, "3", "signed once"),
        (an_entry_that_is_no_statement, "3", "a statement begins with"),
        (a_head_in_another_form, "1", "canonical form"),
        (a_row_in_another_form, "1", "canonical form"),
        (a_row_with_a_number_that_is_no_integer, "1", "canonical"),
        (a_row_that_was_never_signed, "4", "another root"),
        (a_hash_left_over_beside_a_row, "4", "left over"),
        (a_hash_missing_beside_a_row, "4", "missing"),
        (a_row_under_another_number, "4", "another root"),
        (no_charter, "5", "no charter"),
        (a_charter_by_another_than_it_names, "5", "not signed by the operator"),
        (a_charter_without_its_row, "3", "row"),
        (a_charter_signed_by_the_recovery_key, "5", "not signed by the operator"),
        (one_key_under_two_names, "5", "enrolled twice"),
        (a_confirmer_whose_person_is_hidden, "7", "row"),
        (a_self_appointed_issuer, "5", "not enrolled"),
        (an_issuer_appointed_by_his_own_second_key, "5", "not enrolled"),
        (an_issuer_appointed_by_a_recorder, "5", "may not say"),
        (an_issuer_appointed_by_the_recovery_key, "5", "may not"),
        (an_issuer_appointed_under_the_operators_name, "5", "bad signature"),
        (an_issuer_appointed_too_late, "5", "not enrolled"),
        (an_issuer_never_appointed, "5", "not enrolled"),
        (an_issuer_appointed_for_a_team, "5", "reach"),
        (an_issuer_of_a_sibling_speaking_for_the_parent, "5", "reach"),
        (a_recorder_who_issues, "5", "may not say"),
        (a_recorder_who_confirms, "5", "may not say"),
        (a_recorder_of_a_sibling, "5", "reach"),
        (a_sheet_signed_by_a_stranger, "5", "bad signature"),
        (an_officer_whose_appointment_is_hidden, "5", "not enrolled"),
        (a_weak_key, "5", "weak"),
        (a_team_registered_by_its_sibling, "5", "from outside"),
        (a_team_registered_by_the_operator, "5", "the root is named"),
        (a_root_of_the_operators_own_later, "5", "root"),
        (teams_in_a_circle, "5", ""),
        (a_team_whose_parent_is_not_shown, "5", "from outside"),
        (a_team_that_is_not_shown, "5", "reach"),
        (one_line_twice_in_its_sheet, "6", "comes twice"),
        (one_sheet_named_twice, "6", "comes twice"),
        (one_line_in_two_sheets, "6", "overlap"),
        (one_line_twice_in_one_sheet, "6", "overlap"),
        (overlapping_lines, "6", "overlap"),
        (a_line_and_the_one_that_replaces_it, "6", "replaced"),
        (lines_out_of_log_order, "6", "other lines"),
        (another_line_shown_than_named, "6", "other lines"),
        (a_line_named_and_not_shown, "6", "other lines"),
        (a_line_shown_and_not_named, "6", "other lines"),
        (a_line_of_another_volunteer, "6", "another's"),
        (lines_of_another_volunteer, "6", "another's"),
        (a_line_before_the_period, "6", "outside the period"),
        (a_line_after_the_period, "6", "outside the period"),
        (an_issuer_of_a_sibling, "6", "not below the issuer"),
        (a_child_certifying_its_parents_lines, "6", "not below the issuer"),
        (an_entry_nobody_needs, "6", "than it needs"),
        (an_appointment_nobody_needs, "6", "than it needs"),
        (an_organisation_nobody_needs, "6", "than it needs"),
        (an_activity_nobody_needs, "6", "than it needs"),
        (an_activity_that_is_not_shown, "6", "not shown, once"),
        (an_activity_shown_twice, "6", "not shown, once"),
        (a_kind_nobody_knows, "6", "kind"),
        (a_certificate_that_is_not_last, "6", "not the last"),
        (an_index_of_another_certificate, "6", "not the last"),
        (a_last_entry_that_is_no_certificate, "6", "is no certificate"),
        (no_lines_at_all, "6", ""),
        (unconfirmed_lines, "7", "not confirmed"),
        (one_unconfirmed_line, "7", "not confirmed"),
        (a_confirmation_excepting_the_line, "7", "not confirmed"),
        (a_confirmation_before_the_attendance, "7", "not confirmed"),
        (a_confirmation_after_the_certificate, "6", "not the last"),
        (a_confirmation_by_a_sibling, "7", "from outside"),
        (a_confirmation_that_is_not_the_first, "7", "than it needs"),
        (a_confirmation_of_the_same_sheet_twice, "7", "than it needs"),
        (a_recorder_and_confirmer_of_one_person, "7", "three persons"),
        (a_confirmer_who_is_the_holder, "7", "three persons"),
        (a_recorder_who_is_the_holder, "7", "three persons"),
        (more_minutes_than_the_interval, "8", "more minutes"),
        (an_interval_that_ends_before_it_starts, "8", "more minutes"),
        (a_line_without_minutes, "8", "minutes"),
        (a_line_of_minus_minutes, "8", "minutes"),
        (a_total_too_high, "8", "add up"),
        (classes_that_do_not_add_up, "8", "add up"),
        (a_better_class_than_recorded, "8", "add up"),
        (a_renamed_holder, "9", "not what was registered"),
        (a_name_opened_with_another_key, "9", "not what was registered"),
        (the_row_of_another_volunteer, "9", "volunteer's row"),
        (two_rows_of_volunteers, "9", "volunteer's row"),
        (no_row_of_the_volunteer, "9", "volunteer's row"),
        (a_membership_for_the_volunteers_row, "9", "not what was registered"),
        (a_name_that_is_not_opened, "9", "not opened"),
        (a_field_that_was_never_registered, "9", "not what was registered"),
        (a_field_opened_that_is_no_commitment, "9", "not what was registered"),
        (a_seal_by_another_certificate, "10", "another certificate"),
        (a_seal_of_an_untrusted_authority, "10", ""),
        (a_seal_expired_at_the_stamp, "10", ""),
        (a_seal_not_valid_before_the_stamp, "10", ""),
        (a_page_with_another_total, "11", "was proved"),
        (a_page_with_another_name, "11", "was proved"),
        (a_page_with_another_number, "11", "was proved"),
    )
)

FORMS = tuple(
    Forgery(*each)
    for each in (
        (an_unknown_format, "1", "format unknown"),
        (spaces_between, "1", "canonical form"),
        (a_newline_at_the_end, "1", "canonical form"),
        (a_field_twice, "1", "canonical form"),
        (fields_in_another_order, "1", "canonical form"),
        (an_unknown_field, "1", "zeal"),
        (a_missing_field, "1", "hashes"),
        (a_name_that_is_not_nfc, "1", "NFC"),
        (no_json_at_all, "1", "JSON"),
    )
)
UNLOGGED = tuple(
    Forgery(*each)
    for each in (
        (a_hash_left_over, "4", "left over"),
        (a_hash_missing, "4", "missing"),
        (a_hash_of_another_entry, "4", "another root"),
        (a_checkpoint_of_an_untrusted_key, "2", "not signed by a trusted log key"),
        (a_checkpoint_of_another_size, "2", "bad signature"),
        (a_checkpoint_in_the_name_of_another_log, "2", "not trusted"),
    )
)
SPLICED = (
    a_page_replaced_after_logging,
    another_page_of_the_same_ledger,
    another_proof_of_the_same_ledger,
    another_page_under_the_same_update,
    another_proof_under_the_same_seal,
    another_seal_over_the_same_page,
    a_page_without_an_update,
    a_page_added_by_a_second_update,
)
