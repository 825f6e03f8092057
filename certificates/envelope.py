"""The one incremental update that makes a page a certificate (ISO 32000-1, 7.5.6 and 12.8).

    <the page, byte for byte>
    n+1  the embedded file       proof.json, Flate
    n+2  its file specification  /AFRelationship /Data
    n+3  the signature           /ByteRange around /Contents <hex of the CMS, then zeros>
    1    the catalog, adding /Names /AF /Perms /Extensions
    2    the form, adding /SigFlags
    3    the field, adding /V
    n+4  the cross-reference stream with /Prev, startxref, %%EOF

Page, compressed attachment, signing time and CMS determine every byte. A file is read by taking
these four out and writing it again: padding that is not zero, bytes appended, an object redefined
that should not be, a second update, all come out different. No cryptography here: `seal` signs.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from zlib import compress

from certificates import pdf
from ledger.errors import Rejected
from ledger.times import moment

NAME = b"proof.json"
_RESERVED = 16_384  # hex digits for the CMS: four certificates of RSA-4096 have room
_RANGE = b"/ByteRange [%-33b]"  # of one length whatever the numbers: they are known last
_CONTENTS = b" /Contents <"
_NEW = 3  # objects that an update adds, but its table
_PREVIOUS = re.compile(rb" /Prev ([0-9]{1,8}) /Length [0-9]{1,4} >>\nstream\n")
_PACKED = re.compile(
    rb"[0-9]+ 0 obj\n<< /Type /EmbeddedFile [^\n]*/Length ([0-9]{1,8}) >>\nstream\n"
)
_SEALED = re.compile(
    rb"/M \(D:([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})\+08'00'\) /Contents \Z"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What determines a certificate's file."""

    page: bytes
    attachment: bytes
    signed_at: str
    cms: bytes


def update(page: bytes, attachment: bytes, *, signed_at: str, cms: bytes = b"") -> bytes:
    """Return the whole file; without a CMS, with room for one: what `to_sign` reads is the same."""
    _check_room(cms)
    if len(attachment) > pdf.LIMIT:
        raise Rejected(
            "certificate.too_long",
            en=f"the proof has {len(attachment)} bytes, at most {pdf.LIMIT}: certify fewer lines",
            zh=f"证明数据有 {len(attachment)} 字节，上限 {pdf.LIMIT}：请减少所证明的记录",
        )
    parts = Parts(page, attachment, signed_at, cms)
    return page + _behind(parts, compress(attachment, pdf.LEVEL))


def filled(file: bytes, cms: bytes) -> bytes:
    """Return a file that has room for a CMS with the CMS in it: the same as if written with it."""
    _check_room(cms)
    start, end = _gap(file)
    return b"%s<%s>%s" % (file[:start], cms.hex().encode().ljust(_RESERVED, b"0"), file[end:])


def to_sign(file: bytes) -> bytes:
    """Return the bytes that the signature is over: all but `/Contents` (ISO 32000-1, 12.8.1)."""
    start, end = _gap(file)
    return file[:start] + file[end:]


def digests(file: bytes, page: bytes) -> tuple[bytes, bytes]:
    """Return the SHA-256 of the page that a file begins with, and of what is signed; read once."""
    start, end = _gap(file)
    whole = sha256(page)
    own = whole.digest()
    whole.update(memoryview(file)[len(page) : start])
    whole.update(memoryview(file)[end:])
    return own, whole.digest()


def _check_room(cms: bytes) -> None:
    if len(cms) * 2 > _RESERVED:
        raise Rejected(
            "certificate.too_long",
            en=f"the signature has {len(cms)} bytes, at most {_RESERVED // 2}: shorten the chain",
            zh=f"签章有 {len(cms)} 字节，上限 {_RESERVED // 2}：请缩短证书链",
        )


def split(file: bytes) -> Parts:
    """Take a file apart. Only a file that its own parts would write again is accepted."""
    page = _page(file)
    packed = _packed(file, len(page))
    start, end = _gap(file)
    seal = _SEALED.search(file, max(len(page), start - 64), start)
    if seal is None:
        raise pdf.malformed("it has no signature of ours", "没有本系统形式的签章")
    signed_at = "{}-{}-{}T{}:{}:{}+08:00".format(*(part.decode() for part in seal.groups()))
    cms = _der(file[start + 1 : end - 1])
    parts = Parts(page, pdf.inflate(packed), signed_at, cms)
    # One flipped bit in the update, one byte appended, one zero of the padding changed: not equal.
    if _behind(parts, packed) != file[len(page) :]:
        raise pdf.malformed("its update is not in the one form", "增量更新不是唯一形式")
    return parts


