"""`linkage register generate`."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.output import Json, say, say_json, say_table
from adapters.imports.files import Format
from adapters.sandbox.offices import agencies_of
from adapters.sandbox.register.generator import make_cases
from adapters.sandbox.register.places import register_offices
from adapters.sandbox.register.writing import Written, write_register, write_registry
from service.domain.working_days import SHANGHAI


def generate(
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    *,
    records: Annotated[int, typer.Option(min=1, help="How many cases.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same register.")] = 1,
    today: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day that the register is of; today if absent."
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How the files are written.")] = (
        Format.NDJSON
    ),
    removed_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the facts that is left out.")
    ] = 0.0,
    revised_share: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of the decided cases that come in two versions."),
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Make up the registers of some counties, with planted cases and the truth about them kept apart.

    No name, number or place in it is real. The truth holds on the day that the register is of.
    """
    day = datetime.now(SHANGHAI).date() if today is None else today.date()
    offices = write_registry(register_offices(), out)
    agencies = [one.office for one in agencies_of(offices)]
    made = make_cases(
        seed, records, day, agencies, removed_share=removed_share, revised_share=revised_share
    )
    written = write_register(made, out, seed, form)
    if as_json:
        say_json(asdict(written))
        return
    _tell(written, form)


def _tell(written: Written, form: Format) -> None:
    agencies = len(written.files)
    say(
        f"{written.cases} cases of {agencies} agencies ({written.records} records) are in {written.folder}"
    )
    say_table(("detector", "planted"), written.planted.items())
    load = f"linkage registry load {written.folder / 'registry.yaml'}"
    name = written.folder / f"register-AGENCY.{form}"
    say(
        f"Next: `{load}`, then `linkage register import {name} --agency AGENCY` for each, then `linkage leads`."
    )
    say(
        "truth.ndjson says what is planted in them; counts.json what the agencies report of each month."
    )
