"""Everything an operator can set, by environment variables that begin with LINKAGE_.

A secret may stand in a file instead: LINKAGE_VAULT_KEY_FILE names a file that holds what LINKAGE_VAULT_KEY
would. A variable that nobody knows is an error, because a setting that is misspelt is a setting not made.
"""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ByteSize, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from typing_extensions import override

PREFIX = "LINKAGE_"

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(ms|s|m|h|d)")


def read_duration(value: object) -> object:
    """Read a span of time from its text; a number alone is an error, because 30 of what is a guess."""
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise ValueError("a duration is written like 500ms, 30s, 10m, 2h or 3d")
    return float(found[1]) * _UNITS[found[2]]


Duration = Annotated[timedelta, BeforeValidator(read_duration), Field(gt=timedelta())]
Network = IPv4Network | IPv6Network


def _split(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


class SettingsError(Exception):
    """The environment does not make settings; each fault names its variable and what to do."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Settings(BaseSettings):
    """What one process of the service, or one call of the command line, runs by."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    # the process
    role: Literal["all", "api", "worker"] = "all"
    """What this process does: answer requests (api), deliver and watch (worker), or both (all)."""
    host: str = "127.0.0.1"
    """Address to listen on; a TLS proxy stands before it."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """Port to listen on; 0 takes a free one."""
    public_url: str = "http://127.0.0.1:8080"
    """Where others reach the platform; the command line sends to it."""
    shutdown_within: Duration = timedelta(seconds=20)
    """How long a stop waits for requests and attempts under way."""
    sandbox: bool = False
    """Run with simulated offices and their keys, which are no secret: never with real cases."""

    # the database
    database_url: SecretStr | None = None
    """PostgreSQL 15 to 18, as postgresql://user:password@host/database."""
    database_pool_min: Annotated[int, Field(ge=1, le=1000)] = 2
    """Connections that are kept open."""
    database_pool_max: Annotated[int, Field(ge=1, le=1000)] = 12
    """Connections at most; flushers and delivery must fit in it together with readers."""
    database_timeout: Duration = timedelta(seconds=30)
    """How long a statement may take before its outcome counts as unknown."""

    # who we are
    platform_code: Annotated[str | None, Field(pattern=r"^[0-9A-Z]{18}$")] = None
    """Code of the office that runs the platform, as it stands in the registry that others get."""
    platform_name: str = "行刑衔接平台"
    """Name of the platform on pages."""
    audience: str = "linkage"
    """What a caller's token must name as `aud`."""
    platform_key_file: Path | None = None
    """JWK file, mode 0600, of the private key that signs receipts and dispatches."""
    platform_former_keys_dir: Path | None = None
    """Folder of JWK files (`*.jwk`) with the public keys that signed before: what they signed still verifies on pages."""
    vault_key: SecretStr | None = None
    """32 bytes in base64 that seal what is stored; `1:<base64>,2:<base64>` for several: the highest seals, all open."""
    fingerprint_key: SecretStr | None = None
    """32 bytes in base64 for joining parties; without it, it is derived from the vault key with the lowest number."""

    # what it judges by
    calendars_dir: Path | None = None
    """Folder of calendar files that add a year or replace a provisional one, before a release brings them."""
    provinces_dir: Path | None = None
    """Folder of packs with the numbers that provinces chose within the ranges of the law; examples are left out."""

    # what comes in
    packet_limit: ByteSize = ByteSize(1024**2)
    """Largest transfer packet that is taken."""
    report_limit: ByteSize = ByteSize(256 * 1024)
    """Largest acknowledgement or report that is taken."""
    records_limit: ByteSize = ByteSize(32 * 1024**2)
    """Largest batch of case records that is taken."""
    material_limit: ByteSize = ByteSize(2 * 1024**3)
    """Largest material that is taken."""
    materials_dir: Path = Path("materials")
    """Folder for materials; all replicas must see the same one."""
    materials_reserve: ByteSize = ByteSize(1024**3)
    """Free space on that disk below which no more materials are taken."""
    intake_queue: Annotated[int, Field(ge=1)] = 4096
    """Packets that may wait for the database; more are answered 503."""
    intake_per_office: Annotated[int, Field(ge=1)] = 1024
    """Packets of one office that may wait; more are answered 429."""
    intake_batch: Annotated[int, Field(ge=1, le=5000)] = 256
    """Packets in one commit at most."""
    flushers: Annotated[int, Field(ge=1, le=32)] = 2
    """Commits under way at once."""
    verifiers: Annotated[int, Field(ge=1, le=64)] = min(4, os.cpu_count() or 1)
    """Threads that verify signatures."""
    request_timeout: Duration = timedelta(seconds=60)
    """How long a request may take, uploads of materials excepted."""
    upload_idle_timeout: Duration = timedelta(seconds=60)
    """How long an upload may pause."""

    # people at pages
    oidc_issuer: str | None = None
    """Identity provider of staff (OpenID Connect): its issuer, as its discovery document names it."""
    oidc_client_id: str | None = None
    """What the provider knows the platform by."""
    oidc_client_secret: SecretStr | None = None
    """What the platform proves itself by to the provider; a public client with PKCE alone has none."""
    oidc_scopes: Annotated[str, Field(pattern=r"^openid( [!-~]+)*$")] = "openid profile"
    """What the provider is asked for; nothing but the subject is needed, and a name is shown to operators."""
    oidc_max_age: Duration | None = None
    """How long ago somebody may have proved himself to the provider; without it, the provider's own session decides."""
    oidc_ca_file: Path | None = None
    """Certificates in PEM to trust for the provider, instead of the system's."""
    session_idle: Duration = timedelta(minutes=30)
    """After how long without a page somebody has to sign in again."""
    session_longest: Duration = timedelta(hours=12)
    """After how long somebody has to sign in again in any case."""
    claim_lease: Duration = timedelta(minutes=30)
    """How long somebody's claim on a case lasts when nothing more is seen of him."""
    demo_sign_in: bool = False
    """Let the made-up people of a sandbox in without a password; refuses to start outside one."""

    # what goes out
    delivery_slots: Annotated[int, Field(ge=1, le=1000)] = 128
    """Attempts under way at once in this process."""
    delivery_lease: Duration = timedelta(minutes=2)
    """How long a claimed dispatch is this process's own; longer than the longest attempt."""
    delivery_poll: Duration = timedelta(milliseconds=250)
    """How often the queue is looked at when nothing has woken delivery."""
    deliver_within: Duration = timedelta(hours=24)
    """When a dispatch is due; the queue is sent in this order (D310 Art 5 gives 24 hours)."""
    give_up_after: Duration = timedelta(days=3)
    """How long a dispatch is tried before it is undeliverable, which is for operators to solve."""
    endpoint_timeout: Duration = timedelta(seconds=30)
    """How long one attempt may take from the first byte to the last."""
    endpoint_connect_timeout: Duration = timedelta(seconds=5)
    """How long a connection to an endpoint may take."""
    endpoint_answer_limit: ByteSize = ByteSize(256 * 1024)
    """Largest answer that is read from an endpoint."""
    endpoint_first_pause: Duration = timedelta(seconds=1)
    """Pause after the first failure of an endpoint; it doubles from there."""
    endpoint_longest_pause: Duration = timedelta(minutes=10)
    """Longest pause between attempts at an endpoint."""
    endpoint_breaker_after: Annotated[int, Field(ge=1)] = 5
    """Failures in a row after which an endpoint gets one attempt at a time."""
    endpoint_ca_file: Path | None = None
    """Certificates in PEM to trust for endpoints, instead of the system's."""
    plain_http: bool = False
    """Call endpoints whose address is http too; the packet then travels in the open."""
    allowed_networks: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_split)] = ()
    """Private networks in which endpoints may be, as 10.1.0.0/16,192.168.7.0/24; public addresses always may."""

    # clocks
    register_expected_every: Duration = timedelta(days=7)
    """How often an agency should feed its register; one that does not is shown as silent."""
    rescreening_workers: Annotated[int, Field(ge=0, le=16)] = 1
    """Slices of the register that this process screens anew at once; each core's worth wants a process of its own."""
    rescreening_lease: Duration = timedelta(minutes=1)
    """After how long the slice of a worker that has died is another's."""
    rescreening_poll: Duration = timedelta(seconds=5)
    """How often a slice is looked for when there was none."""
    watch_interval: Duration = timedelta(seconds=30)
    """How often deadlines are looked at."""
    figures_interval: Duration = timedelta(seconds=15)
    """How often the gauges that come from the database are computed."""
    registry_interval: Duration = timedelta(seconds=5)
    """How often the registry's version is looked at when nobody has rung."""

    # what is told
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """One JSON object a line, or readable lines; auto is readable on a terminal only."""
    metrics: bool = True
    """Serve /metrics."""
    metrics_port: Annotated[int | None, Field(ge=0, le=65535)] = None
    """Port of its own for /metrics; without it, it is served beside the API."""

    # an office that sends from the command line
    office_code: Annotated[str | None, Field(pattern=r"^[0-9A-Z]{18}$")] = None
    """Code of the office that the command line speaks for."""
    office_key_file: Path | None = None
    """JWK file, mode 0600, of that office's private key."""

    @override
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls)


class SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that its variable with _FILE at the end names."""

    @override
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(_file_variable(field_name)) if is_secret(field) else None
        return path and Path(path).read_text("utf-8").strip(), field_name, False

    @override
    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value}


def read_settings(**given: Any) -> Settings:  # noqa: ANN401 (Settings checks them)
    """Read the environment, below what is `given`; raises SettingsError that names every fault at once."""
    faults = [*_unknown(os.environ), *_set_twice(os.environ)]
    try:
        settings = Settings(**given)
    except ValidationError as error:
        faults += [_told(fault["loc"], fault["msg"]) for fault in error.errors(include_input=False)]
    except OSError as error:
        faults.append(_unread(error))
    except UnicodeDecodeError:
        faults.append("a secret's file is not text")
    if faults:
        raise SettingsError(faults)
    return settings


def unmet(settings: Settings) -> list[str]:
    """Say what a process of the service cannot run without, and how to come by it."""
    missing = [
        f"{_variable(name)} is not set: {advice}"
        for name, advice in _NEEDED.items()
        if getattr(settings, name) is None
    ]
    if settings.demo_sign_in and not settings.sandbox:
        missing.append(
            f"{_variable('demo_sign_in')} lets anybody in: it is for a sandbox, unset it here"
        )
    if (settings.oidc_issuer is None) != (settings.oidc_client_id is None):
        missing.append(
            f"{_variable('oidc_issuer')} and {_variable('oidc_client_id')} go together: set both or neither"
        )
    if settings.oidc_issuer is not None and not _is_safe(settings):
        missing.append(
            f"{_variable('oidc_issuer')} is not https: people would sign in in the open, name the provider's https address"
        )
    return missing


def _is_safe(settings: Settings) -> bool:
    parts = urlsplit(settings.oidc_issuer or "")
    is_here = settings.sandbox or parts.hostname in ("127.0.0.1", "::1", "localhost")
    return parts.scheme == "https" or (parts.scheme == "http" and is_here)


_NEEDED = {
    "database_url": "name the database, as postgresql://user:password@host/database",
    "platform_key_file": "make a key with `linkage keygen --out platform.jwk`",
    "vault_key": "make a key with `linkage keygen --vault --out vault.key` and set LINKAGE_VAULT_KEY_FILE",
}


def _unread(error: OSError) -> str:
    """Name the file of a secret that cannot be read, its variable, and how to come by one."""
    told = f"{error.filename} cannot be read: {error.strerror}"
    for name in secrets():
        if os.environ.get(_file_variable(name)) == str(error.filename):
            return f"{_file_variable(name)}: {told}; {_NEEDED.get(name, 'look at the path')}"
    return told


@cache
def variables() -> Mapping[str, str]:
    """Give every variable that is known, and the field that it sets."""
    named = {_variable(name): name for name in Settings.model_fields}
    return named | {_file_variable(name): name for name in secrets()}


@cache
def secrets() -> tuple[str, ...]:
    """Give the names of the fields that are never shown and may come from a file."""
    return tuple(name for name, field in Settings.model_fields.items() if is_secret(field))


def is_secret(field: FieldInfo) -> bool:
    return SecretStr in get_args(field.annotation)


def _variable(field_name: str) -> str:
    return f"{PREFIX}{field_name.upper()}"


def _file_variable(field_name: str) -> str:
    return f"{_variable(field_name)}_FILE"


def _unknown(environ: Mapping[str, str]) -> Iterator[str]:
    known = variables()
    for variable in sorted(environ):
        if variable.upper().startswith(PREFIX) and variable.upper() not in known:
            nearest = get_close_matches(variable.upper(), known, n=1, cutoff=0.0)
            yield f"{variable} is not a setting: did you mean {nearest[0]}?"


def _set_twice(environ: Mapping[str, str]) -> Iterator[str]:
    for name in secrets():
        variable, file_variable = _variable(name), _file_variable(name)
        if environ.get(variable) and environ.get(file_variable):
            yield f"{variable} and {file_variable} are both set: keep one of them"


def _told(where: tuple[int | str, ...], message: str) -> str:
    return f"{_variable(str(where[0]))}: {message.removeprefix('Value error, ')}"


def shown(settings: Settings) -> dict[str, str | int | float | bool | list[str] | None]:
    """Write settings as plain values; a secret is only ever said to be set."""
    return {name: _plain(name, value) for name, value in settings}


def _plain(name: str, value: object) -> str | int | float | bool | list[str] | None:
    if name in secrets():
        return None if value is None else "********"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    if isinstance(value, tuple):
        return [str(part) for part in value]
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)
