"""Earlier penalties and punishments, held against what a repeat branch asks for (G7, G8).

The window runs from the day the FIRST of the counted penalties took effect to the day of the new
act. Both end days belong to it: the day of effect is not counted, so that the anniversary is the
last day. A partial date proves something only if every day it may stand for proves it.
"""

from calendar import isleap
from collections.abc import Iterable
from datetime import date
from typing import Final

from contracts.conditions import Penalties, Punishments
from contracts.facts import PartialDate, PriorPenalty, PriorPunishment

Truth = bool | None

FEBRUARY_29: Final = (2, 29)


def penalised_before(
    rule: Penalties, penalties: Iterable[PriorPenalty], acted: PartialDate | None
) -> Truth:
    """Whether enough penalties of the right kind fall into the window; None when it depends."""
    counted = [
        _both(
            _is_of_kind(rule, penalty), _is_in_window(penalty.counts_from, acted, rule.within_years)
        )
        for penalty in penalties
        if penalty.status == "effective"
    ]
    return _at_least(rule.count, counted)


def punished_before(
    rule: Punishments, punishments: Iterable[PriorPunishment], acted: PartialDate | None
) -> Truth:
    """Whether a punishment for such an offence falls into the window; None when it depends."""
    counted = [
        _both(
            _is_for_offence(rule, punishment),
            _is_in_window(punishment.counts_from, acted, rule.within_years),
        )
        for punishment in punishments
    ]
    return _at_least(1, counted)


def either(one: Truth, other: Truth) -> Truth:
    """Kleene's or."""
    if one or other:
        return True
    return None if one is None or other is None else False


def _at_least(count: int, counted: list[Truth]) -> Truth:
    if counted.count(True) >= count:
        return True
    return False if len(counted) - counted.count(False) < count else None


def _both(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _is_of_kind(rule: Penalties, penalty: PriorPenalty) -> Truth:
    return _both(
        _is_among(penalty.offence_family, rule.families),
        _is_written_in(rule.authority, penalty.authority),
    )


def _is_for_offence(rule: Punishments, punishment: PriorPunishment) -> Truth:
    if not rule.families and not rule.offences:
        return True
    return either(
        bool(rule.families) and _is_among(punishment.offence_family, rule.families),
        bool(rule.offences) and _is_among(punishment.offence_code, rule.offences),
    )


def _is_among(value: str | None, accepted: tuple[str, ...]) -> Truth:
    if not accepted:
        return True
    return None if value is None else value in accepted


def _is_written_in(words: tuple[str, ...], text: str | None) -> Truth:
    if not words:
        return True
    return None if text is None else any(word in text for word in words)


def _is_in_window(
    counted_from: PartialDate | None, acted: PartialDate | None, years: int | None
) -> Truth:
    """A listed penalty is an earlier one, so that overlapping periods are in the right order."""
    if years is None:
        return True
    if counted_from is None or acted is None:
        return None
    if counted_from.first > acted.last or acted.first > years_after(counted_from.last, years):
        return False
    return True if acted.last <= years_after(counted_from.first, years) else None


def years_after(day: date, years: int) -> date:
    """The last day of a window of so many years that begins with a day."""
    year = day.year + years
    if (day.month, day.day) == FEBRUARY_29 and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)
