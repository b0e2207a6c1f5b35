"""Joining the cases of one party across agencies: one history of penalties (G7), and untreated acts that add up (G9)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from contracts.cumulation import Cumulation
from contracts.facts import PENALTIES, PUNISHMENTS, Bound, PartialDate, PriorPenalty, exact
from contracts.rulebook import Conclusion
from service.domain.case_facts import range_of
from service.domain.case_files import CaseFile, screening_case
from service.domain.history import Truth, years_after
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
    before = sorted((other for other in others if _is_before(other, file)), key=_by_penalty)
    told = [one for other in before if (one := other.as_penalty())]
    if not told or file.record is None:
        return None
    penalties = (*told, *_not_told(_stated(file), told))
    case = screening_case(file, penalties)
    hit = strongest(case, screen(case, book, on=on, explain=False))
    if hit is None:
        return Joined(penalties, None)
    code = hit.finding.offence_code
    if hit.meets and file.ended is None:
        # Counted without a window: but nobody can say whether the act came after these penalties.
        return Joined(penalties, None, ("conduct_started_on",), code)
    if hit.meets:
        return Joined(penalties, hit)
    verdict = hit.finding.governing
    is_open = verdict.conclusion is Conclusion.UNDETERMINED
    return Joined(penalties, None, verdict.missing if is_open else (), code)


def _is_before(other: CaseFile, file: CaseFile) -> bool:
    """Whether a penalty may be an earlier one: decided when the act was not over, as far as anyone knows."""
    if other.penalised_on is None:
        return False
    return file.ended is None or other.penalised_on.first <= file.ended.last


def _by_penalty(one: CaseFile) -> tuple[date, str, str]:
    assert one.penalised_on is not None
    return one.penalised_on.first, *one.key


def _not_told(
    stated: Sequence[PriorPenalty], told: Sequence[PriorPenalty]
) -> Iterator[PriorPenalty]:
    """What a record states beside what the cases tell; each case tells of one penalty."""
    left = [*told]
    for one in stated:
        same = next((other for other in left if _is_same(one, other)), None)
        if same is None:
            yield one
        else:
            left.remove(same)


def _is_same(stated: PriorPenalty, told: PriorPenalty) -> bool:
    """Whether two words may be of one penalty: a family left out and a month without its day contradict nothing."""
    families = {stated.offence_family, told.offence_family} - {None}
    if len(families) > 1:
        return False
    if stated.decided_on is not None:
        return _overlap(stated.decided_on, told.decided_on)
    return _overlap(stated.effective_on, told.counts_from)


def _overlap(one: PartialDate | None, other: PartialDate | None) -> bool:
    return (
        one is not None
        and other is not None
        and one.first <= other.last
        and other.first <= one.last
    )


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
    return file.family in rules and not one.own.meets and file.transferred_at is None


def _by_act(one: Judged) -> tuple[date, str, str]:
    """The earliest act first; one that nobody dated comes last, where what it adds is asked."""
    return one.file.ended.last if one.file.ended else date.max, *one.file.key


def _sums_of_family(
    acts: Sequence[Judged], rule: Cumulation, book: CompiledRuleBook, on: date
) -> Iterator[Summed]:
    for place, last in enumerate(acts):
        alike = [one for one in acts[:place] if _is_one_kind(one.own, last.own)]
        summed = _sum_up_to(last, alike, rule, book, on)
        if summed is not None:
            yield summed


def _sum_up_to(
    last: Judged, alike: Sequence[Judged], rule: Cumulation, book: CompiledRuleBook, on: date
) -> Summed | None:
    """The sum that an act reaches with those before it, or may reach; None where it reaches none."""
    adding = {one.file.key: _adds_to(one.file, last.file, rule) for one in alike}
    certain = [one for one in alike if adding[one.file.key]]
    if certain:
        summed = _sum([*certain, last], rule, book, on)
        if summed.met is not None:
            return None if _is_met(certain, rule, book, on) else summed
    possible = [one for one in alike if adding[one.file.key] is not False]
    if not possible:
        return None
    summed = _sum([*possible, last], rule, book, on)
    if summed.met is not None:
        return summed._replace(met=None, missing=("conduct_ended_on",))
    return summed if summed.missing else None


def _is_met(acts: Sequence[Judged], rule: Cumulation, book: CompiledRuleBook, on: date) -> bool:
    return len(acts) > 1 and _sum(acts, rule, book, on).met is not None


def _is_one_kind(one: Standing, other: Standing) -> bool:
    """Whether two acts are of the kind that adds up: the same row of the table, as far as both show it."""
    if one.hit is not None and other.hit is not None:
        return one.hit.finding.row == other.hit.finding.row
    return one.offence_code == other.offence_code


def _adds_to(earlier: CaseFile, last: CaseFile, rule: Cumulation) -> Truth:
    """Whether an act was untreated when the last one began, and lies in the window with it; None when it depends."""
    if earlier.ended is None or last.ended is None or last.started is None:
        return None
    treated_on = earlier.penalised_on
    if treated_on is not None and treated_on.last < last.started.first:
        return False
    if treated_on is not None and treated_on.first < last.started.last:
        return None
    return _is_within(earlier.ended, last.ended, rule.within_years)


def _is_within(earlier: PartialDate, last: PartialDate, years: int | None) -> Truth:
    if years is None or last.last <= years_after(earlier.first, years):
        return True
    return None if last.first <= years_after(earlier.last, years) else False


def _sum(acts: Sequence[Judged], rule: Cumulation, book: CompiledRuleBook, on: date) -> Summed:
    """Screen one case in which the numbers of all are added; what else it says is the last act's own word."""
    files = tuple(one.file for one in acts)
    anchor = files[-1]
    totals, bounds = _added(files, rule)
    case = screening_case(anchor)
    summed = replace(case, facts={**case.facts, **totals}, bounds={**case.bounds, **bounds})
    hit = strongest(summed, screen(summed, book, on=on, explain=False))
    met = hit if hit is not None and hit.meets else None
    missing = () if met is not None else _missing(acts, hit, rule)
    return Summed(anchor, files, rule, totals, met, missing)


