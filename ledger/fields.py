"""The fields statements are made of: names, references, times, whole numbers, and nothing loose.

Every type is strict: an integer is never a boolean, a text never a number, and what has a form has
one form (DESIGN.md section 3).
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct
from msgspec.json import Decoder
from msgspec.structs import FieldInfo

from ledger import encoding
from ledger.errors import Malformed

MAX_ITEMS = 10_000
MAX_LOST = 32  # checkpoints of a lost tail that one statement names

# Patterns end in \Z: a `$` would let a newline pass.
_NAME = r"[A-Za-z0-9._-]{1,32}"
_REF = r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="  # base64 of 32 bytes: the last digit is not free

Name = Annotated[str, Meta(pattern=rf"^{_NAME}\Z")]
By = Annotated[str, Meta(pattern=rf"^{_NAME}/{_NAME}\+[0-9a-f]{{8}}\Z")]
Scope = Annotated[str, Meta(pattern=rf"^(\*|{_NAME})\Z")]
Parent = Annotated[str, Meta(pattern=rf"^({_NAME})?\Z")]
Text = Annotated[str, Meta(min_length=1, max_length=1000)]
Area = Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]
Uscc = Annotated[str, Meta(pattern=r"^[0-9A-Z]{18}\Z")]
Number = Annotated[str, Meta(pattern=r"^[0-9A-Za-z._-]{1,64}\Z")]
Hex32 = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Hex64 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Vkey = Annotated[str, Meta(pattern=r"^\S{1,300}\Z")]
Ref = Annotated[str, Meta(pattern=rf"^{_REF}\Z")]
Commitment = Ref
NameOrCommitment = Annotated[str, Meta(pattern=rf"^({_NAME}|{_REF})\Z")]
Signed = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{85}[AQgw]==\Z")]  # base64 of 64 bytes
Salt = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{21}[AQgw]==\Z")]  # base64 of 16 bytes
Reason = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,39}\Z")]
Instant = str  # times have no pattern that would do: a form checks its own when it is made
LineTime = str
Day = str
Index = Annotated[int, Meta(ge=0, lt=MAX_ITEMS)]
Percent = Annotated[int, Meta(gt=0, le=100)]
Seed = Annotated[str, Meta(pattern=r"^[!-~]{1,64}\Z")]
Whole = Annotated[int, Meta(ge=0, lt=2**53)]
Positive = Annotated[int, Meta(gt=0, lt=2**53)]
Minutes = Annotated[int, Meta(gt=0, lt=10**7)]
Total = Annotated[int, Meta(ge=0, lt=10**9)]
Amount = Annotated[int, Meta(gt=0, le=10**9)]
Price = Annotated[int, Meta(gt=0, le=10**6)]
Stock = Annotated[int, Meta(ge=0, le=10**6)]
Balance = Annotated[int, Meta(gt=-(2**53), lt=2**53)]
Stars = Annotated[int, Meta(ge=0, le=10)]  # the highest held, 0 if none
Level = Annotated[int, Meta(ge=1, le=10)]
# An account as `accounts` names it; the part behind the colon is a number, or another log's origin.
AccountId = Annotated[
    str, Meta(pattern=rf"^((volunteer|donations):{_NAME}|transit:{_NAME}/{_NAME}|[a-z]{{1,20}})\Z")
]
Origin = Annotated[str, Meta(pattern=rf"^{_NAME}/{_NAME}-[0-9a-f]{{8}}\Z")]  # as `init` makes it
Rating = Annotated[int, Meta(ge=1, le=5)]
Class = Literal["A", "B", "C", "L"]
Role = Literal["recorder", "confirmer", "issuer", "operator", "auditor", "log"]
LineRef = tuple[Ref, Index]
Rows = tuple[tuple[Ref, tuple[Index, ...]], ...]  # of statements, in log order


class Form(Struct, frozen=True, omit_defaults=True, gc=False, rename=lambda name: name.rstrip("_")):
    """Something written as a canonical JSON object; what is absent is left out."""

    def form(self) -> dict[str, Any]:
        """Return the fields as they are written: by their own names, absent ones left out."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


F = TypeVar("F", bound=Form)
_WRITER = msgspec.json.Encoder(order="sorted")


def write(form: Form, *, lines: bool = False) -> bytes:
    """Return the one encoding of a form; its keys are ASCII, so sorted is sorted as RFC 8785 asks.

    `lines` lets texts hold newlines: a proof carries whole notes.
    """
    data = _WRITER.encode(form)
    encoding.check_text(data, lines=lines)
    return data


def read(
    decoder: Decoder[F], data: bytes, what: tuple[str, str], *, exact: bool, lines: bool = False
) -> F:
    """Read a form in its one encoding, by writing it back; raises `Malformed` naming `what` it is.

    Fields that the form does not know are skipped, unless it is to be read `exact`.
    """
    en, zh = what
    try:
        form = decoder.decode(data)
    except (ValueError, RecursionError) as error:
        encoding.decode(data, lines=lines)  # what is no canonical JSON at all is called that
        raise Malformed(f"{en}: {error}", f"{zh}不合规定：{error}") from error
    # Written back, a field we do not know, one that comes twice, a null and a spare space are gone.
    if write(form, lines=lines) == data:
        return form
    value = encoding.decode(data, lines=lines)
    if exact:
        names = ", ".join(_unknown(value, form.form()))
        raise Malformed(
            f"{en} has fields that this program does not know: {names}",
            f"{zh}中有本程序不认识的栏目：{names}",
        )
    return form


def unchecked(form: type[F]) -> type[F]:
    """Return a form that reads without its checks: for bytes that were read in it before."""
    told = get_type_hints(form)  # what a field is, without what it must be like
    found: type[F] = msgspec.defstruct(  # type: ignore[assignment]
        form.__name__,
        [(one.name, told[one.name], *_default(one)) for one in msgspec.structs.fields(form)],
        bases=(form,),
        namespace={"__post_init__": lambda _self: None},
        frozen=True,
        gc=False,
    )
    return found


def _default(one: FieldInfo) -> tuple[Any, ...]:
    return () if one.required else (one.default,)


def _unknown(value: Any, known: Any) -> Iterator[str]:
    """Name the fields of a value that are not in what is known of it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _unknown(inner, known[name]) if name in known else [name]
    elif isinstance(value, list):
        for inner, told in zip(value, known, strict=True):
            yield from _unknown(inner, told)
