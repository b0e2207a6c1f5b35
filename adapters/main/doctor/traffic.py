"""Checks of what is on its way: dispatches, letters, and how far detection and the queue of desks have read."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from adapters.findings import About, Both, Finding, error, ok, problem_of, warning
from adapters.postgres.inspection import Inspection
from adapters.settings import Settings
from service.domain.working_days import SHANGHAI

_MOST_NAMED = 5
_LAG = timedelta(minutes=5)


async def check_deliveries(
    inspection: Inspection, settings: Settings, now: datetime
) -> AsyncIterator[Finding]:
    for row in await inspection.failing_endpoints(settings.endpoint_breaker_after):
        code, since, times = row["office_code"], _moment(row["failing_since"]), row["failures"]
        yield error(
            About.DELIVERY,
            Both(
                f"{code} has not answered since {since.en}, {times} attempts",
                f"{code} 自 {since.zh} 起没有答复，已尝试 {times} 次",
            ),
            Both("call the office; it is tried again by itself", "请联系该单位；系统会自动重试"),
        )
    async for finding in _stuck(inspection):
        yield finding
    for taken in await inspection.unacknowledged(now - settings.deliver_within, _MOST_NAMED):
        at = _moment(taken.delivered_at)
        yield warning(
            About.DELIVERY,
            Both(
                f"{taken.id}, taken by {taken.office_code}, is not acknowledged",
                f"转递 {taken.id} 已由 {taken.office_code} 收取，尚未回执",
            ),
            Both(
                f"it was taken at {at.en}: call the {taken.kind} office",
                f"收取时间 {at.zh}：请联系该单位",
            ),
        )
    count, due_at = await inspection.late(now)
    if count:
        earliest = _moment(due_at)
        yield error(
            About.DELIVERY,
            Both(
                f"{count} dispatches wait beyond their due date, {earliest.en} the earliest",
                f"{count} 件转递逾期待送，最早应于 {earliest.zh} 送达",
            ),
            Both(
                "is a worker running? see the endpoints above", "投递进程是否在运行？并查看上列端点"
            ),
        )


async def _stuck(inspection: Inspection) -> AsyncIterator[Finding]:
    for stuck in await inspection.stuck(_MOST_NAMED):
        to, why = stuck.office_code or stuck.kind, problem_of(stuck.status, stuck.problem)
        state = {"refused": "被拒收"}.get(stuck.status, "无法送达")
        yield error(
            About.DELIVERY,
            Both(f"{stuck.id} to {to} is {stuck.status}", f"转递 {stuck.id} 发往 {to}，{state}"),
            Both(
                f"{why.en}; mend that, then `linkage resend {stuck.id}`, "
                f"or send it elsewhere with `--to CODE`",
                f"{why.zh}；解决后运行 `linkage resend {stuck.id}`，或以 `--to CODE` 改送其他单位",
            ),
        )


async def check_letters(inspection: Inspection) -> AsyncIterator[Finding]:
    """Letters of supervision that need a person."""
    for row in await inspection.stuck_letters(_MOST_NAMED):
        why = problem_of("undeliverable", row["problem"])
        yield error(
            About.SUPERVISION,
            Both(
                f"letter {row['id']} did not reach {row['agency_code']}",
                f"监督文书 {row['id']} 未送达 {row['agency_code']}",
            ),
            Both(
                f"{why.en}; call the agency, which can still take it, or `linkage resend {row['id']}`",
                f"{why.zh}；请联系该机关（仍可自行收取），或运行 `linkage resend {row['id']}`",
            ),
        )
    for row in await inspection.silent_letters(_MOST_NAMED):
        last = row["escalated_to"] or row["office_code"]
        yield warning(
            About.SUPERVISION,
            Both(
                f"{row['agency_code']} has not replied to letter {row['id']}",
                f"{row['agency_code']} 未回复监督文书 {row['id']}",
            ),
            Both(
                f"no office above {last} is registered that could be told: tell it yourself",
                f"{last} 之上没有已登记的单位可以通报：请自行通报",
            ),
        )


async def check_lags(inspection: Inspection, now: datetime) -> AsyncIterator[Finding]:
    """Whoever follows the journal is seconds behind it, or does not run."""
    for about, lag, name in (
        (About.DETECTION, await inspection.detection_lag(now), Both("detection", "线索发现")),
        (About.DESK, await inspection.desk_lag(now), Both("the queue of desks", "案件列表")),
    ):
        if lag <= _LAG:
            yield ok(about, Both(f"{name.en} keeps up", f"{name.zh}与流转记录同步"))
            continue
        span = _span(lag)
        yield error(
            about,
            Both(f"{name.en} is {span.en} behind", f"{name.zh}落后 {span.zh}"),
            Both(
                "is a worker running (LINKAGE_ROLE=worker or all)? see its log",
                "后台进程（LINKAGE_ROLE=worker 或 all）是否在运行？请查看其日志",
            ),
        )


async def check_acts(inspection: Inspection, now: datetime) -> AsyncIterator[Finding]:
    """A decision that was signed takes effect within seconds, or is taken up again by the worker."""
    for row in await inspection.unsettled_acts(now - _LAG, _MOST_NAMED):
        at = _moment(row["signed_at"])
        yield error(
            About.DESK,
            Both(
                f"decision {row['id']} of {row['office_code']}, signed at {at.en}, has not taken effect",
                f"{row['office_code']} 于 {at.zh} 签署的决定 {row['id']} 尚未生效",
            ),
            Both(
                "is a worker running (LINKAGE_ROLE=worker or all)? it tries again by itself",
                "后台进程（LINKAGE_ROLE=worker 或 all）是否在运行？系统会自动重试",
            ),
        )


def _moment(at: datetime | None) -> Both:
    if at is None:
        return Both("an unknown moment", "未知时刻")
    return Both(f"{at:%Y-%m-%d %H:%M} UTC", f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")


def _span(lag: timedelta) -> Both:
    """Say how long, by the largest unit that there are several of."""
    minutes = int(lag.total_seconds() // 60)
    for length, en, zh in ((1440, "days", "天"), (60, "hours", "小时")):
        if minutes >= 2 * length:
            return Both(f"{minutes // length} {en}", f"{minutes // length} {zh}")
    return Both(f"{minutes} minutes", f"{minutes} 分钟")
