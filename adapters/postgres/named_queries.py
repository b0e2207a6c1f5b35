"""SQL lives in `sql/<topic>.sql`, every query under a `-- name:` of its own."""

import re
from importlib import resources

_HEADING = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def load(topic: str) -> dict[str, str]:
    """Return the queries of a topic by name, each with the comment that says what it is for."""
    text = (resources.files("adapters.postgres") / "sql" / f"{topic}.sql").read_text("utf-8")
    return parse(topic, text)


def parse(topic: str, text: str) -> dict[str, str]:
    preface, *parts = _HEADING.split(text)
    names, queries = parts[::2], parts[1::2]
    if any(line and not line.startswith("--") for line in preface.splitlines()):
        raise ValueError(f"{topic}.sql has SQL before its first -- name: line")
    if len(set(names)) != len(names):
        raise ValueError(f"{topic}.sql names a query twice")
    return dict(zip(names, map(str.strip, queries), strict=True))
