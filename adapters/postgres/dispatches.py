"""The delivery queue: claims under a lease, settled only by who holds the claim."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection, Row
from adapters.postgres.transfers import dispatch_row
from contracts.office import OfficeKind, Role
from service.domain.admission import NewDispatch
from service.domain.delivery import ClaimedDispatch, Outcome, Patience, Settlement
from service.domain.registry import Endpoint, EndpointKind
from service.domain.transfer import DispatchStatus
from service.ports import Jitter
from service.stored import DispatchState

_SQL = load("dispatches")
_ADD = load("transfers")["add_dispatches"]


class PostgresDispatches:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(
        self, now: datetime, lease_until: datetime, limit: int, breaker_after: int
    ) -> list[ClaimedDispatch]:
        rows = await self._connection.fetch(_SQL["claim"], now, lease_until, limit, breaker_after)
        return [_claimed(row) for row in rows]

    async def compose(self, digests: Sequence[tuple[UUID, UUID, str]]) -> None:
        if digests:
            await self._connection.execute(_SQL["compose"], *map(list, zip(*digests, strict=True)))

    async def settle(
        self, settlements: Sequence[Settlement], patience: Patience, jitter: Jitter
    ) -> set[UUID]:
        if not settlements:
            return set()
        # By id, so that two workers settling the same rows never wait for each other in a ring.
        ordered = sorted(settlements, key=lambda settlement: settlement.dispatch.id)
        rows = [_settled_row(settlement, patience, jitter) for settlement in ordered]
        done = await self._connection.fetch(_SQL["settle"], *map(list, zip(*rows, strict=True)))
        settled = {row["id"] for row in done}
        await self._note_endpoints(
            [s for s in ordered if s.dispatch.id in settled], patience, jitter
        )
        return settled

    async def _note_endpoints(
        self, settlements: Sequence[Settlement], patience: Patience, jitter: Jitter
    ) -> None:
        by_office: defaultdict[str, list[Settlement]] = defaultdict(list)
        for settlement in settlements:
            if _is_news(settlement):
                by_office[settlement.dispatch.office_code].append(settlement)
        codes = sorted(by_office)
        if not codes:
            return
        locked = await self._connection.fetch(_SQL["lock_endpoints"], codes)
        notes = [
            _endpoint_note(code, failures, by_office[code], patience, jitter())
            for code, failures in locked
        ]
        if notes:
            await self._connection.execute(
                _SQL["note_endpoints"], *map(list, zip(*notes, strict=True))
            )

    async def out_of_time(self, now: datetime, limit: int) -> list[UUID]:
        rows = await self._connection.fetch(_SQL["out_of_time"], now, limit)
        return [row["transfer_id"] for row in rows]

    async def give_up(self, now: datetime, transfer_ids: Sequence[UUID]) -> list[DispatchState]:
        return _states(await self._connection.fetch(_SQL["give_up"], now, transfer_ids))

    async def transfer_of(self, dispatch_id: UUID) -> UUID | None:
        found: UUID | None = await self._connection.fetchval(_SQL["transfer_of"], dispatch_id)
        return found

    async def add(
        self, transfer_id: UUID, agency_code: str, dispatches: Sequence[NewDispatch], at: datetime
    ) -> None:
        rows = [
            dispatch_row(dispatch, transfer_id, agency_code, at).values() for dispatch in dispatches
        ]
        await self._connection.execute(_ADD, *map(list, zip(*rows, strict=True)))

    async def get(self, dispatch_id: UUID) -> DispatchState | None:
        row = await self._connection.fetchrow(_SQL["get"], dispatch_id)
        return _states([row])[0] if row else None

    async def acknowledge(
        self, dispatch_id: UUID, status: DispatchStatus, at: datetime, digest: str
    ) -> bool:
        done = await self._connection.execute(
            _SQL["acknowledge"], dispatch_id, status.value, at, digest
        )
        return done == "UPDATE 1"

    async def recall(self, transfer_ids: Sequence[UUID]) -> list[DispatchState]:
        return _states(await self._connection.fetch(_SQL["recall"], transfer_ids))

    async def take_back(self, dispatch_id: UUID, now: datetime) -> datetime | None:
        due_at: datetime | None = await self._connection.fetchval(
            _SQL["take_back"], dispatch_id, now
        )
        return due_at

    async def release(
        self, transfer_id: UUID, now: datetime, due_at: datetime, give_up_at: datetime
    ) -> int:
        rows = await self._connection.fetch(_SQL["release"], transfer_id, now, due_at, give_up_at)
        return len(rows)

    async def take_out(self, dispatch_id: UUID, now: datetime) -> ClaimedDispatch:
        row = await self._connection.fetchrow(_SQL["take_out"], dispatch_id, now)
        assert row is not None  # the caller holds the row's lock and saw it without a digest
        return ClaimedDispatch(
            **{**row, "kind": OfficeKind(row["kind"]), "role": Role(row["role"])},
            failures=0,
            endpoint=Endpoint(row["office_code"], EndpointKind.MAILBOX),
        )

    async def of_office(self, transfer_id: UUID, office_code: str) -> DispatchState | None:
        row = await self._connection.fetchrow(_SQL["of_office"], transfer_id, office_code)
        return _states([row])[0] if row else None

    async def hand_over(self, dispatch_id: UUID, at: datetime) -> bool:
        done = await self._connection.execute(_SQL["hand_over"], dispatch_id, at)
        return done == "UPDATE 1"

    async def resend(self, dispatch_id: UUID, now: datetime, give_up_at: datetime) -> bool:
        done = await self._connection.execute(_SQL["resend"], dispatch_id, now, give_up_at)
        return done == "UPDATE 1"


def _claimed(row: Row) -> ClaimedDispatch:
    endpoint = Endpoint(
        row["office_code"], EndpointKind.PUSH, row["url"], row["max_in_flight"], row["per_second"]
    )
    return ClaimedDispatch(
        id=row["id"],
        transfer_id=row["transfer_id"],
        agency_code=row["agency_code"],
        office_code=row["office_code"],
        kind=OfficeKind(row["kind"]),
        role=Role(row["role"]),
        attempts=row["attempts"],
        claim=row["claim"],
        due_at=row["due_at"],
        give_up_at=row["give_up_at"],
        digest=row["digest"],
        failures=row["failures"],
        endpoint=endpoint,
    )


def _states(rows: Iterable[Row]) -> list[DispatchState]:
    return [
        DispatchState(
            **{
                **row,
                "kind": OfficeKind(row["kind"]),
                "role": Role(row["role"]),
                "status": DispatchStatus(row["status"]),
            }
        )
        for row in rows
    ]


def _settled_row(settlement: Settlement, patience: Patience, jitter: Jitter) -> tuple[Any, ...]:
    dispatch = settlement.dispatch
    pause = patience.pause(dispatch.attempts - 1, jitter())
    retry_at = settlement.at + max(pause, settlement.retry_after or timedelta())
    return (
        dispatch.id,
        dispatch.claim,
        settled_status(settlement).value,
        settlement.at,
        retry_at,
        settlement.problem,
    )


def settled_status(settlement: Settlement) -> DispatchStatus:
    """Say where an attempt leaves its dispatch."""
    match settlement.outcome:
        case Outcome.TAKEN if settlement.acknowledgement is not None:
            return DispatchStatus.ACKNOWLEDGED
        case Outcome.TAKEN:
            return DispatchStatus.DELIVERED
        case Outcome.REFUSED:
            return DispatchStatus.REFUSED
        case Outcome.UNKNOWN:
            return DispatchStatus.WAITING


def _is_news(settlement: Settlement) -> bool:
    """An endpoint that works as before is not written to: claims wait for its row."""
    was_failing = settlement.dispatch.failures > 0
    asked = settlement.retry_after is not None
    return was_failing or asked or settlement.outcome is Outcome.UNKNOWN


def _endpoint_note(
    code: str, failures: int, settlements: Sequence[Settlement], patience: Patience, jitter: float
) -> tuple[str, int, datetime, datetime]:
    """Any answer that is theirs closes the breaker; only silence and nonsense count against an endpoint."""
    at = max(settlement.at for settlement in settlements)
    asked = max((s.retry_after or timedelta() for s in settlements), default=timedelta())
    if any(settlement.outcome is not Outcome.UNKNOWN for settlement in settlements):
        return code, 0, at + asked, at
    failures += len(settlements)
    is_open = failures >= patience.breaker_after
    pause = patience.pause(failures - patience.breaker_after, jitter) if is_open else timedelta()
    return code, failures, at + max(pause, asked), at
