"""Rules in words that belong to no case: what a branch asks for, Chinese and English."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from contracts import conditions as written
from contracts.facts import Vocabulary
from contracts.rulebook import Branch, Edition, Offence, Wording
from service.domain.case_facts import CaseFacts, ScreeningCase
from service.domain.conditions import Condition
from service.domain.phrases import Language, Phrases

_NOBODY: Final = ScreeningCase(facts={})


class RuleWords:
    """Words for the rules of one book; keep one per vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._zh: Final = Phrases(vocabulary, Language.ZH)
        self._en: Final = Phrases(vocabulary, Language.EN)

    def of(self, rule: Condition) -> Wording:
        """The whole rule as one half sentence; limits that depend on the case show both ends."""
        clause = rule.clause(CaseFacts(_NOBODY, date.min))
        return Wording(zh=self._zh.requirement(clause), en=self._en.requirement(clause))

    def lines(self, rule: Condition) -> tuple[Wording, ...]:
        """The same, one entry for each thing that must come together."""
        parts = getattr(rule, "children", ()) if rule.form == "all" else (rule,)
        return tuple(self.of(part) for part in parts)


def rule_as_data(offence: Offence, branch: Branch, edition: Edition) -> Mapping[str, Any]:
    """What an edition asks for in the forms of the files, with all that it takes from its branch and row."""
    conduct = branch.conduct if edition.conduct is None else edition.conduct
    exits = [rule for rule in (offence.unless, edition.unless or branch.unless) if rule is not None]
    return {
        "conduct": [_as_data(rule) for rule in (*offence.conduct, *conduct)],
        "when": _as_data(edition.when or branch.when),
        "unless": [_as_data(rule) for rule in exits],
    }


def _as_data(rule: written.Condition) -> Any:  # noqa: ANN401  # what JSON may be
    return rule.model_dump(mode="json", by_alias=True, exclude_none=True)
