"""The life of a transfer: its statuses, the one table of legal moves, and how the status follows from its parts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from contracts.office import OfficeKind, Role
from contracts.report import ReportKind
from service.domain.errors import IllegalMoveError


class Status(StrEnum):
    """Where a transfer stands; each comment says whose move it is."""

    HELD_BELOW_THRESHOLD = "held_below_threshold"  # the agency's: withdraw, or insist with a reason
    DISPATCHING = "dispatching"  # ours: deliver to every addressee
    UNDELIVERABLE = "undeliverable"  # our operators': find an endpoint that takes it
    DELIVERED = "delivered"  # the addressees': acknowledge
    ACKNOWLEDGED = "acknowledged"  # the addressee's: decide on acceptance
    SUPPLEMENT_REQUESTED = "supplement_requested"  # the agency's: supplement (PSB20 Art 180)
    ACCEPTED = "accepted"  # the police's: decide on filing (D310 Art 8)
    FILED = "filed"  # the agency's: hand over items (D310 Art 12)
    NOT_FILED = "not_filed"  # the agency's: ask for reconsideration or supervision (D310 Art 9)
    SUPERVISED = "supervised"  # the police's: give reasons or file, under the procuratorate's eye (CPL Art 113)
    CLOSED = "closed"  # nobody's
    WITHDRAWN = "withdrawn"  # nobody's


class DispatchStatus(StrEnum):
    """Where one dispatch stands; each comment says whose move it is."""

    HELD = "held"  # the agency's: the transfer is below the threshold
    WAITING = "waiting"  # ours: send it
    DELIVERED = "delivered"  # the addressee's: acknowledge
    ACKNOWLEDGED = "acknowledged"  # nobody's
    REFUSED = "refused"  # our operators': the addressee signed a no
    UNDELIVERABLE = "undeliverable"  # our operators': no endpoint, or out of tries
    RECALLED = "recalled"  # nobody's: withdrawn or superseded before it was sent, or another has it in its place

    @property
    def is_stuck(self) -> bool:
        return self in (DispatchStatus.REFUSED, DispatchStatus.UNDELIVERABLE)


UNTAKEN = frozenset({DispatchStatus.WAITING, DispatchStatus.UNDELIVERABLE})
"""What an office at a desk has not opened yet."""
_ON_THE_WAY = frozenset(
    {Status.DISPATCHING, Status.UNDELIVERABLE, Status.DELIVERED, Status.ACKNOWLEDGED}
)
_DECISIONS = frozenset(
    {Status.SUPPLEMENT_REQUESTED, Status.ACCEPTED, Status.FILED, Status.NOT_FILED}
)
_ENDS = frozenset({Status.CLOSED, Status.WITHDRAWN})
_WITH_THE_POLICE = _DECISIONS | {Status.SUPERVISED, Status.CLOSED}

NEXT: Mapping[Status, frozenset[Status]] = {
    Status.HELD_BELOW_THRESHOLD: frozenset(
        {Status.DISPATCHING, Status.UNDELIVERABLE, Status.WITHDRAWN}
    ),
    # Addressees answer in any order, so a decision may overtake the copy that is still on its way.
    Status.DISPATCHING: _ON_THE_WAY | _WITH_THE_POLICE | {Status.WITHDRAWN},
    Status.UNDELIVERABLE: _ON_THE_WAY | _WITH_THE_POLICE | {Status.WITHDRAWN},
    Status.DELIVERED: _ON_THE_WAY | _WITH_THE_POLICE | {Status.WITHDRAWN},
    Status.ACKNOWLEDGED: _ON_THE_WAY | _WITH_THE_POLICE | {Status.WITHDRAWN},
    Status.SUPPLEMENT_REQUESTED: _ON_THE_WAY | _WITH_THE_POLICE | {Status.WITHDRAWN},
    # Forwarded to the organ whose case it is, it begins anew there (D310 Art 7).
    Status.ACCEPTED: _ON_THE_WAY | _WITH_THE_POLICE,
    Status.FILED: frozenset({Status.CLOSED}),
    Status.NOT_FILED: frozenset({Status.FILED, Status.SUPERVISED, Status.CLOSED}),
    Status.SUPERVISED: frozenset({Status.FILED, Status.NOT_FILED, Status.CLOSED}),
    Status.CLOSED: frozenset(),
    Status.WITHDRAWN: frozenset(),
}


def check_move(before: Status, after: Status) -> None:
    """Refuse a move that the table does not have; raises IllegalMoveError."""
    if before is not after and after not in NEXT[before]:
        raise IllegalMoveError(f"{before.value} -> {after.value}")


def check_story(reports: Iterable[ReportKind]) -> None:
    """Refuse reports that, in the order of what they tell, make a move that there is not; raises IllegalMoveError.

    One may arrive late, and tell of what came before; but no case was filed before it was accepted.
    """
    for before, after in pairwise(_steps(reports)):
        if before is not None and after is not None:
            check_move(before, after)


@dataclass(frozen=True, slots=True)
class Part:
    """What the status needs to know of one addressee."""

    kind: OfficeKind
    role: Role
    status: DispatchStatus


# What each report says of the case. Forwarded and supplemented ones turn it back; the others leave it where it stands.
_SAYS: Mapping[ReportKind, Status] = {
    ReportKind.SUPPLEMENT_REQUESTED: Status.SUPPLEMENT_REQUESTED,
    ReportKind.ACCEPTED: Status.ACCEPTED,
    ReportKind.FILED: Status.FILED,
    ReportKind.NOT_FILED: Status.NOT_FILED,
    ReportKind.RECONSIDERED_UPHELD: Status.NOT_FILED,
    ReportKind.RECONSIDERED_CHANGED: Status.FILED,
    ReportKind.REASONS_DEMANDED: Status.SUPERVISED,
    ReportKind.FILING_NOTIFIED: Status.SUPERVISED,
    ReportKind.REASONS_GIVEN: Status.SUPERVISED,
    ReportKind.CASE_WITHDRAWN: Status.CLOSED,
    ReportKind.CLOSED: Status.CLOSED,
    ReportKind.WITHDRAWN: Status.WITHDRAWN,
}


def status_of(
    parts: Iterable[Part], reports: Iterable[ReportKind], *, is_current: bool = True
) -> Status:
    """Derive a transfer's status from its addressees, and from its reports in the order of what they tell.

    One that was superseded is withdrawn, whoever answers it later.

    What an office has decided outweighs what is still on its way: a copy that cannot be delivered
    stays visible on its own dispatch and must not hide that the police have filed the case.
    """
    if not is_current:
        return Status.WITHDRAWN
    return _said(reports) or _on_the_way({part.status for part in parts})


def _said(reports: Iterable[ReportKind]) -> Status | None:
    """Give where the reports leave a case; None where it is for its addressees to say."""
    *_, said = None, *_steps(reports)
    return said


def _steps(reports: Iterable[ReportKind]) -> Iterator[Status | None]:
    """Give where a case stands after each report."""
    said: Status | None = None
    asked_at: Status | None = None
    for kind in reports:
        if kind is ReportKind.FORWARDED:
            said = None  # the new office is an addressee too
        elif kind is ReportKind.SUPPLEMENTED:
            said = asked_at if said is Status.SUPPLEMENT_REQUESTED else said
        elif kind in _SAYS:
            if said is not Status.SUPPLEMENT_REQUESTED:
                asked_at = said
            said = _SAYS[kind]
        yield said


def _on_the_way(statuses: set[DispatchStatus]) -> Status:
    if DispatchStatus.HELD in statuses:
        return Status.HELD_BELOW_THRESHOLD
    if DispatchStatus.WAITING in statuses:
        return Status.DISPATCHING
    if any(status.is_stuck for status in statuses):
        return Status.UNDELIVERABLE
    if DispatchStatus.DELIVERED in statuses:
        return Status.DELIVERED
    return Status.ACKNOWLEDGED
