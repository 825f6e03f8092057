"""The stranger's steps 10 and 11: the page, the one update, the seal and the ink.

Only what the design says of section 3 "Page" and section 7 is asked for; how this product lays
out its update is not known here.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import pypdf
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pypdf.generic import DictionaryObject, IndirectObject, PdfObject

ADDED = {
    "catalog": {"/Names", "/AF", "/Perms", "/Extensions", "/Version"},
    "form": {"/SigFlags"},
    "field": {"/V"},
}
ACTIVE = {"/JS", "/JavaScript", "/AA", "/OpenAction", "/XFA", "/Launch", "/RichMedia"}
ASKED = {"content_type", "message_digest", "signing_certificate_v2"}
ALLOWED = ASKED | {"signing_time", "cms_algorithm_protection"}
HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


class Refused(Exception):
    """A step says no; the message begins with its number."""


@dataclass(frozen=True)
class Expected:
    """What the certificate's entry says of the file, and when the log took it."""

    length: int
    digest: str
    signer: str
    moment: datetime


def need(held: object, reason: str) -> None:
    if not held:
        raise Refused(reason)


# --- the page and the update ----------------------------------------------------------------


def check_paper(pdf: bytes, expected: Expected, issuers: list[str]) -> None:
    """Step 10: the page named, one update of the one form, an intact seal that is trusted."""
    page = pdf[: expected.length]
    need(hashlib.sha256(page).hexdigest() == expected.digest, "10: another page")
    before, after = pypdf.PdfReader(BytesIO(page)), pypdf.PdfReader(BytesIO(pdf))
    form, field = places(before)
    check_passive(before, field)
    catalog = before.trailer.raw_get("/Root").idnum
    check_one_update(pdf, page, before, after)
    redefined = {"catalog": catalog, "form": form, "field": field}
    offsets, now = before.xref[0], after.xref[0]
    moved = {number for number in offsets if now.get(number) != offsets[number]}
    need(moved <= set(redefined.values()), "10: the update redefines something else")
    packed, still = before.xref_objStm, after.xref_objStm
    need(packed == still, "10: the update redefines something packed")
    for name, number in redefined.items():
        check_only_added(at(before, number), at(after, number), ADDED[name], name)
    seal = at(after, field).raw_get("/V")
    check_attached(at(after, catalog), seal)
    check_seal(pdf, seal.get_object(), expected, issuers)


def at(reader: pypdf.PdfReader, number: int) -> DictionaryObject:
    found = reader.get_object(IndirectObject(number, 0, reader))
    need(isinstance(found, DictionaryObject), "10: not a dictionary")
    assert isinstance(found, DictionaryObject)
    return found


def places(page: pypdf.PdfReader) -> tuple[int, int]:
    """Return where the form and its one empty signature field are; both stand by themselves."""
    form = page.root_object.raw_get("/AcroForm")
    need(isinstance(form, IndirectObject), "10: the form is not an object of its own")
    fields = list.__iter__(form.get_object()["/Fields"])
    numbers = [field.idnum for field in fields if isinstance(field, IndirectObject)]
    need(len(numbers) == len(form.get_object()["/Fields"]) == 1, "10: not the one field")
    field: Any = at(page, numbers[0])
    need(field["/FT"] == "/Sig" and "/V" not in field, "10: not an empty signature field")
    return form.idnum, numbers[0]


def check_passive(page: pypdf.PdfReader, field: int) -> None:
    """Nothing in the page acts or asks for input but the one field."""
    for number in page.xref[0]:
        for inner in within(page.get_object(IndirectObject(number, 0, page))):
            need(not ACTIVE & inner.keys(), "10: a script or an action")
            need(inner.get("/S") not in {"/JavaScript", "/Launch"}, "10: a script or an action")
            need(number == field or "/FT" not in inner, "10: another field")


def within(value: Any) -> Iterator[DictionaryObject]:
    """Yield a value's dictionaries, not following references: each object is looked at once."""
    if isinstance(value, DictionaryObject):
        yield value
        for key in value:
            yield from within(value.raw_get(key))
    elif isinstance(value, list):
        for inner in list.__iter__(value):
            yield from within(inner)


