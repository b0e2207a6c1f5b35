"""The detectors X1-X11: each a small function from what is joined about one case to a suspicion, or to when to look again.

A detector answers with a `Suspicion`, with a `Wait` when only time can tell, or with None. Its basis, its
words, its clocks and its place in the ranking stand in contracts/detectors.yaml.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from contracts import detectors
from contracts.case_record import RecordPenalty
from contracts.detectors import Detector, Signal
from contracts.office import OfficeKind
from contracts.report import ReportKind
from service.domain.case_files import CaseFile, start_of
from service.domain.deadlines import Context, Deadline, State, begin_all, chain
from service.domain.joining import Joined, Summed
from service.domain.leads import LeadClock, Suspicion
from service.domain.screening import Finding
from service.domain.standing import (
    Hit,
    Standing,
    evidence_of,
    history_as_evidence,
    measured,
)
from service.domain.working_days import SHANGHAI


class Wait(NamedTuple):
    """Nothing is wrong yet: look again at this moment; without one, when a calendar is published."""

    until: datetime | None
    provisional: bool = False


class Seen(NamedTuple):
    """One case with everything that is joined about it, at a moment."""

    file: CaseFile
    own: Standing
    joined: Joined | None
    summed: Summed | None
    context: Context
    now: datetime


Answer = Suspicion | Wait | None


def x1_threshold_met_not_transferred(seen: Seen) -> Answer:
    """The threshold is met, and neither packet nor approval came within T01 and T02 (D310 Art 3, 5, 16)."""
    if seen.file.transferred_at is not None:
        return None
    if seen.own.is_open:
        return _open(Detector.X1, seen.own)
    if not seen.own.meets:
        return None
    clock = _time_to_transfer(seen)
    if clock is not None and seen.now <= clock.due_at:
        return Wait(clock.due_at, clock.provisional)
    return _met(Detector.X1, seen, clock)


def x2_penalty_instead(seen: Seen) -> Answer:
    """A penalty was decided and stands although the threshold is met (D310 Art 11; APL Art 82)."""
    if seen.file.transferred_at is not None or seen.file.penalised_on is None:
        return None
    if seen.own.is_open:
        return _open(Detector.X2, seen.own)
    return _met(Detector.X2, seen, _time_to_transfer(seen)) if seen.own.meets else None


def x3_near_threshold(seen: Seen) -> Answer:
    """A number reached the share of its limit at which a platform looks closer (STD2 Art 81)."""
    if seen.own.conclusion != "near" or seen.file.transferred_at is not None:
        return None
    return _met(Detector.X3, seen, None)


def x4_repeated(seen: Seen) -> Answer:
    """Met once the penalties of the same party by every agency are known (G7)."""
    joined = seen.joined
    if joined is None or seen.own.meets or seen.file.transferred_at is not None:
        return None
    if joined.met is None:
        return _open_joined(joined) if joined.missing else None
    history = {"penalties": history_as_evidence(joined.penalties)}
    authorities = {one.authority for one in joined.penalties} - {None} | {seen.file.agency_name}
    signals = (Signal.SEVERAL_AGENCIES,) if len(authorities) > 1 else ()
    return _suspicion(
        Detector.X4, seen, joined.met, _time_to_transfer(seen), more=history, signals=signals
    )


def x5_split(seen: Seen) -> Answer:
    """Several small cases of one party reach together what none of them reaches (G9)."""
    summed = seen.summed
    if summed is None:
        return None
    if summed.met is None:
        code = seen.own.offence_code
        return Suspicion(Detector.X5, code, {}, missing=summed.missing)
    agencies = {file.key.agency_code for file in summed.members}
    signals = (Signal.SEVERAL_AGENCIES,) if len(agencies) > 1 else ()
    more = {
        "basis": summed.rule.basis,
        "sum": {name: float(total) for name, total in summed.totals.items()},
        "cases": [_member(file, summed) for file in summed.members],
    }
    return _suspicion(
        Detector.X5, seen, summed.met, _time_to_transfer(seen), more=more, signals=signals
    )


def x6_refused(seen: Seen) -> Answer:
    """The chief refused the transfer although the threshold is met (D310 Art 5(2))."""
    if not seen.file.is_refused or seen.file.transferred_at is not None:
        return None
    if seen.own.is_open:
        return _open(Detector.X6, seen.own)
    if not seen.own.meets:
        return None
    assert seen.file.record is not None
    assert seen.file.record.transfer is not None
    reason = seen.file.record.transfer.reason
    signals = (Signal.NO_REASON,) if reason is None else ()
    more = {"reason_given": reason is not None}
    return _met(Detector.X6, seen, _time_to_transfer(seen), more=more, signals=signals)


def x7_downgraded(seen: Seen) -> Answer:
    """The fine lies under the statutory floor, without a reason, while the amount is high."""
    penalty = seen.file.standing_penalty
    if penalty is None or penalty.mitigation is not None or not _is_below_floor(penalty):
        return None
    if not seen.own.meets and seen.own.conclusion != "near":
        return None
    more = {"fine": penalty.amount, "floor": penalty.floor}
    return _met(Detector.X7, seen, None, more=more)


def x8_silence(seen: Seen) -> Answer:
    """Transferred, and no receipt in its time, or no decision in its (D310 Art 17; SPPR19 Art 562)."""
    return _overdue(Detector.X8, seen, _clocks_of_the_police(seen), State.OVERDUE)


def x9_not_contested(seen: Seen) -> Answer:
    """Not filed, and neither reconsideration nor supervision was asked for in time (D310 Art 9)."""
    return _overdue(Detector.X9, seen, _clocks_of_non_filing(seen), State.LAPSED)


def x10_reverse_not_done(seen: Seen) -> Answer:
    """Handed back for a penalty, and no reply in its time (SPP21 Art 9)."""
    return _overdue(Detector.X10, seen, _clocks_of_the_reply(seen), State.OVERDUE)


def x11_late_entry(seen: Seen) -> Answer:
    """Entered later than its time after the decision, or transferred and never entered (ENV17 Art 34)."""
    file = seen.file
    if file.record is None:
        return _never_entered(seen)
    decided_on, entered_at = file.decided_on, file.entered_at
    if decided_on is None or entered_at is None:
        return None
    clocks = [*_begun("decision_made", start_of(decided_on), seen)]
    for deadline in clocks:
        if entered_at > deadline.due_at:
            days = {
                "decided_on": decided_on.isoformat(),
                "entered_on": entered_at.astimezone(SHANGHAI).date().isoformat(),
            }
            return Suspicion(
                Detector.X11, seen.own.offence_code, days, _clock(deadline), signals=_signals(seen)
            )
    return Wait(None, provisional=True) if any(one.provisional for one in clocks) else None


DETECTORS: Final[Mapping[Detector, Callable[[Seen], Answer]]] = {
    Detector.X1: x1_threshold_met_not_transferred,
    Detector.X2: x2_penalty_instead,
    Detector.X3: x3_near_threshold,
    Detector.X4: x4_repeated,
    Detector.X5: x5_split,
    Detector.X6: x6_refused,
    Detector.X7: x7_downgraded,
    Detector.X8: x8_silence,
    Detector.X9: x9_not_contested,
    Detector.X10: x10_reverse_not_done,
    Detector.X11: x11_late_entry,
}


ANSWERED_BY_TRANSFER: Final = frozenset(
    {Detector.X1, Detector.X2, Detector.X3, Detector.X4, Detector.X5, Detector.X6}
)
"""The detectors that a transfer answers; the others look at what came of it, at a fine or at the register."""


def _never_entered(seen: Seen) -> Answer:
    """A transfer of an agency that feeds its register, whose case the register does not have."""
    transfer = seen.file.transfer
    if transfer is None or not seen.file.is_fed:
        return None
    clocks = _begun("decision_made", transfer.received_at, seen)
    return _overdue(Detector.X11, seen, clocks, State.OVERDUE)


def _open(detector: Detector, standing: Standing) -> Suspicion | None:
    """Nobody can say before these facts are given."""
    if not standing.missing:
        return None
    return Suspicion(detector, standing.offence_code, {}, missing=standing.missing)


def _open_joined(joined: Joined) -> Suspicion:
    return Suspicion(Detector.X4, joined.offence_code, {}, missing=joined.missing)


def _met(
    detector: Detector,
    seen: Seen,
    clock: LeadClock | None,
    *,
    more: Mapping[str, Any] | None = None,
    signals: tuple[Signal, ...] = (),
) -> Suspicion:
    assert seen.own.hit is not None
    return _suspicion(detector, seen, seen.own.hit, clock, more=more, signals=signals)


def _suspicion(
    detector: Detector,
    seen: Seen,
    hit: Hit,
    clock: LeadClock | None,
    *,
    more: Mapping[str, Any] | None = None,
    signals: tuple[Signal, ...] = (),
) -> Suspicion:
    numbers = measured(hit)
    evidence = evidence_of(hit, numbers) | dict(more or {})
    if seen.file.penalised_on is not None:
        evidence["penalised_on"] = str(seen.file.penalised_on)
    return Suspicion(
        detector,
        hit.finding.offence_code,
        evidence,
        clock,
        reach=float(numbers[0].reach) if numbers else None,
        is_doubtful=hit.finding.is_unverified,
        signals=(*signals, *_signals(seen), *_current(hit.finding)),
    )


def _current(finding: Finding) -> Iterator[Signal]:
    if finding.conclusion == finding.conclusion_current == "meets":
        yield Signal.CURRENT_LAW_TOO


def _signals(seen: Seen) -> tuple[Signal, ...]:
    record = seen.file.record
    if record is None:
        return ()
    penalty = seen.file.standing_penalty
    reviews = (record.legal_review, record.collective_discussion)
    found = {
        Signal.COLLECTIVE_DISCUSSION: record.collective_discussion is not None,
        Signal.REVIEW_SAID_TRANSFER: any(one and one.opinion == "transfer" for one in reviews),
        Signal.FINE_BELOW_FLOOR: penalty is not None and _is_below_floor(penalty),
        Signal.PENALISED_BEFORE: seen.joined is not None,
    }
    return tuple(signal for signal, is_there in found.items() if is_there)


def _is_below_floor(penalty: RecordPenalty) -> bool:
    if penalty.amount is None or penalty.floor is None:
        return False
    return penalty.amount < penalty.floor


def _member(file: CaseFile, summed: Summed) -> dict[str, Any]:
    assert file.record is not None
    facts = {name: file.record.facts[name] for name in summed.totals if name in file.record.facts}
    return {**file.key._asdict(), "acted_until": str(file.ended), "facts": facts}


def _time_to_transfer(seen: Seen) -> LeadClock | None:
    """T01 and T02 one after the other from the day of the facts; T02 alone once the chief has approved."""
    stated = seen.file.record.transfer if seen.file.record else None
    if stated is not None and stated.decision == "approved" and stated.decided_at is not None:
        return next((_clock(one) for one in _begun("approved", stated.decided_at, seen)), None)
    since = seen.file.established_on
    if since is None:
        return None
    # As long for whatever suspects it: what X1 to X6 have in their rows is the same.
    return _clock(chain(_clocks_of(Detector.X1), start_of(since), seen.context))


def _clocks_of(detector: Detector) -> tuple[str, ...]:
    return detectors.load().detectors[detector].clocks


def _clocks_of_the_police(seen: Seen) -> Iterator[Deadline]:
    """The receipt, and the decision: from our own book where the transfer is in it, else from the agency's."""
    transfer = seen.file.transfer
    if transfer is not None and transfer.is_under_way:
        yield from (
            one for one in transfer.deadlines if one.clock.family in _clocks_of(Detector.X8)
        )
        return
    stated = seen.file.record.transfer if seen.file.record else None
    if stated is None or stated.transferred_at is None or stated.addressee in _NOT_THE_POLICE:
        return
    if stated.filed_at is not None or stated.not_filed_at is not None:
        return
    if stated.accepted_at is not None:
        yield from _begun("accepted", stated.accepted_at, seen, _clocks_of(Detector.X8))
    elif stated.acknowledged_at is None:
        yield from _begun("delivered_to_police", stated.transferred_at, seen)


