"""`linkage leads`: what the detectors found, the most urgent first; or what they cannot say yet."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from adapters.cli.database import connected
from adapters.cli.output import say, say_json, say_table, wait_for, with_moments
from adapters.postgres.register_views import PostgresRegisterViews
from contracts import detectors
from contracts.detectors import Detector
from contracts.facts import load_vocabulary
from service.domain.leads import LeadStatus
from service.domain.phrases import Language, Phrases
from service.domain.register_glimpses import ACTIVE, LeadFilter, LeadRow, SuspicionRow
from service.domain.working_days import SHANGHAI

PAGE: Final = 1000
"""Rows that are read, and held, at once."""

_Row = LeadRow | SuspicionRow


def leads(
    *,
    detector: Annotated[
        list[Detector] | None, typer.Option(help="Only of this one; may be given several times.")
    ] = None,
    agency: Annotated[str | None, typer.Option(help="Only cases of this agency.")] = None,
    division: Annotated[
        str, typer.Option(metavar="PREFIX", help="Only where the division begins so: 31, 3101.")
    ] = "",
    status: Annotated[
        list[LeadStatus] | None,
        typer.Option(help="Only of this one; open and supervised if absent."),
    ] = None,
    undetermined: Annotated[
        bool, typer.Option("--undetermined", help="What cannot be said before facts are given.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="So many at most.")] = None,
    lang: Annotated[Language, typer.Option(help="Language of the text.")] = Language.ZH,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line instead of text.")
    ] = False,
) -> None:
    """List the cases that should have gone to criminal justice, the highest score first."""
    names = [one.value for one in detector] if detector else None
    statuses = [one.value for one in status] if status else ACTIVE
    which = LeadFilter(names, agency, division, statuses)
    wait_for(_list(which, limit, lang, is_open=undetermined, as_json=as_json))


async def _list(
    which: LeadFilter, limit: int | None, lang: Language, *, is_open: bool, as_json: bool
) -> None:
    found = 0
    async with connected() as connection:
        views = PostgresRegisterViews(connection)
        pages = _suspicions(views, which) if is_open else _leads(views, which)
        async for page in pages:
            rows = page if limit is None else page[: limit - found]
            found += len(rows)
            _tell(rows, lang, as_json=as_json)
            if found == limit:
                break
    if not as_json:
        say(f"{found} suspicions that need facts" if is_open else f"{found} leads")


async def _leads(views: PostgresRegisterViews, which: LeadFilter) -> AsyncIterator[list[LeadRow]]:
    now, place = datetime.now(UTC), None
    while page := await views.leads(which, now, place, PAGE):
        yield page
        place = page[-1].place


async def _suspicions(
    views: PostgresRegisterViews, which: LeadFilter
) -> AsyncIterator[list[SuspicionRow]]:
    place = None
    while page := await views.suspicions(which, place, PAGE):
        yield page
        place = page[-1].place


def _tell(rows: Sequence[_Row], lang: Language, *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            say_json(lead_as_json(row) if isinstance(row, LeadRow) else suspicion_as_json(row))
        return
    say_table(_COLUMNS[lang], _cells(rows, lang))


def lead_as_json(row: LeadRow) -> dict[str, Any]:
    """A lead as one object; moments in RFC 3339."""
    return {
        "case_number": row.case_number,
        "agency": row.agency,
        "detector": row.detector,
        "offence_code": row.offence_code,
        "score": row.score,
        "clock": with_moments(row.clock._asdict()) if row.clock else None,
        "evidence": row.evidence,
        "lead_id": str(row.lead_id),
        "status": row.status,
        "division": row.division,
        "sector": row.sector,
        "raised_at": row.raised_at.isoformat(),
    }


def suspicion_as_json(row: SuspicionRow) -> dict[str, Any]:
    """What cannot be said yet, with the members of a lead, and the facts that are missing."""
    return {
        "case_number": row.case_number,
        "agency": row.agency,
        "detector": row.detector,
        "offence_code": row.offence_code,
        "score": None,
        "clock": None,
        "evidence": {},
        "lead_id": None,
        "status": "undetermined",
        "division": row.division,
        "sector": row.sector,
        "raised_at": None,
        "missing": row.missing,
    }


_COLUMNS: Final[Mapping[Language, Sequence[str]]] = {
    Language.ZH: ("分值", "线索", "案号", "机关", "罪名", "期限或缺少的事实", "状态"),
    Language.EN: ("score", "lead", "case", "agency", "offence", "due, or facts missing", "status"),
}
_OVERDUE: Final[Mapping[Language, str]] = {Language.ZH: "逾期", Language.EN: "overdue"}


def _cells(rows: Sequence[_Row], lang: Language) -> Iterator[Sequence[object]]:
    names = detectors.load().detectors
    phrases = Phrases(load_vocabulary(), lang)
    for row in rows:
        name = f"{row.detector} {getattr(names[Detector(row.detector)], lang)}"
        case = (row.case_number, row.agency, row.offence_code)
        if isinstance(row, LeadRow):
            yield row.score, name, *case, _due(row, lang), row.status
        else:
            yield None, name, *case, phrases.facts(tuple(row.missing)), None


def _due(row: LeadRow, lang: Language) -> str | None:
    if row.clock is None:
        return None
    day = row.clock.due_at.astimezone(SHANGHAI).strftime("%Y-%m-%d")
    return f"{day} {_OVERDUE[lang]}" if row.clock.overdue else day
