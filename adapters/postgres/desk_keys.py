"""Desk keys: by which the platform signs what an office decides at its pages.

The private key lies sealed for its office in `desk_keys`; the public one stands in the registry as any other, so whoever
verifies sees no difference. Enrolling again makes a new key: what the old one signed stays valid, for its public half
stays in the registry until it is revoked there.

Enrolment changes the registry, so it is the owner's to do and not the service's: the command line
`linkage desk enrol --office CODE` calls `enrol` on a connection of its own. Other processes learn of the new key by the
registry's bell.
"""

import json
from collections.abc import Callable
from datetime import datetime
from itertools import count, takewhile
from typing import NamedTuple

import asyncpg
from joserfc.jwk import OKPKey
from typing_extensions import override

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from adapters.postgres.registry_admin import RegistryAdmin
from contracts import jws
from contracts.jws import Typ
from service.desk_ports import DeskSigner
from service.domain.errors import Refusal
from service.domain.registry import OfficeKey, Registry
from service.ports import Clock, NewId, Vault

_SQL = load("desk_keys")


class Enrolled(NamedTuple):
    """The key that an office's desk signs with from now on, and the registry's new version."""

    kid: str
    version: int


async def enrol(
    connection: Connection, vault: Vault, office_code: str, new_id: NewId, now: datetime
) -> Enrolled:
    """Give an office's desk a new key; raises Refusal `not_found` for an office that is not registered.

    One transaction: the key, its public half in the registry, the registry's version and journal line.
    """
    async with connection.transaction():
        await connection.execute(_SQL["hold"], office_code)
        if not await connection.fetchval("SELECT 1 FROM offices WHERE code = $1", office_code):
            raise Refusal("not_found", f"no office {office_code} in the registry")
        begins = f"desk-{office_code}-"
        kid = f"{begins}{await connection.fetchval(_SQL['count'], office_code, begins) + 1}"
        key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519", "kid": kid})
        public = OfficeKey(kid, office_code, key, valid_from=now)
        change = await RegistryAdmin(connection, new_id).load([], [public], [], now)
        secret = json.dumps(key.as_dict(private=True)).encode()
        sealed = vault.seal(secret, _context(office_code, kid))
        await connection.execute(_SQL["save"], office_code, kid, sealed, now)
    assert change.version is not None  # a new kid is always a change
    return Enrolled(kid, change.version)


class DeskKey(NamedTuple):
    """The key of an office's desk, and until when it is good."""

    office_code: str
    name: str
    kid: str
    made_at: datetime
    valid_until: datetime | None
    revoked_at: datetime | None


async def list_desks(connection: Connection) -> list[DeskKey]:
    """Give the key of every desk, in the order of the offices' codes."""
    return [DeskKey(**row) for row in await connection.fetch(_SQL["list"])]


class PostgresDeskSigner(DeskSigner):
    """Signs for offices; opens their keys where it needs them and keeps none."""

    def __init__(
        self, pool: asyncpg.Pool, vault: Vault, registry: Callable[[], Registry], clock: Clock
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._registry = registry
        self._clock = clock

    @override
    async def sign(self, office_code: str, payload: bytes, typ: Typ, at: datetime) -> bytes:
        row = await self._pool.fetchrow(_SQL["find"], office_code)
        if row is None or not self._is_in_force(row["kid"], at):
            raise Refusal("no_desk_key", "the office has no key that is in force")
        opened = self._vault.open(row["sealed"], _context(office_code, row["kid"]))
        return jws.sign(payload, typ, jws.import_key(json.loads(opened)), at)

    @override
    def can_sign(self, office_code: str) -> bool:
        known = self._registry().keys
        kids = (f"desk-{office_code}-{number}" for number in count(1))
        had = [*takewhile(known.__contains__, kids)]
        return bool(had) and self._is_in_force(had[-1], self._clock.now())

    def _is_in_force(self, kid: str, at: datetime) -> bool:
        key = self._registry().keys.get(kid)
        try:
            if key is not None:
                jws.check_in_force(key, int(at.timestamp()), at)
        except jws.SignatureError:
            return False
        return key is not None


def _context(office_code: str, kid: str) -> bytes:
    return f"desk-key/{office_code}/{kid}".encode()
