"""Sheets of paper: printed, scanned, checked; and what is answered to whom."""

import contextlib
import io
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given as given_
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from certificates import paper, printed, printout, qr, text
from certificates.claim import Claim
from certificates.commands import exporting, papers, scanned, scanning
from certificates.page import design
from certificates.page.closing import _CODES, _MODULE, _matrix
from certificates.page.look import Look
from certificates.pdf import read
from certificates.render import render
from certificates.seal import holders
from certificates.seal.chain import to_pem
from certificates.seal.holders import Holder
from certificates.seal.revocation import Revoked
from certificates.statuslist import Listed
from certificates.verdict import Beside, Verdict
from certificates.wording import LANGUAGES, Language
from ledger.errors import LedgerError, Malformed
from ledger.standings import Standings
from ledger.times import later
from ledger.trust import Trust
from tests.authorities import Real
from tests.clerk import Clerk
from tests.test_paper import BAG, written
from tests.test_paper import claim as claimed
from tests.test_printed import proved
from tests.test_render import IDENTIFIER, claim, lines
from tests.test_seal import FOUNDED, ORGANISATION, authority, holder
from tests.test_verifying import said as said_by

NOW = "2026-09-02T09:00:00+08:00"
ISSUERS = ("示例县科普志愿服务总队", "示例县" * 33 + "队")


def coded(issuer: str = ISSUERS[0], **changes: Any) -> Claim:
    """Return a claim whose code is signed."""
    made = claim(lines(3), issuer_name=issuer, **changes)
    said = claimed(
        number=made.number, name=qr.hidden(made.name), minutes=made.minutes, issuer=made.issuer_name
    )
    return replace(made, paper=paper.write(paper.fitted(said), holder().sealer))


@cache
def page(name: str, language: Language, issuer: str) -> tuple[bytes, str]:
    made = coded(issuer)
    look = Look(design.shipped_one(name), language)
    return render(made, identifier=IDENTIFIER, look=look), made.paper


def printed_at(file: bytes, dpi: int, folder: Path) -> Image.Image:
    """Return the page as a printer would have it, or skip."""
    program = shutil.which("pdftoppm")
    if program is None:
        pytest.skip("poppler-utils is not installed: there is no page to scan")
    (folder / "page.pdf").write_bytes(file)
    where = [str(folder / "page.pdf"), str(folder / "page")]
    subprocess.run([program, "-r", str(dpi), "-gray", "-singlefile", *where], check=True)
    with Image.open(folder / "page.pgm") as found:
        return found.copy()


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=40)
    return out.getvalue()


