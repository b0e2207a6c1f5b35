"""What can be wrong with an installation, and what to do about it: one small check each."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from adapters.keys import KeyFileError, read_private_key
from adapters.main.ground import POSTGRES_VERSIONS, vault_of
from adapters.postgres.inspection import Inspection, Server
from adapters.settings import Settings, unmet
from contracts.calendar import Calendars
from contracts.calendar import load as load_calendars
from contracts.clocks import load as load_clocks
from contracts.facts import load_vocabulary
from contracts.office import ADDRESSEES
from contracts.rulebook_files import rulebook_with
from service.domain import book_faults
from service.domain.proofreading import proofread
from service.domain.registry import EndpointKind, Office, OfficeKey, Registry
from service.register_ports import BookName


class Severity(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"  # works today
    ERROR = "error"  # does not work, or loses something


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what to do about it."""

    severity: Severity
    about: str
    what: str
    advice: str = ""


_SOON = timedelta(days=30)
_SKEW = timedelta(seconds=5)
_DECEMBER = 12
_MOST_NAMED = 5


def ok(about: str, what: str) -> Finding:
    return Finding(Severity.OK, about, what)


def warning(about: str, what: str, advice: str) -> Finding:
    return Finding(Severity.WARNING, about, what, advice)


def error(about: str, what: str, advice: str) -> Finding:
    return Finding(Severity.ERROR, about, what, advice)


def check_settings(settings: Settings) -> Iterator[Finding]:
    for fault in unmet(settings):
        what, _, advice = fault.partition(": ")
        yield error("settings", what, advice)
    if settings.sandbox:
        yield warning(
            "settings", "this is a sandbox", "never with real cases: unset LINKAGE_SANDBOX"
        )
    if settings.plain_http:
        yield warning(
            *("settings", "endpoints without TLS are called"),
            "packets travel in the open: unset LINKAGE_PLAIN_HTTP",
        )
    if settings.delivery_lease <= settings.endpoint_timeout:
        yield error(
            *("settings", "a lease ends before an attempt does, so dispatches are sent twice"),
            "set LINKAGE_DELIVERY_LEASE above LINKAGE_ENDPOINT_TIMEOUT",
        )


def check_keys(settings: Settings) -> Iterator[Finding]:
    try:
        if settings.platform_key_file is not None:
            read_private_key(settings.platform_key_file)
            yield ok("keys", f"the platform signs with {settings.platform_key_file}")
        if settings.vault_key is not None:
            vault_of(settings)
            yield ok("keys", "the vault has its key")
    except KeyFileError as fault:
        yield error("keys", str(fault), "`linkage keygen` makes keys")


def check_standards(settings: Settings, now: datetime) -> Iterator[Finding]:
    folders = [settings.calendars_dir] if settings.calendars_dir else []
    try:
        book = rulebook_with(settings.provinces_dir)
        for wrong in proofread(book, load_vocabulary()):
            yield _of_book(wrong)
        yield ok("rule book", f"{book.version}, {len(book.offences)} offences, {book.digest[:20]}…")
        load_clocks()
        yield from _check_calendars(load_calendars(*folders), now)
    except (ValueError, OSError) as fault:
        yield error("standards", str(fault), "put back the files of this release")


def _of_book(fault: book_faults.BookFault) -> Finding:
    found = error if fault.severity is book_faults.Severity.ERROR else warning
    return found(
        *("rule book", f"{fault.where}: {fault.detail}"),
        "correct the pack in LINKAGE_PROVINCES_DIR, or put back the files of this release",
    )


def _check_calendars(calendars: Calendars, now: datetime) -> Iterator[Finding]:
    last_needed = now.year + (now.month == _DECEMBER)
    years = {year for year, entry in calendars.years.items() if entry.notice is not None}
    lacking = [year for year in range(now.year, last_needed + 1) if year not in years]
    if lacking:
        yield warning(
            *(
                "calendar",
                f"no holiday notice is known for {lacking[0]}: its dates are provisional",
            ),
            "put the year's file into LINKAGE_CALENDARS_DIR when the State Council has published it",
        )
    else:
        yield ok("calendar", f"holiday notices until {max(years)}")


def check_rulebook(in_force: BookName | None, settings: Settings) -> Iterator[Finding]:
    """Whether this version ships another book than the one by which cases are judged."""
    try:
        ours = rulebook_with(settings.provinces_dir)
    except (ValueError, OSError):
        return  # told among the standards
    if in_force is None:
        yield ok("rule book", "none is in force yet: the service begins with ours")
    elif in_force.digest == ours.digest:
        yield ok("rule book", f"{in_force.version} is in force")
    else:
        yield warning(
            *(
                "rule book",
                f"{in_force.version} is in force, and this version ships {ours.version}",
            ),
            "`linkage rules diff in-force ours --register` says what changes, "
            "`linkage rules switch ours` puts it in force",
        )


def check_materials(settings: Settings) -> Iterator[Finding]:
    folder = settings.materials_dir
    if not _is_writable(folder):
        yield error(
            *("materials", f"{folder} cannot be written"),
            "make the folder and give it to the account of the service, or set LINKAGE_MATERIALS_DIR",
        )
        return
    free = shutil.disk_usage(_nearest(folder)).free
    if free < settings.materials_reserve:
        yield error("materials", f"{free >> 20} MiB are free", "make room: uploads are refused")
    else:
        yield ok("materials", f"{folder}, {free >> 30} GiB free")


