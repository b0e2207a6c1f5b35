"""Inspecting the cases of one party: what each is suspected of, what must be known first, and when to look again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from contracts.calendar import Calendars
from contracts.clocks import ClockTable
from contracts.cumulation import Cumulation
from service.domain.case_files import CaseFile, CaseKey
from service.domain.deadlines import Context
from service.domain.detectors import DETECTORS, Seen, Wait
from service.domain.joining import Judged, Summed, join_history, sum_acts
from service.domain.leads import Suspicion
from service.domain.rulebook import CompiledRuleBook
from service.domain.standing import UNJUDGED, Standing, standing_of
from service.domain.working_days import SHANGHAI


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """What cases are held against: the law of one moment."""

    book: CompiledRuleBook
    clocks: ClockTable
    calendars: Calendars
    cumulation: Mapping[str, Cumulation]


class Inspected(NamedTuple):
    """What was found of one case. `look_at` is when to look again though nothing happens.

    `is_provisional` says that one of its dates rests on a calendar that was not published yet.
    """

    file: CaseFile
    own: Standing
    suspicions: tuple[Suspicion, ...]
    undetermined: tuple[Suspicion, ...]
    look_at: datetime | None
    is_provisional: bool
    context: Context


def inspect(files: Sequence[CaseFile], by: Yardsticks, now: datetime) -> list[Inspected]:
    """Inspect all the cases of one party, or one case of a party that nobody knows, in their order."""
    on = now.astimezone(SHANGHAI).date()
    judged = [Judged(file, standing_of(file, by.book, on)) for file in files]
    if len(judged) == 1:
        return [_inspect_alone(judged[0], by, now)]
    summed = {one.anchor.key: one for one in sum_acts(judged, by.cumulation, by.book, on)}
    return [_inspect_one(one, judged, summed, by, now) for one in judged]


def _inspect_alone(one: Judged, by: Yardsticks, now: datetime) -> Inspected:
    return _answers(Seen(one.file, one.own, None, None, _context(one.file, by), now))


def _inspect_one(
    one: Judged,
    party: Sequence[Judged],
    summed: Mapping[CaseKey, Summed],
    by: Yardsticks,
    now: datetime,
) -> Inspected:
    others = [other.file for other in party if other is not one]
    on = now.astimezone(SHANGHAI).date()
    # Facts that name no offence name none either once a penalty stands beside them.
    is_judged = one.own.conclusion != UNJUDGED
    joined = join_history(one.file, others, by.book, on) if is_judged else None
    context = _context(one.file, by)
    return _answers(Seen(one.file, one.own, joined, summed.get(one.file.key), context, now))


def _context(file: CaseFile, by: Yardsticks) -> Context:
    return Context(by.clocks, by.calendars, file.sector, file.division[:2])


def _answers(seen: Seen) -> Inspected:
    suspicions: list[Suspicion] = []
    undetermined: list[Suspicion] = []
    waits: list[Wait] = []
    for detect in DETECTORS.values():
        answer = detect(seen)
        if isinstance(answer, Wait):
            waits.append(answer)
        elif answer is not None:
            (suspicions if answer.is_certain else undetermined).append(answer)
    moments = [one.until for one in waits if one.until is not None]
    clocks = [one.clock for one in suspicions if one.clock is not None]
    rests = [*(one.provisional for one in waits), *(one.provisional for one in clocks)]
    return Inspected(
        seen.file,
        seen.own,
        tuple(suspicions),
        tuple(undetermined),
        min(moments, default=None),
        any(rests),
        seen.context,
    )
