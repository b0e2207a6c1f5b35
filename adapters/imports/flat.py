"""Case records as flat rows of text: what our own mapping reads back whole."""

import json
from collections.abc import Iterable, Mapping

from adapters.imports.paths import FREE, find, leaves
from contracts.case_record import CaseRecord, plain


def flat_columns(facts: Iterable[str], bounds: Iterable[str] = ()) -> list[str]:
    """Every column of a record, and one for each of these facts and bounded facts."""
    named = [f"facts.{name}" for name in facts] + [f"bounds.{name}" for name in bounds]
    return [*leaves(), *named]


def flat_row(record: CaseRecord) -> dict[str, str]:
    """Write a record by column; what it does not say has none."""
    content = plain(record)
    told = {path: find(content, path) for path in leaves()}
    for member in FREE:
        told |= {f"{member}.{name}": value for name, value in content.get(member, {}).items()}
    return {path: _cell(value) for path, value in told.items() if value is not None}


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | Mapping | bool):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
