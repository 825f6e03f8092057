"""The one incremental update: written, taken apart, and nothing else accepted."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import envelope, pdf
from ledger.errors import LedgerError, Malformed, Rejected

AT = "2026-09-01T10:00:00+08:00"
CMS = b"\x30\x82\x01\x00" + bytes(range(256))
PROOF = b'{"format":"volunteer-ledger/proof@v1"}' * 9


def page(content: bytes = b"BT ET") -> bytes:
    """The smallest page that is one of ours."""
    objects = (
        b"<< /Type /Catalog /Pages 5 0 R /AcroForm 2 0 R >>",
        b"<< /Fields [3 0 R] >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /F 132 /Rect [0 0 0 0] /P 6 0 R >>",
        b"<< /Title (page) >>",
        b"<< /Type /Pages /Count 1 /Kids [6 0 R] >>",
        b"<< /Type /Page /Parent 5 0 R /MediaBox [0 0 9 9] /Contents 7 0 R /Annots [3 0 R] >>",
        pdf.deflated(b"", content),
    )
    return bytes(pdf.File(objects, 0, bytes(16)))


def sealed() -> bytes:
    return envelope.update(page(), PROOF, signed_at=AT, cms=CMS)


def test_the_page_is_the_beginning_of_the_file_byte_for_byte() -> None:
    assert sealed().startswith(page())


def test_split_gives_back_what_update_took() -> None:
    assert envelope.split(sealed()) == envelope.Parts(page(), PROOF, AT, CMS)


@given(st.binary(max_size=2000), st.binary(max_size=300))
def test_any_attachment_and_any_page_come_back(attachment: bytes, content: bytes) -> None:
    file = envelope.update(page(content), attachment, signed_at=AT, cms=CMS)
    assert envelope.split(file) == envelope.Parts(page(content), attachment, AT, CMS)


def test_words_of_the_update_inside_page_or_attachment_are_only_content() -> None:
    trap = b" /Contents <30%%EOF\n /Prev 9 >>\n/ByteRange [" + b" " * 33 + b"]"
    stored = zlib.compressobj(0)  # so that the words stand in the page as they are
    objects = list(pdf.read(page()).objects)
    objects[6] = pdf.stream(b"/Filter /FlateDecode", stored.compress(trap) + stored.flush())
    cunning = bytes(pdf.File(tuple(objects), 0, bytes(16)))
    assert trap in cunning
    with pytest.raises(LedgerError):  # a page that fakes its own end is no page
        envelope.split(envelope.update(cunning.replace(b"%%EOF\n", b"", 1), trap, signed_at=AT))


def test_what_is_signed_does_not_depend_on_the_signature() -> None:
    empty = envelope.update(page(), PROOF, signed_at=AT)
    assert envelope.to_sign(empty) == envelope.to_sign(sealed())
    assert len(sealed()) - len(envelope.to_sign(sealed())) == 16_384 + len("<>")


def test_byte_range_covers_all_but_the_contents() -> None:
    file = sealed()
    numbers = file.rsplit(b"/ByteRange [", 1)[1].split(b"]", 1)[0].split()
    _, first, second, length = map(int, numbers)
    assert file[:first] + file[second : second + length] == envelope.to_sign(file)
    assert (file[first : first + 1], file[second - 1 : second]) == (b"<", b">")
    assert second + length == len(file)


def test_an_unsigned_update_is_not_a_certificate() -> None:
    with pytest.raises(Malformed, match="not signed"):
        envelope.split(envelope.update(page(), PROOF, signed_at=AT))


def test_a_page_that_was_never_sealed_is_refused() -> None:
    with pytest.raises(Malformed, match="never sealed"):
        envelope.split(page())


@pytest.mark.parametrize("extra", [b"\n", b" ", b"%", b"\x00", b"%%EOF\n"])
def test_appended_bytes_are_refused(extra: bytes) -> None:
    with pytest.raises(LedgerError):
        envelope.split(sealed() + extra)


def test_every_truncation_is_refused() -> None:
    file = sealed()
    for end in [*range(0, len(page()), 7), *range(len(file) - 900, len(file))]:
        with pytest.raises(LedgerError):
            envelope.split(file[:end])


def test_a_second_update_is_refused() -> None:
    file = sealed()
    start = len(file)
    overlay = b"7 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n"
    previous = int(file.rsplit(b"startxref\n", 1)[1].split()[0])
    table = b"xref\n7 1\n%010d 00000 n \ntrailer\n<< /Size 11 /Root 1 0 R /Prev %d >>\n" % (
        start,
        previous,
    )
    tail = b"startxref\n%d\n%%%%EOF\n" % (start + len(overlay))
    with pytest.raises(LedgerError):
        envelope.split(file + overlay + table + tail)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/SigFlags 3", b"/SigFlags 1"),
        (b"/P 1 /V /1.2", b"/P 2 /V /1.2"),
        (b"/AFRelationship /Data", b"/AFRelationship /Dota"),
        (b"/BaseVersion /1.7", b"/BaseVersion /1.6"),
        (b"/Adobe.PPKLite", b"/Adobe.PPKLita"),
        (b"/M (D:20260901", b"/M (D:20261301"),
        (b"/M (D:20260901", b"/M (D:00000001"),
        (b"0" * 64 + b">", b"0" * 63 + b"1>"),
        (b"(proof.json)", b"(proof.jsox)"),
    ],
)
def test_other_words_in_the_update_are_refused(old: bytes, new: bytes) -> None:
    file = sealed()
    assert old in file
    with pytest.raises(Malformed):
        envelope.split(file.replace(old, new, 1))


def test_bytes_behind_the_compressed_proof_are_refused() -> None:
    packed = zlib.compress(PROOF, pdf.LEVEL)
    assert packed in sealed()
    longer = (
        sealed()
        .replace(packed, packed + b"!")
        .replace(b"/Length %d >>" % len(packed), b"/Length %d >>" % (len(packed) + 1))
    )
    with pytest.raises(Malformed):
        envelope.split(longer)


def test_a_proof_above_the_limit_is_refused_before_it_is_written_or_unpacked() -> None:
    with pytest.raises(Rejected, match="at most"):
        envelope.update(page(), bytes(pdf.LIMIT + 1), signed_at=AT)
    with pytest.raises(Malformed, match="too long"):
        pdf.inflate(zlib.compress(bytes(pdf.LIMIT + 1)))
    assert len(pdf.inflate(zlib.compress(bytes(pdf.LIMIT)))) == pdf.LIMIT


def test_a_signature_without_room_is_refused() -> None:
    with pytest.raises(Rejected, match="shorten the chain"):
        envelope.update(page(), PROOF, signed_at=AT, cms=bytes(8193))


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    with pytest.raises(LedgerError):
        envelope.split(data)
    with pytest.raises(LedgerError):
        pdf.read(page()[:9] + data + page()[-60:])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"%PDF-1.7", b"%PDF-1.4"),
        (b"/Root 1 0 R", b"/Root 2 0 R"),
        (b"/Size 9 ", b"/Size 8 "),
        (b"/Size 9 ", b"/Size 1 "),
        (b"/W [1 4 2]", b"/W [1 5 1]"),
        (b"stream\n\x00\x00\x00\x00\x00\xff\xff", b"stream\n\x00\x00\x00\x00\x01\xff\xff"),
        (b"\nendobj\n2 0 obj\n", b"\nendobj\n9 0 obj\n"),
        (b"/ID [<00", b"/ID [<0g"),
    ],
)
def test_a_page_in_another_form_is_refused(old: bytes, new: bytes) -> None:
    assert old in page()
    with pytest.raises(Malformed):
        pdf.read(page().replace(old, new, 1))


def test_objects_that_overlap_are_refused_before_they_are_copied() -> None:
    data = page()
    rows = data.rindex(b"\x00\x00\x00\x00\x00\xff\xff") + 7
    first = data[rows : rows + 7]
    with pytest.raises(Malformed, match="not in order"):
        pdf.read(data[:rows] + first * 7 + data[rows + 49 :])


def test_a_page_is_written_as_it_was_read() -> None:
    assert bytes(pdf.read(page())) == page()
