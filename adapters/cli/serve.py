"""`linkage serve`."""

from typing import Annotated, Any, Literal

import typer

from adapters.main import run
from adapters.settings import read_settings

Role = Literal["all", "api", "worker"]


def serve(
    role: Annotated[Role | None, typer.Option(help="Instead of LINKAGE_ROLE.")] = None,
    host: Annotated[str | None, typer.Option(help="Instead of LINKAGE_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Instead of LINKAGE_PORT; 0 is a free one.")
    ] = None,
) -> None:
    """Run the service until it is told to stop.

    It is set up by LINKAGE_* variables: `linkage config show` lists them. The log goes to standard
    error; its line `service.started` says where it listens.
    """
    given: dict[str, Any] = {"role": role, "host": host, "port": port}
    run(read_settings(**{name: value for name, value in given.items() if value is not None}))
