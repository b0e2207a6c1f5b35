"""What a lead rests on, as text: branch and article, numbers against their limits, other cases, earlier penalties."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from service.domain.phrases import Phrases, percentage


def evidence_lines(evidence: Mapping[str, Any], phrases: Phrases) -> Iterator[str]:
    """Give a line for each thing that the evidence says; what it does not say has none."""
    if "branch" in evidence:
        yield f"{evidence['offence']}  {evidence['branch']}  {evidence['article']}"
        yield evidence["wording"]
    for number in evidence.get("numbers", ()):
        yield _number(number, phrases)
    for name, value in evidence.get("facts", {}).items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield f"{phrases.fact(name)}: {value}"
    for case in evidence.get("cases", ()):
        yield _case(case, phrases)
    for penalty in evidence.get("penalties", ()):
        told = (penalty.get(name) for name in ("decided_on", "authority", "kind_of_act"))
        yield "  ".join(str(one) for one in told if one)
    for name in _PLAIN:
        if name in evidence:
            yield f"{name}: {evidence[name]}"


_PLAIN = (
    "basis",
    "penalised_on",
    "fine",
    "floor",
    "reason_given",
    "decided_on",
    "entered_on",
    "clock",
)


def _number(number: Mapping[str, Any], phrases: Phrases) -> str:
    names: Sequence[str] = number["facts"]
    value, limit = (_amount(number[end], names[0], phrases) for end in ("value", "limit"))
    return (
        f"{phrases.facts(tuple(names))}: {value} / {limit} ({percentage(_exact(number['reach']))})"
    )


def _case(case: Mapping[str, Any], phrases: Phrases) -> str:
    facts = ", ".join(
        f"{phrases.fact(name)} {_amount(value, name, phrases)}"
        for name, value in case["facts"].items()
    )
    return f"{case['case_number']}  {case['agency_code']}  {case['acted_until']}  {facts}"


def _amount(value: object, fact: str, phrases: Phrases) -> str:
    return phrases.amount(_exact(value), fact)


def _exact(value: object) -> Decimal:
    return Decimal(str(value))
