"""Cases of one party, and what is found of them together."""

from collections.abc import Sequence
from typing import Any

from service.domain.case_files import CaseFile
from service.domain.inspecting import Inspected
from service.domain.leads import Suspicion
from tests.support.case_files import found, laid_open, look
from tests.support.register import case, firm, sold

PARTY = firm(1)

TOBACCO = {
    "licence_held": False,
    "illegal_business_kind": "tobacco",
    "illegal_business_amount": 35_000,
}


def tobacco(acted: str = "2026-06-01", **changes: Any) -> dict[str, Any]:
    """A case of unlicensed tobacco: met with two penalties in three years and 30 000 yuan (B01)."""
    told = {
        "cause": "未取得烟草专卖零售许可证经营卷烟",
        "party": PARTY,
        "facts": TOBACCO,
        "conduct": {"started_on": acted, "ended_on": acted},
        "penalty": None,
    }
    return case(**told | changes)


def penalised(on: str, **changes: Any) -> dict[str, Any]:
    """A small case of the same party that ended with a penalty."""
    penalty = {"kinds": ["罚款"], "decided_on": on} | changes.pop("penalty", {})
    acted = {"ended_on": changes.pop("acted", "2023-01-01")}
    facts = TOBACCO | {"illegal_business_amount": 2_000}
    return tobacco(**{"facts": facts, "conduct": acted, "penalty": penalty} | changes)


def x4(one: Inspected) -> Suspicion | None:
    return next((found for found in one.suspicions if found.detector == "X4"), None)


def judged(new: dict[str, Any], *others: dict[str, Any] | CaseFile) -> Inspected:
    """Look at a case of the tobacco office beside others, taken as those of the market office."""
    files = [
        one if isinstance(one, CaseFile) else laid_open(one, agency="market") for one in others
    ]
    return look([laid_open(new, agency="tobacco"), *files])[new["case_number"]]


def part(amount: float, acted: str = "2026-03-01", **changes: Any) -> dict[str, Any]:
    """One of several small cases of one party."""
    told = {
        "party": PARTY,
        "facts": sold(amount),
        "conduct": {"started_on": acted, "ended_on": acted},
        "penalty": None,
    }
    return case(**told | changes)


def looked(*records: dict[str, Any]) -> list[Inspected]:
    files = [laid_open(one) for one in records]
    found = look(files)
    return [found[one["case_number"]] for one in records]


def splits(*records: dict[str, Any]) -> list[bool]:
    return ["X5" in found(one) for one in looked(*records)]


def told(files: Sequence[CaseFile]) -> dict[str, object]:
    return {
        number: (
            [(one.detector, one.fingerprint, one.clock, one.signals) for one in seen.suspicions],
            seen.undetermined,
            seen.look_at,
        )
        for number, seen in look(files).items()
    }
