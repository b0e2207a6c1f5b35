"""`linkage doctor`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import typer

from adapters.cli.output import FAILED, Json, say, say_json, wait_for
from adapters.findings import Finding, Severity
from adapters.main.doctor import examine, settings_fault
from adapters.settings import SettingsError, read_settings

_MARKS = {Severity.OK: "ok", Severity.WARNING: "warning", Severity.ERROR: "ERROR"}


def doctor(*, as_json: Json = False) -> None:
    """Check everything that the service stands on, and say what to do.

    Nothing is changed. The exit code is 1 if there is an error; warnings leave it at 0.
    The operator's page shows the same list.
    """
    findings = wait_for(_examine(datetime.now(UTC)))
    failed = any(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        say_json({"healthy": not failed, "findings": [asdict(finding) for finding in findings]})
    else:
        _tell(findings)
    raise typer.Exit(FAILED if failed else 0)


def _tell(findings: Sequence[Finding]) -> None:
    for finding in findings:
        say(f"{_MARKS[finding.severity]:>7}  {finding.about}: {finding.what}")
        if finding.advice:
            say(f"         {finding.advice}")


async def _examine(now: datetime) -> list[Finding]:
    try:
        settings = read_settings()
    except SettingsError as error:
        return [settings_fault(fault) for fault in error.faults]
    return await examine(settings, now)
