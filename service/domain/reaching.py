"""Whether every branch of a rule book can be reached: by a case made from it, and by one of its own."""

from collections.abc import Iterator
from itertools import product

from contracts.rulebook import Conclusion
from service.domain.book_faults import BookFault, Severity
from service.domain.examples import Draft, Path, draft_for, is_withheld, paths_of
from service.domain.limits import Weighted
from service.domain.rulebook import (
    BranchInForce,
    CompiledRuleBook,
    OffenceInForce,
    Version,
)
from service.domain.screening import screen

_PARTIES = ("person", "unit")


def unreached(book: CompiledRuleBook) -> Iterator[BookFault]:
    """Branches that no fact addresses, that no example meets, or that stand behind another one for good.

    A branch whose numbers are not known yet must come out as undetermined.
    """
    for offence in book.offences:
        for version in offence.versions:
            for branch in version.branches:
                yield from _of_branch(book, offence, version, branch)


def _of_branch(
    book: CompiledRuleBook, offence: OffenceInForce, version: Version, branch: BranchInForce
) -> Iterator[BookFault]:
    where = f"{offence.row}.{branch.id}@{version.effective_from}"
    if not branch.rule.own:
        yield BookFault(where, "never_addressed", "it has no condition but those it shares")
    elif is_withheld(branch.rule.condition):
        if not _stays_open(book, offence, version, branch):
            yield BookFault(where, "not_open", "its numbers are withheld, and it is not open")
    elif not any(
        _is_met(book, offence, branch, draft) for draft in _drafts(offence, version, branch)
    ):
        yield BookFault(where, "unreachable", "no case made from it meets it")
    elif other := _always_met_with(version, branch):
        told = f"whatever meets it meets {other} too, which comes before it"
        yield BookFault(where, "never_decides", told, Severity.WARNING)


def _drafts(offence: OffenceInForce, version: Version, branch: BranchInForce) -> Iterator[Draft]:
    """Cases that should meet the branch, on the first day of the version, inside the scope of the row."""
    scopes: list[Path] = [()] if offence.scope is None else list(paths_of(offence.scope))
    ways = product(scopes, paths_of(branch.rule.condition), _PARTIES)
    for scope, path, party in ways:
        yield draft_for((*scope, *path), party, version.effective_from)


def _is_met(
    book: CompiledRuleBook, offence: OffenceInForce, branch: BranchInForce, draft: Draft
) -> bool:
    """Whether the whole engine, and not only the rule, says so."""
    case = draft.case(offence_codes=(offence.row,))
    leading = screen(case, book, on=draft.acted).leading
    return (
        leading is not None
        and leading.row == offence.row
        and leading.conclusion is Conclusion.MEETS
        and any(reading.branch is branch and reading.truth for reading in leading.at_act.readings)
    )


def _stays_open(
    book: CompiledRuleBook, offence: OffenceInForce, version: Version, branch: BranchInForce
) -> bool:
    own = sorted(branch.rule.own)
    facts = {name: 1 if book.vocabulary.get(name).type.is_numeric else True for name in own}
    draft = Draft(facts, acted=version.effective_from)
    screening = screen(draft.case(offence_codes=(offence.row,)), book, on=draft.acted)
    return screening.conclusion is Conclusion.UNDETERMINED


def _always_met_with(version: Version, branch: BranchInForce) -> str | None:
    """A branch before it that is true on every minimal case of this one, which so never decides.

    A sum is reached in endlessly many ways, so that no case is the smallest: it is not judged.
    """
    paths = list(paths_of(branch.rule.condition))
    if any(isinstance(getattr(leaf, "measure", None), Weighted) for path in paths for leaf in path):
        return None
    readings = [
        draft_for(path, party, version.effective_from).reading()
        for path in paths
        for party in _PARTIES
    ]
    for other in version.branches[: version.branches.index(branch)]:
        if all(other.rule.condition.judge(reading)[0] for reading in readings):
            return other.id
    return None
