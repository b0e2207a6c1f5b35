"""Checks of the database as a server, and of the registry that it holds."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

from adapters.findings import About, Both, Finding, error, ok, warning
from adapters.keys import KeyFileError
from adapters.main.ground import POSTGRES_VERSIONS, vault_of
from adapters.postgres.inspection import Inspection, Server
from adapters.settings import Settings
from contracts.office import ADDRESSEES
from service.domain.registry import EndpointKind, Office, OfficeKey, Registry

_SOON = timedelta(days=30)
_SKEW = timedelta(seconds=5)


def check_server(server: Server, now: datetime) -> Iterator[Finding]:
    name = Both(*(f"PostgreSQL {server.version}",) * 2)
    if server.version not in POSTGRES_VERSIONS:
        yield error(About.DATABASE, name, Both("use 15 to 18", "请使用 15 至 18 版"))
    else:
        yield ok(About.DATABASE, name)
    if not server.fsync or not server.waits:
        yield error(
            About.DATABASE,
            Both(
                "a receipt may be given for what a power cut then loses",
                "断电可能丢失已出具回单的数据",
            ),
            Both(
                "set fsync and synchronous_commit to on", "将 fsync 与 synchronous_commit 设为 on"
            ),
        )
    skew = abs(server.now - now)
    if skew > _SKEW:
        seconds = f"{skew.total_seconds():.0f}"
        yield error(
            About.CLOCK,
            Both(
                f"this machine and the database differ by {seconds} s",
                f"本机与数据库的时钟相差 {seconds} 秒",
            ),
            Both(
                "set both by NTP: deadlines and signatures are judged by the clock",
                "两者均以 NTP 校时：期限与签名都以时钟为准",
            ),
        )


def check_registry(registry: Registry, now: datetime) -> Iterator[Finding]:
    if not registry.offices:
        yield error(
            About.REGISTRY,
            Both("there is no office", "名册中没有单位"),
            Both("`linkage registry load FILE.yaml`", "运行 `linkage registry load FILE.yaml`"),
        )
        return
    version, count = registry.version, len(registry.offices)
    yield ok(
        About.REGISTRY,
        Both(f"version {version}, {count} offices", f"第 {version} 版，{count} 个单位"),
    )
    for office in registry.offices.values():
        yield from _check_keys_of(office, registry, now)
        yield from _check_endpoint_of(office, registry)


def _check_keys_of(office: Office, registry: Registry, now: datetime) -> Iterator[Finding]:
    ends = [_end(key) for key in registry.keys.values() if _is_of(key, office, now)]
    if not ends:
        yield warning(
            About.REGISTRY,
            Both(f"{office.code} has no key in force", f"{office.code} 没有有效的密钥"),
            Both(
                "what it signs is refused: load its new key", "其签名文书会被拒收：请登记其新密钥"
            ),
        )
    elif (last := max(ends)) < now + _SOON:
        yield warning(
            About.REGISTRY,
            Both(
                f"the last key of {office.code} ends on {last.date()}",
                f"{office.code} 的最后一把密钥将于 {last.date()} 到期",
            ),
            Both(
                "ask the office for its next key: two may be valid at once",
                "请该单位提供下一把密钥：两把可同时有效",
            ),
        )


def _is_of(key: OfficeKey, office: Office, now: datetime) -> bool:
    is_in_force = key.valid_from <= now < _end(key) and key.revoked_at is None
    return key.office_code == office.code and is_in_force


def _end(key: OfficeKey) -> datetime:
    return key.valid_until or datetime.max.replace(tzinfo=key.valid_from.tzinfo)


def _check_endpoint_of(office: Office, registry: Registry) -> Iterator[Finding]:
    endpoint = registry.endpoints.get(office.code)
    if office.kind in ADDRESSEES and endpoint is None:
        yield warning(
            About.REGISTRY,
            Both(f"{office.code} has no endpoint", f"{office.code} 没有接收端点"),
            Both(
                "what is addressed to it is undeliverable: load one, a mailbox at least",
                "发往该单位的转递无法送达：请登记一个，至少登记信箱",
            ),
        )
    elif endpoint and endpoint.kind is EndpointKind.PUSH and "http:" in (endpoint.url or ""):
        yield warning(
            About.REGISTRY,
            Both(f"{office.code} is called without TLS", f"呼叫 {office.code} 时未加密（无 TLS）"),
            Both("load an https address", "请登记 https 地址"),
        )


async def check_vault(inspection: Inspection, settings: Settings) -> AsyncIterator[Finding]:
    if settings.vault_key is None:
        return
    try:
        vault = vault_of(settings)
    except KeyFileError:
        return  # told among the keys
    if not await inspection.vault_opens(vault):
        yield error(
            About.KEYS,
            Both("the vault does not open what is stored", "保险库密钥打不开已存的内容"),
            Both(
                "add the key that sealed it to LINKAGE_VAULT_KEY, as 1:<old>,2:<new>",
                "将当时封存所用的密钥加入 LINKAGE_VAULT_KEY，写作 1:<旧>,2:<新>",
            ),
        )
