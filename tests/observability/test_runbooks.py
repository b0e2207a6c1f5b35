import re

import pytest
from typer.main import get_command

from adapters.cli import app
from adapters.settings import PREFIX, Settings
from tests.observability.watched import ALERTS, ROOT, RUNBOOKS, known_names, names

_HEADINGS = ["## Who is hurt", "## What to look at", "## What to do"]


def page(alert: str) -> str:
    return (RUNBOOKS / f"{alert}.md").read_text("utf-8")


def code(alert: str) -> list[str]:
    return re.findall(r"`([^`]+)`", page(alert))


@pytest.mark.parametrize("alert", ALERTS)
def test_page_says_what_it_means_who_is_hurt_and_what_to_do(alert):
    lines = page(alert).splitlines()
    title, _, zh, _, means = lines[:5]

    assert title == f"# {alert}"
    assert zh == ALERTS[alert]["annotations"]["summary"].partition(" / ")[0]
    assert means.endswith(".")
    assert [line for line in lines if line.startswith("## ")] == _HEADINGS
    assert all(any(line.startswith(mark) for line in lines) for mark in ("* ", "1. "))


@pytest.mark.parametrize("alert", ALERTS)
def test_page_names_only_what_there_is(alert):
    """A command, a setting or a metric that is gone would be found missing at three in the morning."""
    told = code(alert)
    others = set(re.findall(r"\bLinkage[A-Z]\w+", page(alert)))
    metrics = {name for one in told for name in names(one) if name.startswith("linkage_")}
    settings = {one for text in told for one in re.findall(r"LINKAGE_\w+", text)}
    fields = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}

    assert others <= {*ALERTS}
    assert {bare(name) for name in metrics} <= {bare(name) for name in known_names()}
    assert settings <= fields


def bare(name: str) -> str:
    return re.sub(r"_(bucket|count|sum|total)$", "", name)


@pytest.mark.parametrize("alert", ALERTS)
def test_page_names_only_events_that_are_logged(alert):
    told = {text for text in code(alert) if re.fullmatch(r"[a-z]+\.[a-z_]+", text)}
    sources = [path.read_text("utf-8") for path in (ROOT / "adapters").rglob("*.py")]

    assert {event for event in told if not any(f'"{event}"' in text for text in sources)} == set()


@pytest.mark.parametrize("alert", ALERTS)
def test_page_names_only_commands_that_there_are(alert):
    told = [text.split()[1:] for text in code(alert) if text.startswith("linkage ")]
    for words in told:
        command = get_command(app)
        for word in words:
            if not hasattr(command, "get_command") or not word.isalpha() or word.isupper():
                break
            command = command.get_command(None, word)
            assert command is not None, " ".join(words)
