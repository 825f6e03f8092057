"""Which seals no longer hold because their certificate was taken back: CRLs (RFC 5280, 5).

A list refuses what was sealed at or after the date from which the certificate is not to be believed:
the day it was revoked, or the invalidity date where one is given and earlier (RFC 5280, 5.3.2), as
with a key that was stolen before anybody knew. What was sealed earlier still holds: when a seal was
made is the log's word, and who has a stolen key cannot date back his entry.

Lists are brought by the reader; nothing is fetched. Only an authority in the seal's own path is heard.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from certificates.seal.chain import UNREADABLE, certificate, serial, unverified, usage_of
from ledger.errors import Malformed
from ledger.times import instant, moment

_PEM = b"-----BEGIN"


@dataclass(frozen=True, slots=True)
class Revoked:
    """One certificate taken back: when, why in the words of RFC 5280 (5.3.1), invalid since when."""

    serial: str
    at: str
    reason: str
    since: str = ""


class Known(NamedTuple):
    """As of when a certificate is known not to be revoked, and until when that list is good; or nothing."""

    as_of: str = ""
    until: str = ""


def check(path: Sequence[bytes], lists: Sequence[bytes], at: str) -> Known:
    """Raise if a certificate of a path was taken back at or before the instant `at`.

    Returns what the newest list by the sealing certificate's own authority is good for.
    """
    read_lists = [read(each) for each in lists]
    certificates = [certificate(each) for each in path]
    newest = Known()
    for depth, (below, above) in enumerate(pairwise(certificates)):
        for found in _by(read_lists, above):
            _check_not_listed(found, below, moment(at))
            if depth == 0:
                until = found.next_update_utc
                newest = max(
                    newest, Known(instant(found.last_update_utc), instant(until) if until else "")
                )
    return newest


@lru_cache(maxsize=16)  # a reader holds many files against one list
def read(data: bytes) -> x509.CertificateRevocationList:
    """Read a list in DER or PEM, or raise `Malformed`; one that tells only a part is refused."""
    load = x509.load_pem_x509_crl if data.startswith(_PEM) else x509.load_der_x509_crl
    try:
        with warnings.catch_warnings(action="error", category=CryptographyDeprecationWarning):
            found = load(data)
            # Read now what is read later: the library reads no field before it is asked for.
            _ = found.issuer, found.last_update_utc, found.next_update_utc
            _ = [one.revocation_date_utc for one in found]
            critical = [each.oid for each in found.extensions if each.critical]
            critical += [each.oid for one in found for each in one.extensions if each.critical]
    except (*UNREADABLE, CryptographyDeprecationWarning) as error:
        raise Malformed(
            "it is no readable certificate revocation list", "不是可读的证书吊销列表（CRL）"
        ) from error
    # A delta, one reason or one kind of certificate only, entries of other authorities.
    if critical:
        name = critical[0].dotted_string
        raise Malformed(
            f"this revocation list has the critical extension {name}: ask the authority for a full one",
            f"该吊销列表含有关键扩展 {name}：请向签发机构索取完整的列表",
        )
    return found


def _by(
    lists: Sequence[x509.CertificateRevocationList], authority: x509.Certificate
) -> Iterator[x509.CertificateRevocationList]:
    """Give the lists that an authority signed and may sign (RFC 5280, 6.3.3 f and g)."""
    usage, _ = usage_of(authority)
    for found in lists:
        if found.issuer == authority.subject and usage and usage.crl_sign:
            try:
                holds = found.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
            except UNREADABLE:
                holds = False
            if holds:
                yield found


def _check_not_listed(
    found: x509.CertificateRevocationList, below: x509.Certificate, at: datetime
) -> None:
    entry = found.get_revoked_certificate_by_serial_number(below.serial_number)
    if entry is None:
        return
    end = _end(entry)
    if at >= end:
        name, when = serial(below), instant(end)
        raise unverified(
            f"its certificate {name} was revoked and is not believed from {when}, sealed {instant(at)}",
            f"证书 {name} 已吊销，自 {when} 起不可信，而本签章作于 {instant(at)}",
        )


def _end(entry: x509.RevokedCertificate) -> datetime:
    """Return from when a certificate is not believed."""
    given = [each.value for each in entry.extensions]
    dates = [each.invalidity_date_utc for each in given if isinstance(each, x509.InvalidityDate)]
    return min([entry.revocation_date_utc, *dates])
