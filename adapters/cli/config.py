"""`linkage config show`."""

from typing import Annotated

import typer

from adapters.cli.app import new_app
from adapters.cli.output import Json, guarded, say, say_json
from adapters.settings import PREFIX, Settings, read_settings, shown

app = new_app(help="Show the settings.")


@app.callback()
def config() -> None:
    """Show the settings."""


@app.command()
@guarded
def show(
    *,
    as_json: Json = False,
    redacted: Annotated[
        bool, typer.Option("--redacted", help="Leave secrets out; they always are.")
    ] = True,
) -> None:
    """Show every setting with its value; a secret is only said to be set."""
    assert redacted, "there is no other way"
    settings = read_settings()
    values = shown(settings)
    if as_json:
        say_json(values)
        return
    for name, value in values.items():
        mark = "*" if name in settings.model_fields_set else " "
        text = ",".join(value) if isinstance(value, list) else value
        say(f"{mark} {PREFIX}{name.upper()}={'' if text is None else text}")
        say(f"      {Settings.model_fields[name].description}")
    say("* is set; the others have their default")
