"""The rule book made ready to judge: conditions compiled once, versions on a time line, an index.

Screening reads only what is built here; nothing of it changes afterwards, so that one compiled book
serves every case of a process.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts import conditions as written
from contracts.facts import PENALTIES, Vocabulary
from contracts.rulebook import Branch, Edition, Offence, ProvincialNumber, RuleBook
from service.domain.compiling import Compiler, Lookup, Numbers
from service.domain.conditions import Condition
from service.domain.groups import Every, Exit


@dataclass(frozen=True, slots=True, eq=False)
class BranchRule:
    """What a branch asks for, ready to judge.

    `own` are the facts that address the branch: those of its conditions, without the conduct that it
    shares with others.
    """

    condition: Condition
    conduct: tuple[Condition, ...]
    own: frozenset[str]
    asks_record: bool


@dataclass(frozen=True, slots=True, eq=False)
class BranchInForce:
    """One edition of a branch: its source, its words, and its rule."""

    id: str
    edition: Edition
    wording: str
    rule: BranchRule


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """What an offence asks for from one day on, until the next version."""

    effective_from: date
    branches: tuple[BranchInForce, ...]
    is_provincial: bool

    @property
    def own(self) -> tuple[str, ...]:
        """The facts that would address any of the branches, in the order of the branches."""
        return tuple(
            dict.fromkeys(fact for branch in self.branches for fact in sorted(branch.rule.own))
        )


class OffenceInForce:
    """An offence with its versions in order of time."""

    def __init__(self, offence: Offence, numbers: Numbers) -> None:
        builder = _VersionBuilder(offence, numbers)
        self.offence: Final = offence
        self.row: Final = offence.row
        self.code: Final = offence.code
        self.not_enough: Final = frozenset(offence.not_enough)
        self.scope: Final = builder.scope()
        self.versions: Final = tuple(builder.versions())
        self._begins: Final = [version.effective_from for version in self.versions]

    def in_force_on(self, day: date) -> Version:
        """The version for an act that ended on that day; before the first one, the first (G13)."""
        return self.versions[max(bisect_right(self._begins, day) - 1, 0)]


class CompiledRuleBook:
    """A rule book that can be screened against, with the index from facts to offences."""

    def __init__(self, book: RuleBook, vocabulary: Vocabulary) -> None:
        numbers = _by_parameter(book.provincial)
        self.version: Final = book.version
        self.digest: Final = book.digest
        self.documents: Final = book.documents
        self.provincial: Final = book.provincial
        self.vocabulary: Final = vocabulary
        self.offences: Final = tuple(OffenceInForce(one, numbers) for one in book.offences)
        self._touched_by: Final = _index(self.offences, lambda one: one.offence.touched_by)
        self._reading: Final = _index(self.offences, lambda one: one.offence.facts())
        self._named: Final = _index(
            self.offences, lambda one: (one.row, one.code, *one.offence.other_codes)
        )

    def changes_between(self, after: date, until: date) -> bool:
        """Whether other words or another province's number begin to apply in these days, the first left out."""
        days = [version.effective_from for one in self.offences for version in one.versions]
        for number in self.provincial:
            days.append(number.effective_from)
            if number.effective_until is not None:
                days.append(number.effective_until + timedelta(days=1))
        return any(after < day <= until for day in days)

    def named(self, code: str) -> tuple[OffenceInForce, ...]:
        """The rows of an offence code (`CL-345`), or the row of a row id (`E17`)."""
        return self._named.get(code, ())

    def touched_by(self, facts: Iterable[str]) -> list[OffenceInForce]:
        """The offences that one of these facts calls up, in the order of the book."""
        return _unique(self._touched_by, facts)

    def reading(self, facts: Iterable[str]) -> list[OffenceInForce]:
        """The offences that read one of these facts at all, in the order of the book."""
        return _unique(self._reading, facts)


def compile_rulebook(book: RuleBook, vocabulary: Vocabulary) -> CompiledRuleBook:
    """Make a book ready to judge; `ValueError` when it reads a fact that the vocabulary has not."""
    for offence in book.offences:
        unknown = sorted(fact for fact in offence.facts() if fact not in vocabulary)
        if unknown:
            raise ValueError(f"{offence.row} reads unknown facts: {', '.join(unknown)}")
    return CompiledRuleBook(book, vocabulary)


@dataclass(frozen=True, slots=True)
class _WrittenRule:
    conduct: tuple[written.Condition, ...]
    when: written.Condition
    exits: tuple[written.Condition, ...]


