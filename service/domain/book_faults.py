"""What can be wrong with a rule book: one record a finding, for people and for programs."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a book can be used with it."""

    ERROR = "error"  # it must not be
    WARNING = "warning"  # it can, and somebody should look at it


@dataclass(frozen=True, slots=True)
class BookFault:
    """One thing that is wrong; `where` is `M01.B1@1997-10-01`, or as much of it as applies."""

    where: str
    code: str
    detail: str
    severity: Severity = Severity.ERROR
