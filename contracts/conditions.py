"""Conditions as data: the forms in which a filing standard may be written down.

Each form is a record that a lawyer can read aloud: a fact, an operator and a number, or a group of
such records. There is no expression language, so there is nothing to evaluate but these forms.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    model_validator,
)

from contracts.facts import PENALTIES, PUNISHMENTS, exact

COMPARISONS: Final = ("at_least", "more_than", "less_than", "at_most")


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


Number = Annotated[Decimal, BeforeValidator(exact), PlainSerializer(_plain, return_type=str)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ByParty(_Form):
    """A number that differs between persons and units (G5)."""

    person: Number
    unit: Number


class ByProvince(_Form):
    """A number that each province chooses within a range (G12); `province` names the parameter."""

    province: str
    low: Number
    high: Number

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError("the low end of a provincial range lies below its high end")
        return self


Limit = ByParty | ByProvince | Number


class _Comparing(_Form):
    at_least: Limit | None = None
    more_than: Limit | None = None
    less_than: Limit | None = None
    at_most: Limit | None = None

    @model_validator(mode="after")
    def _compares_once(self) -> Self:
        if sum(getattr(self, name) is not None for name in COMPARISONS) != 1:
            raise ValueError(f"exactly one of {', '.join(COMPARISONS)} is expected")
        return self

    @property
    def operator(self) -> str:
        return next(name for name in COMPARISONS if getattr(self, name) is not None)

    @property
    def limit(self) -> Limit:
        limit: Limit = getattr(self, self.operator)
        return limit


class Compare(_Comparing):
    """One number against a limit; `at_least` includes the limit (G1)."""

    fact: str


class Summand(_Form):
    fact: str
    times: Number = Decimal(1)


class Sum(_Comparing):
    """A weighted sum against a limit; a summand that is not given is left out."""

    sum: tuple[Summand, ...] = Field(min_length=2)


class Share(_Form):
    fact: str
    per: Number


class Conversion(_Form):
    """Proportional conversion (折算): the shares of several limits add up to `at_least` (G10)."""

    conversion: tuple[Share, ...] = Field(min_length=2)
    at_least: Number = Decimal(1)


class Is(_Form):
    """A finding that must be this value."""

    fact: str
    is_: bool | str = Field(alias="is")


class IsOneOf(_Form):
    """A finding that must be one of these values."""

    fact: str
    is_one_of: tuple[str, ...] = Field(min_length=1)


class AllOf(_Form):
    all: tuple["Condition", ...] = Field(min_length=1)


class AnyOf(_Form):
    """Alternatives; one that nobody mentions is not judged while another one is."""

    any: tuple["Condition", ...] = Field(min_length=2)


class AtLeastNOf(_Form):
    at_least_n_of: int = Field(ge=1)
    of: tuple["Condition", ...] = Field(min_length=2)


class Penalties(_Form):
    """So many administrative penalties, in a window that begins with the first of them (G7)."""

    count: int = Field(ge=1)
    within_years: int | None = None
    families: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()


class Punishments(_Form):
    """A criminal punishment for one of these offences, inside a window where there is one."""

    within_years: int | None = None
    families: tuple[str, ...] = ()
    offences: tuple[str, ...] = ()


class HistoryForms(_Form):
    penalties: Penalties | None = None
    punishments: Punishments | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if self.penalties is None and self.punishments is None:
            raise ValueError("a history names penalties, punishments or both")
        return self


class History(_Form):
    """The party's record: penalties, punishments, or (both given) either of them."""

    history: HistoryForms


class ShareOf(_Form):
    """The numbers of other branches, reached to this share (G3, G11)."""

    share: Number
    of: tuple[str, ...] = Field(min_length=1)


class Withheld(_Form):
    """A rule whose numbers are not known yet: always unknown, and it says why."""

    withheld: str
    facts: tuple[str, ...] = Field(min_length=1)


_FORMS: Final = (
    "at_least_n_of",
    "sum",
    "conversion",
    "is",
    "is_one_of",
    "all",
    "any",
    "history",
    "share",
    "withheld",
)


