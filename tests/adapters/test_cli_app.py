"""The command line as a whole: quick, complete, and with words for what goes wrong."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from adapters.cli.app import COMMANDS
from adapters.metrics import installed_version
from tests.support.command_line import call

ROOT = Path(__file__).parents[2]
# What takes long to import; none of it is needed to list the commands.
HEAVY = ("aiohttp", "asyncpg", "cryptography", "pydantic", "jinja2", "yaml", "contracts", "service")


def functions() -> list[tuple[str, object]]:
    found = []
    for name, place in COMMANDS.items():
        command = getattr(import_module(place.module), place.attribute)
        if isinstance(command, typer.Typer):
            found += [
                (f"{name} {one.name or one.callback.__name__}", one.callback)
                for one in command.registered_commands
            ]
        else:
            found.append((name, command))
    return found


def test_help_lists_every_command():
    said = call("--help").out

    assert all(name in said for name in COMMANDS)


def test_help_imports_nothing_that_takes_long():
    program = (
        "import sys\n"
        "from adapters.cli import app\n"
        "try:\n app(['--help'])\n"
        "except SystemExit:\n pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_says_first_what_the_list_says(name):
    place = COMMANDS[name]
    command = getattr(import_module(place.module), place.attribute)
    told = command.info.help if isinstance(command, typer.Typer) else inspect.getdoc(command)

    assert told.splitlines()[0] == place.help


@pytest.mark.parametrize(("name", "function"), functions())
def test_every_command_that_answers_can_answer_in_json(name, function):
    speechless = {"serve", "sign"}  # a log, and the signed bytes themselves

    assert ("as_json" in inspect.signature(function).parameters) == (name not in speechless)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(name):
    called = call(name, "--help")

    assert called.code == 0
    assert "Usage: " in called.out


def test_version_is_told():
    assert call("--version").out.strip() == installed_version()


def test_unknown_command_is_a_usage_error():
    called = call("sned")

    assert called.code == 2
    assert "send" in called.err


def test_unknown_variable_stops_a_command_with_the_nearest_one():
    called = call("config", "show", databse_url="x")

    assert called.code == 1
    assert "did you mean LINKAGE_DATABASE_URL?" in called.err


def test_failure_in_json_goes_to_standard_error():
    called = call("config", "show", "--json", port="eighty")

    assert called.out == ""
    assert called.error["faults"][0].startswith("LINKAGE_PORT:")


def test_config_shows_no_secret():
    called = call(
        "config", "show", vault_key="hush-hush", database_url="postgresql://u:hush-hush@h/d"
    )

    assert called.code == 0
    assert "hush-hush" not in called.out
    assert "* LINKAGE_VAULT_KEY=********" in called.out
    assert "  LINKAGE_ROLE=all" in called.out


def test_config_in_json_has_every_setting():
    called = call("config", "show", "--redacted", "--json", port="0")

    assert called.json["port"] == 0
    assert called.json["vault_key"] is None


def test_database_that_is_not_there_comes_with_advice():
    called = call("migrate", "status", database_url="postgresql:///x?host=/nowhere")

    assert called.code == 1
    assert "LINKAGE_DATABASE_URL" in called.err


def test_reader_that_goes_away_is_no_failure_of_ours():
    ran = subprocess.run(
        "set -o pipefail; .venv/bin/linkage config show 2>&1 | head -n 1",
        cwd=ROOT, capture_output=True, text=True, shell=True, executable="/bin/bash", check=False,
    )  # fmt: skip

    assert "Traceback" not in ran.stdout
    assert "Exception ignored" not in ran.stdout
