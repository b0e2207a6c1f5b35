"""What an operation is: everything a caller must know of it, and all that is checked before its handler runs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args
from uuid import UUID

from pydantic import BaseModel

from adapters.web.call import Handler, WebLimits
from contracts import jws, problem
from contracts.answers import DeadlineState
from contracts.jws import Typ
from contracts.office import OfficeKind
from service.domain.errors import Refusal

JSON = "application/json"
LARGEST_PAGE = 500


class Access(StrEnum):
    """How a caller is known."""

    SIGNED = "signed"  # the body is a signed document, and proves itself
    BEARER = "bearer"  # a token signed by a registered key
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value in the path or in the query; `read` raises Refusal for what it cannot take."""

    name: str
    zh: str
    en: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    in_path: bool = False
    default: Any = None
    example: Any = None


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: a signed document of `typ`, or a file when there is none; of large ones only so many `at_once`."""

    limit: Callable[[WebLimits], int]
    typ: Typ | None = None
    model: type[BaseModel] | None = None
    example: Any = None
    at_once: int | None = None

    @property
    def media_type(self) -> str | None:
        return jws.MEDIA_TYPE if self.typ else None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer that is not a problem: a signed document of `typ`, JSON of `model`, or another media type."""

    status: int
    zh: str
    en: str
    media_type: str | None = None
    model: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    example: Any = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one address."""

    name: str
    method: str
    path: str
    zh: str
    en: str
    handler: Handler
    replies: tuple[Reply, ...]
    access: Access = Access.BEARER
    kinds: frozenset[OfficeKind] = frozenset(OfficeKind)
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    problems: tuple[str, ...] = ()
    tag: str = "reading"

    @property
    def produces(self) -> frozenset[str]:
        """Media types that an answer may have; a problem is always one of them."""
        return frozenset(reply.media_type for reply in self.replies if reply.media_type) | {
            problem.MEDIA_TYPE
        }

    @property
    def all_problems(self) -> tuple[str, ...]:
        """Every code that a caller of this operation must be ready for."""
        codes = [*self.problems, *_OF_ACCESS[self.access], "malformed_request", "not_acceptable"]
        if self.body is not None:
            codes += ["too_large", "unsupported_media_type"]
        if self.kinds != frozenset(OfficeKind):
            codes.append("not_permitted")
        return tuple(dict.fromkeys([*codes, "internal"]))


_OF_ACCESS: Mapping[Access, tuple[str, ...]] = {
    Access.SIGNED: (
        *("not_a_jws", "wrong_typ", "wrong_alg", "unknown_key", "key_not_yet_valid"),
        *("key_expired", "key_revoked", "bad_signature", "signed_in_the_future"),
        *("signer_mismatch", "schema", "outcome_unknown"),
    ),
    Access.BEARER: ("unauthenticated",),
    Access.PUBLIC: (),
}

_DIGEST = re.compile(r"sha-256:[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _read_uuid(text: str) -> UUID:
    # One spelling only: an address that we did not give out leads nowhere.
    if not _UUID.fullmatch(text):
        raise Refusal("not_found")
    return UUID(text)


def _read_digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise ValueError("a digest is 'sha-256:' and 64 lower-case hexadecimal digits")
    return text


def _read_limit(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= LARGEST_PAGE:
        raise ValueError(f"limit is a number from 1 to {LARGEST_PAGE}")
    return int(text)


def _read_state(text: str) -> str:
    if text not in _STATES:
        raise ValueError(f"state is one of {', '.join(_STATES)}")
    return text


_STATES = get_args(DeadlineState)
_DOCUMENT_KINDS = ("packet", "receipt", "dispatch", "acknowledgement", "report")


def _read_kind(text: str) -> str:
    if text not in _DOCUMENT_KINDS:
        raise Refusal("not_found")
    return text


def uuid(name: str, zh: str, en: str) -> Parameter:
    """An id of ours in the path."""
    schema = {"type": "string", "format": "uuid"}
    example = "01982f5c-7a10-7c3e-9f00-6d1f3a2b4c5d"
    return Parameter(name, zh, en, schema, _read_uuid, in_path=True, example=example)


DIGEST = Parameter(
    "digest",
    "内容的 SHA-256 摘要",
    "SHA-256 of the content",
    {"type": "string", "pattern": f"^{_DIGEST.pattern}$"},
    _read_digest,
    in_path=True,
    example="sha-256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
)
DOCUMENT_KIND = Parameter(
    "kind",
    "文书种类",
    "Which document",
    {"type": "string", "enum": list(_DOCUMENT_KINDS)},
    _read_kind,
    in_path=True,
    example="receipt",
)
AFTER = Parameter(
    "after",
    "上一页的 next；省略则从头开始",
    "`next` of the page before; from the beginning without it",
    {"type": "string", "maxLength": 128},
    str,
)
LIMIT = Parameter(
    "limit",
    "每页最多条数",
    "How many at most",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
    _read_limit,
    default=100,
    example=100,
)
STATE = Parameter(
    "state",
    "只列此状态的期限",
    "Only clocks in this state",
    {"type": "string", "enum": list(_STATES)},
    _read_state,
    example="overdue",
)
