"""The rule book as one table for readers: offence, branch, versions, sources and marks."""

from collections.abc import Iterator

from contracts.rulebook import Branch, Edition, Offence, RuleBook

HEADING = "| row | code | offence | branch | in force | document | article | mark |\n|---|---|---|---|---|---|---|---|"


def table_of(book: RuleBook) -> str:
    """One line an edition, in the order of the rows, newest edition first."""
    return "\n".join([HEADING, *(line for offence in book.offences for line in _lines(offence))])


def _lines(offence: Offence) -> Iterator[str]:
    for branch in offence.branches:
        for edition in sorted(branch.editions, key=_begin, reverse=True):
            yield f"| {' | '.join(_cells(offence, branch, edition))} |"


def _begin(edition: Edition) -> str:
    return edition.effective_from.isoformat()


def _cells(offence: Offence, branch: Branch, edition: Edition) -> Iterator[str]:
    yield offence.row
    yield ", ".join((offence.code, *offence.other_codes))
    yield offence.name.zh
    yield branch.id
    until = "" if edition.effective_until is None else edition.effective_until.isoformat()
    yield f"{edition.effective_from.isoformat()} – {until}".strip()
    yield edition.document
    yield edition.article
    yield edition.mark.value
