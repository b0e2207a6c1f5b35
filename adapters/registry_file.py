"""The registry as people write it: one YAML file of offices, their keys and their endpoints."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from contracts import identifiers, jws
from contracts.document import DivisionCode, Line, OfficeCode
from contracts.office import ADDRESSEES, Level, OfficeKind, Sector
from service.domain.registry import Endpoint, EndpointKind, Office, OfficeKey, Registry


class RegistryFileError(Exception):
    """A file that is no registry; each fault says where it is."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Entry(BaseModel):
    """A part of the file: a member that is misspelt is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _is_public_key(jwk: dict[str, Any]) -> dict[str, Any]:
    if "d" in jwk:
        raise ValueError("this is a private key: register the public one, without d")
    if not isinstance(jwk.get("kid"), str) or not jwk["kid"]:
        raise ValueError("a registered key has a kid")
    jws.import_key(jwk)
    return jwk


PublicJwk = Annotated[dict[str, Any], AfterValidator(_is_public_key)]


class KeyEntry(Entry):
    """A public key and the time in which it is valid."""

    jwk: PublicJwk
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None

    @property
    def kid(self) -> str:
        return str(self.jwk["kid"])

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise ValueError("valid_until is not after valid_from")
        return self

    def of(self, office_code: str) -> OfficeKey:
        key = jws.import_key(self.jwk)
        times = (self.valid_from, self.valid_until, self.revoked_at)
        return OfficeKey(self.kid, office_code, key, *times)


class EndpointEntry(Entry):
    """How an office is reached: `push` calls its url, from a `mailbox` it fetches."""

    kind: EndpointKind
    url: str | None = None
    max_in_flight: Annotated[int, Field(gt=0, le=1000)] = 4
    per_second: Annotated[float, Field(gt=0, le=10_000)] = 50.0

    @model_validator(mode="after")
    def _only_push_has_a_url(self) -> Self:
        if (self.kind is EndpointKind.PUSH) != (self.url is not None):
            raise ValueError("push has a url, a mailbox has none")
        if self.url is not None and not _is_callable(self.url):
            raise ValueError("the url is http or https, with a host and without user or fragment")
        return self

    def of(self, office_code: str) -> Endpoint:
        return Endpoint(office_code, self.kind, self.url, self.max_in_flight, self.per_second)


def _is_callable(url: str) -> bool:
    parts = urlsplit(url)
    has_extras = parts.username is not None or bool(parts.fragment)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not has_extras


class OfficeEntry(Entry):
    """An organisation on the platform."""

    code: OfficeCode
    name: Line
    kind: OfficeKind
    division: DivisionCode
    level: Level
    sector: Sector | None = None
    causes: list[Line] | None = None
    keys: list[KeyEntry] = []
    endpoint: EndpointEntry | None = None

    def office(self) -> Office:
        causes = None if self.causes is None else frozenset(self.causes)
        return Office(
            self.code, self.name, self.kind, self.division, self.level, self.sector, causes
        )


class PlatformEntry(Entry):
    """The platform's own public keys, for those who verify receipts and dispatches."""

    code: Line
    name: Line
    keys: list[KeyEntry]


class RegistryFile(Entry):
    """A whole file."""

    platform: PlatformEntry | None = None
    offices: list[OfficeEntry]

    @model_validator(mode="after")
    def _names_nothing_twice(self) -> Self:
        for what, names in (
            ("the office", [office.code for office in self.offices]),
            ("the kid", [key.kid for office in self.offices for key in office.keys]),
        ):
            if twice := _twice(names):
                raise ValueError(f"{what} {twice[0]} is there twice")
        return self

    def offices_given(self) -> list[Office]:
        return [entry.office() for entry in self.offices]

    def keys_given(self) -> list[OfficeKey]:
        return [key.of(entry.code) for entry in self.offices for key in entry.keys]

    def endpoints_given(self) -> list[Endpoint]:
        return [entry.endpoint.of(entry.code) for entry in self.offices if entry.endpoint]

    def registry(self, version: int = 0) -> Registry:
        return Registry.of(version, self.offices_given(), self.keys_given(), self.endpoints_given())

    def known_keys(self) -> list[OfficeKey]:
        """Give every key by which a document may be signed, the platform's own among them."""
        platform = self.platform
        own = [key.of(platform.code) for key in platform.keys] if platform else []
        return [*self.keys_given(), *own]


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def read_registry(path: Path) -> RegistryFile:
    """Read a registry file; raises RegistryFileError with every fault and its place."""
    try:
        return parse_registry(path.read_text("utf-8"))
    except OSError as error:
        raise RegistryFileError([f"{path} cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise RegistryFileError([f"{path} is not UTF-8"]) from None


def parse_registry(text: str) -> RegistryFile:
    """Read a registry from its text; raises RegistryFileError."""
    try:
        return RegistryFile.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise RegistryFileError([f"this is not YAML: {error}"]) from None
    except ValidationError as error:
        raise RegistryFileError([_told(fault) for fault in error.errors(**_QUIET)]) from None


_QUIET: Any = {"include_input": False, "include_url": False, "include_context": False}


def _told(fault: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"]) or "the file"
    # 113399219000000060 without quotation marks is a number to YAML, and 0123 another one.
    advice = ", in quotation marks" if fault["type"] == "string_type" else ""
    return f"{place}: {fault['msg'].removeprefix('Value error, ')}{advice}"


def warnings(file: RegistryFile, now: datetime) -> list[str]:
    """Say what is allowed but is probably not meant."""
    return [
        *(told for office in file.offices for told in _office_warnings(office, now)),
        *_shared_places(file.offices),
    ]


def _office_warnings(office: OfficeEntry, now: datetime) -> Iterator[str]:
    if not identifiers.is_credit_code(office.code):
        yield f"{office.code}: the check character of this credit code is wrong (GB 32100)"
    if not any(_is_in_force(key, now) for key in office.keys):
        yield f"{office.code}: no key is in force, so nothing it signs is accepted"
    if office.kind in ADDRESSEES and office.endpoint is None:
        yield f"{office.code}: no endpoint, so what is addressed to it is undeliverable"
    if office.endpoint and office.endpoint.url and office.endpoint.url.startswith("http:"):
        yield f"{office.code}: the endpoint is called without TLS"


def _is_in_force(key: KeyEntry, now: datetime) -> bool:
    has_ended = key.valid_until is not None and key.valid_until <= now
    return key.valid_from <= now and not has_ended and key.revoked_at is None


def _shared_places(offices: Sequence[OfficeEntry]) -> Iterator[str]:
    places = Counter(
        (office.kind, office.division, office.level)
        for office in offices
        if office.kind in ADDRESSEES
    )
    for (kind, division, level), times in places.items():
        if times > 1:
            yield f"{times} offices are {kind} of {division} at {level} level: the lowest code gets all"
