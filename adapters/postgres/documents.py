"""Signed documents, byte for byte, sealed at rest."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from service.domain.admission import SignedDocument
from service.ports import Vault

_SQL = load("documents")


class PostgresDocuments:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, documents: Sequence[SignedDocument]) -> None:
        if documents:
            await self._connection.execute(_SQL["add"], *sealed_columns(documents, self._vault))

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


def sealed_columns(documents: Iterable[SignedDocument], vault: Vault) -> list[list[Any]]:
    """Seal documents and lay them out as the columns that `unnest` takes."""
    rows = [
        (
            one.transfer_id,
            one.kind,
            one.subject,
            one.digest,
            vault.seal(one.content, context(one.transfer_id, one.kind, one.subject)),
            one.at,
        )
        for one in documents
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def context(transfer_id: UUID, kind: str, subject: UUID) -> bytes:
    """Name the place a document is sealed for, so that a sealed row cannot be moved to another."""
    return f"{transfer_id}/{kind}/{subject}".encode()
