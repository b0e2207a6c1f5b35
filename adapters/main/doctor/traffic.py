"""Checks of what is on its way: dispatches, letters, and how far detection and the queue of desks have read."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from adapters.findings import About, Both, Finding, error, ok, problem_of, warning
from adapters.postgres.inspection import Inspection
from adapters.settings import Settings

_MOST_NAMED = 5
_LAG = timedelta(minutes=5)


async def check_deliveries(
    inspection: Inspection, settings: Settings, now: datetime
) -> AsyncIterator[Finding]:
    for row in await inspection.failing_endpoints(settings.endpoint_breaker_after):
        code, since, times = row["office_code"], row["failing_since"], row["failures"]
        yield error(
            About.DELIVERY,
            Both(
                f"{code} has not answered since {since}, {times} attempts",
                f"{code} 自 {since} 起没有答复, 已尝试 {times} 次",
            ),
            Both("call the office; it is tried again by itself", "请联系该单位; 系统会自动重试"),
        )
    async for finding in _stuck(inspection):
        yield finding
    for taken in await inspection.unacknowledged(now - settings.deliver_within, _MOST_NAMED):
        at = f"{taken.delivered_at:%Y-%m-%d %H:%M} UTC"
        yield warning(
            About.DELIVERY,
            Both(
                f"{taken.id}, taken by {taken.office_code}, is not acknowledged",
                f"转递 {taken.id} 已由 {taken.office_code} 收取, 尚未回执",
            ),
            Both(
                f"it was taken at {at}: call the {taken.kind} office",
                f"收取时间 {at}: 请联系该单位",
            ),
        )
    count, due_at = await inspection.late(now)
    if count:
        yield error(
            About.DELIVERY,
            Both(
                f"{count} dispatches wait beyond their due date, {due_at} the earliest",
                f"{count} 件转递逾期待送, 最早应于 {due_at} 送达",
            ),
            Both(
                "is a worker running? see the endpoints above", "投递进程是否在运行? 并查看上列端点"
            ),
        )


async def _stuck(inspection: Inspection) -> AsyncIterator[Finding]:
    for stuck in await inspection.stuck(_MOST_NAMED):
        to, why = stuck.office_code or stuck.kind, problem_of(stuck.status, stuck.problem)
        state = {"refused": "被拒收"}.get(stuck.status, "无法送达")
        yield error(
            About.DELIVERY,
            Both(f"{stuck.id} to {to} is {stuck.status}", f"转递 {stuck.id} 发往 {to}, {state}"),
            Both(
                f"{why.en}; mend that, then `linkage resend {stuck.id}`, "
                f"or send it elsewhere with `--to CODE`",
                f"{why.zh}; 解决后运行 `linkage resend {stuck.id}`, 或以 `--to CODE` 改送其他单位",
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
                f"{why.zh}; 请联系该机关 (仍可自行收取), 或运行 `linkage resend {row['id']}`",
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
                f"{last} 之上没有已登记的单位可以通报: 请自行通报",
            ),
        )


async def check_lags(inspection: Inspection, now: datetime) -> AsyncIterator[Finding]:
    """Whoever follows the journal is seconds behind it, or does not run."""
    for about, at, name in (
        (About.DETECTION, await inspection.unseen_by_detection(), Both("detection", "线索发现")),
        (About.DESK, await inspection.unseen_by_desks(), Both("the queue of desks", "案件列表")),
    ):
        lag = max(now - at, timedelta()) if at else timedelta()
        if lag <= _LAG:
            yield ok(about, Both(f"{name.en} keeps up", f"{name.zh}与流转记录同步"))
            continue
        minutes = int(lag.total_seconds() // 60)
        yield error(
            about,
            Both(f"{name.en} is {minutes} minutes behind", f"{name.zh}落后 {minutes} 分钟"),
            Both(
                "is a worker running (LINKAGE_ROLE=worker or all)? see its log",
                "后台进程 (LINKAGE_ROLE=worker 或 all) 是否在运行? 请查看其日志",
            ),
        )
