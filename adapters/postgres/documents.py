"""Signed documents, byte for byte, sealed at rest."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from service.ports import SignedDocument, Vault

_SQL = load("documents")


class PostgresDocuments:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, documents: Sequence[SignedDocument]) -> None:
        if documents:
            columns = zip(*map(self._row, documents), strict=True)
            await self._connection.execute(_SQL["add"], *map(list, columns))

    def _row(self, document: SignedDocument) -> tuple[Any, ...]:
        place = context(document.transfer_id, document.kind, document.subject)
        sealed = self._vault.seal(document.content, place)
        return (
            document.transfer_id,
            document.kind,
            document.subject,
            document.digest,
            sealed,
            document.at,
        )

    async def find(self, transfer_id: UUID, kind: str, subject: UUID) -> bytes | None:
        found = await self.find_many(kind, [(transfer_id, subject)])
        return found.get((transfer_id, subject))

    async def find_many(
        self, kind: str, keys: Sequence[tuple[UUID, UUID]]
    ) -> dict[tuple[UUID, UUID], bytes]:
        rows = await self._connection.fetch(
            _SQL["find"], kind, [key[0] for key in keys], [key[1] for key in keys]
        )
        return {
            (id_, subject): self._vault.open(sealed, context(id_, kind, subject))
            for id_, subject, sealed in rows
        }


def context(transfer_id: UUID, kind: str, subject: UUID) -> bytes:
    """Name the place a document is sealed for, so that a sealed row cannot be moved to another."""
    return f"{transfer_id}/{kind}/{subject}".encode()
