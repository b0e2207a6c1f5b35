"""Two rule books held side by side: what was added, removed and changed, in words."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from typing_extensions import override

from contracts.facts import Vocabulary
from contracts.rulebook import Branch, Edition, Offence, ProvincialNumber, RuleBook, Wording
from service.domain.conditions import Condition
from service.domain.rule_words import RuleWords, rule_as_data
from service.domain.rulebook import CompiledRuleBook, compile_rulebook


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same; `where` is `M01.B1@1997-10-01`, or as much of it as applies.

    `what` names the part (offence, branch, edition, rule, wording, mark ...), `was` and `now` say it.
    """

    kind: Kind
    where: str
    what: str
    was: Wording | None = None
    now: Wording | None = None


def differences(old: RuleBook, new: RuleBook, vocabulary: Vocabulary) -> list[Difference]:
    """Everything in which two books differ, in the order of the rows; nothing for equal books.

    Raises `ValueError` when a book reads a fact that the vocabulary has not.
    """
    comparing = _Comparing(_Told(old, vocabulary), _Told(new, vocabulary))
    return [*comparing.offences(), *comparing.documents(), *comparing.provincial()]


class _Told:
    """One of the two books, with the words for its rules."""

    def __init__(self, book: RuleBook, vocabulary: Vocabulary) -> None:
        compiled = compile_rulebook(book, vocabulary)
        self.book: Final = book
        self.offences: Final = {one.row: one for one in book.offences}
        self._words: Final = RuleWords(vocabulary)
        self._rules: Final = _rules_in(compiled)

    def rule(self, place: "_Place") -> tuple[Wording, ...]:
        """What an edition asks for, with the numbers in it."""
        return self._words.lines(self._rules[place])

    def data(self, place: "_Place", branch: Branch) -> Wording:
        """The same as it is written: it has the families and offices that words leave out."""
        edition = next(one for one in branch.editions if str(one.effective_from) == place.begins)
        data = rule_as_data(self.offences[place.row], branch, edition)
        return _same(json.dumps(data, ensure_ascii=False, sort_keys=True))


class _Place(NamedTuple):
    row: str
    branch: str
    begins: str

    @override
    def __str__(self) -> str:
        return f"{self.row}.{self.branch}@{self.begins}"


def _rules_in(book: CompiledRuleBook) -> Mapping[_Place, Condition]:
    return {
        _Place(offence.row, branch.id, str(branch.edition.effective_from)): branch.rule.condition
        for offence in book.offences
        for version in offence.versions
        for branch in version.branches
    }


class _Comparing:
    def __init__(self, old: _Told, new: _Told) -> None:
        self._old: Final = old
        self._new: Final = new

    def offences(self) -> Iterator[Difference]:
        old, new = self._old.offences, self._new.offences
        for row in sorted(old.keys() | new.keys()):
            if row not in new:
                yield Difference(Kind.REMOVED, row, "offence", was=old[row].name)
            elif row not in old:
                yield Difference(Kind.ADDED, row, "offence", now=new[row].name)
            else:
                yield from self._offence(old[row], new[row])

    def _offence(self, old: Offence, new: Offence) -> Iterator[Difference]:
        yield from _fields(old.row, old, new, _OF_OFFENCE)
        was = {branch.id: branch for branch in old.branches}
        now = {branch.id: branch for branch in new.branches}
        for name in [*was, *(name for name in now if name not in was)]:
            where = f"{old.row}.{name}"
            if name not in now:
                yield Difference(Kind.REMOVED, where, "branch", was=_same(was[name].zh))
            elif name not in was:
                yield Difference(Kind.ADDED, where, "branch", now=_same(now[name].zh))
            else:
                yield from self._branch(old.row, was[name], now[name])

    def _branch(self, row: str, old: Branch, new: Branch) -> Iterator[Difference]:
        was = {str(one.effective_from): one for one in old.editions}
        now = {str(one.effective_from): one for one in new.editions}
        for begins in sorted(was.keys() | now.keys()):
            place = _Place(row, old.id, begins)
            if begins not in now:
                told = _joined(self._old.rule(place))
                yield Difference(Kind.REMOVED, str(place), "edition", was=told)
            elif begins not in was:
                told = _joined(self._new.rule(place))
                yield Difference(Kind.ADDED, str(place), "edition", now=told)
            else:
                yield from self._rule(place, old, new)
                yield from _fields(
                    str(place), _worded(was[begins], old), _worded(now[begins], new), _OF_EDITION
                )

    def _rule(self, place: _Place, old: Branch, new: Branch) -> Iterator[Difference]:
        was, now = self._old.rule(place), self._new.rule(place)
        if was != now:
            gone, come = (
                [one for one in these if one not in those]
                for these, those in ((was, now), (now, was))
            )
            yield Difference(Kind.CHANGED, str(place), "rule", _joined(gone), _joined(come))
        elif (written := self._old.data(place, old)) != (rewritten := self._new.data(place, new)):
            yield Difference(Kind.CHANGED, str(place), "rule", written, rewritten)

    def documents(self) -> Iterator[Difference]:
        was = {name: _same(one.zh) for name, one in self._old.book.documents.items()}
        now = {name: _same(one.zh) for name, one in self._new.book.documents.items()}
        yield from _entries("document", was, now)

    def provincial(self) -> Iterator[Difference]:
        was, now = _numbers(self._old.book.provincial), _numbers(self._new.book.provincial)
        yield from _entries("provincial number", was, now)


_OF_OFFENCE: Final = (
    *("code", "other_codes", "name", "agencies", "touched_by", "scope"),
    *("not_enough", "doubts"),
)
_OF_EDITION: Final = ("document", "article", "effective_until", "mark", "zh", "note")


def _worded(edition: Edition, branch: Branch) -> Edition:
    return edition.model_copy(update={"zh": edition.zh or branch.zh})


def _fields(
    where: str, old: Offence | Edition, new: Offence | Edition, names: tuple[str, ...]
) -> Iterator[Difference]:
    was, now = (one.model_dump(mode="json", by_alias=False) for one in (old, new))
    for name in names:
        if was[name] != now[name]:
            said = "wording" if name == "zh" else name
            yield Difference(Kind.CHANGED, where, said, _said(was[name]), _said(now[name]))


def _said(value: object) -> Wording:
    if isinstance(value, list):
        return _same(", ".join(str(_said(part).zh) for part in value))
    if isinstance(value, dict) and value.keys() >= {"zh", "en"}:
        return Wording(zh=str(value["zh"]), en=str(value["en"]))
    return _same("-" if value is None else str(value))


def _joined(parts: Iterable[Wording]) -> Wording:
    told = list(parts)
    return Wording(zh="；".join(one.zh for one in told), en="; ".join(one.en for one in told))


def _same(text: str) -> Wording:
    return Wording(zh=text, en=text)


def _numbers(numbers: tuple[ProvincialNumber, ...]) -> Mapping[str, Wording]:
    return {
        f"{one.province}/{one.parameter}@{one.effective_from}": _same(
            f"{one.value:f} ({one.document}, – {one.effective_until or ''})".replace(", – )", ")")
        )
        for one in numbers
    }


def _entries(
    what: str, was: Mapping[str, Wording], now: Mapping[str, Wording]
) -> Iterator[Difference]:
    for name in sorted(was.keys() | now.keys()):
        if name not in now:
            yield Difference(Kind.REMOVED, name, what, was=was[name])
        elif name not in was:
            yield Difference(Kind.ADDED, name, what, now=now[name])
        elif was[name] != now[name]:
            yield Difference(Kind.CHANGED, name, what, was[name], now[name])
