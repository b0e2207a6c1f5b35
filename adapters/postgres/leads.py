"""Leads as rows."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from adapters.postgres.named_queries import filled, load
from adapters.postgres.pool import Connection, Row
from contracts.detectors import Detector
from service.domain.case_files import CaseKey
from service.domain.leads import Lead, LeadClock, LeadStatus
from service.ports import Vault

_SQL = filled(load("leads"))


class PostgresLeads:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def of_cases(self, keys: Sequence[CaseKey]) -> list[Lead]:
        columns = [key.agency_code for key in keys], [key.case_number for key in keys]
        return [self._lead(row) for row in await self._connection.fetch(_SQL["of_cases"], *columns)]

    async def get(self, lead_id: UUID) -> Lead | None:
        row = await self._connection.fetchrow(_SQL["get"], lead_id)
        return self._lead(row) if row else None

    async def save(self, leads: Sequence[Lead]) -> None:
        if leads:
            rows = to_json([_row(lead, self._sealed(lead)) for lead in leads]).decode()
            await self._connection.execute(_SQL["save"], rows)

    def _lead(self, row: Row) -> Lead:
        sealed = row["reason"]
        reason = None if sealed is None else self._vault.open(sealed, _context(row["id"])).decode()
        return _lead_of(row, reason)

    def _sealed(self, lead: Lead) -> str | None:
        if lead.reason is None:
            return None
        return b64encode(self._vault.seal(lead.reason.encode(), _context(lead.id))).decode()


def _context(lead_id: UUID) -> bytes:
    return f"lead/{lead_id}/reason".encode()


def _lead_of(row: Row, reason: str | None) -> Lead:
    clock = None
    if row["clock"] is not None:
        clock = LeadClock(
            row["clock"],
            row["starts_at"],
            row["due_at"],
            row["strict_due_at"],
            row["provisional"],
        )
    return Lead(
        id=row["id"],
        agency_code=row["agency_code"],
        case_number=row["case_number"],
        detector=Detector(row["detector"]),
        status=LeadStatus(row["status"]),
        move=row["move"],
        division=row["division"],
        sector=row["sector"],
        offence_code=row["offence_code"],
        score=row["score"],
        clock=clock,
        evidence=row["evidence"],
        fingerprint=row["fingerprint"],
        raised_at=row["raised_at"],
        changed_at=row["changed_at"],
        reason=reason,
    )


def _row(lead: Lead, reason: str | None) -> dict[str, Any]:
    clock = lead.clock
    return {
        "id": lead.id,
        "agency_code": lead.agency_code,
        "case_number": lead.case_number,
        "detector": lead.detector.value,
        "status": lead.status.value,
        "move": lead.move,
        "division": lead.division,
        "sector": lead.sector,
        "offence_code": lead.offence_code,
        "score": lead.score,
        "clock": clock.clock if clock else None,
        "starts_at": clock.starts_at if clock else None,
        "due_at": clock.due_at if clock else None,
        "strict_due_at": clock.strict_due_at if clock else None,
        "provisional": clock.provisional if clock else False,
        "evidence": lead.evidence,
        "fingerprint": lead.fingerprint,
        "reason": reason,
        "raised_at": lead.raised_at,
        "changed_at": lead.changed_at,
    }
