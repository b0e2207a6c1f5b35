"""`make bench`: prints one line of JSON a figure.

    python -m tests.bench                          every figure, about three quarters of an hour
    python -m tests.bench --quick intake_vs_as4    some figures, in short

Everything that is compared is measured by turns, in one run, on the same machine and the same PostgreSQL.
"""

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from tests.bench.bench import CONNECTIONS, QUICK, Bench, Pace
from tests.bench.comparison import Figure
from tests.bench.database import running_server
from tests.bench.figures import FIGURES
from tests.bench.idle_peer import own_cost
from tests.bench.processes import ROOT, say

_HOME = ROOT / ".local"


def main() -> int:
    asked = _arguments()
    pace = QUICK if asked.quick else Pace()
    wanted = asked.figures or list(FIGURES)
    say({"generator": own_cost(CONNECTIONS, pace.seconds), "load_average": os.getloadavg()})
    # Not in /tmp, which may be memory: materials have to reach a disk.
    _HOME.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=_HOME) as folder,
        running_server() as server,
        ExitStack() as stack,
    ):
        return _report(Bench(server, Path(folder), pace, stack), wanted)


def _report(bench: Bench, wanted: Iterable[str]) -> int:
    """Print the figures that are wanted; gives 1 when one of them could not be measured or does not pass."""
    failed = False
    for measure in dict.fromkeys(FIGURES[name] for name in wanted):
        try:
            for figure in measure(bench):
                failed |= not _show(figure, wanted)
        except Exception:  # noqa: BLE001 (one figure must not take the others with it)
            traceback.print_exc()
            failed = True
    return int(failed)


def _show(figure: Figure, wanted: Iterable[str]) -> bool:
    if figure.figure not in wanted:
        return True
    say(figure.line())
    return figure.passes


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figures", nargs="*", choices=[*FIGURES, []], metavar="figure")
    parser.add_argument("--quick", action="store_true", help="short turns and small databases")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
