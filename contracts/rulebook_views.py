"""What is told of a rule book: the list of its offences, one of them on a day, and the vocabulary."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.facts import Fact
from contracts.rulebook import Document, Mark, Wording


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BookName(_View):
    """Which book: the publication, and the digest that names exactly this content."""

    version: str
    digest: str


class OffenceEntry(_View):
    """One row of the list; `href` leads to what it asks for."""

    row: str
    code: str
    other_codes: tuple[str, ...]
    name: Wording
    agencies: tuple[str, ...]
    branches: int
    href: str


class RuleBookView(_View):
    """A rule book as a list of its offences, and the documents that they cite by short name."""

    rulebook: BookName
    documents: Mapping[str, Document]
    offences: tuple[OffenceEntry, ...]


class EditionView(_View):
    """One edition of a branch: the wording, what it asks for in words and as data, and where it stands.

    `unverified` says that nobody has read the text. `rule` has the forms of the rule book's own files.
    """

    branch: str
    wording: str
    requires: tuple[Wording, ...]
    rule: Mapping[str, Any]
    document: str
    document_title: str
    document_number: str | None
    article: str
    effective_from: date
    effective_until: date | None
    mark: Mark
    unverified: bool
    note: str | None


class ProvincialView(_View):
    """A number that a province chose; of provinces that are not listed the number is not known."""

    parameter: str
    province: str
    value: str
    document: str
    effective_from: date
    effective_until: date | None


class RowView(_View):
    """One row of an offence on a day: the branches in force, and every other edition as its history."""

    row: str
    code: str
    other_codes: tuple[str, ...]
    name: Wording
    agencies: tuple[str, ...]
    touched_by: tuple[str, ...]
    scope: Wording | None
    doubts: tuple[Wording, ...]
    first_in_force_on: date
    branches: tuple[EditionView, ...]
    history: tuple[EditionView, ...]
    provincial_ranges: tuple[str, ...]
    provincial_numbers: tuple[ProvincialView, ...]


class OffenceView(_View):
    """An offence as it was in force on one day; several rows where one article has several."""

    rulebook: BookName
    offence: str
    on: date
    rows: tuple[RowView, ...]


class FactsView(_View):
    """The vocabulary: every fact that a case may state."""

    facts: tuple[Fact, ...]
