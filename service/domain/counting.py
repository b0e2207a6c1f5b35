"""What of a case is counted: the file, what was found of it and its leads, in the terms of appraisal."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from contracts.case_record import RecordTransfer
from contracts.facts import PartialDate
from contracts.report import ReportKind
from service.domain.appraisal import Counted, CountedTransfer
from service.domain.case_files import CaseFile, CaseTransfer, start_of
from service.domain.deadlines import Context, Deadline, begin_all
from service.domain.inspecting import Inspected
from service.domain.leads import Lead
from service.domain.working_days import SHANGHAI

_TRANSFER, _DECISION = "T02", "T06"


def counted_of(inspected: Inspected, leads: Iterable[Lead]) -> Counted:
    """Say what of a case is counted; nothing of it depends on the present moment."""
    file, context = inspected.file, inspected.context
    return Counted(
        month=month_of(file),
        conclusion=inspected.own.conclusion,
        filed_on=_filed_on(file),
        decided_on=file.decided_on,
        entered_at=file.entered_at,
        is_entered_in_time=_is_entered_in_time(file, context),
        is_penalised=file.penalised_on is not None,
        leads={lead.detector: lead.status for lead in leads},
        has_undetermined=bool(inspected.undetermined),
        transfer=_transfer(file, context),
    )


def month_of(file: CaseFile) -> date:
    """The month in which figures count a case: of its decision, else its filing, else its arrival.

    One that only a transfer told of keeps the month of that, whatever became of the transfer.
    """
    on = file.decided_on or _filed_on(file)
    if on is None and file.arrived_at is not None:
        on = file.arrived_at.astimezone(SHANGHAI).date()
    on = on or file.month
    assert on is not None  # a case is known by its record or by its transfer
    return on.replace(day=1)


def _filed_on(file: CaseFile) -> date | None:
    if file.record is None or file.record.filed_on is None:
        return None
    return PartialDate.parse(file.record.filed_on).last


def _is_entered_in_time(file: CaseFile, context: Context) -> bool:
    if file.decided_on is None or file.entered_at is None:
        return False
    clocks = begin_all("decision_made", start_of(file.decided_on), context)
    return bool(clocks) and all(file.entered_at <= one.due_at for one in clocks)


def _transfer(file: CaseFile, context: Context) -> CountedTransfer | None:
    """Our own book where the transfer is in it, else the agency's; what came after filing only the agency tells."""
    stated = file.record.transfer if file.record else None
    if file.transfer is not None and file.transfer.is_under_way:
        return _by_us(file.transfer, stated)
    if stated is None or stated.transferred_at is None:
        return None
    return _by_the_agency(stated, stated.transferred_at, context)


def _by_us(transfer: CaseTransfer, stated: RecordTransfer | None) -> CountedTransfer:
    told = transfer.reports
    return CountedTransfer(
        at=transfer.received_at,
        is_in_time=_is_met(transfer.deadlines, _TRANSFER),
        is_accepted=ReportKind.ACCEPTED in told,
        is_decided_in_time=_is_met(transfer.deadlines, _DECISION),
        is_filed=ReportKind.FILED in told or ReportKind.RECONSIDERED_CHANGED in told,
        is_prosecuted=stated is not None and stated.prosecuted_on is not None,
        is_convicted=stated is not None and stated.convicted_on is not None,
        is_reconsideration_requested=ReportKind.RECONSIDERATION_REQUESTED in told,
        is_reconsideration_changed=ReportKind.RECONSIDERED_CHANGED in told,
    )


def _is_met(deadlines: Iterable[Deadline], family: str) -> bool:
    met = [one for one in deadlines if one.clock.family == family and one.met_at is not None]
    return bool(met) and all(one.met_at <= one.due_at for one in met if one.met_at is not None)


def _by_the_agency(stated: RecordTransfer, at: datetime, context: Context) -> CountedTransfer:
    decided = [one for one in (stated.filed_at, stated.not_filed_at) if one is not None]
    return CountedTransfer(
        at=at,
        is_in_time=stated.decision == "approved"
        and _was_in_time("approved", stated.decided_at, at, _TRANSFER, context),
        is_accepted=stated.accepted_at is not None,
        is_decided_in_time=bool(decided)
        and _was_in_time("accepted", stated.accepted_at, min(decided), _DECISION, context),
        is_filed=stated.filed_at is not None,
        is_prosecuted=stated.prosecuted_on is not None,
        is_convicted=stated.convicted_on is not None,
        is_reconsideration_requested=stated.reconsideration_requested_at is not None,
        is_reconsideration_changed=bool(stated.reconsideration_changed),
    )


def _was_in_time(
    event: str, since: datetime | None, at: datetime, family: str, context: Context
) -> bool:
    """Whether a step came within its clock; one whose beginning nobody stated was not."""
    return since is not None and any(
        at <= one.due_at for one in _of_family(begin_all(event, since, context), family)
    )


def _of_family(deadlines: Iterable[Deadline], family: str) -> Iterator[Deadline]:
    return (one for one in deadlines if one.clock.family == family)
