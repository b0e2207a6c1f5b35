"""What the agencies' own registers count a month, and the one agency that has more than it entered."""

from collections import Counter, defaultdict
from random import Random
from typing import Any

from adapters.sandbox.register.desk import decided_on
from adapters.sandbox.register.truth import Made

_MISSING = (3, 9)


class MonthlyCounts:
    """Counts of a register while it is made; no more memory than agencies and months."""

    def __init__(self) -> None:
        self._filed: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._decided: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, made: Made) -> None:
        """Count a case once, in its last version."""
        if made.is_earlier:
            return
        self._filed[made.agency][made.record["filed_on"][:7]] += 1
        day = decided_on(made.record)
        if day is not None:
            self._decided[made.agency][day[:7]] += 1

    def of(self, agency: str) -> list[dict[str, Any]]:
        """The months of an agency as it reports them (`MonthlyCount`), the earliest first."""
        filed, decided = self._filed[agency], self._decided[agency]
        return [
            {"month": month, "filed": filed[month], "decided": decided[month]}
            for month in sorted({*filed, *decided})
        ]

    @property
    def agencies(self) -> list[str]:
        return sorted(self._filed)


def reported(counts: MonthlyCounts, seed: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What every agency reports, and the gap: one of them counts decisions that it never entered.

    The gap is in the month with the most decisions; None where no agency decided anything.
    """
    told = {agency: counts.of(agency) for agency in counts.agencies}
    deciding = [agency for agency, months in told.items() if any(one["decided"] for one in months)]
    if not deciding:
        return told, None
    random = Random(f"{seed}:counts")  # noqa: S311 (a register that is the same for a seed)
    agency = random.choice(deciding)
    fullest = max(told[agency], key=lambda one: int(one["decided"]))
    entered = fullest["decided"]
    fullest["decided"] += random.randint(*_MISSING)
    gap = {"agency": agency, "month": fullest["month"], "entered": entered}
    return told, gap | {"reported": fullest["decided"]}
