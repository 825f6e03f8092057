"""What a sheet of paper can prove by itself: a claim, signed by the sealing key, in its QR code.

    VLP1:<base45 of>  flags 1 · first 2 · last 2 · issued 2 · minutes 4 · key 8 · leaf 32
                      number · name · issuer · code, each a length in one byte and UTF-8 in NFC
                      r 32 · s 32
    signed            "volunteer-ledger/paper@v1" LF, then all of this before r

Numbers are big-endian, days count from 1970-01-01, flag 1 is a specimen's. `key` is the beginning of
the sealing certificate's SHA-256, as in the name of its file; `leaf` that of the certificate's row in the
log (RFC 6962, 2.1), so paper and ledger find each other. A claim is read by writing it back. The line in
front keeps a claim from ever passing for the signed attributes of a seal, which begin with 0x31.

The name is masked. Neither rows nor document are in it, and nothing tells what came after.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from unicodedata import is_normalized

from certificates import base45
from certificates.seal import p256
from certificates.seal.chain import (
    Certificate,
    SealInfo,
    authorities,
    certificate,
    check_chain,
    is_for_credentials,
    issued,
)
from certificates.seal.pades import Sealer
from ledger.errors import LedgerError, Malformed, Rejected, Unsafe, Unverified
from ledger.times import day, day_of, later, moment

PREFIX = "VLP1:"
MOST = 276  # bytes, signature included: what a QR code of version 12 holds at level M
KEY_SIZE = 8
_CONTEXT = b"volunteer-ledger/paper@v1\n"
_FIXED = struct.Struct(">BHHHI8s32s")
_EPOCH = date(1970, 1, 1)
_LAST = 0xFFFF  # a day in 2149
_LONGEST_NAME = 24  # bytes
_CUT = "…"
_SHORTENED = 61  # bytes of 64, the last character not halved


@dataclass(frozen=True, slots=True)
class Paper:
    """What is claimed, field by field as it is written."""

    number: str
    name: str  # masked
    first: str  # days, both inclusive
    last: str
    minutes: int
    issuer: str  # with … at its end where it was too long
    code: str  # 统一社会信用代码, or ""
    issued: str  # a day
    specimen: bool
    leaf: bytes
    key: bytes

    def signed(self) -> bytes:
        """Return the bytes that are signed, or raise `Rejected` where a field has no room."""
        days = [(day(text) - _EPOCH).days for text in (self.first, self.last, self.issued)]
        texts = [text.encode() for text in (self.number, self.name, self.issuer, self.code)]
        if min(days) < 0 or max(days) > _LAST or max(map(len, texts)) > 0xFF:  # noqa: PLR2004 - one byte
            raise _too_long()
        fixed = _FIXED.pack(self.specimen, *days, self.minutes, self.key, self.leaf)
        body = fixed + b"".join(bytes((len(text),)) + text for text in texts)
        if len(body) + p256.SIZE > MOST:
            raise _too_long()
        return _CONTEXT + body


def fitted(paper: Paper) -> Paper:
    """Return a claim whose name and issuer are as long as there is room; what was cut ends in `…`."""
    rest = replace(paper, name=_cut(paper.name, _LONGEST_NAME), issuer="")
    room = MOST - p256.SIZE - len(rest.signed()) + len(_CONTEXT)
    return replace(rest, issuer=_cut(paper.issuer, room))


def write(paper: Paper, sealer: Sealer) -> str:
    """Sign a claim and return the text of its QR code."""
    data = paper.signed()
    return PREFIX + base45.encode(data.removeprefix(_CONTEXT) + p256.sign(data, sealer))


def read(text: str) -> tuple[Paper, bytes]:
    """Return a claim and its signature, neither believed yet, or raise `Malformed`."""
    if not text.startswith(PREFIX) or len(text) > 2 * MOST:
        raise Malformed(
            f"this code holds no signed claim, which begins with {PREFIX}; where it is an address, open it,"
            " or verify the PDF",
            f"此码中没有带签名的内容（应以 {PREFIX} 开头）；若是网址，请打开网址，或查验电子文件",
        )
    data = base45.decode(text.removeprefix(PREFIX))
    body, signature = data[: -p256.SIZE], data[-p256.SIZE :]
    try:
        paper = _parsed(body)
        same = paper.signed() == _CONTEXT + body
    except (struct.error, LookupError, ValueError, OverflowError, LedgerError) as error:
        raise _unreadable() from error
    texts = (paper.number, paper.name, paper.issuer, paper.code)
    one = PREFIX + base45.encode(data) == text
    if not (same and one and all(is_normalized("NFC", each) for each in texts)):
        raise _unreadable()
    return paper, signature


def check(
    paper: Paper, signature: bytes, bag: Sequence[bytes], issuers: Sequence[str], today: str
) -> SealInfo:
    """Raise unless a claim was signed by a sealing certificate of `bag` (DER) that is trusted.

    Its chain, taken from the bag, must lead to one of `issuers` (PEM) and hold on the day of issue. That
    day is the signer's own word: a key that was stolen dates back as it likes.
    """
    chain = _chain(paper.key, bag)
    p256.check(paper.signed(), signature, chain[0])
    if is_for_credentials(
        chain[0]
    ):  # that key lies unattended, and its certificate is in every wallet
        raise Unverified(
            "it was signed with the key for credentials, which signs no paper: it is forged",
            "它由可验证凭证的密钥签署，该密钥不用于纸质证明：系伪造",
        )
    if paper.issued > day_of(later(f"{today}T00:00:00+08:00", days=1)):
        raise Unverified(
            f"it is dated {paper.issued}, and today is {today}: it is forged, or this clock is wrong",
            f"所载出具日期 {paper.issued} 晚于今天（{today}）：系伪造，或本机时钟有误",
        )
    roots = authorities(issuers)
    try:  # on the day a certificate begins or ends, any hour of it will do
        return check_chain(chain, roots, moment(f"{paper.issued}T23:59:59+08:00"))
    except Unverified:
        return check_chain(chain, roots, moment(f"{paper.issued}T00:00:00+08:00"))


def same_unit(issuer: str, organisation: str) -> bool:
    """Tell whether an issuer, as a claim writes it, is whom a certificate is made out to.

    Both may be shortened, the claim's at some ninety bytes, a certificate's at 64 (RFC 5280, A.1).
    """
    one, other = issuer.removesuffix(_CUT).encode(), organisation.encode()
    least = min(len(one), len(other))
    return issuer == organisation or (least >= _SHORTENED and one[:least] == other[:least])


def key_of(sealer_certificate: bytes) -> bytes:
    """Return by what a claim names the certificate (DER) that signs it."""
    return sha256(sealer_certificate).digest()[:KEY_SIZE]


def _chain(key: bytes, bag: Sequence[bytes]) -> list[Certificate]:
    """Return the certificates from the one that is named upwards, roots left out."""
    own = next((each for each in bag if key_of(each) == key), None)
    if own is None:
        raise Unsafe(
            "no_certificate",
            en=f"none of the sealing certificates at hand is {key.hex()}, which the code names: ask the issuer"
            " for it (`vledger ca export`)",
            zh=f"手边没有此码所用的签章证书 {key.hex()}：请向出具单位索取（vledger ca export）",
        )
    chain, rest = [certificate(own)], [certificate(each) for each in bag if each != own]
    rest = [each for each in rest if each.subject != each.issuer]
    while above := next((each for each in rest if issued(chain[-1], each)), None):
        chain.append(above)
        rest.remove(above)
    return chain


def _parsed(body: bytes) -> Paper:
    flags, first, last, issued, minutes, key, leaf = _FIXED.unpack_from(body)
    texts, at = list[str](), _FIXED.size
    for _ in range(4):
        end = at + 1 + body[at]
        texts.append(body[at + 1 : end].decode())
        at = end
    days = [(_EPOCH + timedelta(days=count)).isoformat() for count in (first, last, issued)]
    number, name, issuer, code = texts
    return Paper(
        number=number, name=name, first=days[0], last=days[1], minutes=minutes, issuer=issuer,
        code=code, issued=days[2], specimen=bool(flags), leaf=leaf, key=key,
    )  # fmt: skip


def _cut(text: str, size: int) -> str:
    """Return a text in at most so many bytes of UTF-8; one that was cut ends in `…`."""
    if len(text.encode()) <= size:
        return text
    return text.encode()[: size - len(_CUT.encode())].decode(errors="ignore") + _CUT


def _too_long() -> Rejected:
    return Rejected(
        "paper.no_room",
        en="the QR code has no room for what it is to claim, or cannot write one of its days: issue with"
        " --qr address",
        zh="二维码放不下所要写入的内容，或其中的日期无法写入：请用 --qr address 出具",
    )


def _unreadable() -> Malformed:
    return Malformed(
        "the text of the code is not whole: spaces may have been lost in copying; scan the sheet again, or"
        " take a photograph and use --scan",
        "码中的文字不完整：复制时可能丢了空格；请重新扫描，或拍照后用 --scan 查验",
    )