def check_one_update(
    pdf: bytes, page: bytes, before: pypdf.PdfReader, after: pypdf.PdfReader
) -> None:
    update = pdf[len(page) :]
    need(re.search(rb"%%EOF\s*$", page), "10: the page is not complete")
    need(re.search(rb"%%EOF\n?$", update), "10: bytes after the end")
    need(update.count(b"startxref") == update.count(b"%%EOF") == 1, "10: not one update")
    last = re.findall(rb"startxref\s+(\d+)", page)[-1]
    old: Any = before.trailer
    new: Any = after.trailer
    (start,) = re.findall(rb"startxref\s+(\d+)", update)
    table = pdf[int(start) :].partition(b"stream")[0]  # pypdf keeps no /Prev of a stream
    need(re.findall(rb"/Prev (\d+)", table) == [last], "10: an update of another page")
    one, two = old["/ID"][0], new["/ID"][0]
    need(one.original_bytes == two.original_bytes and len(one.original_bytes) == 16, "10: /ID")
    for key in ("/Root", "/Info"):
        need(raw(before.trailer, key) == raw(after.trailer, key), f"10: another {key}")


def check_only_added(
    old: DictionaryObject, new: DictionaryObject, added: set[str], name: str
) -> None:
    need(new.keys() - old.keys() <= added, f"10: the update adds to the {name}")
    changed = {key for key in old if raw(old, key) != raw(new, key)}
    need(changed <= added & {"/SigFlags", "/Version", "/Extensions"}, f"10: changes the {name}")


def raw(dictionary: DictionaryObject, key: str) -> bytes:
    """Return a value as it would be written, references unfollowed; nothing if there is none."""
    out = BytesIO()
    if key in dictionary:
        value: PdfObject = dictionary.raw_get(key)
        value.write_to_stream(out)
    return out.getvalue()


def check_attached(catalog: DictionaryObject, seal: IndirectObject) -> None:
    names: Any = catalog["/Names"]
    need(list(names) == ["/EmbeddedFiles"], "10: other names")
    files = names["/EmbeddedFiles"]["/Names"]
    need(len(files) == 2 and files[0] == "proof.json", "10: not the one attachment")
    associated: Any = catalog["/AF"]
    need(len(associated) == 1, "10: not the one associated file")
    need(associated[0].get_object() == files[1].get_object(), "10: another associated file")
    perms: Any = catalog["/Perms"]
    need(list(perms) == ["/DocMDP"] and perms.raw_get("/DocMDP") == seal, "10: /Perms")


# ------------------------------------------------------------------------------- the seal


def check_seal(pdf: bytes, seal: Any, expected: Expected, issuers: list[str]) -> None:
    need(seal["/SubFilter"] == "/ETSI.CAdES.detached", "10: not a PAdES seal")
    (reference,) = seal["/Reference"]
    need(reference["/TransformMethod"] == "/DocMDP", "10: changes are allowed")
    need(reference["/TransformParams"]["/P"] == 1, "10: changes are allowed")
    start, gap, resume, length = seal["/ByteRange"]
    need(start == 0 and gap > expected.length and resume + length == len(pdf), "10: /ByteRange")
    hole = pdf[gap:resume]
    need(hole[:1] == b"<" and hole[-1:] == b">", "10: /ByteRange leaves out more than the seal")
    need(re.fullmatch(rb"(?:[0-9a-f]{2})*|(?:[0-9A-F]{2})*", hole[1:-1]), "10: hex in two cases")
    data = bytes.fromhex(hole[1:-1].decode())
    need(seal["/Contents"].original_bytes == data, "10: the hole is not the seal")
    content = cms.ContentInfo.load(data)
    size = len(content.dump())
    need(not data[size:].strip(b"\0"), "10: something in the padding")
    need(content.dump(force=True) == data[:size], "10: CMS not in DER")
    need(content["content_type"].native == "signed_data", "10: not signed data")
    check_signed(content["content"], pdf[:gap] + pdf[resume:], expected, issuers)