_NOT_THE_POLICE: Final = frozenset({OfficeKind.SUPERVISION_COMMISSION, OfficeKind.PROCURATORATE})


def _clocks_of_the_reply(seen: Seen) -> Iterator[Deadline]:
    """From our own book where an opinion in it waits, else from the agency's."""
    if seen.file.opinion is not None:
        yield seen.file.opinion.deadline
        return
    reverse = seen.file.record.reverse if seen.file.record else None
    if reverse is not None and reverse.replied_at is None:
        yield from _begun("penalty_opinion_received", reverse.opinion_received_at, seen)


def _clocks_of_non_filing(seen: Seen) -> Iterator[Deadline]:
    transfer = seen.file.transfer
    if transfer is not None and transfer.is_under_way:
        if ReportKind.SUPERVISION_SUGGESTED not in transfer.reports:
            yield from (
                one for one in transfer.deadlines if one.clock.family in _clocks_of(Detector.X9)
            )
        return
    stated = seen.file.record.transfer if seen.file.record else None
    if stated is None or stated.not_filed_at is None or stated.filed_at is not None:
        return
    if stated.reconsideration_requested_at is None and stated.supervision_suggested_at is None:
        yield from _begun(
            "non_filing_notice_received", stated.not_filed_at, seen, _clocks_of(Detector.X9)
        )


def _begun(
    event: str, at: datetime, seen: Seen, families: tuple[str, ...] | None = None
) -> Iterator[Deadline]:
    """Start the clocks of an event that only the agency's record tells of."""
    for deadline in begin_all(event, at, seen.context):
        if families is None or deadline.clock.family in families:
            yield deadline


def _overdue(detector: Detector, seen: Seen, clocks: Iterator[Deadline], state: State) -> Answer:
    """Suspect what has run out; else wait for what runs out first."""
    running: list[Deadline] = []
    for deadline in clocks:
        if not deadline.is_open:
            continue
        if deadline.state(seen.now) is state:
            return Suspicion(
                detector,
                seen.own.offence_code,
                {"clock": deadline.clock.id, "article": deadline.basis, "silent": True},
                _clock(deadline),
                signals=_signals(seen),
            )
        if deadline.due_at >= seen.now:
            running.append(deadline)
    if not running:
        return None
    first = min(running, key=lambda one: one.due_at)
    return Wait(first.due_at, first.provisional)


def _clock(deadline: Deadline) -> LeadClock:
    return LeadClock(
        deadline.clock.id,
        deadline.starts_at,
        deadline.due_at,
        deadline.strict_due_at,
        deadline.provisional,
    )
