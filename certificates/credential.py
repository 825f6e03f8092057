"""The certificate as a credential for wallets: W3C Verifiable Credentials 2.0, Open Badges 3.0.

    {"@context", "type": ["VerifiableCredential", "AchievementCredential"], "id", "name", …,
     "issuer": {"id": "did:key:…", …}, "validFrom": <the entry's stamp>,
     "credentialSubject": {"identifier": [<name>, <number>], "achievement": {…}, "result": [<minutes>, …]},
     "evidence": [<proof.json>, <certificate of its key>, …, <a line>, …], "proof": {…}}

It is no second certificate but the same one in another coat: what it says follows from the proof.json
in it, and is written again and compared when it is read. Its own signature is for wallets, which know
no ledger; the key is vouched for by an authority of `trust.json`, as that of a seal. Wallets spell
JSON anew, so a value is compared and not its bytes. Numbers are whole, in the digits of a text where
Open Badges asks for text. No `credentialStatus`: it belongs beside `validFrom` once a list answers.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from certificates import ground, proof
from certificates.blocks import Blocks
from certificates.carried import Carried
from certificates.ground import Ground
from certificates.proof import Proof
from certificates.seal import chain, integrity
from certificates.seal.chain import SealInfo
from certificates.seal.pades import Sealer
from certificates.told import hold_true, tell
from ledger import encoding
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Unverified
from ledger.note import Note
from ledger.rows import OrganisationItem
from ledger.times import hours_and_minutes, moment, shown

_CONTEXT = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
_PROOF = "data:application/json;base64,"
_CERTIFICATE = "data:application/pkix-cert;base64,"  # RFC 2585
_MAX_CHAIN = 4
_TITLE = "志愿服务记录证明 Certificate of volunteer service"
_SPECIMEN = "样本 SPECIMEN "
_MINUTES = {
    "minutes": "服务时长（分钟） Minutes of service",
    "A": "其中A级，本人当场签到签退（分钟） Class A, signed in and out by oneself",
    "B": "其中B级，负责人当日名单（分钟） Class B, the leader's list of the day",
    "C": "其中C级，事后补记（分钟） Class C, recorded from memory",
    "L": "其中L级，由旧系统迁入（分钟） Class L, from an older system",
}
_STAR = {"star": "志愿服务星级，出具前已评定 Star of volunteer service, granted before the issue"}
_ACHIEVEMENT = (
    "登记、公示、确认并写入账本的志愿服务 Volunteer service recorded, noticed, confirmed, logged"
)
_CRITERIA = (
    "每条服务记录由记录人签署登记、公示，并由另一人确认；时长为实际服务的整分钟。"
    " Each line of service is signed by a recorder, put up for public notice, and confirmed by another"
    " person; minutes are those really served."
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What determines a credential: the ledger's proof, whose key it is, when, and the signature."""

    attachment: bytes
    certificates: tuple[bytes, ...]
    created: str
    signature: str
    canonical: bytes  # of the value that was read


def write(found: Proof, sealer: Sealer, created: str) -> bytes:
    """Return the credential of a certificate, or raise: nothing is written that is not proved."""
    origin = Checkpoint.parse(Note.parse(found.checkpoint.encode()).text).origin
    judged = ground.judge(found, tell(found.entries, origin))
    document = _document(judged, found.write(), sealer.certificates)
    return encoding.encode(integrity.secure(document, sealer, created))


def split(file: bytes) -> Parts:
    """Take a credential apart, however its JSON is spelt; nothing of it is believed yet."""
    value = _parsed(file)
    match value:
        case {
            "evidence": [{"id": str(first)}, *rest],
            "proof": {"created": str(created), "proofValue": str(signature)},
        }:
            attachment = _data(first, _PROOF)
            certificates = tuple(_certificates(rest))
        case _:
            raise _foreign()
    return Parts(attachment, certificates, created, signature, encoding.encode(value))


def check(parts: Parts, judged: Ground, issuers: Sequence[str]) -> SealInfo:
    """Return whose key signed; raise unless `issuers` vouch for it, and it says what was judged."""
    if not 0 < len(parts.certificates) <= _MAX_CHAIN:
        raise Unverified("it shows no certificate of its key, or too many", "未附签发密钥的证书")
    document = _document(judged, parts.attachment, parts.certificates)
    first = parts.certificates[0]
    again = integrity.secured(document, first, parts.created, parts.signature)
    same = encoding.encode(again) == parts.canonical
    hold_true(same, "it says something else than the ledger's proof", "所载内容与账本的证据不符")
    integrity.check(again, first)
    at = moment(parts.created)
    hold_true(at >= moment(judged.stamp), "it is older than its certificate", "早于所依据的证明")
    certificates = [chain.certificate(each) for each in parts.certificates]
    return chain.check_chain(certificates, chain.authorities(issuers), at)


# --- what it says -------------------------------------------------------------------------------


def _document(judged: Ground, attachment: bytes, certificates: Sequence[bytes]) -> dict[str, Any]:
    """Return the credential without its proof; what has no value is left out, never empty."""
    title = _SPECIMEN * (judged.charter.clock == "simulated") + _TITLE
    key = integrity.did(certificates[0])
    return {
        "@context": list(_CONTEXT),
        # RFC 6920: the certificate is what this hash of its statement names, in every coat.
        "id": f"ni:///sha-256;{_url_safe(judged.ref)}",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "name": title,
        "description": _summary(judged),
        "issuer": _issuer(key, judged.organisations[judged.certificate.organisation]),
        "validFrom": judged.stamp,
        "credentialSubject": _subject(judged, key, title),
        "evidence": [
            _attached(_PROOF, attachment, proof.FORMAT),
            *(_attached(_CERTIFICATE, each, "X.509") for each in certificates),
            *_brought(judged.carried),
            *_lines(judged),
            *_beside(judged.blocks),
        ],
    }


