"""What is watched, read from deploy/: rules, alerts, panels, and the series that their expressions name."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from adapters.metrics import METRICS, PREFIX, Metric

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
RUNBOOKS = ROOT / "deploy" / "runbooks"

_SELECTOR = re.compile(r"\b((?:linkage|sector|process|up)[a-z0-9_:]*)(\{[^}]*\})?")
_SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
}
_RUNTIME = {
    "up",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    f"{PREFIX}_build_info",
}


class Asked(NamedTuple):
    """An expression, and where it stands."""

    place: str
    expr: str


def rules(file: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "rules" / f"{file}.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules("alerts")}
RECORDED = rules("recording")


def dashboards() -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text("utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))
    }


def panel_questions() -> Iterator[Asked]:
    """Every expression of every panel, with the dashboard's variables as they are when it is opened."""
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                yield Asked(f"{name}: {panel['title']}", filled_in(target["expr"], dashboard))


def filled_in(expr: str, dashboard: dict[str, Any]) -> str:
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "custom":
            value = variable.get("allValue") or variable["current"]["value"]
            expr = expr.replace(f"${variable['name']}", value)
    return expr


def selectors(expr: str) -> set[str]:
    """The series that an expression looks at, without what it does with them."""
    return {name + (labels or "") for name, labels in _SELECTOR.findall(without_labels_of_by(expr))}


def without_labels_of_by(expr: str) -> str:
    return re.sub(r"\b(by|without|on|ignoring) \([^)]*\)", "", expr)


def names(expr: str) -> set[str]:
    return {selector.split("{")[0] for selector in selectors(expr)}


def known_names() -> set[str]:
    """Every series that exists: those of the table, those that are recorded, and those of every process."""
    recorded = {rule["record"] for rule in RECORDED}
    return recorded | _RUNTIME | {name for metric in METRICS for name in series_names(metric)}


def series_names(metric: Metric) -> set[str]:
    return {f"{PREFIX}_{metric.name}{suffix}" for suffix in _SUFFIXES[metric.kind]}
