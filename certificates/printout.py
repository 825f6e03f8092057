"""Is this sheet of paper genuine? From the text of its QR code, a sealing certificate and `trust.json` alone.

Of the three answers of `verify` paper can give the first: *genuine*, the holder of the sealing key signed
this claim. Whether it was *logged* no paper shows, and how it *stands* a status list tells only where it
does not: lists go by a certificate's place in the log, of which paper knows nothing, and name by number
what was revoked or superseded. So paper is never said to be valid.

A day on paper is the signer's own word, while that of a file is the log's. So a revoked certificate is
not believed here whatever the day: who stole its key would date back.
"""

from collections.abc import Sequence
from typing import Any

from certificates import paper, standing
from certificates.paper import Paper
from certificates.seal import chain
from certificates.seal.chain import SealInfo, certificate
from certificates.standing import Answer, Reason
from certificates.verdict import Beside, Verdict, of_lists, sealed_under
from ledger.errors import LedgerError, Unverified
from ledger.times import day_of
from ledger.trust import Trust

_ALONE = Reason(
    "paper.alone",
    "paper shows who signed these words: compare each with what is printed; the rows, the document and the"
    " full name are not in the code",
    "纸面只能表明以上内容由谁签署：请与印出的文字逐项核对；明细、证件和全名不在码中",
)
_SPECIMEN = Reason(
    "specimen",
    "this is a specimen of a simulated ledger, never valid",
    "这是模拟账本的样本，不是有效证明",
)


def verify(text: str, bag: Sequence[bytes], trust: Trust, beside: Beside) -> Verdict:
    """Verify a claim by one of the certificates (DER) at hand; nothing is raised."""
    verdict = Verdict()
    try:
        claim, signature = paper.read(text.strip())
        info = paper.check(claim, signature, bag, trust.issuers, day_of(beside.now))
        verdict.seal = _not_revoked(info, beside)
    except LedgerError as error:
        verdict.undecided = not isinstance(error, Unverified)  # not read is no forgery
        verdict.reasons.append(Reason(f"paper.{error.code}", error.en, error.zh))
        return verdict
    # From here on every word of the claim is known to be that of the sealing key's holder.
    verdict.genuine = True
    verdict.certificate = _claimed(claim)
    verdict.specimen = claim.specimen
    verdict.reasons += [_ALONE, *([_SPECIMEN] if claim.specimen else ())]
    _compare_signer(verdict, claim, info)
    verdict.reasons += of_lists(verdict.seal, beside, f"{claim.issued}T00:00:00+08:00")
    verdict.stand(_standing(claim, beside))
    return verdict


def _not_revoked(info: SealInfo, beside: Beside) -> dict[str, str]:
    """Return under which certificate was signed; raise if any list took it back by now."""
    try:
        return sealed_under(info, beside.crls, beside.now)
    except Unverified as error:
        raise Unverified(
            f"the certificate {info.serial} that signed it was revoked, and the day on paper is only its"
            " holder's word: ask for the PDF, whose day is the log's",
            f"签署它的证书 {info.serial} 已吊销，而纸上的日期只凭签署者自述：请索取电子文件查验",
        ) from error


def _standing(claim: Paper, beside: Beside) -> Answer:
    if beside.status:
        return standing.by_number(claim.number, claim.issued, beside.status, now=beside.now)
    why = Reason(
        "standing.unknown",
        f"paper cannot show what came after {claim.issued}: ask the issuer whether it still stands",
        f"纸面无法表明 {claim.issued} 之后是否被撤销或替代，请向出具单位查询",
    )
    return Answer(as_of=claim.issued, why=(why,))


def _compare_signer(verdict: Verdict, claim: Paper, info: SealInfo) -> None:
    """Say it where the seal is in another's name, as a managing unit's is that seals for its teams.

    An authority of the unit's own vouches for nobody else, so there it is right. Of an authority that
    serves everybody, anybody has a certificate: which one may sign for whom only the log tells.
    """
    signer, root = certificate(info.path[0]), certificate(info.path[-1])
    unit = chain.organisation(signer)
    if paper.same_unit(claim.issuer, unit):
        return
    if unit and unit == chain.organisation(root):
        verdict.reasons.append(
            Reason(
                "paper.signer",
                f"{claim.issuer} issued it, and the seal is in another name, {info.subject}: this is right"
                " for a team under a managing unit",
                f"出具单位是 {claim.issuer}，而签章证书的名称是 {info.subject}：团队由管理单位签章时如此",
            )
        )
        return
    verdict.doubt(
        Reason(
            "paper.other_signer",
            f"it says that {claim.issuer} issued it, but {info.subject} signed it: paper does not show that"
            " they may; ask for the PDF",
            f"所称出具单位是 {claim.issuer}，而签署者是 {info.subject}：纸面不能表明其有权代为签章，"
            "请索取电子文件查验",
        )
    )


def _claimed(claim: Paper) -> dict[str, Any]:
    return {
        "number": claim.number,
        "name": claim.name,
        "from": claim.first,
        "to": claim.last,
        "minutes": claim.minutes,
        "issuer": claim.issuer,
        "code": claim.code,
        "issued": claim.issued,
        "leaf": claim.leaf.hex(),
        "key": claim.key.hex(),
    }