def _behind(parts: Parts, packed: bytes) -> bytes:
    """Return the update: what a file has behind its page."""
    page, before = pdf.read(parts.page), len(parts.page)
    first = page.size
    objects = (
        (first, _embedded(parts, packed)),
        (first + 1, _specification(first)),
        (first + 2, _signature(parts)),
        (pdf.CATALOG, _catalog(page[pdf.CATALOG], first)),
        (pdf.FORM, _with(page[pdf.FORM], b"/SigFlags 3")),
        (pdf.FIELD, _with(page[pdf.FIELD], b"/V %d 0 R" % (first + 2))),
    )
    body = pdf.indirect(before, objects)
    table = _table(page, pdf.table_start(parts.page), body, before + len(body.data))
    behind = body.data + table
    start, end = _gap(behind)
    place = behind.rindex(_RANGE % b"", 0, start)
    span = _RANGE % (b"0 %d %d %d" % (before + start, before + end, len(behind) - end))
    return behind[:place] + span + behind[place + len(span) :]


def _embedded(parts: Parts, packed: bytes) -> bytes:
    return pdf.stream(
        b"/Type /EmbeddedFile /Subtype /application#2Fjson"
        b" /Params << /Size %d /ModDate (%s) >> /Filter /FlateDecode"
        % (len(parts.attachment), _date(parts.signed_at)),
        packed,
    )


def _specification(file: int) -> bytes:
    return (
        b"<< /Type /Filespec /F (%s) /UF (%s) /Desc (volunteer-ledger proof)"
        b" /AFRelationship /Data /EF << /F %d 0 R /UF %d 0 R >> >>" % (NAME, NAME, file, file)
    )


def _signature(parts: Parts) -> bytes:
    """Write the signature dictionary of PAdES (ETSI EN 319 142-1, 5.3): no change is permitted."""
    return (
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Reference"
        b" [<< /Type /SigRef /TransformMethod /DocMDP"
        b" /TransformParams << /Type /TransformParams /P 1 /V /1.2 >> >>]"
        b" %s /M (%s) /Contents <%s> >>"
        % (
            _RANGE % b"",
            _date(parts.signed_at),
            parts.cms.hex().encode().ljust(_RESERVED, b"0"),
        )
    )


def _catalog(body: bytes, first: int) -> bytes:
    return _with(
        body,
        b"/Names << /EmbeddedFiles << /Names [(%s) %d 0 R] >> >> /AF [%d 0 R]"
        b" /Perms << /DocMDP %d 0 R >>"
        b" /Extensions << /ESIC << /BaseVersion /1.7 /ExtensionLevel 1 >> >>"
        % (NAME, first + 1, first + 1, first + 2),
    )


def _with(body: bytes, entries: bytes) -> bytes:
    """Add entries to a dictionary."""
    if not body.endswith(b" >>"):
        raise pdf.malformed(
            "its catalog, form or field is not ours", "目录、表单或签名域不是本系统的形式"
        )
    return body.removesuffix(b">>") + entries + b" >>"


def _table(page: pdf.File, previous: int, body: pdf.Body, start: int) -> bytes:
    """Write the cross-reference section of the update; the page's begins at `previous`."""
    number = page.size + _NEW
    index = b" /Index [%d 3 %d %d] /Prev %d" % (
        pdf.CATALOG, page.size, _NEW + 1, previous,
    )  # fmt: skip
    rising = sorted(body.offsets)  # the redefined come first: 1, 2, 3
    rows = (*(pdf.placed(body.offsets[n]) for n in rising), pdf.placed(start))
    return pdf.table(number, page.identifier, index, rows) + pdf.tail(start)


def _date(at: str) -> bytes:
    """Write an instant as PDF does (ISO 32000-1, 7.9.4)."""
    digits = moment(at).isoformat()[:19].translate({ord(mark): None for mark in "-T:"})
    return f"D:{digits}+08'00'".encode()


def _page(file: bytes) -> bytes:
    """Return the file's beginning up to the end of the revision that /Prev names."""
    previous = _PREVIOUS.search(file, pdf.table_start(file))
    if previous is None:
        raise pdf.malformed("it was never sealed", "没有签章的增量更新")
    mark = b"%%EOF\n"
    end = file.find(mark, int(previous[1]))
    return file[: end + len(mark)] if end >= 0 else b""


def _packed(file: bytes, start: int) -> bytes:
    found = _PACKED.match(file, start)
    if found is None:
        raise pdf.malformed("it carries no proof.json", "没有附带 proof.json")
    return file[found.end() : found.end() + int(found[1])]


def _gap(file: bytes) -> tuple[int, int]:
    """Return where the signature's `/Contents` begins and ends; behind it are only our objects."""
    found = file.rfind(_CONTENTS)
    if found < 0:
        raise pdf.malformed("it has no signature", "没有签章")
    start = found + len(_CONTENTS) - 1
    return start, start + _RESERVED + len(b"<>")


def _der(digits: bytes) -> bytes:
    """Return the DER value at the beginning: tag 0x30, a length in two bytes, the content."""
    try:
        head = bytes.fromhex(digits[:8].decode())
        size = 4 + int.from_bytes(head[2:], "big")
        found = bytes.fromhex(digits[: 2 * size].decode())
    except ValueError:
        raise pdf.malformed("its signature is not hexadecimal", "签章不是十六进制") from None
    if head[:2] != b"\x30\x82":
        raise pdf.malformed("it is not signed", "尚未签章")
    if size != len(found):
        raise pdf.malformed("its signature is cut", "签章残缺")
    return found
