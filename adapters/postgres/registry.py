"""The registry as it is stored, read as one snapshot."""

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection, Row
from contracts.jws import import_key
from contracts.office import Level, OfficeKind, Sector
from service.domain.registry import Endpoint, EndpointKind, Office, OfficeKey, Registry

_SQL = load("registry")


class PostgresRegistries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def version(self) -> int:
        return int(await self._connection.fetchval(_SQL["version"]))

    async def load(self) -> Registry:
        # The version first: a change in between makes the snapshot older than it says, never newer.
        version = await self.version()
        return Registry.of(
            version,
            [_office(row) for row in await self._connection.fetch(_SQL["offices"])],
            [_key(row) for row in await self._connection.fetch(_SQL["keys"])],
            [_endpoint(row) for row in await self._connection.fetch(_SQL["endpoints"])],
        )


def _office(row: Row) -> Office:
    return Office(
        code=row["code"],
        name=row["name"],
        kind=OfficeKind(row["kind"]),
        division=row["division"],
        level=Level(row["level"]),
        sector=Sector(row["sector"]) if row["sector"] else None,
        causes=frozenset(row["causes"]) if row["causes"] is not None else None,
    )


def _key(row: Row) -> OfficeKey:
    return OfficeKey(
        kid=row["kid"],
        office_code=row["office_code"],
        key=import_key(row["jwk"]),
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        revoked_at=row["revoked_at"],
    )


def _endpoint(row: Row) -> Endpoint:
    return Endpoint(**{**row, "kind": EndpointKind(row["kind"])})
