"""The answers of verification, what a reader has beside the file, and what his lists say of the seal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from certificates.anchoring import Anchored, Through
from certificates.printed import Stated
from certificates.seal import revocation
from certificates.seal.chain import SealInfo
from certificates.standing import Answer, Asked, Reason
from certificates.statuslist import Listed
from ledger.times import shown


@dataclass(slots=True)
class Verdict:
    """The three answers, the reasons, and what was proved; nothing is in it that was not.

    Undecided is what could not be read, or what not enough is at hand for: no word of forgery.
    """

    genuine: bool = False
    undecided: bool = False
    logged: bool = False
    witnesses: int = 0
    cosigned: dict[str, str] = field(default_factory=dict)  # when each witness saw the checkpoint
    stands: Answer = field(default_factory=Answer)
    certificate: dict[str, Any] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    stated: tuple[Stated, ...] = ()  # what the page says and nothing proves
    specimen: bool = False
    ref: str = ""
    seal: dict[str, str] = field(default_factory=dict)  # under which certificate it was sealed
    through: Through | None = None  # by which other log it was logged, where one was needed
    timestamp: dict[str, str] = field(default_factory=dict)  # before when it existed, by whom

    @property
    def is_genuine(self) -> bool | None:
        """Return whether it is genuine; nothing where that is undecided."""
        return None if self.undecided else self.genuine

    def doubt(self, reason: Reason) -> None:
        """Say nothing of whether it is genuine, and why."""
        self.genuine, self.undecided = False, True
        self.reasons.append(reason)

    @property
    def standing(self) -> str:
        """Return how it stands: valid, superseded, revoked or unknown."""
        return self.stands.standing

    @property
    def as_of(self) -> str:
        """Return the instant as of which that is known."""
        return self.stands.as_of

    @property
    def asked(self) -> Asked:
        """Return what a list or a ledger is asked about a certificate that is genuine."""
        found = self.certificate
        return Asked(found["origin"], found["entry"], found["number"], self.specimen)

    def stand(self, answer: Answer) -> None:
        """Say how it stands; what was said of that before falls away."""
        self.reasons = [one for one in self.reasons if one not in self.stands.why] + [*answer.why]
        self.stands = answer


@dataclass(frozen=True, slots=True)
class Beside:
    """What a reader has beside the file, and what time it is: nothing of it is needed.

    Status lists that were checked by the same trust; revocation lists (RFC 5280) of the seal's
    authorities; `now`, an instant, without which nothing is ever said to be valid; proofs by which a
    log that is not trusted hangs on one that is.
    """

    status: tuple[Listed, ...] = ()
    crls: tuple[bytes, ...] = ()
    now: str = ""
    anchors: tuple[Anchored, ...] = ()


ALONE = Beside()  # a file, and nothing beside it


def sealed_under(sealed: SealInfo, crls: Sequence[bytes], at: str) -> dict[str, str]:
    """Return under which certificate was sealed; raise if a list took it back before that."""
    newest = revocation.check(sealed.path, crls, at)
    names = ("subject", "issuer", "serial", "not_before", "not_after", "authority")
    return {
        **{name: getattr(sealed, name) for name in names},
        "not_revoked_as_of": newest.as_of,
        "revocation_list_until": newest.until,
    }


def of_lists(seal: dict[str, str], beside: Beside, sealed: str) -> list[Reason]:
    """Say as of when revocation lists know nothing against a seal, and whether that is still enough."""
    as_of, until = seal["not_revoked_as_of"], seal["revocation_list_until"]
    if not beside.crls:
        return []
    if not as_of:
        return [Reason(
            "revocation.unknown",
            "none of the revocation lists given is by the authority of this seal: they say nothing of it",
            "所给的吊销列表都不是此签章的签发机构所出，不能说明其是否被吊销",
        )]  # fmt: skip
    told = f"not revoked as of {shown(as_of)}", f"截至 {shown(as_of)} 的吊销列表中没有此签章证书"
    if as_of >= sealed and (not until or beside.now <= until):
        return [Reason("revocation.listed", *told)]
    why = (
        (f"it ran out on {shown(until)}", f"已于 {shown(until)} 到期")
        if until and beside.now > until
        else ("it is older than the seal", "早于签章的时间")
    )
    return [Reason(
        "revocation.outdated",
        f"{told[0]}, but {why[0]}: ask the authority for a newer revocation list",
        f"{told[1]}，但该列表{why[1]}：请向签发机构索取新的吊销列表",
    )]  # fmt: skip
