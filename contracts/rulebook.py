"""The rule book: every filing standard (立案追诉标准) as dated, cited data.

An offence has branches, a branch has editions, and an edition has a document, an article, the days on
which it is in force and a mark that says how sure we are of it. A rule book can be written to one JSON
document and read back, so that a verdict can be computed again years later.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    model_validator,
)
from yaml import YAMLError

from contracts.conditions import Condition, Number, ShareOf, facts_of, leaves_of
from contracts.facts import read_yaml


class Conclusion(StrEnum):
    """What screening says of one offence; there is no "not a crime" (G15)."""

    MEETS = "meets"
    UNDETERMINED = "undetermined"
    NEAR = "near"
    BELOW = "below"


class Mark(StrEnum):
    """How sure we are of an edition."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    KNOWLEDGE = "knowledge"
    UNVERIFIED = "unverified"

    @property
    def is_doubtful(self) -> bool:
        return self in {Mark.KNOWLEDGE, Mark.UNVERIFIED}


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day)]
_PACK = TypeAdapter(list[dict[str, object]])


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Wording(_Model):
    """The same sentence in both languages."""

    zh: str
    en: str


class Doubt(Wording):
    """A point that a lawyer should look at; with `facts`, only where one of them is given."""

    facts: tuple[str, ...] = ()


class Document(_Model):
    """A legal text, by the short name under which editions cite it."""

    zh: str
    number: str | None = None


class Edition(_Model):
    """One version of a branch: where it stands, when it is in force, and what differs in it."""

    document: str
    article: str
    effective_from: Day = Field(alias="from")
    effective_until: Day | None = Field(default=None, alias="until")
    mark: Mark
    zh: str | None = None
    conduct: tuple[Condition, ...] | None = None
    when: Condition | None = None
    unless: Condition | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.effective_until is not None and self.effective_until < self.effective_from:
            raise ValueError(f"{self.document} {self.article} ends before it begins")
        return self

    def is_in_force_on(self, day: date) -> bool:
        """Whether the edition applies to an act that ended on that day; both ends are included."""
        return self.effective_from <= day and (
            self.effective_until is None or day <= self.effective_until
        )


class Branch(_Model):
    """One alternative of an offence, with its history; editions without own words take these.

    `conduct` is what the branch shares with others, so giving it does not address the branch.
    `unless` is an exit: it closes the branch where it is shown, and is not judged where nobody
    mentions it.
    """

    id: str
    zh: str
    conduct: tuple[Condition, ...] = ()
    when: Condition
    unless: Condition | None = None
    editions: tuple[Edition, ...] = Field(min_length=1)

    def conditions(self) -> Iterator[Condition]:
        """Every condition of the branch, in all its editions."""
        yield from self.conduct
        yield from _given(self.when, self.unless)
        for edition in self.editions:
            yield from edition.conduct or ()
            yield from _given(edition.when, edition.unless)

    @model_validator(mode="after")
    def _history_has_no_overlap(self) -> Self:
        spans = sorted(self.editions, key=lambda edition: edition.effective_from)
        for earlier, later in pairwise(spans):
            if earlier.is_in_force_on(later.effective_from):
                raise ValueError(f"{self.id}: two editions are in force on {later.effective_from}")
        return self


def _given(*conditions: Condition | None) -> Iterator[Condition]:
    return (condition for condition in conditions if condition is not None)


