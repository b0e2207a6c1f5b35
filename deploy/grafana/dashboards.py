# ruff: noqa: INP001 (a script beside what it writes, and no package)
"""The three dashboards. `make grafana` writes them to dashboards/, from where Grafana is provisioned."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from contracts.appraisal import Appraised, Index
from contracts.appraisal import load as load_appraisal
from contracts.detectors import load as load_detectors
from contracts.office import Sector
from contracts.supervision import RULES as LETTERS
from deploy.grafana.panels import (
    Ask,
    Column,
    Json,
    Panel,
    bars,
    choice,
    heading,
    lines,
    number,
    page,
    several,
    table,
)

FOLDER = Path(__file__).parent / "dashboards"


def supervisor() -> Json:
    """What was never transferred, what is overdue, and what is being done about it."""
    return page(
        "linkage-supervisor",
        "行刑衔接：应移送未移送与逾期 / Linkage: never transferred and overdue",
        [*_at_a_glance(), *_leads(), *_clocks_and_supervision(), *_register()],
        since="now-30d",
    )


def _at_a_glance() -> Iterable[Panel]:
    yield number(
        "应移送未移送 / Never transferred",
        "linkage:never_transferred:sum",
        about="事实达到追诉标准而未依法移送的案件；同一案件只计一次。/ Cases that meet a threshold and were not transferred"
        " in time; a case counts once, however many detectors found it.",
        alarms_at=1,
    )
    yield number(
        "义务逾期 / Duties overdue", 'max(linkage_deadlines{state="overdue"})', alarms_at=1
    )
    yield number("权利失效 / Rights lapsed", 'max(linkage_deadlines{state="lapsed"})')
    yield number(
        "监督逾期未回复 / Replies overdue",
        'max(linkage_supervisions_waiting{state="overdue"})',
        alarms_at=1,
    )
    yield number(
        "未报送的机关 / Silent agencies", "max(linkage_register_silent_agencies)", alarms_at=1
    )
    yield number(
        "登记缺失 / Missing cases",
        "max(linkage_register_missing_cases)",
        about="机关月报有而平台登记没有的案件。/ Cases in the agencies' monthly counts that are not in the register.",
        alarms_at=1,
    )


def _leads() -> Iterable[Panel]:
    yield heading("线索 / Leads")
    yield lines(
        "应移送未移送，按领域 / Never transferred, by sector",
        Ask("sector:linkage_never_transferred:max", "{{sector}}"),
        stacked=True,
        width=16,
        height=9,
    )
    yield bars(
        "其中现在 / Of them now",
        Ask("sort_desc(sector:linkage_never_transferred:max)", "{{sector}}"),
    )
    yield bars(
        "未了线索，按检测规则 / Open leads, by detector",
        Ask("max by (detector) (linkage_leads)", "{{detector}}"),
        words=_detectors(),
    )
    yield lines(
        "每日发现、了结与重启 / Raised, closed and reopened a day",
        Ask("sum(increase(linkage_leads_raised_total[1d]))", "发现 / raised"),
        Ask("sum by (how) (increase(linkage_leads_closed_total[1d]))", "了结 / closed: {{how}}"),
        Ask("sum(increase(linkage_leads_reopened_total[1d]))", "重启 / reopened"),
        width=16,
        height=9,
    )


def _detectors() -> Mapping[str, str]:
    rows = load_detectors().detectors.items()
    return {name: f"{name} {row.zh} / {row.en}" for name, row in rows}


def _clocks_and_supervision() -> Iterable[Panel]:
    yield heading("期限与监督 / Clocks and supervision")
    yield lines(
        "未了期限 / Deadlines not met", Ask("max by (state) (linkage_deadlines)", "{{state}}")
    )
    yield lines(
        "待回复的监督文书 / Supervisory documents without a reply",
        Ask("max by (state) (linkage_supervisions_waiting)", "{{state}}"),
    )
    yield lines(
        "每周发出 / Issued a week",
        Ask("sum by (kind) (increase(linkage_supervisions_total[1w]))", "{{kind}}"),
        words={kind.value: f"{rule.zh} / {rule.en}" for kind, rule in LETTERS.items()},
    )
    yield lines(
        "每周回复与提请上级 / Replied and escalated a week",
        Ask("sum(increase(linkage_supervision_replies_total[1w]))", "回复 / replies"),
        Ask("sum(increase(linkage_supervision_escalations_total[1w]))", "提请上级 / escalated"),
    )


def _register() -> Iterable[Panel]:
    yield heading("案件登记 / Register")
    yield bars(
        "登记案件，按筛查结论 / Cases, by what their screening says",
        Ask("max by (conclusion) (linkage_cases)", "{{conclusion}}"),
        about="undetermined 是缺少事实，不是不构成犯罪。/ undetermined lacks facts; it is never read as clean.",
    )
    yield lines(
        "报送的登记 / Records that came in",
        Ask("linkage:records:rate5m", "{{result}}"),
        unit="cps",
        width=16,
        height=9,
    )


def operator() -> Json:
    """What comes in, what waits, and who cannot be reached."""
    return page(
        "linkage-operator",
        "行刑衔接：收件、队列与端点 / Linkage: intake, queue and endpoints",
        [*_is_it_well(), *_intake(), *_queue(), *_detection(), *_processes()],
        since="now-6h",
    )


def _is_it_well() -> Iterable[Panel]:
    yield number("进程 / Processes up", 'sum(up{job="linkage"})')
    yield number(
        "统计时刻距今 / Age of the figures",
        "time() - max(linkage_figures_at)",
        unit="s",
        alarms_at=300,
    )
    yield number("5xx", "linkage:request_errors:ratio_rate5m", unit="percentunit", alarms_at=0.01)
    yield number("等待入库 / Wait for a commit", "sum(linkage_intake_waiting)", alarms_at=2048)
    yield number("无法送达 / Stuck", "sum(max by (status) (linkage_dispatches_stuck))", alarms_at=1)
    yield number(
        "失败的端点 / Endpoints failing", 'max(linkage_endpoints{state="open"})', alarms_at=1
    )


def _intake() -> Iterable[Panel]:
    yield heading("收件 / Intake")
    yield lines("案卷 / Packets", Ask("linkage:packets:rate5m", "{{outcome}}"), unit="cps")
    yield lines(
        "退回，一小时内最多的十种 / Refusals, the ten most frequent of an hour",
        Ask("topk(10, sum by (code) (increase(linkage_refusals_total[1h])))", "{{code}}"),
    )
    yield lines("请求 / Requests", Ask("linkage:requests:rate5m", "{{status}}"), unit="reqps")
    yield lines(
        "秒数 / Seconds",
        Ask("linkage:request_seconds:p50_5m", "请求 p50 / request p50"),
        Ask("linkage:request_seconds:p99_5m", "请求 p99 / request p99"),
        Ask("linkage:intake_seconds:p99_5m", "入库 p99 / commit p99"),
        Ask("linkage:register_seconds:p99_5m", "登记 p99 / records p99"),
        unit="s",
    )
    yield lines(
        "筛查结论 / Findings",
        Ask("sum by (conclusion) (rate(linkage_screenings_total[5m]))", "{{conclusion}}"),
        unit="cps",
    )
    yield lines(
        "材料 / Materials",
        Ask("sum by (outcome) (rate(linkage_materials_total[5m]))", "{{outcome}}"),
        unit="cps",
    )


def _queue() -> Iterable[Panel]:
    yield heading("转递与端点 / Queue and endpoints")
    yield lines(
        "待转递 / Waiting", Ask("max by (endpoint) (linkage_queue_waiting)", "{{endpoint}}")
    )
    yield lines(
        "最早者已等待 / The oldest waits",
        Ask("max by (endpoint) (linkage_queue_oldest_seconds)", "{{endpoint}}"),
        unit="s",
        alarms_at=64800,
    )
    yield lines("转递尝试 / Attempts", Ask("linkage:deliveries:rate5m", "{{outcome}}"), unit="cps")
    yield lines(
        "未被接收 / Not taken",
        Ask("linkage:deliveries_not_taken:ratio_rate15m"),
        unit="percentunit",
    )
    yield lines("单次转递 p99 / An attempt, p99", Ask("linkage:delivery_seconds:p99_5m"), unit="s")
    yield lines("端点 / Endpoints", Ask("max by (state) (linkage_endpoints)", "{{state}}"))
    yield lines(
        "送达而未回执，最早者 / Delivered and not acknowledged, the oldest",
        Ask("max by (kind) (linkage_dispatches_unacknowledged_oldest_seconds)", "{{kind}}"),
        unit="s",
    )
    yield lines(
        "每小时回执与办理反馈 / Acknowledgements and reports an hour",
        Ask("sum by (result) (increase(linkage_acknowledgements_total[1h]))", "回执 / {{result}}"),
        Ask("sum by (kind) (increase(linkage_reports_total[1h]))", "反馈 / {{kind}}"),
    )


def _detection() -> Iterable[Panel]:
    yield heading("检测 / Detection")
    yield lines("滞后 / Lag", Ask("max(linkage_detection_lag_seconds)"), unit="s")
    yield lines("案件队列滞后 / The queues' lag", Ask("max(linkage_desk_lag_seconds)"), unit="s")
    yield lines("待检视案件 / Cases to look at", Ask("max(linkage_cases_to_look_at)"))
    yield lines("重新筛查余段 / Slices to screen anew", Ask("max(linkage_rescreening_slices_left)"))
    yield lines("一次检视 p99 / A look, p99", Ask("linkage:inspection_seconds:p99_5m"), unit="s")


def _processes() -> Iterable[Panel]:
    yield heading("进程 / Processes")
    yield lines(
        "内存 / Memory",
        Ask('process_resident_memory_bytes{job="linkage"}', "{{instance}}"),
        unit="bytes",
    )
    yield lines(
        "处理器 / CPU", Ask('rate(process_cpu_seconds_total{job="linkage"}[5m])', "{{instance}}")
    )
    yield lines(
        "数据库连接 / Database connections",
        Ask("sum by (state) (linkage_database_connections)", "{{state}}"),
    )
    yield lines("流转记录行数 / Lines of the journal", Ask("max(linkage_journal_rows)"))
    yield lines(
        "登记簿版本 / Version of the registry", Ask("linkage_registry_version", "{{instance}}")
    )
    yield lines(
        "程序版本 / Versions", Ask("count by (version) (linkage_build_info)", "{{version}}")
    )


def appraisal() -> Json:
    """The indexes of appraisal, always with n, own trend first."""
    appraised = load_appraisal()
    return page(
        "linkage-appraisal",
        "行刑衔接：考核指标 / Linkage: appraisal",
        [
            _all_indexes(appraised),
            *(panel for one in appraised.indexes for panel in _one_index(one, appraised)),
        ],
        [
            choice("period", "月份 / Month", ("last_month", "this_month")),
            several("sector", "领域 / Sector", [*Sector]),
        ],
        since="now-1y",
    )


def _all_indexes(appraised: Appraised) -> Panel:
    def asked(what: str) -> str:
        return f'max by (index) (linkage:appraisal:{what}{{period="$period"}})'

    return table(
        "指标 / Index",
        "index",
        Column("比率 / ratio", asked("ratio"), "percentunit"),
        Column("n", asked("n")),
        about=f"{appraised.caution.zh} / {appraised.caution.en}",
        words={one.id: f"{one.zh} / {one.en}" for one in appraised.indexes},
    )


def _one_index(index: Index, appraised: Appraised) -> Iterable[Panel]:
    title, about = f"{index.zh} / {index.en}", _formula(index, appraised)
    chosen = f'index="{index.id}",period="$period"'
    by_sector = f'{chosen},sector=~"$sector"'
    ratio, n = f"linkage:appraisal:ratio{{{chosen}}}", f"linkage:appraisal:n{{{chosen}}}"
    yield number(title, ratio, about=about, unit="percentunit", height=7)
    yield number("n", n, about=about, width=2, height=7)
    yield lines(
        f"{title}：走势 / trend",
        Ask(f"sector:linkage_appraisal:ratio{{{by_sector}}}", "{{sector}}"),
        about=about,
        unit="percentunit",
        height=7,
    )
    of_sectors = Ask(f"sector:linkage_appraisal:n{{{by_sector}}}", "{{sector}}")
    yield bars("n", of_sectors, about=about, width=6, height=7)


def _formula(index: Index, appraised: Appraised) -> str:
    part, whole = appraised.counts[index.numerator], appraised.counts[index.denominator]
    formula = f"{part.zh} ÷ {whole.zh} / {part.en} ÷ {whole.en} ({index.basis})"
    return f"{formula}\n\n{index.note.zh} / {index.note.en}" if index.note else formula


DASHBOARDS = {"supervisor": supervisor, "operator": operator, "appraisal": appraisal}


def texts() -> Mapping[str, str]:
    """Each dashboard's file name and what must stand in it."""
    return {
        f"{name}.json": json.dumps(build(), ensure_ascii=False, indent=1) + "\n"
        for name, build in DASHBOARDS.items()
    }


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
