"""What the service counts and times, as one table; Prometheus reads it from /metrics.

A label takes only values that are listed here; another becomes `other`. So nothing of a case can become a
label, and the number of series does not grow with the number of cases.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.process_collector import ProcessCollector
from typing_extensions import override

from contracts.acknowledgement import AckResult
from contracts.appraisal import COUNTS
from contracts.case_record import RecordResult
from contracts.detectors import Detector
from contracts.office import ADDRESSEES, Sector
from contracts.problem import catalogue
from contracts.report import ReportKind
from contracts.supervision import SupervisionKind
from service.domain.appraisal import CONCLUSIONS
from service.domain.delivery import Outcome
from service.domain.leads import LeadStatus
from service.domain.registry import EndpointKind
from service.domain.transfer import DispatchStatus
from service.ports import Measure

PREFIX = "linkage"
OTHER = "other"
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of the table: its name without the prefix, what it tells, and the values of its labels."""

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    en: str
    zh: str
    labels: Mapping[str, Iterable[str]] = field(default_factory=dict)
    buckets: tuple[float, ...] = _QUICK


def _counter(name: str, en: str, zh: str, **labels: Iterable[str]) -> Metric:
    return Metric("counter", name, en, zh, labels)


def _gauge(name: str, en: str, zh: str, /, **labels: Iterable[str]) -> Metric:
    return Metric("gauge", name, en, zh, labels)


def _histogram(
    name: str, en: str, zh: str, buckets: tuple[float, ...], **labels: Iterable[str]
) -> Metric:
    return Metric("histogram", name, en, zh, labels, buckets)


_PACKET_OUTCOMES = ("received", "repeated", "refused", "unknown")
_METHODS = ("GET", "HEAD", "POST", "PUT")
_ANSWERS = ("2xx", "3xx", "4xx", "5xx")
_STUCK = (DispatchStatus.REFUSED, DispatchStatus.UNDELIVERABLE)
_CLOSED = tuple(status for status in LeadStatus if not status.is_active)
_LETTERS = tuple(kind for kind in SupervisionKind if kind.is_letter)

