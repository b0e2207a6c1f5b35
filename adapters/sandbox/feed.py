"""Simulated agencies feed their registers: signed batches of made-up cases, some of which should have been transferred."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from adapters.client import LinkageClient, RecordsReceipted
from adapters.sandbox.offices import SandboxOffice
from adapters.sandbox.register.generator import make_cases
from adapters.sandbox.register.monthly import MonthlyCounts, reported
from adapters.sandbox.register.truth import Made
from contracts import jws
from contracts.case_record import MOST_RECORDS
from contracts.jws import Typ
from service.domain.working_days import SHANGHAI


def registers_of(
    agencies: Sequence[SandboxOffice], count: int, at: datetime
) -> Mapping[str, list[dict[str, Any]]]:
    """Make up the registers of one day as batches, by agency: cases, and what each agency counts itself.

    The same day has the same cases, so that feeding them again changes nothing. Each batch is a new one:
    a signature is another one each time, and other bytes need another id.
    """
    today = at.astimezone(SHANGHAI).date()
    seed = today.toordinal()
    made: defaultdict[str, list[Made]] = defaultdict(list)
    counts = MonthlyCounts()
    for one in make_cases(seed, count, today, [agency.office for agency in agencies]):
        made[one.agency].append(one)
        counts.add(one)
    told, _ = reported(counts, seed)
    return {
        agency.code: _batches(agency, made[agency.code], told.get(agency.code, []), at)
        for agency in agencies
    }


def _batches(
    agency: SandboxOffice, made: Sequence[Made], counts: list[dict[str, Any]], at: datetime
) -> list[dict[str, Any]]:
    batches = [
        {
            "document": "case-records",
            "version": "1",
            "batch_id": f"register-{at:%Y%m%d%H%M%S}-{first // MOST_RECORDS + 1}",
            "agency": {"code": agency.code, "name": agency.office.name},
            "records": [one.record for one in made[first : first + MOST_RECORDS]],
        }
        for first in range(0, len(made), MOST_RECORDS)
    ]
    if batches and counts:
        batches[-1]["counts"] = counts
    return batches


async def feed(
    client: LinkageClient, agency: SandboxOffice, batches: Sequence[Mapping[str, Any]], at: datetime
) -> list[RecordsReceipted]:
    """Sign and send an agency's batches; raises ProblemError or UnreachableError."""
    return [
        await client.send_records(jws.sign(to_json(batch), Typ.CASE_RECORDS, agency.key, at))
        for batch in batches
    ]
