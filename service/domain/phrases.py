"""Clauses in words, Chinese and English: what a condition asks for and what the case says of it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from contracts.facts import FactType, Vocabulary, exact
from service.domain.case_facts import Number
from service.domain.conditions import (
    Clause,
    Condition,
    Exceeds,
    Finds,
    Reaches,
    Record,
    StaysUnder,
    Threshold,
    Unsettled,
)
from service.domain.groups import AtLeast, Every, Exit, Some
from service.domain.limits import Measure, PartyLimit, Weighted
from service.domain.value_words import value_word


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


_UNITS_ZH: Final[Mapping[str, str]] = {
    "CNY": "元",
    "USD": "美元",
    "animal": "只",
    "computer": "台",
    "copy": "份（册）",
    "disc": "张（盒）",
    "hectare": "公顷",
    "hour": "小时",
    "item": "条",
    "kg": "公斤",
    "level": "级",
    "m3": "立方米",
    "month": "个月",
    "mu": "亩",
    "multiple": "倍",
    "person": "人",
    "person-time": "人次",
    "piece": "件",
    "plant": "株",
    "right": "种",
    "set": "套",
    "sheet": "份",
    "stick": "支",
    "time": "次",
    "tonne": "吨",
    "work": "件",
}

_ZH: Final[Mapping[str, str]] = {
    "at_least": "{what}达到{limit}",
    "more_than": "{what}超过{limit}",
    "less_than": "{what}不满{limit}",
    "at_most": "{what}不超过{limit}",
    "province": "省级确定的数额（{low}至{high}之间）",
    "party": "个人或者单位的数额（{low}或者{high}）",
    "threshold": "省级（{province}）确定的数额标准",
    "dates": "{fact}（日期）",
    "is": "是",
    "is_not": "否",
    "yes": "“{what}”为是",
    "no": "“{what}”为否",
    "one_of": "“{what}”为{values}",
    "penalties": "{window}曾受{count}次以上行政处罚",
    "punishments": "{window}曾因此类行为受过刑事处罚",
    "window": "{years}年内",
    "withheld": "待补：{reason}",
    "unless": "不属于例外情形（{rule}）",
    "n_of": "下列至少{count}项：{parts}",
    "and": "，且",
    "or": "，或者",
    "list": "、",
    "true": "已符合",
    "false": "未达到",
    "unknown": "不明",
    "value": "现为{value}",
    "reach": "达到标准的{reach}",
    "reach_low": "达到最低标准的{reach}",
}

_EN: Final[Mapping[str, str]] = {
    "at_least": "{what} reaches {limit}",
    "more_than": "{what} is more than {limit}",
    "less_than": "{what} is less than {limit}",
    "at_most": "{what} is at most {limit}",
    "province": "the number its province chose between {low} and {high}",
    "party": "the number for the party ({low} or {high})",
    "threshold": "the number that province {province} chose",
    "dates": "{fact} (its dates)",
    "is": "yes",
    "is_not": "no",
    "yes": "it is found: {what}",
    "no": "it is found not to be the case: {what}",
    "one_of": "{what} is {values}",
    "penalties": "at least {count} earlier administrative penalties{window}",
    "punishments": "an earlier criminal punishment for such an act{window}",
    "window": " within {years} years",
    "withheld": "pending: {reason}",
    "unless": "no exception applies ({rule})",
    "n_of": "at least {count} of: {parts}",
    "and": ", and ",
    "or": ", or ",
    "list": ", ",
    "true": "met",
    "false": "not met",
    "unknown": "unknown",
    "value": "stated: {value}",
    "reach": "{reach} of the limit",
    "reach_low": "{reach} of the lowest limit",
}

Ends = tuple[Number, Number]

TRUTHS: Final[Mapping[bool | None, str]] = {True: "true", False: "false", None: "unknown"}


_DATES: Final = ":dates"


class Phrases:
    """Words for clauses in one language, with the names and units of the vocabulary."""

    def __init__(self, vocabulary: Vocabulary, language: Language) -> None:
        self._vocabulary: Final = vocabulary
        self._is_zh: Final = language is Language.ZH
        self._templates: Final = _ZH if self._is_zh else _EN
        self._worded: Final[dict[tuple[Condition, Ends | None], str]] = {}

    def fact(self, name: str) -> str:
        """The name of a fact, or of the provincial number that is missing."""
        if name.startswith("threshold:"):
            return self._say("threshold", province=name.rpartition(":")[2])
        if name.endswith(_DATES):
            return self._say("dates", fact=self.fact(name.removesuffix(_DATES)))
        fact = self._vocabulary.find(name)
        return fact.zh if self._is_zh and fact is not None else name.replace("_", " ")

    def facts(self, names: tuple[str, ...]) -> str:
        """Several names in a row."""
        return self._say("list").join(self.fact(name) for name in names)

    def requirement(self, clause: Clause) -> str:
        """What the condition asks for, as a half sentence; leaves are worded once and kept."""
        if clause.children:
            return _REQUIREMENTS[type(clause.condition)](self, clause)
        key = clause.condition, clause.limit
        if key not in self._worded:
            self._worded[key] = _REQUIREMENTS[type(clause.condition)](self, clause)
        return self._worded[key]

    def state(self, clause: Clause) -> str:
        """What the case says of the condition: met, not met (and how far), or unknown."""
        parts = [self._say(TRUTHS[clause.truth])]
        if clause.value is not None and clause.limit is not None:
            parts.append(self._say("value", value=self._value(clause)))
        if clause.reach is not None and clause.truth is not True:
            is_one = clause.limit is None or clause.limit[0] == clause.limit[1]
            label = "reach" if is_one else "reach_low"
            parts.append(self._say(label, reach=percentage(clause.reach)))
        return ("，" if self._is_zh else ", ").join(parts)

    def amount(self, number: Number, fact: str) -> str:
        """A number with the unit of its fact."""
        known = self._vocabulary.find(fact)
        unit = "" if known is None or known.unit is None else known.unit
        if unit == "fraction":
            return percentage(Decimal(number))
        unit_zh = _UNITS_ZH.get(unit, unit)
        return f"{digits(number)}{unit_zh}" if self._is_zh else f"{digits(number)} {unit}".strip()

    def subject(self, clause: Clause) -> str:
        """What a clause without parts looks at: a fact, a sum of facts, or the record."""
        if isinstance(clause.condition, Reaches | StaysUnder):
            return self._what(reaches_of(clause).measure)
        return self.facts(clause.condition.facts)

    def stated(self, clause: Clause) -> str | None:
        """What the case states for it; None where nothing is stated."""
        if clause.value is None:
            return None
        if clause.limit is not None:
            return self._value(clause)
        if isinstance(clause.condition, Record):
            return str(clause.value)
        return self.value(clause.condition.facts[0], clause.value)

    def bound(self, clause: Clause) -> str:
        """What a clause without parts asks of its subject, the operator first."""
        if clause.limit is not None:
            limit = self._limit(clause, reaches_of(clause).measure)
            return self._say(operator_of(clause), what="", limit=limit).strip()
        condition = clause.condition
        if isinstance(condition, Finds):
            accepted = (self.value(condition.facts[0], one) for one in condition.accepted)
            return self._say("or").join(accepted)
        return self.requirement(clause)

    def value(self, name: str, value: object) -> str:
        """One stated value in words: a number with its unit, yes or no, else as it was stated."""
        if isinstance(value, bool):
            return self._say("is" if value else "is_not")
        if isinstance(value, int | float | Decimal):
            return self.amount(exact(value), name)
        fact = self._vocabulary.find(name)
        if fact is not None and fact.values is None:
            return str(value)
        return value_word(str(value)) if self._is_zh else str(value).replace("_", " ")

    def _say(self, template: str, **values: object) -> str:
        return self._templates[template].format(**values)

    def _value(self, clause: Clause) -> str:
        measure = reaches_of(clause).measure
        assert isinstance(clause.value, int | Decimal)
        return self._measured(clause.value, measure)

    def _measured(self, number: Number, measure: Measure) -> str:
        if measure.scale != 1:
            return digits(Decimal(number) / measure.scale)
        return self.amount(number, measure.facts[0])

    def _comparison(self, clause: Clause) -> str:
        measure = reaches_of(clause).measure
        what = self._what(measure)
        return self._say(operator_of(clause), what=what, limit=self._limit(clause, measure))

    def _limit(self, clause: Clause, measure: Measure) -> str:
        assert clause.limit is not None
        low, high = (self._measured(end, measure) for end in clause.limit)
        kind = "party" if isinstance(reaches_of(clause).limit, PartyLimit) else "province"
        return low if low == high else self._say(kind, low=low, high=high)

    def _what(self, measure: Measure) -> str:
        if not isinstance(measure, Weighted):
            return self.fact(measure.facts[0])
        if measure.scale == 1:
            return " + ".join(
                self.fact(fact) + ("" if weight == 1 else f"×{digits(weight)}")
                for fact, weight in measure.weights
            )
        return " + ".join(
            f"{self.fact(fact)}÷{digits(measure.scale / Decimal(weight))}"
            for fact, weight in measure.weights
        )

    def _finding(self, clause: Clause) -> str:
        condition = clause.condition
        assert isinstance(condition, Finds)
        what = self.fact(condition.facts[0])
        if self._is_boolean(condition.facts[0]):
            return self._say("yes" if condition.accepted[0] else "no", what=what)
        return self._say(
            "one_of", what=what, values=self._say("or").join(map(str, condition.accepted))
        )

    def _is_boolean(self, name: str) -> bool:
        fact = self._vocabulary.find(name)
        return fact is not None and fact.type is FactType.BOOLEAN

    def _record(self, clause: Clause) -> str:
        record = clause.condition
        assert isinstance(record, Record)
        said = []
        if record.penalties is not None:
            window = self._window(record.penalties.within_years)
            said.append(self._say("penalties", window=window, count=record.penalties.count))
        if record.punishments is not None:
            window = self._window(record.punishments.within_years)
            said.append(self._say("punishments", window=window))
        return self._say("or").join(said)

    def _window(self, years: int | None) -> str:
        return "" if years is None else self._say("window", years=years)

    def _every(self, clause: Clause) -> str:
        return self._say("and").join(map(self.requirement, clause.children))

    def _some(self, clause: Clause) -> str:
        return self._say("or").join(map(self.requirement, clause.children))

    def _at_least(self, clause: Clause) -> str:
        assert isinstance(clause.condition, AtLeast)
        parts = "；".join(map(self.requirement, clause.children))
        return self._say("n_of", count=clause.condition.count, parts=parts)

    def _exit(self, clause: Clause) -> str:
        return self._say("unless", rule=self.requirement(clause.children[0]))

    def _unsettled(self, clause: Clause) -> str:
        assert isinstance(clause.condition, Unsettled)
        return self._say("withheld", reason=clause.condition.reason)


_REQUIREMENTS: Final[Mapping[type[Condition], Callable[[Phrases, Clause], str]]] = {
    Threshold: Phrases._comparison,  # noqa: SLF001  # the table belongs to the class
    Reaches: Phrases._comparison,  # noqa: SLF001  # likewise
    Exceeds: Phrases._comparison,  # noqa: SLF001  # likewise
    StaysUnder: Phrases._comparison,  # noqa: SLF001  # likewise
    Finds: Phrases._finding,  # noqa: SLF001  # likewise
    Record: Phrases._record,  # noqa: SLF001  # likewise
    Every: Phrases._every,  # noqa: SLF001  # likewise
    Some: Phrases._some,  # noqa: SLF001  # likewise
    AtLeast: Phrases._at_least,  # noqa: SLF001  # likewise
    Exit: Phrases._exit,  # noqa: SLF001  # likewise
    Unsettled: Phrases._unsettled,  # noqa: SLF001  # likewise
}


def operator_of(clause: Clause) -> str:
    """How the clause compares: at least, more than, less than, at most; else its form."""
    condition = clause.condition
    if isinstance(condition, StaysUnder):
        return "at_most" if isinstance(condition.reaches, Exceeds) else "less_than"
    return condition.form


def reaches_of(clause: Clause) -> Reaches:
    """The number and limit that a comparing clause is about."""
    condition = clause.condition
    if isinstance(condition, StaysUnder):
        return condition.reaches
    assert isinstance(condition, Reaches)
    return condition


def digits(number: Number) -> str:
    """A number as people write it: thousands separated, no trailing zeros."""
    return format(Decimal(number).normalize(), ",f")


def percentage(share: Decimal) -> str:
    """A share in per cent, cut (never rounded up) to one decimal: 99.99 % is not 100 %."""
    cut = (share * 1000).to_integral_value("ROUND_FLOOR") / 10
    return f"{digits(cut)}%"
