"""SQL lives in `sql/<topic>.sql`, every query under a `-- name:` of its own."""

import re
from collections.abc import Mapping
from importlib import resources

_HEADING = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def load(topic: str) -> dict[str, str]:
    """Return the queries of a topic by name, each with the comment that says what it is for."""
    file = resources.files("adapters.postgres") / "sql" / f"{topic}.sql"
    return parse(topic, file.read_text("utf-8"))


def parse(topic: str, text: str) -> dict[str, str]:
    preface, *parts = _HEADING.split(text)
    names, queries = parts[::2], list(map(str.strip, parts[1::2]))
    if _has_sql(preface):
        raise ValueError(f"{topic}.sql has SQL before its first -- name: line")
    if len(set(names)) != len(names):
        raise ValueError(f"{topic}.sql names a query twice")
    for name, query in zip(names, queries, strict=True):
        if not _has_sql(query):
            raise ValueError(f"{topic}.sql says nothing under {name!r}")
    return dict(zip(names, queries, strict=True))


def filled(queries: Mapping[str, str], **chosen: str) -> dict[str, str]:
    """Put fragments into the {holes} of queries: those `chosen`, and those of the topic that have the hole's name."""
    return {name: fill(query, {**chosen, **queries}) for name, query in queries.items()}


def fill(query: str, fragments: Mapping[str, str]) -> str:
    """Put fragments into the {holes} of one query, the first ones first; a fragment may have holes of its own."""
    for hole, fragment in fragments.items():
        query = query.replace(f"{{{hole}}}", _without_comment(fragment))
    return query


def _without_comment(query: str) -> str:
    return "\n".join(line for line in query.splitlines() if not line.startswith("--"))


def _has_sql(text: str) -> bool:
    return any(line.strip() and not line.startswith("--") for line in text.splitlines())