def _attached(prefix: str, data: bytes, name: str) -> dict[str, Any]:
    return {"id": f"{prefix}{encoding.base64(data)}", "type": ["Evidence"], "name": name}


def _summary(judged: Ground) -> str:
    item = judged.item
    total = hours_and_minutes(item.minutes)
    return f"{judged.opened['name']}，{item.from_} 至 {item.to}，志愿服务{total}"


def _issuer(key: str, row: OrganisationItem) -> dict[str, Any]:
    found: dict[str, Any] = {"id": key, "type": ["Profile"], "name": row.name}
    if row.uscc:
        found["otherIdentifier"] = [
            {"type": "IdentifierEntry", "identifier": row.uscc, "identifierType": "ext:uscc"}
        ]
    elif row.manager:
        found["description"] = f"管理单位 {row.manager}"
    return found


def _subject(judged: Ground, key: str, title: str) -> dict[str, Any]:
    item = judged.item
    results = {"minutes": item.minutes, **item.by_class.form(), "star": judged.blocks.star}
    named = {**_MINUTES, **(_STAR if judged.blocks.star else {})}
    return {
        "type": ["AchievementSubject"],
        "identifier": [
            _identity("name", judged.opened["name"]),
            _identity("ext:volunteer-number", item.volunteer),
        ],
        "licenseNumber": judged.certificate.number,
        "activityStartDate": _days(judged)[0],
        "activityEndDate": _days(judged)[1],
        "achievement": {
            "id": f"{key}#volunteer-service",
            "type": ["Achievement"],
            "achievementType": "CommunityService",
            "inLanguage": "zh-CN",
            "name": title,
            "description": _ACHIEVEMENT,
            "criteria": {"narrative": _CRITERIA},
            "resultDescription": [
                {"id": f"{key}#{name}", "type": ["ResultDescription"], "name": meaning,
                 "resultType": "Result"}
                for name, meaning in named.items()
            ],
        },
        "result": [
            {"type": ["Result"], "resultDescription": f"{key}#{name}", "value": str(results[name])}
            for name in named
        ],
    }  # fmt: skip


def _days(judged: Ground) -> tuple[str, str]:
    """Return when service began and ended: of what is carried over, the days that are certified."""
    lines, item = judged.lines.values(), judged.item
    if judged.carried:
        return f"{item.from_}T00:00:00+08:00", f"{item.to}T23:59:59+08:00"
    return min(line.start for line in lines), max(line.end for line in lines)


def _brought(found: Carried | None) -> Iterator[dict[str, Any]]:
    """Give what a closing holds, on the operator's word, where a certificate rests on one."""
    if found:
        total = hours_and_minutes(found.row.by_class.total)
        yield {
            "type": ["Evidence"],
            "genre": "结转 Brought forward",
            "name": f"第 {found.entry} 条结账文书 the closing at entry {found.entry}",
            "narrative": f"截至 {found.closing.as_of} 结转{total}，由管理员签署、审计复算，不逐条列明",
        }


def _identity(kind: str, value: str) -> dict[str, Any]:
    return {"type": "IdentityObject", "hashed": False, "identityHash": value, "identityType": kind}


def _lines(judged: Ground) -> Iterator[dict[str, Any]]:
    activities = {row.code: row for row in judged.activities.values()}
    for key, line in judged.lines.items():
        activity = activities[judged.activity_of[key]]
        team = judged.organisations[judged.organiser_of[key]].name
        when = f"{shown(line.start)} 至 {shown(line.end)}"
        served = f"{line.minutes}分钟，{line.class_}级"
        yield {
            "type": ["Evidence"],
            "genre": "服务 Service",
            "name": activity.name,
            "description": activity.content,
            "narrative": f"{when}，{served}，{activity.place}，{team}",
        }


def _beside(blocks: Blocks) -> Iterator[dict[str, Any]]:
    """Give trainings and honours, as far as the volunteer chose them; no minutes of theirs count."""
    for one in blocks.training:
        yield {
            "type": ["Evidence"],
            "genre": "培训 Training",
            "name": one.course,
            "narrative": f"{one.date}，{one.host}，{one.minutes}分钟，不计入服务时长",
        }
    for honour in blocks.honours:
        yield {
            "type": ["Evidence"],
            "genre": "表彰 Honour",
            "name": honour.title,
            "narrative": f"{honour.date}，{honour.grantor}",
        }


# --- reading ------------------------------------------------------------------------------------


def _parsed(file: bytes) -> Any:
    """Read JSON of any spelling; a name that comes twice would be read in two ways."""
    try:
        return json.loads(file.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Malformed("it is not JSON", "不是 JSON") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def _certificates(rest: Sequence[Any]) -> Iterator[bytes]:
    for each in rest:
        match each:
            case {"id": str(text)}:
                yield _data(text, _CERTIFICATE)
            case _:
                return


def _data(text: str, prefix: str) -> bytes:
    if not text.startswith(prefix):
        raise _foreign()
    return encoding.unbase64(text.removeprefix(prefix))


def _foreign() -> Malformed:
    return Malformed(
        "it is no credential of a ledger: no proof.json is in its evidence",
        "不是账本出具的凭证：evidence 中没有 proof.json",
    )


def _url_safe(text: str) -> str:
    return text.rstrip("=").translate(str.maketrans("+/", "-_"))