class Offence(_Model):
    """One row of the table: an offence, or the kind of it that has its own numbers.

    `scope` tells rows of one article apart (which waters, which business). `touched_by` are the
    facts that call the offence up where the agency did not name it. `not_enough` are facts that by
    themselves open no branch. `other_codes` are further articles that have the same numbers.
    """

    row: str
    code: str
    other_codes: tuple[str, ...] = ()
    name: Wording
    agencies: tuple[str, ...] = ()
    touched_by: tuple[str, ...] = Field(min_length=1)
    scope: Condition | None = None
    conduct: tuple[Condition, ...] = ()
    unless: Condition | None = None
    not_enough: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    branches: tuple[Branch, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _branches_refer_to_branches(self) -> Self:
        ids = [branch.id for branch in self.branches]
        if len(set(ids)) != len(ids):
            raise ValueError(f"{self.row} names a branch twice")
        for leaf in self._leaves():
            if isinstance(leaf, ShareOf) and not set(leaf.of) <= set(ids):
                raise ValueError(f"{self.row}: a share of a branch that does not exist")
        return self

    def conditions(self) -> Iterator[Condition]:
        """Every condition of the offence: its scope and conduct, its branches and exits."""
        yield from self.conduct
        yield from _given(self.scope, self.unless)
        for branch in self.branches:
            yield from branch.conditions()

    def _leaves(self) -> Iterator[Condition]:
        for condition in self.conditions():
            yield from leaves_of(condition)

    def facts(self) -> frozenset[str]:
        """Every fact that the offence reads."""
        read = {name for condition in self.conditions() for name in facts_of(condition)}
        return frozenset(read | set(self.touched_by) | set(self.not_enough))


class ProvincialNumber(_Model):
    """The number that one province chose within a range, with the document that says so."""

    parameter: str
    province: str
    value: Number
    document: str
    effective_from: Day = Field(alias="from")
    effective_until: Day | None = Field(default=None, alias="until")

    def is_in_force_on(self, day: date) -> bool:
        """Whether the number applies on that day; both ends are included."""
        return self.effective_from <= day and (
            self.effective_until is None or day <= self.effective_until
        )


class RuleBook(_Model):
    """All offences of one version; `digest` names the content, `version` the publication."""

    version: str
    documents: Mapping[str, Document]
    offences: tuple[Offence, ...]
    provincial: tuple[ProvincialNumber, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> Self:
        rows = [offence.row for offence in self.offences]
        if len(set(rows)) != len(rows):
            raise ValueError("two offences share a row")
        for edition in self._editions():
            if edition.document not in self.documents:
                raise ValueError(f"{edition.document} is not among the documents")
        return self

    def _editions(self) -> Iterator[Edition]:
        for offence in self.offences:
            for branch in offence.branches:
                yield from branch.editions

    def offence(self, row: str) -> Offence:
        """The offence of that row; KeyError when the book has none."""
        for offence in self.offences:
            if offence.row == row:
                return offence
        raise KeyError(row)

    def with_provinces(self, numbers: Iterable[ProvincialNumber]) -> Self:
        """The same book with these numbers too; it is another book, with a digest of its own."""
        return self.model_copy(update={"provincial": (*self.provincial, *numbers)})

    @property
    def digest(self) -> str:
        """`sha-256:` and the hash of the canonical content, the same on every machine.

        Computed anew each time, some milliseconds: a kept value would survive `model_copy`.
        """
        return "sha-256:" + hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """The whole book as one canonical JSON document: sorted keys, numbers as written."""
        content = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a book that `to_json` wrote; its digest is the same again."""
        return cls.model_validate(json.loads(text))


def load_rulebook(path: Path | None = None) -> RuleBook:
    """Read a folder of YAML files, ours by default: one file an offence, sorted by row.

    Provincial packs that call themselves examples are left out. Raises `ValueError` (pydantic's
    `ValidationError`) naming what is wrong with a file.
    """
    folder: Traversable = path or resources.files("contracts") / "rulebook"
    return RuleBook.model_validate(
        {
            "version": (folder / "sources" / "VERSION").read_text("utf-8").strip(),
            "documents": read_yaml((folder / "sources" / "documents.yaml").read_text("utf-8")),
            "offences": sorted(_read_folder(folder), key=_row),
            "provincial": list(provincial_numbers(folder / "provinces")),
        }
    )


def _read_folder(folder: Traversable) -> Iterator[Mapping[str, object]]:
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            yield _record_in(file)


def _record_in(file: Traversable) -> Mapping[str, object]:
    try:
        content = read_yaml(file.read_text("utf-8"))
    except YAMLError as error:
        raise ValueError(f"{file.name} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, Mapping):
        raise ValueError(f"{file.name} is not a record")  # noqa: TRY004  # a finding, as pydantic's are
    return content


def _row(offence: Mapping[str, object]) -> str:
    return str(offence.get("row"))


def provincial_numbers(
    folder: Traversable, *, examples: bool = False
) -> Iterator[Mapping[str, object]]:
    """The numbers of every pack in a folder as they are written; `ValueError` for what is no pack."""
    for pack in _read_folder(folder):
        for number in _PACK.validate_python(pack.get("numbers")):
            if examples or not pack.get("example"):
                yield {"province": pack.get("province"), **number}
