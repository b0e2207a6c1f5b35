"""Cases that are suspected, with the last moment of their clock."""

from typing import Any

from tests.support.deadlines import at
from tests.support.register import case, day, sold

LAST = at("2026-10-11 01:00")

STRICT_LAST = at("2026-10-09 24:00")

LOW = {"kinds": ["罚款"], "decided_on": day(20), "amount": 4_999.99, "floor": 5_000}


NUMBER = "示市监案〔2026〕1号"


def fined(**changes: Any) -> dict[str, Any]:
    """Give a case over the threshold that was fined and kept."""
    return case(**{"facts": sold(60_000), "case_number": NUMBER} | changes)


def met(**changes: Any) -> dict[str, Any]:
    return case(
        **{"facts": sold(60_000), "established_on": "2026-09-29", "penalty": None} | changes
    )