def turned(picture: Image.Image) -> Image.Image:
    return picture.rotate(3, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def noisy(picture: Image.Image) -> Image.Image:
    return ImageChops.add(picture, Image.effect_noise(picture.size, 40), 1, -128)


def blurred(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(1.0))


SCANS: dict[str, Callable[[Image.Image], bytes]] = {
    "grey": lambda picture: png(picture.point(lambda value: 60 + value * 130 // 255)),
    "blurred": lambda picture: png(blurred(picture)),
    "by-3": lambda picture: png(turned(picture)),
    "by-90": lambda picture: png(picture.transpose(Image.Transpose.ROTATE_90)),
    "by-180": lambda picture: png(picture.transpose(Image.Transpose.ROTATE_180)),
    "noise": lambda picture: png(noisy(picture)),
    "jpeg": jpeg,
    "all": lambda picture: jpeg(noisy(turned(blurred(picture)))),
}


@pytest.mark.parametrize(
    ("dpi", "scan", "issuer"),
    # At 150 dpi a module is three dots wide, and bears one fault at a time.
    [case for case in product((150, 200, 300), SCANS, ISSUERS) if case[:2] != (150, "all")],
    ids=str,
)
def test_a_scan_is_read(dpi: int, scan: str, issuer: str, tmp_path: Path) -> None:
    file, said = page("classic", "zh", issuer)
    assert scanning.codes(SCANS[scan](printed_at(file, dpi, tmp_path))) == (said,)


@pytest.mark.parametrize(
    ("name", "language", "issuer"), [*product(design.shipped(), LANGUAGES, ISSUERS)], ids=str
)
def test_every_design_in_every_language_is_read(
    name: str, language: Language, issuer: str, tmp_path: Path
) -> None:
    file, said = page(name, language, issuer)
    picture = printed_at(file, 150, tmp_path)
    assert scanning.codes(png(picture)) == (said,)
    assert _quiet(picture)


def _quiet(picture: Image.Image) -> bool:
    """Tell whether nothing touches the code: 1.8 mm above it and beside it are white."""
    mm = picture.width / 210
    left, right, top, bottom = 19.0, 19.0 + 34.0, 297 - 77.0, 297 - 77.0 + 34.0
    edges = (
        (left - 1.8, top, left - 0.2, bottom),
        (right + 0.2, top, right + 1.8, bottom),
        (left, top - 1.8, right, top - 0.2),
        (left, bottom + 0.2, right, bottom + 1.4),
    )
    boxes = [tuple(round(side * mm) for side in edge) for edge in edges]
    return all(min(picture.crop(box).tobytes()) > 200 for box in boxes)  # type: ignore[arg-type]


def test_modules_are_half_a_millimetre_or_more() -> None:
    for issuer in ISSUERS:
        modules = len(_matrix(page("classic", "zh", issuer)[1]))
        assert modules <= 65
        assert _CODES[-1] / modules >= _MODULE


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("url", ["", "https://verify.example.org/c"])
def test_the_words_beside_it_are_held_against_the_page(language: Language, url: str) -> None:
    made = coded(verify_url=url)
    look = Look(design.shipped_one(), language)
    pages = text.pages(read(render(made, identifier=IDENTIFIER, look=look)))
    found, stated = printed.compare(pages, proved(made))
    assert found == language
    assert [each.value for each in stated if "verify" in each.label] == ([url] if url else [])
    assert stated[-1].value == "0700-12345678"


# --- what is answered ----------------------------------------------------------------------------


def answer(said: str = "", bag: tuple[bytes, ...] = BAG, **beside: Any) -> Verdict:
    trust = Trust(issuers=(authority().pem,))
    return printout.verify(said or written(), bag, trust, Beside(**{"now": NOW, **beside}))


def codes(verdict: Verdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]


def test_paper_is_genuine_and_no_more() -> None:
    found = answer(f" {written()}\n")  # as it is pasted
    assert (found.genuine, found.logged, found.standing) == (True, False, "unknown")
    assert found.as_of == "2026-09-01"
    assert found.certificate["name"] == "欧阳*"
    assert found.certificate["issuer"] in found.seal["subject"]
    assert codes(found) == ["paper.alone", "standing.unknown"]


def test_a_specimen_and_another_name_on_the_seal_are_said() -> None:
    made = claimed(specimen=True, issuer="示例县图书馆分队")
    found = answer(paper.write(made, holder().sealer))
    assert found.genuine
    assert found.specimen
    assert codes(found) == ["paper.alone", "specimen", "paper.signer", "standing.unknown"]


def test_a_stranger_under_a_real_authority_is_no_plain_yes() -> None:
    """Such an authority has many customers: each could sign for any issuer he likes to name."""
    real = Real()
    trust = Trust(issuers=(to_pem(real.root.public_bytes(Encoding.DER)),))
    for name, genuine in ((ORGANISATION, True), ("某某网络公司", None)):
        key = holders._generate("ecdsa-p256")
        chain = [real.certificate(key.public_key(), name), real.middle]
        signer = Holder(key, tuple(each.public_bytes(Encoding.DER) for each in chain))
        said = paper.write(claimed(by=signer, issuer=ORGANISATION), signer.sealer)
        found = printout.verify(said, signer.certificates, trust, Beside(now=NOW))
        assert (found.genuine, found.is_genuine) == (bool(genuine), genuine)
        assert ("paper.other_signer" in codes(found)) == (not genuine)


@pytest.mark.parametrize(
    ("now", "as_of", "code"),
    [
        ("2026-09-03T09:00:00+08:00", "2026-09-02T09:00:00+08:00", "standing.unnamed"),
        ("2026-10-03T09:00:00+08:00", "2026-09-02T09:00:00+08:00", "standing.expired"),
        ("2026-09-03T09:00:00+08:00", "2026-08-31T09:00:00+08:00", "standing.later"),
    ],
)
def test_a_status_list_speaks_of_its_own_time(now: str, as_of: str, code: str) -> None:
    listed = Listed("x", as_of, later(as_of, days=30), Standings().listed(0))
    assert codes(answer(now=now, status=(listed,)))[-1] == code


def test_a_revocation_list_that_ran_out_is_said() -> None:
    crl = holders.write_list(authority(), (), at=NOW, until="2026-12-01T00:00:00+08:00")
    assert "revocation.listed" in codes(answer(crls=(crl,)))
    late = answer(crls=(crl,), now="2026-12-02T00:00:00+08:00")
    assert late.genuine
    assert "revocation.outdated" in codes(late)
    old = holders.write_list(
        authority(), (), at="2026-08-01T00:00:00+08:00", until="2026-12-01T00:00:00+08:00"
    )
    assert "revocation.outdated" in codes(answer(crls=(old,)))


def test_what_is_not_believed_says_nothing() -> None:
    found = answer(written()[:-3] + "000")
    assert not found.genuine
    assert not found.certificate
    assert codes(found) in (["paper.unverified"], ["paper.malformed"])


@pytest.mark.parametrize("revoked", ["2026-01-05T00:00:00+08:00", "2026-09-02T08:00:00+08:00"])
def test_who_stole_a_key_cannot_date_back(revoked: str) -> None:
    """A file sealed before the revocation holds; paper says its day itself, so none of it does."""
    for serial, holds in ((answer().seal["serial"], False), ("1", True)):
        taken = Revoked(serial, revoked, "keyCompromise")
        crl = holders.write_list(authority(), [taken], at=NOW, until="2026-12-01T00:00:00+08:00")
        assert answer(crls=(crl,)).genuine == holds


def test_a_list_of_another_authority_says_nothing() -> None:
    other = holders.found_authority("另一协会", FOUNDED)
    crl = holders.write_list(other, (), at=NOW, until="2026-12-01T00:00:00+08:00")
    found = answer(crls=(crl,))
    assert found.genuine
    assert "revocation.unknown" in codes(found)


# --- at the counter ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("issued"))
    clerk.begin()
    clerk.confirmed("张三", "李四")
    clerk(
        "certificate", "issue", clerk.numbers["张三"], "-o", clerk.folder / "1.pdf", "--qr", "claim"
    )
    file = (clerk.folder / "1.pdf").read_bytes()
    printed_at(file, 200, clerk.folder).save(clerk.folder / "1.png")
    clerk("ca", "export", "-o", clerk.folder / papers.BESIDE)
    shutil.copy(clerk.home / "trust.json", clerk.folder)
    return clerk


@pytest.fixture
def here(issued: Clerk, tmp_path: Path) -> Clerk:
    return issued.copied(tmp_path)


def school(here: Clerk) -> tuple[Clerk, tuple[object, ...]]:
    """Return somebody without a ledger, and how he names what he was given."""
    return Clerk(here.folder / "学校", here.now), ("--trust", here.folder / "trust.json")


def test_a_school_checks_a_sheet_offline(here: Clerk) -> None:
    clerk, given = school(here)
    ran = clerk.run("certificate", "verify", "--scan", here.folder / "1.png", *given, lang="zh")
    assert ran.exit_code == 0
    assert "张*" in ran.stdout
    assert "张三" not in ran.stdout
    assert "真实：是" in ran.stdout
    assert "已入账：未知" in ran.stdout
    assert "效力：未知" in ran.stdout
    (found,) = clerk("certificate", "verify", "--scan", here.folder / "1.png", *given)["results"]
    assert (found["genuine"], found["logged"], found["standing"]) == (True, None, "unknown")
    assert found["certificate"]["minutes"] == 180
    (said,) = scanning.codes((here.folder / "1.png").read_bytes())
    (other,) = clerk("certificate", "verify", "--code", said, *given)["results"]
    assert {**other, "file": ""} == {**found, "file": ""}


def test_a_report_says_what_paper_said(here: Clerk) -> None:
    clerk, given = school(here)
    file, sheet = here.folder / "报告.pdf", here.folder / "1.png"
    words = ("certificate", "verify", "--scan", sheet, *given, "--report", file)
    assert clerk.run(*words, lang="zh").exit_code == 0
    words_ = said_by(file)
    assert all(
        each in words_ for each in ("张*", "3小时0分钟", "出具单位的签章密钥签署", "示例县科协")
    )
    clerk("certificate", "verify", sheet, "--scan", sheet, *given, "--report", file, code=1)
    assert "ataglance" in said_by(file)


def test_the_file_of_a_signed_code_verifies(here: Clerk) -> None:
    clerk, given = school(here)
    (found,) = clerk("certificate", "verify", here.folder / "1.pdf", *given)["results"]
    assert found["genuine"]
    assert found["logged"]


def test_the_certificate_is_named_or_found_or_asked_for(here: Clerk) -> None:
    clerk, given = school(here)
    words = ("certificate", "verify", "--scan", here.folder / "1.png", *given)
    (here.folder / papers.BESIDE).rename(here.folder / "其他.pem")
    assert clerk.refused(*words) == "paper.no_seal"
    assert clerk(*words, "--seal", here.folder / "其他.pem")["results"][0]["genuine"]
    assert clerk.refused(*words, "--seal", here.folder / "1.png") == "seal.certificates"
    with_own = here("certificate", "verify", "--scan", here.folder / "1.png", *given)
    assert with_own["results"][0]["genuine"]  # the issuer has it among its keys


def test_the_ledger_says_whether_it_was_logged(here: Clerk) -> None:
    words = ("certificate", "verify", "--scan", here.folder / "1.png")
    (found,) = here(*words)["results"]
    assert (found["logged"], found["standing"]) == (True, "unknown")  # a specimen is never valid
    here("certificate", "revoke", found["certificate"]["number"], "--reason", "fraud")
    (found,) = here(*words, code=1)["results"]
    assert (found["logged"], found["standing"], found["reason"]) == (True, "revoked", "fraud")


def test_a_claim_of_another_row_was_not_logged(here: Clerk) -> None:
    """Who has the key can sign what never was: the ledger does not know its leaf."""
    pem = next((here.home / "keys").glob("seal-*.pem"))
    key = holders.load_holder(
        pem.read_bytes(), pem.with_suffix(".passphrase").read_bytes().strip(), pem.read_bytes()
    )
    (said,) = scanning.codes((here.folder / "1.png").read_bytes())
    forged = replace(paper.read(said)[0], minutes=60_000, leaf=bytes(32))
    words = ("certificate", "verify", "--code", paper.write(forged, key.sealer))
    (found,) = here(*words, code=1)["results"]
    assert (found["genuine"], found["logged"]) == (None, None)
    assert "paper.unlogged" in [reason["code"] for reason in found["reasons"]]


def test_a_status_list_names_what_does_not_stand(here: Clerk) -> None:
    clerk, given = school(here)
    words = ("certificate", "verify", "--scan", here.folder / "1.png", *given, "--status")
    here("certificate", "status", "-o", here.folder / "0.json")
    (found,) = clerk(*words, here.folder / "0.json")["results"]
    assert found["reasons"][-1]["code"] == "standing.expired"
    here("certificate", "status", "-o", here.folder / "1.json", "--days", "366")
    (found,) = clerk(*words, here.folder / "1.json")["results"]
    assert found["standing"] == "unknown"
    assert found["reasons"][-1]["code"] == "standing.unnamed"
    number = found["certificate"]["number"]
    here("certificate", "revoke", number, "--reason", "error")
    here("certificate", "status", "-o", here.folder / "2.json")
    both = (here.folder / "1.json", "--status", here.folder / "2.json")
    (found,) = clerk(*words, *both, code=1)["results"]
    assert (found["standing"], found["reason"]) == ("revoked", "error")
    (found,) = clerk(*words, here.folder / "trust.json", code=1)["results"]
    assert found["reasons"][-1]["code"] == "status.malformed"


def test_what_cannot_be_read_is_no_forgery(here: Clerk) -> None:
    clerk, given = school(here)
    blank, address = here.folder / "空白.png", here.folder / "网址.png"
    blank.write_bytes(png(Image.new("L", (200, 200), 255)))
    here("certificate", "issue", here.numbers["李四"], "-o", here.folder / "2.pdf")
    printed_at((here.folder / "2.pdf").read_bytes(), 150, here.folder).save(address)
    words = ("certificate", "verify", *given)
    for file in (blank, address, here.folder / "trust.json", here.folder / "无.png"):
        ran = clerk.run(*words, "--scan", file)
        assert ran.exit_code == 1
        assert "could not be checked" in ran.stdout
        assert "NO" not in ran.stdout
    assert "could not be checked" in clerk.run(*words, "--code", written()).stdout  # whose key?
    (said,) = scanning.codes((here.folder / "1.png").read_bytes())
    claim_, _ = paper.read(said)
    forged = paper.write(claim_, holder().sealer)
    assert "genuine: NO" in clerk.run(*words, "--code", forged).stdout
    assert clerk.run("certificate", "verify", *given).exit_code == 2


SCANNED = ("jpeg", "flate", "rows", "fax", "jbig2", "strips", "recognised")


@pytest.mark.parametrize("kind", SCANNED)
def test_a_scan_in_a_pdf_is_read(here: Clerk, kind: str) -> None:
    """Office scanners write PDF; taken for the certificate's own file it would be a forgery."""
    clerk, given = school(here)
    file = here.folder / "扫描.pdf"
    file.write_bytes(scanned_as(Image.open(here.folder / "1.png").convert("L"), kind))
    (found,) = clerk("certificate", "verify", "--scan", file, *given)["results"]
    assert found["genuine"]
    (found,) = clerk("certificate", "verify", file, *given, code=1)["results"]
    assert found["genuine"] is None
    assert "--scan" in found["reasons"][-1]["message"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_photograph_is_not_called_a_forged_file(here: Clerk, kind: str) -> None:
    clerk, given = school(here)
    file = here.folder / f"照片.{kind.lower()}"
    Image.open(here.folder / "1.png").convert("L").save(file, kind)
    (found,) = clerk("certificate", "verify", file, *given, code=1)["results"]
    assert found["genuine"] is None
    assert "--scan" in found["reasons"][-1]["message"]


def scanned_as(sheet: Image.Image, kind: str) -> bytes:
    """Return a PDF whose page is a picture, as scanners write it."""
    if kind in ("strips", "recognised"):
        return drawn_in_parts(sheet, behind=kind == "recognised")
    out, size = io.BytesIO(), sheet.size
    colours, bits, width = b"/DeviceGray", 8, sheet.width
    match kind:
        case "jpeg":
            sheet.save(out, "JPEG")
            content, how = out.getvalue(), b"/DCTDecode"
        case "flate":
            content, how = zlib.compress(sheet.tobytes()), b"/FlateDecode"
        case "rows":
            raw, colours = sheet.convert("RGB").tobytes(), b"/DeviceRGB"
            rows = (b"\0" + raw[at : at + width * 3] for at in range(0, len(raw), width * 3))
            content = zlib.compress(b"".join(rows))
            how = b"/FlateDecode /DecodeParms << /Predictor 15 /Colors 3 /Columns %d >>" % width
        case "fax":
            content, bits = faxed(sheet), 1
            how = b"/CCITTFaxDecode /DecodeParms << /K -1 /Columns %d /Rows %d >>" % size
        case _:
            content, bits, how = jbig2(sheet), 1, b"/JBIG2Decode"
    have = b"<< /XObject << /Im 5 0 R >> >>"
    shown = b"595 0 0 842 0 0 cm /Im Do"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>"
        % have,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown),
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent %d /ColorSpace %s"
        b" /Filter %s /Length %d >>\nstream\n%s\nendstream"
        % (*size, bits, colours, how, len(content), content),
    )
    numbered = b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + numbered + b"trailer\n<< /Root 1 0 R /Size 6 >>\n%%EOF\n"


def faxed(sheet: Image.Image) -> bytes:
    """Return a picture as ITU-T T.6 codes it."""
    out = io.BytesIO()
    sheet.convert("1").save(out, "TIFF", compression="group4", tiffinfo={278: sheet.height})
    with Image.open(out) as tiff:
        (begins,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]  # type: ignore[attr-defined]
    return out.getvalue()[begins : begins + length]


def jbig2(sheet: Image.Image) -> bytes:
    """Return a picture as JBIG2 (ITU-T T.88) embedded in PDF: a page, and one region in T.6 codes."""
    place = struct.pack(">IIIIB", *sheet.size, 0, 0, 0)
    parts = (
        (48, struct.pack(">IIIIBH", *sheet.size, 0, 0, 0, 0)),
        (38, place + b"\x01" + faxed(sheet)),
    )
    return b"".join(
        struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data
        for number, (kind, data) in enumerate(parts)
    )


def drawn_in_parts(sheet: Image.Image, *, behind: bool) -> bytes:
    """Return a PDF whose page is two pictures, or one with letters behind it that nobody sees."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    if behind:
        words = canvas.beginText(100, 700)
        words.setTextRenderMode(3)
        words.textLine("Certificate of Volunteer Service")
        canvas.drawText(words)
    half = sheet.height if behind else sheet.height // 3
    for top, low in ((0, half), (half, sheet.height)):
        if top < low:
            part = sheet.crop((0, top, sheet.width, low))
            at, high = 842 - low * 842 / sheet.height, (low - top) * 842 / sheet.height
            canvas.drawImage(ImageReader(part), 0, at, 595, high)
    canvas.save()
    return out.getvalue()


def test_what_is_no_scan_is_not_called_one(here: Clerk) -> None:
    """A page with a small picture is a document; a certificate's own file is never a picture."""
    clerk, given = school(here)
    out, picture = io.BytesIO(), Image.open(here.folder / "1.png").convert("L")
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.drawString(100, 700, "18 h")
    canvas.drawImage(ImageReader(picture), 100, 100, 200, 283)
    canvas.save()
    other, broken = here.folder / "别的.pdf", here.folder / "坏.pdf"
    other.write_bytes(out.getvalue())
    broken.write_bytes(b"%PDF-1.7\n" + bytes(200))
    for file in (other, broken):
        (found,) = clerk("certificate", "verify", file, *given, code=1)["results"]
        assert found["genuine"] is False
    sealed = here.folder / "1.pdf"
    for file, word in ((broken, "JPEG"), (sealed, "without --scan")):
        (found,) = clerk("certificate", "verify", "--scan", file, *given, code=1)["results"]
        assert found["genuine"] is None
        assert word in found["reasons"][0]["message"]


@given_(st.binary(max_size=300), st.integers(0, 600))
def test_hostile_bytes_in_a_pdf_crash_nothing(some: bytes, place: int) -> None:
    whole = (
        scanned_as(Image.new("L", (20, 20), 255), "flate")
        .replace(b"595", b"59")
        .replace(b"842", b"84")
    )
    data = whole[:place] + some + whole[place + len(some) :]
    with contextlib.suppress(Malformed):  # and nothing else
        assert all(max(sheet.size) <= 5000 for sheet in scanned.sheets(data))
    assert scanned.is_scan(data) in (True, False)


def test_several_sheets_in_one_picture(tmp_path: Path) -> None:
    said = [page("plain", language, ISSUERS[0]) for language in LANGUAGES[:2]]
    both = Image.new("L", (2480, 1754), 255)
    for place, (file, _) in enumerate(said):
        both.paste(printed_at(file, 150, tmp_path), (place * 1240, 0))
    assert set(scanning.codes(png(both))) == {each for _, each in said}


def test_a_picture_without_end_is_refused() -> None:
    with pytest.raises(LedgerError):
        scanning.codes(png(Image.new("1", (20_000, 6_000))))


def test_a_lost_ledger_is_said(here: Clerk) -> None:
    (here.home / "ledger.db").write_bytes(b"no database")
    ran = here.run("certificate", "verify", "--scan", here.folder / "1.png")
    assert "genuine: yes" in ran.stdout
    assert "cannot be asked" in ran.stdout


# --- issuing -------------------------------------------------------------------------------------


def test_the_settings_decide_what_codes_hold(here: Clerk) -> None:
    settings = here.home / "association.toml"
    whole = settings.read_text(encoding="utf-8")
    assert 'qr = "address"' in whole
    settings.write_text(whole.replace('qr = "address"', 'qr = "claim"'), encoding="utf-8")
    for name, more, prefix in (("a", (), "VLP1:"), ("b", ("--qr", "address"), "419900-KX-")):
        file = here.folder / f"{name}.pdf"
        here("certificate", "issue", here.numbers["李四"], "-o", file, *more)
        (said,) = scanning.codes(png(printed_at(file.read_bytes(), 150, here.folder)))
        assert said.startswith(prefix)
    settings.write_text(whole.replace('qr = "address"', 'qr = "picture"'), encoding="utf-8")
    words = ("certificate", "issue", here.numbers["李四"], "-o", here.folder / "c.pdf")
    assert here.refused(*words) == "malformed"


def test_an_rsa_seal_says_that_it_cannot(here: Clerk) -> None:
    here("ca", "issue", "--algorithm", "rsa-3072")
    file = here.folder / "r.pdf"
    ran = here.run("certificate", "issue", here.numbers["李四"], "-o", file, "--qr", "claim")
    assert ran.exit_code == 0
    assert "not of P-256" in ran.stderr
    (said,) = scanning.codes(png(printed_at(file.read_bytes(), 150, here.folder)))
    assert said.startswith("419900-KX-")


def test_exported_certificates_are_public_and_all_of_them(here: Clerk) -> None:
    here("ca", "issue")
    found = here("ca", "export", "-o", here.folder / papers.BESIDE)
    assert len(found["seals"]) == 2
    data = (here.folder / papers.BESIDE).read_bytes()
    assert len(holders.load_certificates(data)) == 2
    assert b"PRIVATE" not in data
    assert exporting.export.name == "export"
    clerk, given = school(here)
    words = ("certificate", "verify", "--scan", here.folder / "1.png", *given)
    assert clerk(*words)["results"][0]["genuine"]  # by the older of the two
