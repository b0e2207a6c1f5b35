"""The sections of the operator's page. Each is read by itself: one that fails says so, and the others are shown."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from markupsafe import Markup

from adapters.findings import Severity, problem_of
from adapters.web.pages.coded import coded
from adapters.web.pages.languages import Language
from adapters.web.pages.platform import PlatformServices
from adapters.web.pages.visit import Visit
from service.domain.errors import Refusal

_log = structlog.get_logger()
_WITHIN = 30.0
Told = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its template is operations/_<name>.html, and `read` gives what the template tells."""

    name: str
    title: str
    read: Callable[[Visit], Awaitable[Told]]


def platform_of(visit: Visit) -> PlatformServices:
    found = visit.pages.platform
    assert found is not None, "main wires the operator's page"
    return found


async def show(visit: Visit, sections: Sequence[Section]) -> list[Markup]:
    """Write sections: the doctor, who takes longest, beside the others, which take one connection in turn."""
    first, *rest = sections
    beside = asyncio.create_task(_show(visit, first))
    others = [await _show(visit, one) for one in rest]
    return [await beside, *others]


async def _show(visit: Visit, section: Section) -> Markup:
    try:
        async with asyncio.timeout(_WITHIN):
            return _written(visit, section, await section.read(visit))
    except Exception as error:  # noqa: BLE001 (what is broken is what the page is looked at for)
        _log.error("operations.section_failed", task=section.name, exc_info=error)
        return _written(visit, section, None)


def _written(visit: Visit, section: Section, told: Told | None) -> Markup:
    text = visit.to_text(
        "operations/part.html", section=section, told=told, at=visit.pages.now(), coded=coded
    )
    return Markup(text)  # noqa: S704 (a template of ours, which has escaped what it was told)


async def _findings(visit: Visit) -> Told:
    found = await platform_of(visit).examine()
    return {"findings": found, "wrong": [one for one in found if one.severity is not Severity.OK]}


async def _endpoints(visit: Visit) -> Told:
    platform, now = platform_of(visit), visit.pages.now()
    found = await platform.operations.endpoints()
    offices = visit.pages.registry_now().offices
    rows = [
        {
            "endpoint": one,
            "office": offices.get(one.office_code),
            "address": _without_secrets(one.url),
            "breaker": one.breaker(platform.breaker_after, now),
            "oldest": one.first_due_at
            and age(visit, now - (one.first_due_at - platform.deliver_within)),
        }
        for one in found
    ]
    waits = [one.first_due_at for one in found if one.first_due_at is not None]
    return {
        "rows": rows,
        "waiting": sum(one.waiting for one in found),
        "oldest": age(visit, now - (min(waits) - platform.deliver_within)) if waits else None,
    }


def _without_secrets(url: str | None) -> str:
    """Show where an endpoint is, and nothing of what an address may carry to be let in there."""
    address = (url or "").partition("?")[0]
    scheme, mark, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


async def _dispatches(visit: Visit) -> Told:
    platform, now = platform_of(visit), visit.pages.now()
    found = await platform.operations.stuck()
    offices = visit.pages.registry_now().offices
    rows = [
        {
            "dispatch": one,
            "office": offices.get(one.office_code or ""),
            "age": age(visit, now - (one.due_at - platform.deliver_within)),
            "problem": said(visit, one.status, one.problem),
        }
        for one in found.dispatches
    ]
    return {"rows": rows, "counts": found.counts, "total": sum(found.counts.values())}


async def _letters(visit: Visit) -> Told:
    now, offices = visit.pages.now(), visit.pages.registry_now().offices
    rows = [
        {
            "letter": one,
            "agency": offices.get(one.agency_code),
            "office": offices.get(one.office_code),
            "age": age(visit, now - one.issued_at),
            "problem": said(visit, one.status, one.problem or "nobody took it"),
        }
        for one in await platform_of(visit).operations.letters()
    ]
    return {"rows": rows}


async def _keys(visit: Visit) -> Told:
    platform, now = platform_of(visit), visit.pages.now()
    keys = await platform.operations.keys()
    certificates = sorted(await platform.certificates(), key=lambda one: one.ends_at)
    return {
        "held": keys,
        "left": {one.kid: left(visit, one.valid_until - now) for one in keys.expiring},
        "certificates": [(one, left(visit, one.ends_at - now)) for one in certificates],
        "process": platform.process,
    }


async def _calendar(visit: Visit) -> Told:
    return {"horizon": await platform_of(visit).operations.calendar()}


async def _books(visit: Visit) -> Told:
    return {"books": await platform_of(visit).operations.books()}


async def _migrations(visit: Visit) -> Told:
    return {"migrations": await platform_of(visit).operations.migrations()}


async def _lags(visit: Visit) -> Told:
    lags = await platform_of(visit).operations.lags()
    return {
        "lags": lags,
        "detection": age(visit, lags.detection),
        "desks": age(visit, lags.desks),
    }


async def _people(visit: Visit) -> Told:
    return {"people": await platform_of(visit).operations.people()}


async def _process(visit: Visit) -> Told:
    process = platform_of(visit).process
    return {"process": process, "up": age(visit, visit.pages.now() - process.started_at)}


SECTIONS = (
    Section("findings", "问题与处理", _findings),
    Section("endpoints", "接收端点与队列", _endpoints),
    Section("dispatches", "无法送达和被拒收的转递", _dispatches),
    Section("letters", "未送达的监督文书", _letters),
    Section("keys", "密钥与证书", _keys),
    Section("calendar", "工作日历", _calendar),
    Section("books", "追诉标准库", _books),
    Section("migrations", "数据库迁移", _migrations),
    Section("lags", "处理进度", _lags),
    Section("people", "人员与会话", _people),
    Section("process", "本进程", _process),
)


def section(name: str) -> Section:
    """Give a section by its name; raises Refusal `not_found`."""
    for one in SECTIONS:
        if one.name == name:
            return one
    raise Refusal("not_found")


def said(visit: Visit, status: str, problem: str | None) -> str:
    """Say in the visitor's language why something is stuck."""
    why = problem_of(status, problem)
    return why.zh if visit.language is Language.CHINESE else why.en


def age(visit: Visit, span: timedelta) -> str:
    """Write a span by its largest unit."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, text in ((86400, "%(n)s 天"), (3600, "%(n)s 小时"), (60, "%(n)s 分钟")):
        if seconds >= unit:
            return visit.say(text, n=seconds // unit)
    return visit.say("%(n)s 秒", n=seconds)


def left(visit: Visit, span: timedelta) -> str:
    """Write how long something still lasts."""
    if span <= timedelta():
        return visit.say("已过期")
    return visit.say("剩余 %(span)s", span=age(visit, span))
