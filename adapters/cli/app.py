"""The commands. Each is imported when it is called, so that a shell and --help need not wait for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

from adapters.cli.output import guarded


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is: the module of that name, unless another is given, and the function, or `app`."""

    help: str
    module: str
    attribute: str


def _function(text: str, name: str) -> Place:
    return Place(text, f"adapters.cli.{name}", name)


def _group(text: str, name: str) -> Place:
    return Place(text, f"adapters.cli.{name}", "app")


COMMANDS: Mapping[str, Place] = {
    "demo": _function(
        "Run the service with simulated offices around it, on a database of its own.", "demo"
    ),
    # for engineers who connect an agency's case system
    "keygen": _function("Make a key for an office, the platform or the vault.", "keygen"),
    "sign": _function(
        "Sign a document: a packet, an acknowledgement, a report, case records, a letter.", "sign"
    ),
    "verify": _function(
        "Verify a signed document, and explain step by step why it fails.", "verify"
    ),
    "validate": _function(
        "Ask the platform what it would do with a packet; nothing is stored.", "validate"
    ),
    "send": _function("Send a signed document, and the materials that a packet names.", "send"),
    "status": _function("Show where a transfer stands, and whose move it is.", "status"),
    "token": _function("Print a short-lived token for calls with curl.", "token"),
    "screen": _function("Screen cases against the filing standards and say why.", "screen"),
    # for those who keep the rule book
    "rules": _group("Check, show, compare, try and switch the filing standards.", "rules"),
    # for those who supervise
    "overview": _function(
        "Show how things stand: overdue, never transferred, silent, missing.", "overview"
    ),
    "appraisal": _function("Show the indexes of appraisal, or write them to a file.", "appraisal"),
    "supervise": _group(
        "Act on leads: letters to agencies, dismissals, outcomes; and reply to them.", "supervise"
    ),
    # for operators
    "serve": _function("Run the service until it is told to stop.", "serve"),
    "migrate": _group("Bring the database to the shape that this version needs.", "migrate"),
    "registry": _group(
        "Load, show and change the registry of offices, keys and endpoints.", "registry"
    ),
    "register": _group(
        "Take agencies' registers in, show what came, and what of it is missing.", "register"
    ),
    "leads": _function(
        "List the cases that should have gone to criminal justice, the highest score first.",
        "leads",
    ),
    "staff": _group("Enter people, say what each may do, and shut them out.", "staff"),
    "desk": _group("Let offices decide at the pages: give their desks keys to sign with.", "desk"),
    "resend": _function("Put a dispatch or a letter that is stuck back into the queue.", "resend"),
    "doctor": _function(
        "Check everything that the service stands on, and say what to do.", "doctor"
    ),
    "config": _group("Show the settings.", "config"),
}


class Commands(TyperGroup):
    """The commands of the table, imported one at a time."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (what TyperGroup takes)
        super().__init__(**options)
        self.commands = {
            name: TyperCommand(name, help=place.help) for name, place in COMMANDS.items()
        }
        self._is_listing = False

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if self._is_listing or cmd_name not in COMMANDS:
            return self.commands.get(cmd_name)
        return load(cmd_name, COMMANDS[cmd_name])

    @override
    def format_help(self, ctx: Any, formatter: Any) -> None:
        # The list shows the table's own words, and so imports no command.
        self._is_listing = True
        super().format_help(ctx, formatter)


def load(name: str, place: Place) -> Any:  # noqa: ANN401 (a command of the click that typer brings)
    """Import a command and make it one that can be run."""
    found = getattr(import_module(place.module), place.attribute)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    alone = new_app()
    alone.command(name)(guarded(found))
    return typer.main.get_command(alone)


def new_app(**options: Any) -> typer.Typer:  # noqa: ANN401 (what Typer takes)
    # A pretty traceback shows local values, and those are cases and keys.
    return typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, **options
    )


app = typer.Typer(
    cls=Commands,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 (typer calls it so)
    if wanted:
        from adapters.metrics import installed_version  # noqa: PLC0415 (only when asked for)

        typer.echo(installed_version())
        raise typer.Exit


@app.callback()
def linkage(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """行刑衔接: a signed case goes in, the procuratorate and the police have it, and everyone can prove it."""
