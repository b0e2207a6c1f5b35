"""`linkage migrate up | status`."""

import typer

from adapters.cli.app import new_app
from adapters.cli.output import FAILED, Json, guarded, say, say_json, wait_for
from adapters.main import database_url
from adapters.postgres.migrate import migrate, pending
from adapters.settings import read_settings

app = new_app(help="Bring the database to the shape that this version needs.")


@app.command()
@guarded
def up(*, as_json: Json = False) -> None:
    """Apply what is missing; runners that start together take turns."""
    applied = wait_for(migrate(database_url(read_settings())))
    if as_json:
        say_json({"applied": applied})
        return
    for name in applied:
        say(f"applied {name}")
    say("the database is up to date")


@app.command()
@guarded
def status(*, as_json: Json = False) -> None:
    """List what `up` would apply; the exit code is 1 if there is anything."""
    waiting = wait_for(pending(database_url(read_settings())))
    if as_json:
        say_json({"pending": waiting})
    else:
        for name in waiting:
            say(f"waiting: {name}")
        say("run `linkage migrate up`" if waiting else "the database is up to date")
    raise typer.Exit(FAILED if waiting else 0)