METRICS = (
    # what comes in
    _counter("packets", "Packets posted", "收到的移送案卷", outcome=_PACKET_OUTCOMES),
    _counter("refusals", "Refusals by problem code", "按问题代码的退回次数", code=catalogue()),
    _counter(
        "materials", "Materials brought", "上传材料", outcome=("stored", "repeated", "refused")
    ),
    _histogram("intake_batch", "Packets in one commit", "每次提交的案卷数", _SIZES),
    _counter(
        *("screenings", "Findings of screened packets", "筛查结论数"),
        conclusion=("meets", "near", "below", "undetermined"),
    ),
    _counter("batches_split", "Batches stored row by row after a failure", "逐件重存的批次"),
    _histogram("intake_seconds", "Seconds a batch took", "一批案卷的处理秒数", _QUICK),
    _gauge("intake_waiting", "Packets that wait for a commit", "等待入库的案卷数"),
    # what goes out
    _gauge("queue_waiting", "Dispatches that wait", "待转递数", endpoint=EndpointKind),
    _gauge(
        "queue_oldest_seconds",
        "Age of the oldest of them",
        "最早者已等待秒数",
        endpoint=EndpointKind,
    ),
    _gauge("dispatches_stuck", "Dispatches for operators", "需人工处理的转递数", status=_STUCK),
    _gauge(
        "dispatches_unacknowledged_oldest_seconds",
        "How long the oldest that was taken waits for its acknowledgement",
        "已送达而未回执者中最早一件的等待秒数",
        kind=ADDRESSEES,
    ),
    _counter("deliveries", "Attempts at sending", "转递尝试次数", outcome=Outcome),
    _histogram("delivery_seconds", "Seconds of an attempt", "单次转递秒数", _SLOW),
    _gauge("endpoints", "Endpoints by their breaker", "接收端点数", state=("closed", "open")),
    # what comes back
    _counter("acknowledgements", "Acknowledgements taken", "收到的回执", result=AckResult),
    _counter("reports", "Reports taken", "收到的办理反馈", kind=ReportKind),
    # clocks
    _counter("deadlines_raised", "Deadlines raised", "期限提醒次数", state=("near", "missed")),
    _gauge(
        "deadlines",
        "Deadlines that nobody has met: duties that are overdue, rights that have lapsed",
        "未了期限数：逾期的是义务，失效的是权利",
        state=("open", "near", "overdue", "lapsed"),
    ),
    # the register, and what is found in it
    _counter(
        *("records", "Case records by what became of them", "案件登记处理结果"),
        result=RecordResult,
    ),
    _histogram("register_seconds", "Seconds a batch of records took", "一批登记的处理秒数", _SLOW),
    _gauge(
        *("cases", "Registered cases by what their screening says", "登记案件的筛查结论数"),
        conclusion=CONCLUSIONS,
    ),
    _gauge(
        "register_silent_agencies",
        "Agencies whose register has gone silent",
        "逾期未报送登记的机关数",
    ),
    _gauge(
        "register_missing_cases",
        "Cases that agencies report in their monthly counts and that are not here",
        "机关月报有而平台没有的案件数",
    ),
    _histogram("inspection_seconds", "Seconds to look at cases", "查看一批案件的秒数", _SLOW),
    _gauge(
        "detection_lag_seconds",
        "Age of the oldest line of the journal that detection has not looked at",
        "尚未检视的最早流转记录的秒数",
    ),
    _gauge("cases_to_look_at", "Cases that detection must look at", "待检视案件数"),
    _gauge(
        "rescreening_slices_left", "Slices of the register to screen anew", "待重新筛查的分段数"
    ),
    _gauge(
        "rulebook_behind",
        "1 if this version ships a rule book that is not switched on",
        "本版本所附追诉标准尚未启用时为 1",
    ),
    _gauge(
        "never_transferred",
        "Cases that should have been transferred and were not",
        "应移送未移送案件数",
        sector=Sector,
    ),
    _gauge("leads", "Open leads", "未了线索数", detector=Detector),
    _counter("leads_raised", "Leads raised", "发现线索数", detector=Detector),
    _counter(
        *("leads_closed", "Leads closed", "了结线索数"),
        how=_CLOSED,
    ),
    _counter("leads_reopened", "Leads opened again as the facts changed", "因事实变化重启的线索数"),
    # what supervisors do about it
    _counter("supervisions", "Supervisory documents issued", "发出的监督文书", kind=_LETTERS),
    _counter("supervision_replies", "Replies to them", "收到的监督回复"),
    _counter("supervision_escalations", "Of them, handed to the level above", "提请上级处理数"),
    _gauge(
        "supervisions_waiting",
        "Supervisory documents that wait for their reply",
        "待回复的监督文书数",
        state=("open", "overdue", "escalated"),
    ),
    _gauge(
        "appraisal_count",
        "What the indexes of appraisal are computed from",
        "考核指标的分子与分母",
        name=COUNTS,
        period=("this_month", "last_month"),
        sector=Sector,
    ),
    # the process and its database
    _histogram(
        "request_seconds",
        "Seconds of a request",
        "请求处理秒数",
        _QUICK,
        method=_METHODS,
        status=_ANSWERS,
    ),
    _gauge("journal_rows", "Lines of the journal, as the database estimates", "流转记录行数估计"),
    _gauge(
        "desk_lag_seconds",
        "Age of the oldest line of the journal that the desks' queues have not seen",
        "最早一条尚未进入案件队列的流转记录的时长",
    ),
    _gauge(
        "database_connections",
        "Connections of this process",
        "数据库连接数",
        state=("idle", "used"),
    ),
    _gauge("registry_version", "Version of the registry in use", "在用登记簿版本"),
    _gauge("figures_at", "When the database was asked for figures, Unix time", "统计时刻"),
)

