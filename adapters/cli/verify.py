"""`linkage verify`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.office import now
from adapters.cli.output import FAILED, Json, say, say_json
from adapters.keys import read_public_key
from adapters.registry_file import read_registry
from contracts.explanation import Difference, Outcome, Step, explain, first_difference
from contracts.jws import Typ

_MARKS = {Outcome.PASSED: "ok", Outcome.FAILED: "FAILED", Outcome.NOT_REACHED: "-"}


def verify(
    file: Annotated[Path, typer.Argument(help="The signed document, exactly as it is sent.")],
    *,
    key_file: Annotated[Path | None, typer.Option("--key", help="JWK of the signer.")] = None,
    registry: Annotated[
        Path | None, typer.Option(help="Registry file: the signer is the one that kid names.")
    ] = None,
    typ: Annotated[Typ | None, typer.Option(help="The kind of document that is expected.")] = None,
    explained: Annotated[
        bool, typer.Option("--explain", help="Tell every step, not only the one that failed.")
    ] = False,
    compare: Annotated[
        Path | None, typer.Option(help="Another copy: show the first byte that differs.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify a signed document, and explain step by step why it fails.

    The exit code is 0 only when every step passed, the signature among them.
    """
    raw = file.read_bytes()
    steps = explain(
        raw,
        read_public_key(key_file) if key_file else None,
        known=read_registry(registry).known_keys() if registry else (),
        typ=typ,
        now=now(),
    )
    difference = first_difference(raw, compare.read_bytes()) if compare else None
    verified = all(step.outcome is Outcome.PASSED for step in steps)
    if as_json:
        _tell_json(steps, difference, verified=verified)
    else:
        _tell(steps, difference, verified=verified, everything=explained)
    raise typer.Exit(0 if verified else FAILED)


def _tell_json(steps: Sequence[Step], difference: Difference | None, *, verified: bool) -> None:
    answer = {"verified": verified, "steps": [asdict(step) for step in steps]}
    say_json(answer | ({"difference": asdict(difference)} if difference else {}))


def _tell(
    steps: Sequence[Step], difference: Difference | None, *, verified: bool, everything: bool
) -> None:
    for step in steps:
        if everything or step.outcome is Outcome.FAILED:
            detail = f": {step.detail}" if step.detail else ""
            code = f" [{step.code}]" if step.code else ""
            say(f"{_MARKS[step.outcome]:>6} {step.number}. {step.what}{detail}{code}")
    if difference is not None:
        say(f"The copies part at byte {difference.offset}:")
        say(f"  here:  {difference.left}")
        say(f"  there: {difference.right}")
    say(_verdict(steps, verified=verified))


def _verdict(steps: Sequence[Step], *, verified: bool) -> str:
    if verified:
        return "verified"
    if any(step.outcome is Outcome.FAILED for step in steps):
        return "not verified"
    return "the signature was not looked at: give --key or --registry"
