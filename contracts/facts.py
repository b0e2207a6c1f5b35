"""The fact vocabulary: what a case may state, and how a statement is read.

`facts.yaml` is the vocabulary itself. Numbers are kept exact (`int` or `Decimal`), because a limit
includes its own number: one fen below it is another answer.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Annotated, Final, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, TypeAdapter
from typing_extensions import override

PENALTIES: Final = "prior_administrative_penalties"
PUNISHMENTS: Final = "prior_criminal_punishments"
LARGEST_NUMBER: Final = Decimal(10) ** 15
MOST_DECIMALS: Final = 10


class FactType(StrEnum):
    ENUM = "enum"
    MONEY = "money"
    COUNT = "count"
    NUMBER = "number"
    RATIO = "ratio"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"
    TEXT = "text"

    @property
    def is_numeric(self) -> bool:
        return self in _NUMERIC


_NUMERIC: Final = frozenset({FactType.MONEY, FactType.COUNT, FactType.NUMBER, FactType.RATIO})


class Bound(StrEnum):
    """How a number that is not known exactly is meant."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOUT = "about"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FactField(_Model):
    """One column of a list fact."""

    name: str
    type: FactType
    meaning: str
    values: tuple[str, ...] | str | None = None


class Fact(_Model):
    """One word of the vocabulary: a name that means the same in every offence."""

    name: str
    zh: str
    type: FactType
    unit: str | None
    definition: str
    used_by: tuple[str, ...]
    values: tuple[str, ...] | None = None
    fields: tuple[FactField, ...] | None = None


class Vocabulary:
    """All facts by name, in the order of `facts.yaml`."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self.facts: Final = facts
        self._by_name: Final = {fact.name: fact for fact in facts}
        if len(self._by_name) != len(facts):
            raise ValueError("facts.yaml names a fact twice")

    def get(self, name: str) -> Fact:
        """The fact of that name; KeyError when the vocabulary has none."""
        return self._by_name[name]

    def find(self, name: str) -> Fact | None:
        """The fact of that name, or None."""
        return self._by_name.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __len__(self) -> int:
        return len(self.facts)


@cache
def load_vocabulary() -> Vocabulary:
    """Read `facts.yaml` once; every later call returns the same vocabulary."""
    text = (resources.files("contracts") / "facts.yaml").read_text("utf-8")
    return Vocabulary(TypeAdapter(tuple[Fact, ...]).validate_python(read_yaml(text)))


def read_yaml(text: str) -> object:
    """Parse YAML with the C parser where the machine has one: it is ten times as fast."""
    parsed: object = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are safe loaders
    return parsed


def exact(number: float | Decimal | str) -> Decimal:
    """The number as it was written: the float 49999.99 becomes the decimal 49999.99.

    Raises `ValueError` for anything that is not a finite number.
    """
    if isinstance(number, bool):
        raise ValueError("a boolean is not a number")  # noqa: TRY004  # pydantic turns ValueError into a finding
    try:
        value = number if isinstance(number, Decimal) else Decimal(str(number))
    except ArithmeticError as error:
        raise ValueError("not a number") from error
    if not value.is_finite():
        raise ValueError("not a finite number")
    return value


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day, a month or a year, as the days it may stand for."""

    first: date
    last: date

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read `2019`, `2019-04` or `2019-04-05` (or a date); `ValueError` for anything else."""
        if isinstance(value, cls):
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            return cls(value, value)
        if not isinstance(value, str) or not value.isascii():
            raise ValueError("a date is written 2019, 2019-04 or 2019-04-05")
        return cls._from_text(value)

    @classmethod
    @lru_cache(maxsize=16_384)  # the same days come again and again
    def _from_text(cls, text: str) -> Self:
        parts = text.split("-")
        if [len(part) for part in parts] not in ([4], [4, 2], [4, 2, 2]) or not all(
            part.isdigit() for part in parts
        ):
            raise ValueError("a date is written 2019, 2019-04 or 2019-04-05")
        year, month, day = (*map(int, parts), 0, 0)[:3]
        first = date(year, month or 1, day or 1)
        return cls(first, _last_day(first, month, day))

    @override
    def __str__(self) -> str:
        text = self.last.isoformat()
        if self.first == self.last:
            return text
        return text[:7] if self.first.month == self.last.month else text[:4]


def _last_day(first: date, month: int, day: int) -> date:
    if day:
        return first
    if month:
        return first.replace(day=monthrange(first.year, first.month)[1])
    return first.replace(month=12, day=31)


PartialDay = Annotated[
    PartialDate, BeforeValidator(PartialDate.parse), PlainSerializer(str, return_type=str)
]


class PriorPenalty(BaseModel):
    """One earlier administrative penalty of the same party, as its source states it."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    decided_on: PartialDay | None = None
    effective_on: PartialDay | None = None
    authority: str | None = None
    kind_of_act: str | None = None
    offence_family: str | None = None
    status: str = "effective"

    @property
    def counts_from(self) -> PartialDate | None:
        """The start of the window: the day it took effect, else the day of the decision (G7)."""
        return self.effective_on or self.decided_on


