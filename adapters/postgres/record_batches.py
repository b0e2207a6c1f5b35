"""Signed batches of records and their receipts, byte for byte, sealed at rest."""

from uuid import UUID

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from service.ports import Vault
from service.register_ports import StoredBatch

_SQL = load("record_batches")
_ONE_ROW = "INSERT 0 1"


class PostgresBatches:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def find(self, agency_code: str, batch_id: str) -> StoredBatch | None:
        row = await self._connection.fetchrow(_SQL["find"], agency_code, batch_id)
        if row is None:
            return None
        return StoredBatch(
            id=row["id"],
            agency_code=row["agency_code"],
            batch_id=row["batch_id"],
            digest=row["digest"],
            received_at=row["received_at"],
            content=self._vault.open(row["sealed"], _context(row["id"], "batch")),
            receipt=self._vault.open(row["receipt"], _context(row["id"], "receipt")),
        )

    async def add(self, batch: StoredBatch) -> bool:
        done = await self._connection.execute(
            _SQL["add"],
            batch.id,
            batch.agency_code,
            batch.batch_id,
            batch.digest,
            batch.received_at,
            self._vault.seal(batch.content, _context(batch.id, "batch")),
            self._vault.seal(batch.receipt, _context(batch.id, "receipt")),
        )
        return bool(done == _ONE_ROW)


def _context(batch: UUID, part: str) -> bytes:
    return f"record-batch/{batch}/{part}".encode()
