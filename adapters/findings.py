"""What was found wrong with an installation, and what to do about it, in both languages of those who operate it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"  # works today
    ERROR = "error"  # does not work, or loses something


class About(StrEnum):
    """What a finding is about."""

    SETTINGS = "settings"
    KEYS = "keys"
    STANDARDS = "standards"
    RULE_BOOK = "rule book"
    CALENDAR = "calendar"
    MATERIALS = "materials"
    DATABASE = "database"
    CLOCK = "clock"
    REGISTRY = "registry"
    DELIVERY = "delivery"
    SUPERVISION = "supervision"
    DETECTION = "detection"
    DESK = "desk"
    STAFF = "staff"


class Both(NamedTuple):
    """The same sentence in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what to do about it."""

    severity: Severity
    about: About
    what: str
    advice: str
    what_zh: str
    advice_zh: str


_NOTHING = Both("", "")


def ok(about: About, what: Both) -> Finding:
    return _finding(Severity.OK, about, what, _NOTHING)


def warning(about: About, what: Both, advice: Both) -> Finding:
    return _finding(Severity.WARNING, about, what, advice)


def error(about: About, what: Both, advice: Both) -> Finding:
    return _finding(Severity.ERROR, about, what, advice)


def _finding(severity: Severity, about: About, what: Both, advice: Both) -> Finding:
    return Finding(severity, about, what.en, advice.en, what.zh, advice.zh)


_PROBLEMS = {
    "no office of this kind is registered for the division": "名册中没有该地区此类单位",
    "the office has no endpoint": "该单位没有接收端点",
    "not taken in time": "期限内未收取",
    "nobody took it": "期限内无人收取",
    "timed out": "超时未答复",
    "a 2xx that does not name our digest": "答复 2xx 但未写明所收文书的摘要",
    "the acknowledgement is for other bytes": "回执所指并非所发文书",
}
_REFUSED = Both(
    "its office signed a refusal, whose words are in its acknowledgement and not shown here",
    "接收机关已签名拒收，理由在其回执中，可能涉及案情，此处不显示",
)


def problem_of(status: str, problem: str | None) -> Both:
    """Say why a dispatch or a letter is stuck. What an office wrote may name a person, and no operator reads it."""
    if status == "refused":
        return _REFUSED
    told = problem or "not taken in time"
    return Both(told, _PROBLEMS.get(told, told))