class _VersionBuilder:
    """Cuts the histories of all branches into versions of the whole offence."""

    def __init__(self, offence: Offence, numbers: Numbers) -> None:
        self._offence = offence
        self._compiler = Compiler(offence.row, numbers)
        self._rules: dict[_WrittenRule, BranchRule] = {}

    def scope(self) -> Condition | None:
        rule = self._offence.scope
        return None if rule is None else self._compiler.compile(rule, _no_branches)

    def versions(self) -> Iterator[Version]:
        """One version per day on which something changes; a gap belongs to what follows it (G13)."""
        begins: date | None = None
        for day in self._days_of_change():
            branches = tuple(self._in_force_on(day))
            begins = begins or day
            if branches or day > self._last_beginning():
                yield Version(begins, branches, self._is_provincial(day))
                begins = None

    def _days_of_change(self) -> list[date]:
        days = set()
        for edition in self._editions():
            days.add(edition.effective_from)
            if edition.effective_until is not None:
                days.add(edition.effective_until + timedelta(days=1))
        return sorted(days)

    def _editions(self) -> Iterator[Edition]:
        for branch in self._offence.branches:
            yield from branch.editions

    def _last_beginning(self) -> date:
        return max(edition.effective_from for edition in self._editions())

    def _in_force_on(self, day: date) -> Iterator[BranchInForce]:
        for branch in self._offence.branches:
            edition = _edition_on(branch, day)
            if edition is not None:
                yield self._branch(branch, edition, day)

    def _branch(self, branch: Branch, edition: Edition, day: date) -> BranchInForce:
        def lookup(name: str) -> written.Condition | None:
            return self._words_on(name, day)

        conduct = branch.conduct if edition.conduct is None else edition.conduct
        ways_out = (self._offence.unless, edition.unless or branch.unless)
        written_rule = _WrittenRule(
            conduct=(*self._offence.conduct, *conduct),
            when=edition.when or branch.when,
            exits=tuple(rule for rule in ways_out if rule is not None),
        )
        return BranchInForce(
            id=branch.id,
            edition=edition,
            wording=edition.zh or branch.zh,
            rule=self._rule(written_rule, lookup),
        )

    def _rule(self, rule: _WrittenRule, lookup: Lookup) -> BranchRule:
        """Editions with the same words share one rule, so that a case judges it only once."""
        if any(isinstance(leaf, written.ShareOf) for leaf in written.leaves_of(rule.when)):
            return self._compiled(rule, lookup)
        if rule not in self._rules:
            self._rules[rule] = self._compiled(rule, lookup)
        return self._rules[rule]

    def _compiled(self, rule: _WrittenRule, lookup: Lookup) -> BranchRule:
        conduct = [self._compiler.compile(part, lookup) for part in rule.conduct]
        when = self._compiler.compile(rule.when, lookup)
        exits = [Exit(self._compiler.compile(part, lookup)) for part in rule.exits]
        return BranchRule(
            condition=Every.of([*conduct, when, *exits]),
            conduct=tuple(conduct),
            own=_own_facts(rule.when, when, conduct),
            asks_record=PENALTIES in when.facts,
        )

    def _words_on(self, name: str, day: date) -> written.Condition | None:
        branch = next(branch for branch in self._offence.branches if branch.id == name)
        edition = _edition_on(branch, day)
        return None if edition is None else edition.when or branch.when

    def _is_provincial(self, day: date) -> bool:
        return any(
            isinstance(limit, written.ByProvince)
            for branch in self._offence.branches
            for leaf in written.leaves_of(self._words_on(branch.id, day) or branch.when)
            for limit in written.limits_of(leaf)
        )


def _own_facts(
    words: written.Condition, when: Condition, conduct: list[Condition]
) -> frozenset[str]:
    """The facts that address a branch: a share of another branch's number is that one's own.

    Except in a repeat branch, where the number reached is what makes an unknown record matter.
    """
    shared = {fact for part in conduct for fact in part.facts}
    own = frozenset(written.facts_of(words)) - shared
    if PENALTIES in own or not own:
        return frozenset(when.facts) - shared
    return own


def _no_branches(name: str) -> None:
    raise ValueError(f"a scope refers to branch {name}")


def _edition_on(branch: Branch, day: date) -> Edition | None:
    return next((edition for edition in branch.editions if edition.is_in_force_on(day)), None)


def _by_parameter(numbers: Iterable[ProvincialNumber]) -> Numbers:
    sorted_out: dict[str, dict[str, list[ProvincialNumber]]] = {}
    for number in numbers:
        provinces = sorted_out.setdefault(number.parameter, {})
        provinces.setdefault(number.province, []).append(number)
    return sorted_out


_Index = Mapping[str, tuple[OffenceInForce, ...]]


def _index(
    offences: Iterable[OffenceInForce], keys: Callable[[OffenceInForce], Iterable[str]]
) -> _Index:
    found = defaultdict(list)
    for offence in offences:
        for key in keys(offence):
            found[key].append(offence)
    return {key: tuple(entries) for key, entries in found.items()}


def _unique(index: _Index, keys: Iterable[str]) -> list[OffenceInForce]:
    found = {one.row: one for key in keys for one in index.get(key, ())}
    return [found[row] for row in sorted(found)]
