"""What the pages of documentation tell, gathered from the very tables that the service runs by."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from adapters.web.openapi import TAGS
from adapters.web.operation import Access, Operation
from adapters.web.operations import OPERATIONS
from contracts.facts import Fact, FactType, load_vocabulary
from contracts.office import OfficeKind
from contracts.problem import CatalogueEntry, catalogue
from contracts.rulebook import Wording, load_rulebook

EVERY_ROW = "*"


@cache
def operations_by_tag() -> Sequence[tuple[Wording, Sequence[Operation]]]:
    """Give all operations under the headings of the OpenAPI document, each by its address."""
    found: defaultdict[str, list[Operation]] = defaultdict(list)
    for operation in OPERATIONS:
        found[operation.tag].append(operation)
    return [
        (_heading(told), sorted(found[tag], key=lambda one: (one.path, one.method)))
        for tag, told in TAGS.items()
    ]


def _heading(told: str) -> Wording:
    zh, _, en = told.partition(" · ")
    return Wording(zh=zh, en=en[:1].upper() + en[1:])


def who(operation: Operation) -> str:
    """Say in Chinese, which is the name of the text, how a caller of an operation is known."""
    match operation.access:
        case Access.PUBLIC:
            return "公开"
        case Access.SIGNED:
            return "凭文书签名"
        case Access.BEARER:
            return "凭令牌"


def kinds(operation: Operation) -> Sequence[OfficeKind]:
    """The kinds of offices that alone may call; none where any may."""
    return () if operation.kinds == frozenset(OfficeKind) else sorted(operation.kinds)


@dataclass(frozen=True, slots=True)
class DescribedProblem:
    """A problem, and the operations that may answer with it; none where it is of pages, or of any address."""

    code: str
    entry: CatalogueEntry
    operations: Sequence[Operation]


@cache
def problems() -> Sequence[DescribedProblem]:
    """Give the whole catalogue, by status and code."""
    ordered = sorted(catalogue().items(), key=lambda one: (one[1].status, one[0]))
    return [
        DescribedProblem(code, entry, [one for one in OPERATIONS if code in one.all_problems])
        for code, entry in ordered
    ]


@cache
def offences() -> Mapping[str, Wording]:
    """Give the names of the rows of the rule book that we ship, by their ids."""
    found = {offence.row: offence.name for offence in load_rulebook().offences}
    return dict(sorted(found.items()))


def facts(text: str, kind: str, row: str) -> Sequence[Fact]:
    """Choose the facts that contain a text, are of a type, and are asked for by an offence; empty chooses all."""
    wanted = text.casefold().split()
    return [
        fact
        for fact in load_vocabulary().facts
        if (not kind or fact.type == kind)
        and (not row or row in fact.used_by or EVERY_ROW in fact.used_by)
        and all(part in _searched(fact) for part in wanted)
    ]


@cache
def _all_searched() -> Mapping[str, str]:
    return {
        fact.name: f"{fact.name} {fact.zh} {fact.definition}".casefold()
        for fact in load_vocabulary().facts
    }


def _searched(fact: Fact) -> str:
    return _all_searched()[fact.name]


FACT_TYPE: Mapping[FactType, str] = {
    FactType.ENUM: "枚举",
    FactType.MONEY: "金额",
    FactType.COUNT: "计数",
    FactType.NUMBER: "数值",
    FactType.RATIO: "比例",
    FactType.BOOLEAN: "是否",
    FactType.DATE: "日期",
    FactType.LIST: "列表",
    FactType.TEXT: "文本",
}
"""Words for the types of facts, which are the names of the texts."""
RETRY: Mapping[str, str] = {
    "never": "重发无用",
    "after_change": "更正后再发",
    "later": "稍后原样重发",
}
