"""The fields statements are made of: names, references, times, whole numbers, and nothing loose.

Every type is strict: an integer is never a boolean, a text never a number, and what has a form has
one form (DESIGN.md section 3).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ledger import times
from ledger.errors import Malformed

MAX_ITEMS = 10_000


def _checked(check: Callable[[str], object]) -> AfterValidator:
    @lru_cache(maxsize=4096)  # the lines of a sheet share their times
    def run(text: str) -> str:
        try:
            check(text)
        except Malformed as error:
            raise ValueError(error.en) from error
        return text

    return AfterValidator(run)


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
By = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}/[A-Za-z0-9._-]{1,32}\+[0-9a-f]{8}$")]
Scope = Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9._-]{1,32})$")]
Parent = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,32}$")]
Text = Annotated[str, Field(min_length=1, max_length=1000)]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Vkey = Annotated[str, Field(pattern=r"^\S{1,300}$")]
# Base64 of 32 and of 16 bytes: the last digit has no spare bits.
Ref = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$")]
Commitment = Ref
Salt = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{21}[AQgw]==$")]
Instant = Annotated[str, _checked(times.moment)]
LineTime = Annotated[str, _checked(times.whole_minute)]
Day = Annotated[str, _checked(times.day)]
Index = Annotated[int, Field(ge=0, lt=MAX_ITEMS)]
Minutes = Annotated[int, Field(gt=0, lt=10**7)]
Total = Annotated[int, Field(ge=0, lt=10**9)]
Class = Literal["A", "B", "C", "L"]
Role = Literal["recorder", "confirmer", "issuer", "operator", "auditor", "log"]
Reason = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,39}$")]
LineRef = tuple[Ref, Index]


class Form(BaseModel):
    """Something written as a canonical JSON object: frozen, and unknown fields are skipped."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        alias_generator=lambda name: name.rstrip("_"),
        validate_by_name=True,
        validate_by_alias=True,
    )

    def form(self) -> dict[str, Any]:
        """Return the fields as they are written: by their own names, absent ones left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
