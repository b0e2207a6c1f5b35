# ruff: noqa: INP001 (a script beside what it writes, and no package)
"""Grafana's panels as few words: what is asked, how it is drawn, and where it lies on the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

Json = dict[str, Any]

WIDE = 24
SCHEMA_VERSION = 39  # Grafana 10 and later read it as it is

# Provisioning from files leaves `__inputs` unresolved; a variable of the dashboard is always there.
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

_OF_FIELDS = {"custom", "overrides"}
_REDUCED = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_NO_CASES = {
    "type": "special",
    "options": {"match": "nan", "result": {"text": "无案件 / no cases", "index": 0}},
}


class Ask(NamedTuple):
    """A question to Prometheus, and how its series are named."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """A panel that does not know its place yet.

    `words` are what people call the values of labels; `extra` is what only its type has.
    """

    type: str
    title: str
    asks: Sequence[Ask]
    width: int
    height: int
    about: str = ""
    unit: str = "short"
    alarms_at: float | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    extra: Json = field(default_factory=dict)


def number(title: str, expr: str, **more: Any) -> Panel:  # noqa: ANN401 (fields of Panel)
    """One figure, large."""
    options = {"reduceOptions": _REDUCED, "colorMode": "value", "graphMode": "none"}
    panel = Panel("stat", title, [Ask(expr)], 4, 4, extra={"options": options})
    return replace(panel, **more)


def bars(title: str, ask: Ask, **more: Any) -> Panel:  # noqa: ANN401 (fields of Panel)
    """What is now, one bar a label."""
    options = {
        "reduceOptions": _REDUCED,
        "orientation": "horizontal",
        "displayMode": "basic",
        "valueMode": "text",
    }
    return replace(Panel("bargauge", title, [ask], 8, 9, extra={"options": options}), **more)


def lines(title: str, *asks: Ask, stacked: bool = False, **more: Any) -> Panel:  # noqa: ANN401 (fields of Panel)
    """How it went, one line a series."""
    custom = {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 30 if stacked else 0,
        "showPoints": "never",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }
    options = {
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    extra = {"options": options, "custom": custom}
    return replace(Panel("timeseries", title, asks, 12, 8, extra=extra), **more)


class Column(NamedTuple):
    """A column of a table; the question must answer with the labels of the rows and no other, or rows fall apart."""

    title: str
    expr: str
    unit: str = "short"


def table(title: str, label: str, *columns: Column, **more: Any) -> Panel:  # noqa: ANN401 (fields of Panel)
    """One row a value of the label; each column is a question of its own."""
    values = {f"Value #{_letter(place)}": one.title for place, one in enumerate(columns)}
    organize = {"excludeByName": {"Time": True}, "renameByName": values | {label: title}}
    extra = {
        "options": {"showHeader": True},
        "transformations": [
            {"id": "merge", "options": {}},
            {"id": "organize", "options": organize},
        ],
        "overrides": [_override(one.title, "unit", one.unit) for one in columns],
    }
    asks = [Ask(one.expr) for one in columns]
    return replace(Panel("table", title, asks, WIDE, 13, extra=extra), **more)


def heading(title: str) -> Panel:
    """A line that parts what follows from what came before."""
    return Panel("row", title, (), WIDE, 1, extra={"collapsed": False, "panels": []})


def page(
    uid: str,
    title: str,
    panels: Iterable[Panel],
    variables: Sequence[Json] = (),
    since: str = "now-7d",
) -> Json:
    """A dashboard, as Grafana's provisioning reads it."""
    return {
        "uid": uid,
        "title": title,
        "tags": ["linkage"],
        "timezone": "Asia/Shanghai",
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": since, "to": "now"},
        "templating": {"list": [_datasource(), *variables]},
        "annotations": {"list": []},
        "panels": list(_laid_out(panels)),
    }


def choice(name: str, label: str, values: Sequence[str]) -> Json:
    """A variable with fixed values, of which the first is chosen."""
    options = [{"text": value, "value": value, "selected": value == values[0]} for value in values]
    return {
        "type": "custom",
        "name": name,
        "label": label,
        "query": ",".join(values),
        "options": options,
        "current": options[0],
    }


def several(name: str, label: str, values: Sequence[str]) -> Json:
    """A variable of which several values may be chosen, or all of them."""
    every = {"text": "All", "value": "$__all", "selected": True}
    options = [every, *({"text": one, "value": one, "selected": False} for one in values)]
    return {
        "type": "custom",
        "name": name,
        "label": label,
        "query": ",".join(values),
        "options": options,
        "current": every,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
    }


def _datasource() -> Json:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "数据源 / Data source",
        "query": "prometheus",
        "current": {},
    }


def _laid_out(panels: Iterable[Panel]) -> Iterable[Json]:
    """Fill lines from the left, as text is set; the next line begins below the highest of this one."""
    x = y = line = 0
    for place, panel in enumerate(panels, 1):
        if x + panel.width > WIDE:
            x, y, line = 0, y + line, 0
        yield _written(panel, place, {"x": x, "y": y, "w": panel.width, "h": panel.height})
        x, line = x + panel.width, max(line, panel.height)


def _written(panel: Panel, place: int, position: Json) -> Json:
    extra = {name: value for name, value in panel.extra.items() if name not in _OF_FIELDS}
    found = {"id": place, "type": panel.type, "title": panel.title, "gridPos": position} | extra
    if panel.type == "row":
        return found
    return found | {
        "description": panel.about,
        "datasource": DATASOURCE,
        "targets": [_target(panel, place, ask) for place, ask in enumerate(panel.asks)],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": _overrides(panel)},
    }


def _target(panel: Panel, place: int, ask: Ask) -> Json:
    is_series = panel.type == "timeseries"
    return {
        "refId": _letter(place),
        "datasource": DATASOURCE,
        "expr": ask.expr,
        "legendFormat": ask.legend or "__auto",
        "range": is_series,
        "instant": not is_series,
        "format": "table" if panel.type == "table" else "time_series",
    }


def _defaults(panel: Panel) -> Json:
    steps: list[Json] = [{"color": "blue", "value": None}]
    if panel.alarms_at is not None:
        steps.append({"color": "red", "value": panel.alarms_at})
    return {
        "unit": panel.unit,
        "color": {"mode": "palette-classic" if panel.type == "timeseries" else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
        "mappings": [_NO_CASES, *_cells(panel)],
        "custom": panel.extra.get("custom", {}),
    }


def _cells(panel: Panel) -> Iterable[Json]:
    if panel.type == "table" and panel.words:
        options = {value: {"text": word} for value, word in panel.words.items()}
        yield {"type": "value", "options": options}


def _overrides(panel: Panel) -> list[Json]:
    given: list[Json] = panel.extra.get("overrides", [])
    if panel.type == "table":
        return given
    return [*given, *(_override(name, "displayName", word) for name, word in panel.words.items())]


def _override(name: str, what: str, value: str) -> Json:
    matcher = {"id": "byName", "options": name}
    return {"matcher": matcher, "properties": [{"id": what, "value": value}]}


def _letter(place: int) -> str:
    return chr(ord("A") + place)
