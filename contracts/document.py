"""What every signed document shares: strict shapes, bounded strings, aware moments."""

import json
import re
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
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
# No control characters, and none that turn the direction of writing: these strings end up on pages, in
# logs of other people's systems and in exports, and must look there as they read here.
Line = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$",
    ),
]
SIGNS_OF_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
"""The same for a text of several lines, which may have tabs."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=8000, pattern=SIGNS_OF_TEXT)]


# Years outside these two centuries overflow when they are brought to UTC, and mean a typing error.
_YEARS = range(1900, 2100)
_RFC3339 = re.compile(
    r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def _read_moment(value: object) -> object:
    if isinstance(value, datetime) and value.year not in _YEARS:
        raise ValueError("a moment lies in the years 1900 to 2099")
    if not isinstance(value, str):
        return value
    if not _RFC3339.fullmatch(value):
        raise ValueError("a moment is written like 2026-03-09T10:00:00+08:00 (RFC 3339)")
    return datetime.fromisoformat(value)


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_read_moment),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "pattern": f"^{_RFC3339.pattern}$"},
    ),
]


def _read_whole(value: object) -> object:
    # To JSON 1.0 and 1 are the same number, and some systems write the longer one.
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_read_whole)
"""For whole numbers: the last of their annotations, so that their limits stand in the JSON Schema."""


@lru_cache(maxsize=4096)  # the same days come again and again
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
    """Read a verified payload; raises SchemaError with a pointer for each fault, never the value itself.

    Nothing is coerced: a number in quotation marks is a fault, and so is a member that is named twice.
    """
    _check_json(payload)
    try:
        return model.model_validate_json(payload, strict=True)
    except ValidationError as error:
        raise SchemaError(schema_faults(error)) from None


def schema_faults(error: ValidationError) -> list[Fault]:
    """Say what is wrong and where, at most a hundred of it, and never the values."""
    return [_fault(found) for found in error.errors(**_QUIET)[:_MOST]]


_MOST = 100  # faults in one answer: enough to mend a document, too few to make the answer larger than it


def _check_json(payload: bytes) -> None:
    try:
        read_json(payload)
    except (ValueError, RecursionError) as error:
        raise SchemaError([Fault(pointer="", code="json_invalid", detail=_short(error))]) from None


def read_json(text: bytes) -> object:
    """Read JSON that two readers cannot read differently; raises ValueError or RecursionError for all else.

    Refused beside what is no JSON: a member that is named twice (RFC 8259 section 4), NaN and infinity.
    """
    read: object = _decoder.decode(text.decode())
    return read


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Read the members of a JSON object; raises ValueError when one is named twice (RFC 8259 section 4)."""
    members = dict(pairs)
    # Two readers could each believe another of the two values.
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.loads` with these arguments would make one for each text.
_decoder = json.JSONDecoder(object_pairs_hook=unique, parse_constant=_refuse_constant)


def _short(error: Exception) -> str:
    # The position helps; what stands there is the sender's and stays out.
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


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
    # A fault in a member's name is shown at the member, without pydantic's own mark for it.
    parts = [part for part in error["loc"] if part != "[key]"]
    return Fault(pointer=pointer(*parts), code=error["type"], detail=_readable(error["msg"]))


def _readable(message: str) -> str:
    # pydantic shows Python where the reader sees JSON: <OfficeKind.AGENCY: 'agency'> is 'agency' to them.
    return re.sub(r"<[\w.]+: ('[^']*')>", r"\1", message).removeprefix("Value error, ")


class Evidence(Document):
    """Where a value is proved: a material of the packet, and the page in it."""

    material: Digest
    page: Annotated[int | None, Field(ge=1, le=100_000), WHOLE] = None