class PriorPunishment(BaseModel):
    """One earlier criminal punishment of the same party."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    judged_on: PartialDay | None = None
    effective_on: PartialDay | None = None
    offence_code: str | None = None
    offence_family: str | None = None

    @property
    def counts_from(self) -> PartialDate | None:
        """The day the judgment took effect, else the day of the judgment."""
        return self.effective_on or self.judged_on


@dataclass(frozen=True, slots=True)
class FactProblem:
    """What is wrong with one stated fact; `pointer` is a JSON pointer into the case."""

    pointer: str
    code: str
    message: str


def check_facts(
    facts: Mapping[str, object],
    bounds: Mapping[str, str] | None = None,
    vocabulary: Vocabulary | None = None,
) -> list[FactProblem]:
    """Everything that the vocabulary forbids in these facts; an empty list means all is well.

    A fact given as null is the same as a fact not given, so it is never a problem.
    """
    words = vocabulary or load_vocabulary()
    problems = []
    for name, value in facts.items():
        problems += _check_fact(words.find(name), name, value)
    for name, bound in (bounds or {}).items():
        problems += _check_bound(words.find(name), name, bound, facts)
    return problems


def _check_fact(fact: Fact | None, name: str, value: object) -> list[FactProblem]:
    pointer = f"/facts/{_escape(name)}"
    if fact is None:
        return [FactProblem(pointer, "unknown_fact", "the vocabulary has no fact of this name")]
    if value is None:
        return []
    if fact.type is FactType.LIST:
        return _check_list(fact, value, pointer)
    return _check_value(fact.type, fact.values, value, pointer)


def _check_list(fact: Fact, value: object, pointer: str) -> list[FactProblem]:
    if not isinstance(value, list | tuple):
        return [FactProblem(pointer, "wrong_type", "a list of records is expected")]
    problems = []
    for position, record in enumerate(value):
        problems += _check_record(fact.fields or (), record, f"{pointer}/{position}")
    return problems


def _check_record(fields: tuple[FactField, ...], record: object, pointer: str) -> list[FactProblem]:
    if not isinstance(record, Mapping):
        return [FactProblem(pointer, "wrong_type", "a record with named fields is expected")]
    problems = []
    for field in fields:
        if record.get(field.name) is not None:
            values = field.values if isinstance(field.values, tuple) else None
            at = f"{pointer}/{field.name}"
            problems += _check_value(field.type, values, record[field.name], at)
    return problems


def _check_value(
    kind: FactType, values: tuple[str, ...] | None, value: object, pointer: str
) -> list[FactProblem]:
    if kind.is_numeric:
        return _check_number(kind, value, pointer)
    if not _IS_A[kind](value):
        return [FactProblem(pointer, "wrong_type", f"a value of type {kind} is expected")]
    if values is not None and value not in values:
        return [FactProblem(pointer, "not_in_list", f"expected one of {', '.join(values)}")]
    return []


def _check_number(kind: FactType, value: object, pointer: str) -> list[FactProblem]:
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        return [FactProblem(pointer, "wrong_type", f"a number of type {kind} is expected")]
    try:
        number = exact(value)
    except ValueError as error:
        return [FactProblem(pointer, "wrong_type", str(error))]
    if number < 0 and kind is not FactType.RATIO:
        return [FactProblem(pointer, "negative", f"a {kind} is never negative")]
    if kind is FactType.COUNT and number != number.to_integral_value():
        return [FactProblem(pointer, "wrong_type", "a count is a whole number")]
    if abs(number) > LARGEST_NUMBER or _decimals(number) > MOST_DECIMALS:
        return [FactProblem(pointer, "out_of_range", "too large, or too many decimals")]
    return []


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


def _check_bound(
    fact: Fact | None, name: str, bound: str, facts: Mapping[str, object]
) -> list[FactProblem]:
    pointer = f"/bounds/{_escape(name)}"
    if fact is None:
        return [FactProblem(pointer, "unknown_fact", "the vocabulary has no fact of this name")]
    if bound not in tuple(Bound):
        return [FactProblem(pointer, "not_in_list", f"expected one of {', '.join(Bound)}")]
    if not fact.type.is_numeric:
        return [FactProblem(pointer, "wrong_type", "only a number can be bounded")]
    if facts.get(name) is None:
        return [FactProblem(pointer, "bound_without_fact", "the bounded fact is not given")]
    return []


def _is_date(value: object) -> bool:
    try:
        PartialDate.parse(value)
    except ValueError:
        return False
    return True


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


_IS_A: Final[Mapping[FactType, Callable[[object], bool]]] = {
    FactType.BOOLEAN: _is_boolean,
    FactType.ENUM: _is_text,
    FactType.TEXT: _is_text,
    FactType.DATE: _is_date,
}


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