def _nearest(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _is_writable(folder: Path) -> bool:
    nearest = _nearest(folder)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def check_server(server: Server, now: datetime) -> Iterator[Finding]:
    if server.version not in POSTGRES_VERSIONS:
        yield error("database", f"PostgreSQL {server.version}", "use 15 to 18")
    else:
        yield ok("database", f"PostgreSQL {server.version}")
    if not server.fsync or not server.waits:
        yield error(
            *("database", "a receipt may be given for what a power cut then loses"),
            "set fsync and synchronous_commit to on",
        )
    skew = abs(server.now - now)
    if skew > _SKEW:
        yield error(
            *("clock", f"this machine and the database differ by {skew.total_seconds():.0f} s"),
            "set both by NTP: deadlines and signatures are judged by the clock",
        )


def check_registry(registry: Registry, now: datetime) -> Iterator[Finding]:
    if not registry.offices:
        yield error("registry", "there is no office", "`linkage registry load FILE.yaml`")
        return
    yield ok("registry", f"version {registry.version}, {len(registry.offices)} offices")
    for office in registry.offices.values():
        yield from _check_keys_of(office, registry, now)
        yield from _check_endpoint_of(office, registry)


def _check_keys_of(office: Office, registry: Registry, now: datetime) -> Iterator[Finding]:
    ends = [_end(key) for key in registry.keys.values() if _is_of(key, office, now)]
    if not ends:
        yield warning(
            *("registry", f"{office.code} has no key in force"),
            "what it signs is refused: load its new key",
        )
    elif (last := max(ends)) < now + _SOON:
        yield warning(
            *("registry", f"the last key of {office.code} ends on {last.date()}"),
            "ask the office for its next key: two may be valid at once",
        )


def _is_of(key: OfficeKey, office: Office, now: datetime) -> bool:
    is_in_force = key.valid_from <= now < _end(key) and key.revoked_at is None
    return key.office_code == office.code and is_in_force


def _end(key: OfficeKey) -> datetime:
    return key.valid_until or datetime.max.replace(tzinfo=key.valid_from.tzinfo)


def _check_endpoint_of(office: Office, registry: Registry) -> Iterator[Finding]:
    endpoint = registry.endpoints.get(office.code)
    if office.kind in ADDRESSEES and endpoint is None:
        yield warning(
            *("registry", f"{office.code} has no endpoint"),
            "what is addressed to it is undeliverable: load one, a mailbox at least",
        )
    elif endpoint and endpoint.kind is EndpointKind.PUSH and "http:" in (endpoint.url or ""):
        yield warning("registry", f"{office.code} is called without TLS", "load an https address")


async def check_deliveries(
    inspection: Inspection, settings: Settings, now: datetime
) -> AsyncIterator[Finding]:
    for row in await inspection.failing_endpoints(settings.endpoint_breaker_after):
        since, times = row["failing_since"], row["failures"]
        yield error(
            *("delivery", f"{row['office_code']} has not answered since {since}, {times} attempts"),
            "call the office; it is tried again by itself",
        )
    for stuck in await inspection.stuck(_MOST_NAMED):
        yield error(
            *("delivery", f"{stuck.id} to {stuck.office_code or stuck.kind} is {stuck.status}"),
            f"it says: {stuck.problem}; mend that, then `linkage resend {stuck.id}`",
        )
    for taken in await inspection.unacknowledged(now - settings.deliver_within, _MOST_NAMED):
        yield warning(
            *("delivery", f"{taken.id}, taken by {taken.office_code}, is not acknowledged"),
            f"it was taken at {taken.delivered_at:%Y-%m-%d %H:%M} UTC: call the {taken.kind} office",
        )
    count, due_at = await inspection.late(now)
    if count:
        yield error(
            *("delivery", f"{count} dispatches wait beyond their due date, {due_at} the earliest"),
            "is a worker running? see the endpoints above",
        )


async def check_letters(inspection: Inspection) -> AsyncIterator[Finding]:
    """Letters of supervision that need a person."""
    for row in await inspection.stuck_letters(_MOST_NAMED):
        yield error(
            *("supervision", f"letter {row['id']} did not reach {row['agency_code']}"),
            f"it says: {row['problem']}; call the agency, which can still take it, "
            f"or `linkage resend {row['id']}`",
        )
    for row in await inspection.silent_letters(_MOST_NAMED):
        last = row["escalated_to"] or row["office_code"]
        yield warning(
            *("supervision", f"{row['agency_code']} has not replied to letter {row['id']}"),
            f"no office above {last} is registered that could be told: tell it yourself",
        )


async def check_vault(inspection: Inspection, settings: Settings) -> AsyncIterator[Finding]:
    if settings.vault_key is None:
        return
    try:
        vault = vault_of(settings)
    except KeyFileError:
        return  # told among the keys
    if not await inspection.vault_opens(vault):
        yield error(
            *("keys", "the vault does not open what is stored"),
            "add the key that sealed it to LINKAGE_VAULT_KEY, as 1:<old>,2:<new>",
        )