def _form_of(value: object) -> str:
    if isinstance(value, Mapping):
        return next((form for form in _FORMS if form in value), "compare")
    return _FORM_OF_TYPE.get(type(value), "compare")


Condition = Annotated[
    Annotated[Compare, Tag("compare")]
    | Annotated[Sum, Tag("sum")]
    | Annotated[Conversion, Tag("conversion")]
    | Annotated[Is, Tag("is")]
    | Annotated[IsOneOf, Tag("is_one_of")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[AtLeastNOf, Tag("at_least_n_of")]
    | Annotated[History, Tag("history")]
    | Annotated[ShareOf, Tag("share")]
    | Annotated[Withheld, Tag("withheld")],
    Discriminator(_form_of),
]

_FORM_OF_TYPE: Final[Mapping[type, str]] = {
    Sum: "sum",
    Conversion: "conversion",
    Is: "is",
    IsOneOf: "is_one_of",
    AllOf: "all",
    AnyOf: "any",
    AtLeastNOf: "at_least_n_of",
    History: "history",
    ShareOf: "share",
    Withheld: "withheld",
}


def children_of(condition: Condition) -> tuple[Condition, ...]:
    """The conditions inside a group; a leaf has none."""
    match condition:
        case AllOf(all=children) | AnyOf(any=children) | AtLeastNOf(of=children):
            return children
        case _:
            return ()


def leaves_of(condition: Condition) -> Iterator[Condition]:
    """Every condition that is not a group, in the order of reading."""
    children = children_of(condition)
    if not children:
        yield condition
    for child in children:
        yield from leaves_of(child)


def facts_of(condition: Condition) -> Iterator[str]:
    """The facts that a condition reads by itself; shares of other branches read none."""
    for leaf in leaves_of(condition):
        yield from _facts_of_leaf(leaf)


def _facts_of_leaf(leaf: Condition) -> Iterable[str]:
    match leaf:
        case Compare(fact=fact) | Is(fact=fact) | IsOneOf(fact=fact):
            return (fact,)
        case Sum(sum=parts):
            return (part.fact for part in parts)
        case Conversion(conversion=shares):
            return (share.fact for share in shares)
        case History(history=forms):
            return _facts_of_history(forms)
        case Withheld(facts=facts):
            return facts
        case _:
            return ()


def _facts_of_history(forms: HistoryForms) -> Iterator[str]:
    if forms.penalties is not None:
        yield PENALTIES
    if forms.punishments is not None:
        yield PUNISHMENTS


def limits_of(leaf: Condition) -> tuple[Limit, ...]:
    """The limits that a leaf compares with; a finding or a history has none."""
    match leaf:
        case Compare() | Sum():
            return (leaf.limit,)
        case Conversion(at_least=limit):
            return (limit,)
        case _:
            return ()


def scaled(condition: Condition, share: Decimal) -> Condition:
    """The same condition with every number that must be reached cut to that share."""
    match condition:
        case AllOf(all=children):
            return AllOf(all=_all_scaled(children, share))
        case AnyOf(any=children):
            return AnyOf(any=_all_scaled(children, share))
        case AtLeastNOf(at_least_n_of=count, of=children):
            return AtLeastNOf(at_least_n_of=count, of=_all_scaled(children, share))
        case Compare() | Sum() | Conversion() if condition.at_least is not None:
            limit = _scaled_limit(condition.at_least, share)
            return condition.model_copy(update={"at_least": limit})
        case _:
            return condition


def _all_scaled(conditions: tuple[Condition, ...], share: Decimal) -> tuple[Condition, ...]:
    return tuple(scaled(condition, share) for condition in conditions)


def _scaled_limit(limit: Limit, share: Decimal) -> Limit:
    match limit:
        case ByParty(person=person, unit=unit):
            return ByParty(person=person * share, unit=unit * share)
        case ByProvince(province=parameter, low=low, high=high):
            return ByProvince(province=parameter, low=low * share, high=high * share)
        case _:
            return limit * share


for _group in (AllOf, AnyOf, AtLeastNOf):
    _group.model_rebuild()
