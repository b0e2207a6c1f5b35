"""Small rule books for tests: one offence with one branch, and whatever a test changes in it."""

from copy import deepcopy
from typing import Any

from contracts.facts import load_vocabulary
from contracts.rulebook import RuleBook
from service.domain.rulebook import CompiledRuleBook, compile_rulebook

EDITION = {"document": "CL", "article": "第一条", "from": "2020-01-01", "mark": "verified"}
BRANCH = {
    "id": "B1",
    "zh": "数额在一万元以上的",
    "when": {"fact": "sales_amount", "at_least": 10_000},
    "editions": [EDITION],
}
OFFENCE = {
    "row": "M01",
    "code": "CL-1",
    "name": {"zh": "某罪", "en": "Some offence"},
    "touched_by": ["sales_amount"],
    "branches": [BRANCH],
}


def branch(name: str = "B1", **changes: Any) -> dict[str, Any]:
    return deepcopy(BRANCH) | {"id": name} | changes


def offence(*branches: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return deepcopy(OFFENCE) | {"branches": list(branches) or [branch()]} | changes


def book(*offences: dict[str, Any], **changes: Any) -> RuleBook:
    content = {"version": "1", "documents": {"CL": {"zh": "刑法"}}}
    return RuleBook.model_validate(content | {"offences": list(offences) or [offence()]} | changes)


def compiled(*offences: dict[str, Any], **changes: Any) -> CompiledRuleBook:
    return compile_rulebook(book(*offences, **changes), load_vocabulary())
