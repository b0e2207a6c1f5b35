"""What a form may choose from, and what stands in it before anybody has typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from contracts.facts import Vocabulary
from contracts.office import ADDRESSEES, OfficeKind
from contracts.report import ReportKind
from contracts.supervision import OutcomeResult, Supervision, SupervisionKind
from service.domain.act_forms import FormFaults
from service.domain.acting import Form, LeadMatter, LetterMatter, Matter, TransferMatter
from service.domain.admission import Standards, clock_context
from service.domain.deadlines import begin
from service.domain.letter_texts import letter_text, missing_of
from service.domain.phrases import Language, Phrases
from service.domain.registry import Office, Registry
from service.domain.supervision import clock_of, may_ask_for
from service.domain.working_days import SHANGHAI

_MOST_OFFICES = 500


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a form depends on beside its matter: whose it is, what is known, and when."""

    office: Office
    registry: Registry
    standards: Standards
    vocabulary: Vocabulary
    at: datetime

    @property
    def phrases(self) -> Phrases:
        """Words of facts and their values, as documents have them."""
        return Phrases(self.vocabulary, Language.ZH)


def choices_of(kind: str, matter: Matter, around: Surroundings) -> Mapping[str, Sequence[str]]:
    """Give what each field of a form may choose from."""
    match matter:
        case TransferMatter() if kind == ReportKind.SUPPLEMENT_REQUESTED:
            return {"missing": missing_of(matter, around.phrases)}
        case TransferMatter() if kind == ReportKind.FORWARDED:
            return {"forwarded_to": _organs(matter, around)}
        case TransferMatter() if kind == ReportKind.EXTENDED:
            return {"extension": _approvals(matter, around)}
        case LetterMatter():
            return {"result": tuple(OutcomeResult)}
        case _:
            return {}


def prefilled(kind: str, matter: Matter, around: Surroundings) -> Form:
    """Draft a form: the text of a letter out of the evidence, and the day by which the law has its reply."""
    if not isinstance(matter, LeadMatter) or not SupervisionKind(kind).is_letter:
        return {}
    agency = around.registry.offices.get(matter.agency_code)
    name = agency.name if agency else matter.agency_code
    laws = around.standards.book.documents
    text = letter_text(SupervisionKind(kind), matter.lead, name, around.phrases, laws)
    day = _reply_day(kind, matter, around)
    return {"text": (text,)} | ({"reply_by": (day,)} if day else {})


def _reply_day(kind: str, matter: LeadMatter, around: Surroundings) -> str | None:
    """Only a clock that leaves its date to the letter has one to suggest."""
    context = clock_context(matter.lead.sector, matter.lead.division, around.standards)
    clock = clock_of(SupervisionKind(kind), around.at, context)
    if clock is None or not clock.as_set:
        return None
    last = begin(clock, around.at, context).due_at - timedelta(microseconds=1)
    return last.astimezone(SHANGHAI).date().isoformat()


def _organs(matter: TransferMatter, around: Surroundings) -> tuple[str, ...]:
    """Organs of the same province that may file a case and do not have it yet."""
    kinds = ADDRESSEES - {OfficeKind.PROCURATORATE}
    found = [
        one
        for one in around.registry.offices.values()
        if one.kind in kinds
        and one.division[:2] == around.office.division[:2]
        and one.code not in matter.offices
    ]
    found.sort(key=lambda one: (one.division, one.code))
    return tuple(one.code for one in found[:_MOST_OFFICES])


def _approvals(matter: TransferMatter, around: Surroundings) -> tuple[str, ...]:
    on = around.at.astimezone(SHANGHAI).date()
    table = around.standards.clocks
    clocks = table.started_by("accepted", matter.sector, matter.division[:2], on)
    return tuple(
        extension.approval
        for clock in clocks
        if clock.family == "T06"
        for extension in clock.extensions
    )


def check_reply_by(document: BaseModel, matter: Matter, around: Surroundings) -> None:
    """Show at the form what the use case would refuse: no letter lengthens a time that the law fixes. Raises FormFaults."""
    if not isinstance(document, Supervision) or not isinstance(matter, LeadMatter):
        return
    by = document.reply_by
    context = clock_context(matter.lead.sector, matter.lead.division, around.standards)
    if by is not None and not may_ask_for(document.kind, by, around.at, context):
        raise FormFaults({"reply_by": "too_late"})
