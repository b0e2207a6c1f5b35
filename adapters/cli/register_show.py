"""`linkage register show`: one case with its versions and its leads; who the party is only on demand, which is noted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import reduce
from typing import Annotated, Any, Final, NamedTuple

import typer

from adapters.cli.database import connected
from adapters.cli.evidence import evidence_lines
from adapters.cli.leads import lead_as_json
from adapters.cli.output import (
    Json,
    StopError,
    local,
    say,
    say_json,
    say_table,
    wait_for,
    with_moments,
)
from adapters.clock import new_id
from adapters.main.ground import vault_of
from adapters.postgres.cases import PostgresCases
from adapters.postgres.journal import PostgresJournal
from adapters.postgres.pool import Connection
from adapters.postgres.register_views import PostgresRegisterViews
from adapters.settings import SettingsError, read_settings, unmet
from contracts import clocks
from contracts.case_record import CaseRecord, plain
from contracts.facts import load_vocabulary
from service.domain.case_files import CaseKey
from service.domain.journal import PLATFORM, Action, JournalEntry
from service.domain.phrases import Language, Phrases
from service.domain.register_glimpses import CaseGlimpse, LeadRow, VersionRow

HIDDEN: Final = (("title",), ("summary",), ("penalty", "mitigation"), ("transfer", "reason"))
"""Texts of a record in which parties may be named; of the party itself the kind alone is shown."""


class _Shown(NamedTuple):
    case: CaseGlimpse
    versions: Sequence[VersionRow]
    leads: Sequence[LeadRow]
    record: CaseRecord | None


def show(
    case_number: Annotated[str, typer.Argument(help="The case, by the agency's own number.")],
    *,
    agency: Annotated[str, typer.Option(metavar="CODE", help="Whose case it is.")],
    with_party: Annotated[
        bool, typer.Option("--with-party", help="Show names and numbers too; the journal notes it.")
    ] = False,
    lang: Annotated[Language, typer.Option(help="Language of the text.")] = Language.ZH,
    as_json: Json = False,
) -> None:
    """Show a case of the register: its record, its versions, its leads and what they rest on."""
    shown = wait_for(_read(CaseKey(agency, case_number), with_party=with_party))
    content = _content(shown.record, with_party=with_party)
    if as_json:
        _tell_json(shown, content)
    else:
        _tell_text(shown, content, Phrases(load_vocabulary(), lang))


async def _read(key: CaseKey, *, with_party: bool) -> _Shown:
    now = datetime.now(UTC)
    async with connected(readonly=not with_party) as connection:
        views = PostgresRegisterViews(connection)
        case = await views.find_case(*key)
        if case is None:
            raise StopError(
                f"there is no case {key.case_number} of {key.agency_code}",
                "`linkage register status` shows whose registers are here",
            )
        if with_party:
            await _note(connection, case, now)
        versions = await views.versions(case.case_id)
        leads = await views.leads_of_case(*key, now)
        return _Shown(case, versions, leads, await _record(connection, key))


async def _record(connection: Connection, key: CaseKey) -> CaseRecord | None:
    settings = read_settings()
    if settings.vault_key is None:
        raise SettingsError([fault for fault in unmet(settings) if "VAULT_KEY" in fault])
    cases = PostgresCases(connection, vault_of(settings), clocks.load())
    return (await cases.find([key]))[key].record


async def _note(connection: Connection, case: CaseGlimpse, now: datetime) -> None:
    # It names no agency: whose case was looked at is not for its events feed.
    line = JournalEntry(
        id=new_id(),
        at=now,
        action=Action.RECORD_READ,
        actor=PLATFORM,
        subject_id=case.case_id,
        data={"case_number": case.case_number, "version": case.version},
    )
    await PostgresJournal(connection).append([line])


def _content(record: CaseRecord | None, *, with_party: bool) -> Mapping[str, Any] | None:
    if record is None:
        return None
    content = dict(plain(record))
    if with_party:
        return content
    content["party"] = {"kind": record.party.kind}
    for *members, text in HIDDEN:
        holder = reduce(lambda held, member: held.get(member, {}), members, content)
        holder.pop(text, None)
    return content


def _tell_json(shown: _Shown, content: Mapping[str, Any] | None) -> None:
    say_json(
        {
            **with_moments(asdict(shown.case)),
            "record": content,
            "earlier_versions": [with_moments(asdict(one)) for one in shown.versions],
            "leads": [lead_as_json(one) for one in shown.leads],
        }
    )


def _tell_text(shown: _Shown, content: Mapping[str, Any] | None, phrases: Phrases) -> None:
    case = shown.case
    say(
        f"{case.case_number} of {case.agency}: {case.conclusion} {case.offence_code or ''}".rstrip()
    )
    if case.missing:
        say(f"facts missing: {phrases.facts(tuple(case.missing))}")
    for name, value in (content or {}).items():
        say(f"  {name}: {value}")
    say_table(
        ("version", "received", "source"),
        [
            (case.version, local(case.received_at), case.source),
            *((one.version, local(one.received_at), one.source) for one in shown.versions),
        ],
    )
    say_table(
        ("lead", "score", "status", "due"),
        [
            (one.detector, one.score, one.status, local(one.clock.due_at if one.clock else None))
            for one in shown.leads
        ],
    )
    for one in shown.leads:
        say(f"{one.detector}")
        for line in evidence_lines(one.evidence, phrases):
            say(f"  {line}")
