"""The writing side of the registry: every change is one transaction with its journal line and a new version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json

from adapters.postgres.journal import PostgresJournal
from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from contracts.jws import VerificationKey
from service.domain.journal import PLATFORM, Action, JournalEntry
from service.domain.registry import Endpoint, Office, OfficeKey
from service.ports import NewId

CHANNEL = "linkage_registry"

_SQL = load("registry_admin")
_MOST_NAMED = 100  # codes in one journal line


class RegistryConflictError(Exception):
    """A kid is registered for another office or for another key, and a kid names one key for ever."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a load changed; the version is None when that was nothing."""

    version: int | None
    offices: Sequence[str]
    keys: Sequence[str]
    endpoints: Sequence[str]

    @property
    def count(self) -> int:
        return len(self.offices) + len(self.keys) + len(self.endpoints)


class RegistryAdmin:
    """Changes the registry on one connection; others see a change whole or not at all."""

    def __init__(self, connection: Connection, new_id: NewId) -> None:
        self._connection = connection
        self._new_id = new_id

    async def load(
        self,
        offices: Sequence[Office],
        keys: Sequence[OfficeKey],
        endpoints: Sequence[Endpoint],
        now: datetime,
    ) -> Change:
        """Add what is new and change what differs; raises RegistryConflictError.

        What is not named stays as it is, and a revoked key stays revoked.
        """
        async with self._connection.transaction():
            await self._connection.execute(_SQL["lock"])
            await self._check_kids(keys)
            added = (
                await self._add("add_offices", map(_office_row, offices)),
                await self._add("add_keys", map(_key_row, keys)),
                await self._add("add_endpoints", map(_endpoint_row, endpoints)),
            )
            if not any(added):
                return Change(None, *added)
            version = await self._raise_version(_told(*added), now)
            return Change(version, *added)

    async def revoke(self, kid: str, reason: str, now: datetime) -> int | None:
        """Revoke a key from this moment on and give the new version; None when none in force has that kid."""
        async with self._connection.transaction():
            await self._connection.execute(_SQL["lock"])
            office_code = await self._connection.fetchval(_SQL["revoke"], kid, now)
            if office_code is None:
                return None
            data = {"revoked": kid, "office": office_code, "reason": reason}
            return await self._raise_version(data, now)

    async def _add(self, query: str, rows: Any) -> list[str]:  # noqa: ANN401 (an iterable of row mappings)
        text = to_json(list(rows)).decode()
        return [found[0] for found in await self._connection.fetch(_SQL[query], text)]

    async def _check_kids(self, keys: Sequence[OfficeKey]) -> None:
        given = {key.kid: key for key in keys}
        for row in await self._connection.fetch(_SQL["held_keys"], list(given)):
            key = given[row["kid"]]
            if row["office_code"] != key.office_code:
                raise RegistryConflictError(f"kid {key.kid} belongs to {row['office_code']}")
            if not _is_same_key(_parsed(row["jwk"]), key.key):
                raise RegistryConflictError(
                    f"kid {key.kid} names another key already: give the new key a new kid"
                )

    async def _raise_version(self, data: Mapping[str, Any], now: datetime) -> int:
        version = int(await self._connection.fetchval(_SQL["raise_version"]))
        line = JournalEntry(
            id=self._new_id(),
            at=now,
            action=Action.REGISTRY_CHANGED,
            actor=PLATFORM,
            data={"version": version, **data},
        )
        await PostgresJournal(self._connection).append([line])
        return version


def _told(*added: Sequence[str]) -> dict[str, Any]:
    kinds = zip(("offices", "keys", "endpoints"), added, strict=True)
    return {kind: {"count": len(ids), "first": ids[:_MOST_NAMED]} for kind, ids in kinds if ids}


def _office_row(office: Office) -> dict[str, Any]:
    causes = None if office.causes is None else sorted(office.causes)
    return {
        "code": office.code,
        "name": office.name,
        "kind": office.kind,
        "division": office.division,
        "level": office.level,
        "sector": office.sector,
        "causes": causes,
    }


def _key_row(key: OfficeKey) -> dict[str, Any]:
    return {
        "office_code": key.office_code,
        "kid": key.kid,
        "jwk": key.key.as_dict(private=False) | {"kid": key.kid},
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
        "revoked_at": key.revoked_at,
    }


def _endpoint_row(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "office_code": endpoint.office_code,
        "kind": endpoint.kind,
        "url": endpoint.url,
        "max_in_flight": endpoint.max_in_flight,
        "per_second": endpoint.per_second,
    }


def _parsed(jwk: Any) -> Mapping[str, Any]:  # noqa: ANN401 (text on a connection that was not prepared)
    parsed: Mapping[str, Any] = from_json(jwk) if isinstance(jwk, str) else jwk
    return parsed


_PUBLIC_PARTS = ("kty", "crv", "x", "y")


def _is_same_key(stored: Mapping[str, Any], key: VerificationKey) -> bool:
    given = key.as_dict(private=False)
    return all(stored.get(part) == given.get(part) for part in _PUBLIC_PARTS)