def _added(
    files: Sequence[CaseFile], rule: Cumulation
) -> tuple[dict[str, Decimal], dict[str, str]]:
    """The sums, and how they are bounded."""
    totals: dict[str, Decimal] = {}
    bounds: dict[str, str] = {}
    for name in rule.facts:
        if parts := [*_parts(files, name)]:
            totals[name], bound = _total(parts)
            if bound is not None:
                bounds[name] = bound
    return totals, bounds


def _parts(files: Sequence[CaseFile], name: str) -> Iterator[tuple[Decimal, str | None]]:
    for file in files:
        assert file.record is not None
        value = file.record.facts.get(name)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            yield exact(value), file.record.bounds.get(name)


def _total(parts: Sequence[tuple[Decimal, str | None]]) -> tuple[Decimal, str | None]:
    """A sum is known as little as its least known part; of several ways of not knowing, it is open above or below."""
    bounds = {bound for _, bound in parts} - {None}
    if len(bounds) < 2:  # noqa: PLR2004 (one way of not knowing, or none)
        return sum((number for number, _ in parts), Decimal(0)), next(iter(bounds), None)
    ranges = [range_of(number, bound) if bound else (number, number) for number, bound in parts]
    if Bound.AT_LEAST in bounds:
        return sum((exact(low) for low, _ in ranges), Decimal(0)), Bound.AT_LEAST
    return sum((exact(high) for _, high in ranges), Decimal(0)), Bound.AT_MOST


def _missing(acts: Sequence[Judged], hit: Hit | None, rule: Cumulation) -> tuple[str, ...]:
    """What leaves the sum open: numbers that one of the acts was asked for, and what the sum itself waits for.

    That of earlier penalties is asked of the case alone, and is no question of the sum.
    """
    lacking = [name for one in acts for name in one.own.missing if name in rule.facts]
    if hit is not None and hit.finding.governing.conclusion is Conclusion.UNDETERMINED:
        waits = hit.finding.governing.missing
        lacking += [name for name in waits if not name.startswith((PENALTIES, PUNISHMENTS))]
    return tuple(dict.fromkeys(lacking))
