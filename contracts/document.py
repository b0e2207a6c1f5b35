"""What every signed document shares: strict shapes, bounded strings, aware moments."""

import re
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails, to_json


class Document(BaseModel):
    """A part of a signed document: unknown members are errors, nothing is coerced in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SchemaError(Exception):
    """A document whose shape is wrong; each fault has a JSON pointer (RFC 6901) and says what was expected."""

    def __init__(self, faults: list["Fault"]) -> None:
        super().__init__("; ".join(f"{fault.pointer} {fault.detail}" for fault in faults))
        self.faults = faults


class Fault(Document):
    """One wrong place in a document."""

    pointer: str
    code: str
    detail: str


Version = Literal["1"]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^sha-256:[0-9a-f]{64}$")]
OfficeCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{18}$")]
OffenceCode = Annotated[
    str, StringConstraints(pattern=r"^CL-[0-9]{1,3}(-[0-9]{1,2})?(-[A-Za-z0-9]{1,8}){0,2}$")
]
DivisionCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
# No control characters: they end up on pages, in logs of other people's systems and in exports.
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Text = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=8000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
    ),
]
Moment = AwareDatetime


def _is_partial_date(value: str) -> str:
    year, month, day = (*map(int, value.split("-")), 1, 1)[:3]
    date(year, month, day)
    return value


PartialDate = Annotated[
    str,
    StringConstraints(pattern=r"^(19|20)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"),
    AfterValidator(_is_partial_date),
]
"""A date as far as it is known: `2026`, `2026-03` or `2026-03-09`."""

D = TypeVar("D", bound=BaseModel)


def parse(model: type[D], payload: bytes) -> D:
    """Read a verified payload; raises SchemaError with a pointer for each fault, never the value itself."""
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        raise SchemaError([_fault(found) for found in error.errors(**_QUIET)]) from None


def write(document: BaseModel) -> bytes:
    """Write a document for signing; absent members stay absent."""
    return to_json(document, exclude_none=True, by_alias=True)


# Values stay out of errors: they would carry names and amounts into answers and logs.
_QUIET: Any = {"include_input": False, "include_url": False, "include_context": False}
_ESCAPES = {"~": "~0", "/": "~1"}


def pointer(*parts: str | int) -> str:
    """Write an RFC 6901 JSON pointer."""
    return "".join(
        "/" + re.sub("[~/]", lambda found: _ESCAPES[found[0]], str(part)) for part in parts
    )


def _fault(error: ErrorDetails) -> Fault:
    return Fault(pointer=pointer(*error["loc"]), code=error["type"], detail=error["msg"])


class Evidence(Document):
    """Where a value is proved: a material of the packet, and the page in it."""

    material: Digest
    page: Annotated[int | None, Field(ge=1, le=100_000)] = None