def check_signed(
    signed: cms.SignedData, content: bytes, expected: Expected, issuers: list[str]
) -> None:
    (info,) = signed["signer_infos"]
    bag = [x509.load_der_x509_certificate(one.dump()) for one in signed["certificates"]]
    mine = [one for one in bag if one.fingerprint(hashes.SHA256()).hex() == expected.signer]
    need(len(mine) == 1 and len(bag) == len(set(bag)), "10: sealed by another certificate")
    name = info["digest_algorithm"]["algorithm"].native
    need(name in HASHES, "10: a weak digest")
    digest = hashlib.new(name, content)
    need(signed["version"].native == info["version"].native == "v1", "10: CMS version")
    need(signed["crls"].native is None and not info["unsigned_attrs"].native, "10: CMS extras")
    (algorithm,) = signed["digest_algorithms"]
    need(algorithm.dump() == info["digest_algorithm"].dump(), "10: two digests")
    inner = signed["encap_content_info"]
    need(inner["content_type"].native == "data" and inner["content"].native is None, "10: content")
    need(info["sid"].name == "issuer_and_serial_number", "10: signer named otherwise")
    need(info["sid"].chosen["serial_number"].native == mine[0].serial_number, "10: serial number")
    need(info["sid"].chosen["issuer"].dump() == mine[0].issuer.public_bytes(), "10: issuer")
    check_attributes(info["signed_attrs"], digest.digest(), mine[0])
    check_cryptography(info, mine[0], name)
    check_chain(mine[0], [one for one in bag if one != mine[0]], expected.moment, issuers)


def check_attributes(attributes: Any, digest: bytes, mine: x509.Certificate) -> None:
    values = {one["type"].native: one["values"] for one in attributes}
    need(len(values) == len(attributes) and ASKED <= values.keys() <= ALLOWED, "10: attributes")
    need(values["content_type"].native == ["data"], "10: content type")
    need(values["message_digest"].native == [digest], "10: the file was changed")
    (named,) = values["signing_certificate_v2"]
    assert isinstance(named, tsp.SigningCertificateV2)
    certificate = named["certs"][0]
    need(certificate["hash_algorithm"]["algorithm"].native == "sha256", "10: certificate's hash")
    need(certificate["cert_hash"].native == mine.fingerprint(hashes.SHA256()), "10: its hash")


def check_cryptography(info: cms.SignerInfo, mine: x509.Certificate, name: str) -> None:
    message = b"\x31" + info["signed_attrs"].dump(force=True)[1:]
    signature, key = info["signature"].native, mine.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(HASHES[name]()))
        else:
            assert isinstance(key, rsa.RSAPublicKey)
            key.verify(signature, message, padding.PKCS1v15(), HASHES[name]())
    except (InvalidSignature, AssertionError):
        need(held=False, reason="10: the seal does not hold")


def check_chain(
    leaf: x509.Certificate, bag: list[x509.Certificate], moment: datetime, issuers: list[str]
) -> None:
    """From the seal's certificate to a trusted authority, at the log's time, all of the bag."""
    roots = [x509.load_pem_x509_certificate(issuer.encode()) for issuer in issuers]
    left, top = list(bag), leaf
    while True:
        need(top.not_valid_before_utc <= moment <= top.not_valid_after_utc, "10: not valid then")
        over = [root for root in roots if issued(top, root)]
        if over and not left:
            need(any(r.not_valid_before_utc <= moment <= r.not_valid_after_utc for r in over), "10")
            return
        above = [one for one in left if issued(top, one) and authority(one)]
        need(above, "10: not of a trusted authority")
        top = above[0]
        left.remove(top)


def issued(lower: x509.Certificate, upper: x509.Certificate) -> bool:
    try:
        lower.verify_directly_issued_by(upper)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


# -------------------------------------------------------------------------------- the ink


def check_ink(page: bytes, number: str, name: str, minutes: int) -> None:
    """Step 11: number, name and total are to be read on the page, white space apart."""
    sheets = pypdf.PdfReader(BytesIO(page)).pages
    text = "".join("".join(sheet.extract_text() for sheet in sheets).split())
    total = f"{minutes // 60}小时{minutes % 60}分钟"
    for word in (number, name, total):
        need("".join(word.split()) in text, f"11: the page does not say {word}")
