"""The operator's page, wired: the doctor, what operators read, what they may do, and what this process is."""

import asyncio
import platform
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509

from adapters.findings import Finding
from adapters.main.doctor import examine
from adapters.main.ground import Ground
from adapters.main.use_cases import UseCases
from adapters.metrics import installed_version
from adapters.postgres.migrate import MIGRATIONS, read
from adapters.postgres.operations import PostgresOperationsReading
from adapters.web.pages.platform import Certificate, PlatformServices, Process
from contracts import jws
from service.domain.admission import Standards
from service.operations import Operations
from service.register_ports import BookName


def platform_services(ground: Ground, use_cases: UseCases) -> PlatformServices:
    settings, clock = ground.settings, ground.clock

    async def doctor() -> Sequence[Finding]:
        return await examine(settings, clock.now())

    async def certificates() -> Sequence[Certificate]:
        return await asyncio.to_thread(lambda: list(_certificates(ground)))

    def standards() -> Standards:
        return ground.standards

    shipped = ground.rulebook.shipped
    return PlatformServices(
        examine=doctor,
        operations=Operations(
            *(PostgresOperationsReading(ground.pool), ground.registry.now, standards, clock),
            shipped=BookName(shipped.digest, shipped.version),
            session_idle=settings.session_idle,
            migrations_known=[one.name for one in read(MIGRATIONS)],
        ),
        deliveries=use_cases.deliveries,
        letters=use_cases.supervision.deliveries,
        certificates=certificates,
        process=_process(ground),
        breaker_after=settings.endpoint_breaker_after,
        deliver_within=settings.deliver_within,
    )


def _process(ground: Ground) -> Process:
    settings, key = ground.settings, ground.signer.key
    return Process(
        version=installed_version(),
        role=settings.role,
        python=platform.python_version(),
        started_at=ground.clock.now(),
        platform_kid=jws.key_id(key),
        platform_algorithm=str(jws.algorithm_of(key)),
        serves_metrics=settings.metrics and settings.metrics_port is None,
    )


def _certificates(ground: Ground) -> Iterator[Certificate]:
    """Give those that endpoints are trusted by, and those that offices registered with their keys (x5c)."""
    if ground.settings.endpoint_ca_file is not None:
        yield from _in_file(ground.settings.endpoint_ca_file)
    for key in ground.registry.now().keys.values():
        found = _leaf(key.key.as_dict(private=False))
        if found is not None and key.revoked_at is None:
            yield _told(key.kid, found)


def _in_file(path: Path) -> Iterator[Certificate]:
    for found in x509.load_pem_x509_certificates(path.read_bytes()):
        yield _told(path.name, found)


def _leaf(jwk: Mapping[str, Any]) -> x509.Certificate | None:
    chain = jwk.get("x5c")
    return x509.load_der_x509_certificate(b64decode(chain[0])) if chain else None


def _told(where: str, found: x509.Certificate) -> Certificate:
    return Certificate(where, found.subject.rfc4514_string(), found.not_valid_after_utc)