_Child = Counter | Gauge | Histogram


class PrometheusMeasure(Measure):
    """Counts into a registry of its own; a name that is not in the table raises KeyError."""

    def __init__(self, metrics: Iterable[Metric] = METRICS) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # they double the series, and nobody reads them
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        _build_info(self.registry)
        metrics = tuple(metrics)
        self._kinds = {metric.name: _collector(metric, self.registry) for metric in metrics}
        self._allowed = {metric.name: _allowed(metric) for metric in metrics}
        # A gauge that nobody has set would say 0, which is not what was found.
        self._hidden: set[str] = set()
        self.hide(*(metric.name for metric in metrics if metric.kind == "gauge"))
        self._children: dict[tuple[object, ...], _Child] = {}

    @override
    def count(self, name: str, by: int = 1, **labels: str) -> None:
        child = self._child(name, labels)
        assert isinstance(child, Counter)
        child.inc(by)

    @override
    def observe(self, name: str, seconds: float, **labels: str) -> None:
        child = self._child(name, labels)
        assert isinstance(child, Histogram)
        child.observe(seconds)

    def set(self, name: str, value: float, /, **labels: str) -> None:
        """Set a gauge to what was just found, and show it."""
        if name in self._hidden:
            self._hidden.discard(name)
            self.registry.register(self._kinds[name])
        child = self._child(name, labels)
        assert isinstance(child, Gauge)
        child.set(value)

    def hide(self, *names: str) -> None:
        """Show gauges no longer: an old figure would look like a present one."""
        for name in names:
            if name not in self._hidden:
                self._hidden.add(name)
                self.registry.unregister(self._kinds[name])

    def exposition(self) -> bytes:
        """Write everything for Prometheus, in the text format that MEDIA_TYPE names."""
        return generate_latest(self.registry)

    def _child(self, name: str, labels: Mapping[str, str]) -> _Child:
        key = (name, *labels.items())
        child = self._children.get(key)
        return child or self._new_child(key, name, labels)

    def _new_child(
        self,
        key: tuple[object, ...],
        name: str,
        labels: Mapping[str, str],
    ) -> _Child:
        collector = self._kinds[name]
        bounded = {label: self._bounded(name, label, str(value)) for label, value in labels.items()}
        child = collector.labels(**bounded) if bounded else collector
        # A value that is not listed is not kept either, or this would grow with what callers send.
        if bounded == labels:
            self._children[key] = child
        return child

    def _bounded(self, name: str, label: str, value: str) -> str:
        return value if value in self._allowed[name].get(label, ()) else OTHER


def _allowed(metric: Metric) -> Mapping[str, frozenset[str]]:
    return {label: frozenset(map(str, values)) for label, values in metric.labels.items()}


def _collector(metric: Metric, registry: CollectorRegistry) -> _Child:
    name, text, labels = f"{PREFIX}_{metric.name}", f"{metric.en} / {metric.zh}", [*metric.labels]
    match metric.kind:
        case "counter":
            return _from_nothing(Counter(name, text, labels, registry=registry), metric)
        case "gauge":
            return Gauge(name, text, labels, registry=registry)
        case "histogram":
            return Histogram(name, text, labels, registry=registry, buckets=metric.buckets)


def _from_nothing(counter: Counter, metric: Metric) -> Counter:
    # A series that first appears with its first event hides that event from rate().
    if len(metric.labels) == 1:
        for label, values in metric.labels.items():
            for value in values:
                counter.labels(**{label: str(value)})
    return counter


def _build_info(registry: CollectorRegistry) -> None:
    text = "Version of this program / 程序版本"
    gauge = Gauge(f"{PREFIX}_build_info", text, ["version"], registry=registry)
    gauge.labels(version=installed_version()).set(1)


def installed_version() -> str:
    try:
        return version("linkage")
    except PackageNotFoundError:
        return "unknown"
