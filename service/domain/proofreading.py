"""A rule book proofread: what a reader of its files would have to find by hand.

Their shape is checked where they are read; here the book is held against the vocabulary, against
time, and against cases made from its own rules.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

from contracts.conditions import ByProvince, leaves_of, limits_of
from contracts.facts import Vocabulary
from contracts.rulebook import Branch, Edition, Offence, ProvincialNumber, RuleBook
from service.domain.book_faults import BookFault, Severity
from service.domain.reaching import unreached
from service.domain.rulebook import compile_rulebook
from service.domain.units import misfits_of

_ONE_DAY: Final = timedelta(days=1)


def proofread(book: RuleBook, vocabulary: Vocabulary) -> list[BookFault]:
    """Everything that is wrong with a book, errors first; an empty list means all is well.

    1. Every fact is in the vocabulary, and lists the row among those that use it.
    2. Numbers are held against facts that have such numbers, findings against values they can have.
    3. A branch's history has no gap and no overlap, and an edition with another rule its own words.
    4. Every document that is listed is cited.
    5. Provincial numbers belong to a range of the book, lie in it, and do not overlap.
    6. Every branch of every version can be addressed, and a case made from it meets it.
    7. No branch stands behind another, so that it could never decide.
    """
    faults = [*_faults_of_facts(book, vocabulary)]  # 1
    if any(fault.severity is Severity.ERROR for fault in faults):
        return faults  # what follows reads the facts
    faults += _faults_of_units(book, vocabulary)  # 2
    faults += _faults_of_histories(book)  # 3
    faults += _faults_of_documents(book)  # 4
    faults += faults_of_provinces(book, vocabulary)  # 5
    faults += unreached(compile_rulebook(book, vocabulary))  # 6, 7
    return sorted(faults, key=lambda fault: fault.severity is Severity.WARNING)


def _faults_of_facts(book: RuleBook, vocabulary: Vocabulary) -> Iterator[BookFault]:
    for offence in book.offences:
        for name in sorted(_named_facts(offence)):
            fact = vocabulary.find(name)
            if fact is None:
                yield BookFault(offence.row, "unknown_fact", f"the vocabulary has no fact {name}")
            elif offence.row not in fact.used_by and "*" not in fact.used_by:
                told = f"the vocabulary does not list the row among those that use {name}"
                yield BookFault(offence.row, "not_listed", told, Severity.WARNING)


def _named_facts(offence: Offence) -> set[str]:
    return {*offence.facts(), *(name for doubt in offence.doubts for name in doubt.facts)}


def _faults_of_units(book: RuleBook, vocabulary: Vocabulary) -> Iterator[BookFault]:
    for offence in book.offences:
        found = (misfits_of(condition, vocabulary) for condition in offence.conditions())
        for code, detail in dict.fromkeys(misfit for misfits in found for misfit in misfits):
            yield BookFault(offence.row, code, detail)


def _faults_of_histories(book: RuleBook) -> Iterator[BookFault]:
    for offence in book.offences:
        for branch in offence.branches:
            for code, detail in _breaks(branch):
                yield BookFault(f"{offence.row}.{branch.id}", code, detail)


def _breaks(branch: Branch) -> Iterator[tuple[str, str]]:
    editions = sorted(branch.editions, key=lambda edition: edition.effective_from)
    for earlier, later in pairwise(editions):
        if earlier.is_in_force_on(later.effective_from):
            yield "overlap", f"two editions are in force on {later.effective_from}"
        elif not _follows(earlier, later):
            yield (
                "gap",
                f"nothing is in force from {earlier.effective_until} to {later.effective_from}",
            )
    for edition in editions:
        if edition.when is not None and edition.zh is None:
            told = f"the edition of {edition.effective_from} has another rule in the same words"
            yield "same_words", told


def _follows(earlier: Edition, later: Edition) -> bool:
    until = earlier.effective_until
    return until is not None and until + _ONE_DAY == later.effective_from


def _faults_of_documents(book: RuleBook) -> Iterator[BookFault]:
    cited = {
        edition.document
        for offence in book.offences
        for branch in offence.branches
        for edition in branch.editions
    }
    for name in sorted(book.documents.keys() - cited):
        yield BookFault(name, "not_cited", "no edition cites this document", Severity.WARNING)


def faults_of_provinces(book: RuleBook, vocabulary: Vocabulary) -> Iterator[BookFault]:
    """What is wrong with the numbers of provinces: no range for them, outside of it, two at once."""
    ranges, provinces = _ranges(book), vocabulary.get("province").values or ()
    for number in book.provincial:
        where = f"{number.province}/{number.parameter}"
        if number.province not in provinces:
            yield BookFault(where, "unknown_province", "GB/T 2260 has no such province")
        given = ranges.get(number.parameter, ())
        if not given:
            yield BookFault(where, "unknown_parameter", "no branch lets a province choose this")
        elif not any(one.low <= number.value <= one.high for one in given):
            told = " or ".join(f"{one.low} to {one.high}" for one in given)
            yield BookFault(where, "out_of_range", f"{number.value} is not within {told}")
    yield from _overlaps(book.provincial)


def _ranges(book: RuleBook) -> dict[str, tuple[ByProvince, ...]]:
    found: dict[str, tuple[ByProvince, ...]] = {}
    for offence in book.offences:
        for condition in offence.conditions():
            for limit in (limit for leaf in leaves_of(condition) for limit in limits_of(leaf)):
                if isinstance(limit, ByProvince):
                    found[limit.province] = (*found.get(limit.province, ()), limit)
    return found


def _overlaps(numbers: tuple[ProvincialNumber, ...]) -> Iterator[BookFault]:
    ordered = sorted(numbers, key=lambda one: (one.province, one.parameter, one.effective_from))
    for earlier, later in pairwise(ordered):
        is_same = (earlier.province, earlier.parameter) == (later.province, later.parameter)
        if is_same and earlier.is_in_force_on(later.effective_from):
            told = f"two numbers are in force on {later.effective_from}"
            yield BookFault(f"{later.province}/{later.parameter}", "overlap", told)
