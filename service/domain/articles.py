"""The rule book as a lawyer reads it: an offence on a day, its branches, sources and history."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from contracts.conditions import ByProvince, leaves_of, limits_of
from contracts.rulebook import Branch, Edition, Offence, Wording
from contracts.rulebook_views import (
    BookName,
    EditionView,
    OffenceEntry,
    OffenceView,
    ProvincialView,
    RowView,
    RuleBookView,
)
from service.domain.rule_words import RuleWords, rule_as_data
from service.domain.rulebook import BranchInForce, CompiledRuleBook, OffenceInForce


class Articles:
    """Tells a rule book; keep one per book. `contents` is the list of all offences."""

    def __init__(self, book: CompiledRuleBook) -> None:
        self._book: Final = book
        self._words: Final = RuleWords(book.vocabulary)
        self._name: Final = BookName(version=book.version, digest=book.digest)
        self.contents: Final = RuleBookView(
            rulebook=self._name,
            documents=book.documents,
            offences=tuple(_entry(one.offence) for one in book.offences),
        )

    def offence(self, code: str, on: date) -> OffenceView:
        """An offence (`CL-214`) or one row of it (`M13`) on a day; KeyError when the book has none."""
        rows = self._book.named(code)
        if not rows:
            raise KeyError(code)
        return OffenceView(
            rulebook=self._name,
            offence=code,
            on=on,
            rows=tuple(self._row(row, on) for row in rows),
        )

    def _row(self, row: OffenceInForce, on: date) -> RowView:
        offence, editions = row.offence, list(self._editions(row))
        ranges = tuple(dict.fromkeys(_ranges(offence)))
        return RowView(
            row=offence.row,
            code=offence.code,
            other_codes=offence.other_codes,
            name=offence.name,
            agencies=offence.agencies,
            touched_by=offence.touched_by,
            scope=None if row.scope is None else self._words.of(row.scope),
            doubts=tuple(Wording(zh=one.zh, en=one.en) for one in offence.doubts),
            first_in_force_on=min(edition.effective_from for edition in editions),
            branches=tuple(one for one in editions if _is_in_force(one, on)),
            history=tuple(one for one in editions if not _is_in_force(one, on)),
            provincial_ranges=ranges,
            provincial_numbers=tuple(self._provincial(ranges)),
        )

    def _editions(self, row: OffenceInForce) -> Iterator[EditionView]:
        """Every edition of every branch, in the order of the branches, newest first."""
        compiled = _compiled_editions(row)
        for branch in row.offence.branches:
            for edition in sorted(branch.editions, key=_begin, reverse=True):
                in_force = compiled[branch.id, edition.effective_from]
                yield self._edition(row.offence, branch, in_force)

    def _edition(self, offence: Offence, branch: Branch, in_force: BranchInForce) -> EditionView:
        edition = in_force.edition
        document = self._book.documents[edition.document]
        return EditionView(
            branch=branch.id,
            wording=in_force.wording,
            requires=self._words.lines(in_force.rule.condition),
            rule=rule_as_data(offence, branch, edition),
            document=edition.document,
            document_title=document.zh,
            document_number=document.number,
            article=edition.article,
            effective_from=edition.effective_from,
            effective_until=edition.effective_until,
            mark=edition.mark,
            unverified=edition.mark.is_doubtful,
            note=edition.note,
        )

    def _provincial(self, parameters: tuple[str, ...]) -> Iterator[ProvincialView]:
        for number in self._book.provincial:
            if number.parameter in parameters:
                yield ProvincialView(
                    parameter=number.parameter,
                    province=number.province,
                    value=format(number.value, "f"),
                    document=number.document,
                    effective_from=number.effective_from,
                    effective_until=number.effective_until,
                )


def _entry(offence: Offence) -> OffenceEntry:
    return OffenceEntry(
        row=offence.row,
        code=offence.code,
        other_codes=offence.other_codes,
        name=offence.name,
        agencies=offence.agencies,
        branches=len(offence.branches),
        href=f"/v1/rulebook/{offence.row}",
    )


def _begin(edition: Edition) -> date:
    return edition.effective_from


def _is_in_force(edition: EditionView, on: date) -> bool:
    return edition.effective_from <= on and (
        edition.effective_until is None or on <= edition.effective_until
    )


def _compiled_editions(row: OffenceInForce) -> Mapping[tuple[str, date], BranchInForce]:
    return {
        (branch.id, branch.edition.effective_from): branch
        for version in row.versions
        for branch in version.branches
    }


def _ranges(offence: Offence) -> Iterator[str]:
    for rule in offence.conditions():
        for limit in (limit for leaf in leaves_of(rule) for limit in limits_of(leaf)):
            if isinstance(limit, ByProvince):
                yield limit.province
