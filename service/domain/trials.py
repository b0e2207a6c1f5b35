"""The rule book held against itself: every number, ceiling and record of every branch, from both sides.

Each trial is a case made from the rule, the condition that it is held against, and what that must say.
That the numbers are those of the law is another matter, and nothing that a book can prove of itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from contracts.facts import PartialDate, load_vocabulary
from service.domain.conditions import Condition, Finds, Reaches, Record, StaysUnder
from service.domain.examples import (
    Draft,
    Path,
    draft_for,
    is_withheld,
    one_unit_short,
    paths_of,
    penalty_for,
    punishment_for,
    unit_of,
)
from service.domain.groups import Every
from service.domain.history import Truth
from service.domain.limits import PartyLimit, ProvinceLimit
from service.domain.rulebook import BranchInForce, BranchRule, CompiledRuleBook

_PARTIES: Final = ("person", "unit")
_MET: Final = frozenset({True})
_NOT_MET: Final = frozenset({False})
_OPEN: Final = frozenset({None})
_NOT_YET: Final = frozenset({False, None})


class Side(StrEnum):
    """Where a case stands to the limit that it was made for."""

    AT = "at the limit"
    BELOW = "one unit below the limit"
    PATH_BELOW = "one unit below the limit, and nothing else to go by"
    PROVINCE_LOW = "at the low end of the provincial range"
    PROVINCE_BELOW = "one unit below the provincial range"
    FOUND = "with the finding"
    DENIED = "with another finding"
    UNDER_CEILING = "under the ceiling"
    OVER_CEILING = "over the ceiling"
    RECORD = "with enough of a record"
    RECORD_SHORT = "with one penalty or punishment too few"
    RECORD_UNKNOWN = "with a record that nobody checked"
    WINDOW_LAST_DAY = "on the last day of the window"
    WINDOW_PASSED = "a day after the window"


@dataclass(frozen=True, slots=True)
class Trial:
    """One case of one branch: what it is held against, and the truths that are right."""

    row: str
    branch: BranchInForce
    leaf: Condition
    side: Side
    party: str
    condition: Condition
    draft: Draft
    expected: frozenset[Truth]

    @property
    def name(self) -> str:
        """`M01.B1@1997-10-01`: which edition of which branch."""
        return f"{self.row}.{self.branch.id}@{self.branch.edition.effective_from}"

    def truth(self) -> Truth:
        """What the rule says of the case."""
        return self.condition.judge(self.draft.reading())[0]

    @property
    def passes(self) -> bool:
        return self.truth() in self.expected


def trials_of(book: CompiledRuleBook) -> Iterator[Trial]:
    """Every trial that a book's rules give; editions with the same rule are tried once.

    A branch whose numbers are not known yet has none.
    """
    for offence in book.offences:
        seen: set[BranchRule] = set()
        for version in offence.versions:
            for branch in version.branches:
                if branch.rule not in seen and not is_withheld(branch.rule.condition):
                    seen.add(branch.rule)
                    yield from _trials_of_branch(offence.row, branch)


def _trials_of_branch(row: str, branch: BranchInForce) -> Iterator[Trial]:
    rule = branch.rule.condition
    for path in paths_of(rule):
        for leaf in path:
            for party in _PARTIES if _is_by_party(leaf) else _PARTIES[:1]:
                way = _Way(rule, path, leaf, draft_for(path, party))
                for side, condition, draft, expected in _sides(way):
                    yield Trial(row, branch, leaf, side, party, condition, draft, expected)


class _Way(NamedTuple):
    """One way to meet a branch, and the leaf of it that is moved."""

    rule: Condition
    path: Path
    leaf: Condition
    draft: Draft


_Sides = Iterator[tuple[Side, Condition, Draft, frozenset[Truth]]]


def _sides(way: _Way) -> _Sides:
    match way.leaf:
        case Reaches():
            yield from _sides_of_number(way, way.leaf)
        case StaysUnder():
            yield from _sides_of_ceiling(way, way.leaf)
        case Record():
            yield from _sides_of_record(way, way.leaf)
        case _:
            assert isinstance(way.leaf, Finds)
            yield from _sides_of_finding(way, way.leaf)


def _sides_of_number(way: _Way, leaf: Reaches) -> _Sides:
    short = one_unit_short(way.draft, leaf)
    is_provincial = isinstance(leaf.limit, ProvinceLimit)
    yield Side.AT, way.rule, way.draft, _MET
    yield Side.BELOW, way.rule, short, _NOT_YET
    yield Side.PATH_BELOW, Every(way.path), short, _OPEN if is_provincial else _NOT_MET
    if is_provincial:
        fact, low = leaf.facts[0], leaf.limit.ends(way.draft.reading())[0]
        yield Side.PROVINCE_LOW, way.rule, way.draft.stating(**{fact: low}), _OPEN
        under = way.draft.stating(**{fact: low - unit_of(fact)})
        yield Side.PROVINCE_BELOW, way.rule, under, _NOT_MET


def _sides_of_ceiling(way: _Way, leaf: StaysUnder) -> _Sides:
    fact, (_, top) = leaf.facts[0], leaf.reaches.limit.ends(way.draft.reading())
    over = top + (unit_of(fact) if leaf.reaches.form == "more_than" else 0)
    whole = Every(way.path)
    yield Side.UNDER_CEILING, whole, way.draft, _MET
    yield Side.OVER_CEILING, whole, way.draft.stating(**{fact: over}), _NOT_MET


def _sides_of_finding(way: _Way, leaf: Finds) -> _Sides:
    (fact,) = leaf.facts
    yield Side.FOUND, way.rule, way.draft, _MET
    others = [value for value in _values_of(fact) if value not in leaf.accepted]
    for other in others[:1]:
        yield Side.DENIED, Every(way.path), way.draft.stating(**{fact: other}), _NOT_MET


def _values_of(fact: str) -> tuple[object, ...]:
    return load_vocabulary().get(fact).values or (True, False)


def _sides_of_record(way: _Way, leaf: Record) -> _Sides:
    unknown = way.draft.with_record(penalties=None, punishments=None)
    yield Side.RECORD, way.rule, way.draft, _MET
    yield Side.RECORD_SHORT, way.rule, _one_too_few(way.draft), _NOT_MET
    yield Side.RECORD_UNKNOWN, way.rule, unknown, _OPEN
    years = _window(leaf)
    if years is not None:
        first = way.draft.acted.replace(year=way.draft.acted.year - years)
        yield Side.WINDOW_LAST_DAY, way.rule, _recorded(way.draft, leaf, first), _MET
        before = first - timedelta(days=1)
        yield Side.WINDOW_PASSED, way.rule, _recorded(way.draft, leaf, before), _NOT_MET


def _one_too_few(draft: Draft) -> Draft:
    if draft.penalties is None:
        return draft.with_record(punishments=())
    return draft.with_record(penalties=draft.penalties[1:])


def _recorded(draft: Draft, leaf: Record, first: date) -> Draft:
    """The same case with its earliest penalty (or punishment) moved to that day."""
    day = PartialDate.parse(first)
    if leaf.penalties is None:
        return draft.with_record(punishments=(punishment_for(leaf, day),))
    assert draft.penalties is not None
    return draft.with_record(penalties=(penalty_for(leaf, day), *draft.penalties[1:]))


def _window(leaf: Record) -> int | None:
    rule = leaf.penalties or leaf.punishments
    return None if rule is None else rule.within_years


def _is_by_party(leaf: Condition) -> bool:
    return isinstance(leaf, Reaches) and isinstance(leaf.limit, PartyLimit)
