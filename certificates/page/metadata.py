"""What a document says of itself: XMP (ISO 16684-1) and the information dictionary, which agree.

PDF/A-3a (ISO 19005-3, 6.6) and PDF/UA-1 (ISO 14289-1, 7.1) ask for it; the first does not know the
second's word, so it is described in an extension schema.
"""

from typing import Protocol
from xml.sax.saxutils import escape

from certificates import pdf

_TOOL = "volunteer-ledger"
_XMP = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" \
xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
<xmp:CreatorTool>{tool}</xmp:CreatorTool><xmp:CreateDate>{created}T00:00:00+08:00</xmp:CreateDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


class Info(Protocol):
    """What a document says of itself."""

    @property
    def title(self) -> str:
        """What it is."""

    @property
    def author(self) -> str:
        """Who issues it."""

    @property
    def created(self) -> str:
        """On which day."""

    @property
    def language(self) -> str:
        """In which language (RFC 5646)."""


def stream(info: Info) -> bytes:
    """Return the metadata stream; it is never compressed, so that any tool finds it."""
    xmp = _XMP.format(
        title=escape(info.title), author=escape(info.author), language=info.language, tool=_TOOL,
        created=info.created,
    )  # fmt: skip
    return pdf.stream(b"/Type /Metadata /Subtype /XML", xmp.encode())


def dictionary(info: Info) -> bytes:
    """Return the information dictionary (ISO 32000-1, 14.3.3)."""
    day = info.created.replace("-", "").encode()
    return b"<< /Title %s /Author %s /Creator (%s) /CreationDate (D:%s000000+08'00') >>" % (
        text_string(info.title), text_string(info.author), _TOOL.encode(), day,
    )  # fmt: skip


def text_string(text: str) -> bytes:
    """Write a text string (ISO 32000-1, 7.9.2.2)."""
    return b"<%s>" % ("\ufeff" + text).encode("utf-16-be").hex().encode()
