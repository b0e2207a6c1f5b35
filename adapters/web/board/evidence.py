"""What a lead rests on, for reading: one sentence for a list, and clause by clause for its own page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from service.domain.phrases import Phrases, percentage

Say = Callable[..., str]


class EvidenceClause(NamedTuple):
    """One fact against its limit; `reach` is how far it goes, none where nothing is measured."""

    fact: str
    value: str
    limit: str
    reach: str


def sentence(evidence: Mapping[str, Any], phrases: Phrases, say: Say) -> str:
    """Say in one sentence what is suspected and on which numbers."""
    parts = [*_parts(evidence, phrases, say)]
    return say("；").join(parts) if parts else say("依登记与期限判断")


def _parts(evidence: Mapping[str, Any], phrases: Phrases, say: Say) -> Iterator[str]:
    for number in evidence.get("numbers", ())[:2]:
        clause = _clause(number, phrases)
        yield say(
            "%(fact)s %(value)s，标准 %(limit)s，达到 %(reach)s",
            fact=clause.fact,
            value=clause.value,
            limit=clause.limit,
            reach=clause.reach,
        )
    if not evidence.get("numbers") and "wording" in evidence:
        yield str(evidence["wording"])
    if penalised_on := evidence.get("penalised_on"):
        yield say("%(day)s 已作行政处罚", day=penalised_on)
    if penalties := evidence.get("penalties"):
        yield say("此前受处罚 %(count)s 次", count=len(penalties))
    if cases := evidence.get("cases"):
        yield say("同一当事人 %(count)s 案合并计算", count=len(cases))
    if "reason_given" in evidence:
        yield (
            say("不批准移送，已载明理由")
            if evidence["reason_given"]
            else say("不批准移送，未载明理由")
        )
    if "fine" in evidence:
        yield say(
            "罚款 %(fine)s，法定最低 %(floor)s",
            fine=_plain(evidence["fine"]),
            floor=_plain(evidence["floor"]),
        )
    if "decided_on" in evidence and "entered_on" in evidence:
        yield say(
            "%(decided)s 作出决定，%(entered)s 录入",
            decided=evidence["decided_on"],
            entered=evidence["entered_on"],
        )
    if evidence.get("silent"):
        yield say("期限已过而无反馈")


def clauses(evidence: Mapping[str, Any], phrases: Phrases, say: Say) -> list[EvidenceClause]:
    """Give every fact that the deciding branch read, those with a limit first."""
    numbers = evidence.get("numbers", ())
    measured = {name for number in numbers for name in number["facts"]}
    found = [_clause(number, phrases) for number in numbers]
    for name, value in evidence.get("facts", {}).items():
        if name not in measured:
            found.append(
                EvidenceClause(phrases.fact(name), fact_value(name, value, phrases, say), "", "")
            )
    return found


def _clause(number: Mapping[str, Any], phrases: Phrases) -> EvidenceClause:
    names: Sequence[str] = number["facts"]
    value, limit = (phrases.amount(_exact(number[end]), names[0]) for end in ("value", "limit"))
    return EvidenceClause(
        phrases.facts(tuple(names)), value, limit, percentage(_exact(number["reach"]))
    )


def fact_value(name: str, value: object, phrases: Phrases, say: Say) -> str:
    """Write the value of a fact as people read it."""
    if isinstance(value, bool):
        return say("是") if value else say("否")
    if isinstance(value, int | float | Decimal):
        return phrases.amount(_exact(value), name)
    return phrases.value(name, value)


def _plain(value: object) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, int | float) else str(value)


def _exact(value: object) -> Decimal:
    return Decimal(str(value))
