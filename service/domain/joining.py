"""Joining the cases of one party across agencies: one history of penalties (G7), and untreated acts that add up (G9)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from contracts.cumulation import Cumulation
from contracts.facts import PENALTIES, PriorPenalty, exact
from contracts.rulebook import Conclusion
from service.domain.case_files import CaseFile, screening_case
from service.domain.history import years_after
from service.domain.rulebook import CompiledRuleBook
from service.domain.screening import screen
from service.domain.standing import Hit, Standing, strongest


class Joined(NamedTuple):
    """A case as it stands once the penalties of its party, by whatever agency, are known."""

    penalties: tuple[PriorPenalty, ...]
    met: Hit | None
    missing: tuple[str, ...] = ()
    offence_code: str | None = None


def join_history(
    file: CaseFile, others: Sequence[CaseFile], book: CompiledRuleBook, on: date
) -> Joined | None:
    """Screen a case again with the penalties of the party's other cases; None where there are none before its act.

    What the record states of the history itself is kept, each penalty once.
    """
    told = [one for other in others if _is_before(other, file) if (one := other.as_penalty())]
    if not told or file.record is None:
        return None
    stated = _stated(file)
    known = {(one.decided_on, one.offence_family) for one in told}
    kept = [one for one in stated if (one.decided_on, one.offence_family) not in known]
    penalties = (*told, *kept)
    case = screening_case(file, penalties)
    hit = strongest(case, screen(case, book, on=on, explain=False))
    if hit is None:
        return Joined(penalties, None)
    if hit.meets:
        return Joined(penalties, hit)
    verdict = hit.finding.governing
    is_open = verdict.conclusion is Conclusion.UNDETERMINED
    code = hit.finding.offence_code
    return Joined(penalties, None, verdict.missing if is_open else (), code)


def _is_before(other: CaseFile, file: CaseFile) -> bool:
    """Whether a penalty may be an earlier one: decided when the act was not over, as far as anyone knows."""
    if other.penalised_on is None:
        return False
    return file.ended is None or other.penalised_on.first <= file.ended.last


def _stated(file: CaseFile) -> list[PriorPenalty]:
    assert file.record is not None
    listed = file.record.facts.get(PENALTIES) or ()
    return [PriorPenalty.model_validate(one) for one in listed]


class Summed(NamedTuple):
    """Acts that add up: the case by which the sum is reached, and those that it is reached with.

    `missing` are facts without which nobody can say whether it is; then `met` is None.
    """

    anchor: CaseFile
    members: tuple[CaseFile, ...]
    rule: Cumulation
    totals: Mapping[str, Decimal]
    met: Hit | None
    missing: tuple[str, ...] = ()


class Judged(NamedTuple):
    """A file with how it stands by itself."""

    file: CaseFile
    own: Standing


def sum_acts(
    judged: Sequence[Judged], rules: Mapping[str, Cumulation], book: CompiledRuleBook, on: date
) -> Iterator[Summed]:
    """Find where the untreated acts of one party reach a number that none of them reaches alone (G9).

    Untreated: not transferred, and not penalised before the later act began. A penalty that came after
    it treated one part of what was done and left the others: that is what splitting looks like.
    """
    families: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if _may_add_up(one, rules):
            assert one.file.family is not None
            families[one.file.family].append(one)
    for family, acts in families.items():
        if len(acts) > 1:
            yield from _sums_of_family(sorted(acts, key=_by_act), rules[family], book, on)


def _may_add_up(one: Judged, rules: Mapping[str, Cumulation]) -> bool:
    file = one.file
    return (
        file.family in rules
        and file.ended is not None
        and not one.own.meets
        and file.transferred_at is None
    )


def _by_act(one: Judged) -> tuple[date, str, str]:
    assert one.file.ended is not None
    return one.file.ended.last, *one.file.key


def _sums_of_family(
    acts: Sequence[Judged], rule: Cumulation, book: CompiledRuleBook, on: date
) -> Iterator[Summed]:
    open_end: Summed | None = None
    for place, last in enumerate(acts):
        earlier = [
            one
            for one in acts[:place]
            if _is_one_kind(one.own, last.own) and _adds_to(one.file, last.file, rule)
        ]
        if not earlier:
            continue
        summed = _sum([*earlier, last], rule, book, on)
        if summed.met is not None and not _is_met(earlier, rule, book, on):
            yield summed
        elif summed.met is None and summed.missing:
            open_end = summed
    if open_end is not None:
        yield open_end


def _is_met(acts: Sequence[Judged], rule: Cumulation, book: CompiledRuleBook, on: date) -> bool:
    return len(acts) > 1 and _sum(acts, rule, book, on).met is not None


def _is_one_kind(one: Standing, other: Standing) -> bool:
    """Whether two acts are of the kind that adds up: the same row of the table, as far as both show it."""
    if one.hit is not None and other.hit is not None:
        return one.hit.finding.row == other.hit.finding.row
    return one.offence_code == other.offence_code


def _adds_to(earlier: CaseFile, last: CaseFile, rule: Cumulation) -> bool:
    assert earlier.ended is not None
    assert last.ended is not None
    assert last.started is not None
    if rule.within_years is not None and last.ended.last > years_after(
        earlier.ended.last, rule.within_years
    ):
        return False
    penalised_on = earlier.penalised_on
    return penalised_on is None or penalised_on.last >= last.started.first


def _sum(acts: Sequence[Judged], rule: Cumulation, book: CompiledRuleBook, on: date) -> Summed:
    """Screen one case in which the numbers of all are added; what else it says is the last act's own word."""
    files = tuple(one.file for one in acts)
    anchor = files[-1]
    totals = _totals(files, rule)
    case = screening_case(anchor)
    summed = replace(case, facts={**case.facts, **totals}, bounds=_bounds(files, rule))
    hit = strongest(summed, screen(summed, book, on=on, explain=False))
    met = hit if hit is not None and hit.meets else None
    missing = () if met is not None else _missing(acts, rule)
    return Summed(anchor, files, rule, totals, met, missing)


def _totals(files: Sequence[CaseFile], rule: Cumulation) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for name in rule.facts:
        stated = [_number(file, name) for file in files]
        given = [number for number in stated if number is not None]
        if given and not _contradictory(files, name):
            totals[name] = sum(given, Decimal(0))
    return totals


def _number(file: CaseFile, name: str) -> Decimal | None:
    assert file.record is not None
    value = file.record.facts.get(name)
    if value is None or isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return exact(value)


def _bounds(files: Sequence[CaseFile], rule: Cumulation) -> dict[str, str]:
    """A sum is known as little as its least known part."""
    found: dict[str, str] = {}
    for file in files:
        assert file.record is not None
        found |= {name: bound for name, bound in file.record.bounds.items() if name in rule.facts}
    return found


def _contradictory(files: Sequence[CaseFile], name: str) -> bool:
    """Whether one part is only known from below and another only from above: then nobody knows the sum."""
    bounds = {file.record.bounds.get(name) for file in files if file.record is not None}
    return len(bounds - {None}) > 1


def _missing(acts: Sequence[Judged], rule: Cumulation) -> tuple[str, ...]:
    """The numbers that one of the acts was asked for and does not state."""
    lacking = [name for one in acts for name in one.own.missing if name in rule.facts]
    return tuple(dict.fromkeys(lacking))
