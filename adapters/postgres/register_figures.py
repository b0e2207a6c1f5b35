"""The gauges of the register: what is found in it, what supervisors do about it, and how far detection is."""

from __future__ import annotations  # asyncpg's connection is generic to mypy alone

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from adapters.metrics import PrometheusMeasure
from adapters.postgres.appraisal import PostgresAppraisal
from adapters.postgres.overview import PostgresOverview, totals_of
from contracts.appraisal import COUNTS
from contracts.detectors import Detector
from contracts.office import Sector
from service.domain.appraisal import (
    CONCLUSIONS,
    NEVER_TRANSFERRED,
    STATES,
    conclusion_name,
    lead_name,
    months_until,
    this_month,
)
from service.domain.scope import EVERYTHING


@dataclass(frozen=True, slots=True)
class RegisterFigures:
    """Sets every label value, 0 where there is nothing: a panel that is empty says that something is broken."""

    measure: PrometheusMeasure
    expected_every: timedelta
    rulebook_digest: str

    async def refresh(self, connection: asyncpg.Connection[asyncpg.Record], now: datetime) -> None:
        overview = PostgresOverview(connection)
        await self._cases(overview)
        await self._agencies(overview, now)
        await self._supervisions(overview, now)
        await self._detection(overview, now)
        await self._appraisal(PostgresAppraisal(connection), now)

    async def _cases(self, overview: PostgresOverview) -> None:
        found = await overview.by_sector(EVERYTHING, STATES)
        totals = totals_of(found)
        for conclusion in CONCLUSIONS:
            self.measure.set("cases", totals[conclusion_name(conclusion)], conclusion=conclusion)
        for detector in Detector:
            self.measure.set("leads", totals[lead_name(detector)], detector=detector.value)
        for sector in Sector:
            count = found.get((NEVER_TRANSFERRED, sector.value), 0)
            self.measure.set("never_transferred", count, sector=sector.value)

    async def _agencies(self, overview: PostgresOverview, now: datetime) -> None:
        silent = await overview.silent_agencies(EVERYTHING, now - self.expected_every)
        self.measure.set("register_silent_agencies", silent)
        self.measure.set("register_missing_cases", await overview.missing_cases(EVERYTHING))

    async def _supervisions(self, overview: PostgresOverview, now: datetime) -> None:
        for state, count in await overview.supervisions(EVERYTHING, now):
            self.measure.set("supervisions_waiting", count, state=state)

    async def _detection(self, overview: PostgresOverview, now: datetime) -> None:
        rescreening = await overview.rescreening()
        is_behind = await overview.rulebook_in_force() != self.rulebook_digest
        self.measure.set("detection_lag_seconds", (await overview.lag(now)).total_seconds())
        self.measure.set("cases_to_look_at", await overview.cases_to_look_at(now))
        self.measure.set("rescreening_slices_left", rescreening.slices_left if rescreening else 0)
        self.measure.set("rulebook_behind", int(is_behind))

    async def _appraisal(self, appraisal: PostgresAppraisal, now: datetime) -> None:
        last_month, present = months_until(this_month(now), 2)
        found = {
            (row["name"], row["month"], row["sector"]): row["count"]
            for row in await appraisal.by_sector((last_month, present))
        }
        for period, month in (("this_month", present), ("last_month", last_month)):
            for name in COUNTS:
                for sector in Sector:
                    count = found.get((name, month, sector.value), 0)
                    self.measure.set(
                        "appraisal_count", count, name=name, period=period, sector=sector.value
                    )


REGISTER_GAUGES = (
    "cases",
    "leads",
    "never_transferred",
    "register_silent_agencies",
    "register_missing_cases",
    "supervisions_waiting",
    "detection_lag_seconds",
    "cases_to_look_at",
    "rescreening_slices_left",
    "rulebook_behind",
    "appraisal_count",
)
