"""The forms of acts: their fields, what is wrong in a filled one, and the document that it becomes.

Reading gives every fault by its field, so that a page can show them all beside what was typed; nothing that was typed
is thrown away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from contracts.acknowledgement import Acknowledgement
from contracts.document import schema_faults
from contracts.jws import CLOCK_SKEW
from contracts.report import Report, ReportKind
from contracts.supervision import OutcomeResult, Supervision, SupervisionKind
from service.domain.acting import (
    REFUSE,
    RESULTS,
    Form,
    LeadMatter,
    LetterMatter,
    Matter,
    TransferMatter,
)
from service.domain.claims import Subject
from service.domain.typed_texts import is_seen
from service.domain.working_days import SHANGHAI


class FieldKind(StrEnum):
    """How a field is filled."""

    TEXT = "text"  # of several lines
    LINE = "line"
    LINES = "lines"  # one entry a line
    CHECKS = "checks"  # any of a list
    CHOICE = "choice"  # one of a list
    MOMENT = "moment"  # as Beijing has it
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Field:
    """One field, by the name that the document has for it."""

    name: str
    kind: FieldKind
    is_required: bool = False


_K = FieldKind
_NUMBER = Field("document_number", _K.LINE)
_HAPPENED = Field("happened_at", _K.MOMENT)
_REASON = Field("reason", _K.TEXT)
_WHY = Field("reason", _K.TEXT, is_required=True)
_TEXT = Field("text", _K.TEXT, is_required=True)
_OF_REPORTS: Mapping[ReportKind, tuple[Field, ...]] = {
    ReportKind.SUPPLEMENT_REQUESTED: (
        Field("missing", _K.CHECKS),
        Field("missing_more", _K.LINES),
        _WHY,
        _NUMBER,
    ),
    ReportKind.FORWARDED: (
        Field("forwarded_to", _K.CHOICE, is_required=True),
        _REASON,
        _NUMBER,
        _HAPPENED,
    ),
    ReportKind.EXTENDED: (
        Field("extension", _K.CHOICE, is_required=True),
        _REASON,
        _NUMBER,
        _HAPPENED,
    ),
    ReportKind.OPINION: (_WHY, _NUMBER),
    ReportKind.REASONS_DEMANDED: (_WHY, _NUMBER),
    ReportKind.FILING_NOTIFIED: (_WHY, _NUMBER),
    ReportKind.NOT_FILED: (_WHY, _NUMBER, _HAPPENED),
    ReportKind.CASE_WITHDRAWN: (_WHY, _NUMBER, _HAPPENED),
    ReportKind.REASONS_GIVEN: (_WHY, _NUMBER, _HAPPENED),
}


def fields_of(subject: Subject, kind: str) -> tuple[Field, ...]:
    """Give the fields of an act; raises ValueError for a kind that there is not."""
    if subject is not Subject.TRANSFER:
        return _of_letter(SupervisionKind(kind))
    if kind in RESULTS:
        why = (_WHY,) if kind == REFUSE else ()
        return (*why, Field("reference", _K.LINE))
    return _OF_REPORTS.get(ReportKind(kind), (_REASON, _NUMBER, _HAPPENED))


def _of_letter(kind: SupervisionKind) -> tuple[Field, ...]:
    match kind:
        case SupervisionKind.DISMISSAL:
            return (_TEXT,)
        case SupervisionKind.OUTCOME:
            return (Field("result", _K.CHOICE, is_required=True), _TEXT, _NUMBER)
        case _:
            return (_TEXT, _NUMBER, Field("reply_by", _K.DAY))


def kept(form: Iterable[tuple[str, str]], fields: Iterable[Field]) -> Form:
    """Keep what a form has for its fields, bounded; everything else is not of it."""
    names = {field.name for field in fields}
    found: dict[str, list[str]] = {}
    for name, value in form:
        if name in names:
            found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return {name: tuple(values[:_MOST]) for name, values in found.items()}


_MOST = 200  # values of one field


class FormFaults(Exception):  # noqa: N818 (it is no failure: the person mends it)
    """What is wrong in a filled form, by its fields: codes that pages have words for."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in faults.items()))
        self.faults = dict(faults)


@dataclass(frozen=True, slots=True)
class Writing:
    """What a document says of itself beside the form: its id, its office, and when."""

    act_id: UUID
    office_code: str
    at: datetime
    choices: Mapping[str, Sequence[str]]


def document_of(kind: str, matter: Matter, form: Form, writing: Writing) -> BaseModel:
    """Write the document of a filled form; raises FormFaults with every fault of it."""
    fields = fields_of(matter.subject, kind)
    values, faults = _read(fields, form, writing)
    if faults:
        raise FormFaults(faults)
    try:
        return _MODELS[matter.subject](kind, matter, values, writing)
    except ValidationError as error:
        raise FormFaults(_by_field(error, fields)) from None


def _read(
    fields: Iterable[Field], form: Form, writing: Writing
) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for field in fields:
        try:
            value = _value(field, form.get(field.name, ()), writing)
        except ValueError as fault:
            faults[field.name] = str(fault)
            continue
        if value:
            values[field.name] = value
        elif field.is_required:
            faults[field.name] = "missing"
    return values, faults


def _value(field: Field, given: Sequence[str], writing: Writing) -> Any:  # noqa: ANN401 (as the kind has it)
    first = given[0].strip() if given else ""
    match field.kind:
        case FieldKind.TEXT | FieldKind.LINE:
            return first if is_seen(first) else ""
        case FieldKind.LINES:
            return [line.strip() for line in first.splitlines() if is_seen(line)]
        case FieldKind.CHECKS:
            return _known(list(given), writing.choices.get(field.name, ()))
        case FieldKind.CHOICE:
            return first and _known([first], writing.choices.get(field.name, ()))[0]
        case FieldKind.MOMENT:
            return first and _past(_moment(first), writing.at)
        case FieldKind.DAY:
            return first and _future(_end_of(first), writing.at)


def _known(given: list[str], choices: Sequence[str]) -> list[str]:
    if unknown := set(given) - set(choices):
        raise ValueError("unknown_choice") from LookupError(*unknown)
    return given


def _moment(text: str) -> datetime:
    """Read a moment; one without a zone is as Beijing has it."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(SHANGHAI) if at.tzinfo else at.replace(tzinfo=SHANGHAI)
    except (ValueError, OverflowError):  # a moment after the last of all is none
        raise ValueError("not_a_moment") from None


def _end_of(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), SHANGHAI) + timedelta(days=1)
    except (ValueError, OverflowError):  # a day after the last of all is none
        raise ValueError("not_a_day") from None


def _past(at: datetime, now: datetime) -> datetime:
    if at > now + CLOCK_SKEW:
        raise ValueError("in_the_future")
    return at


def _future(at: datetime, now: datetime) -> datetime:
    if at <= now:
        raise ValueError("in_the_past")
    return at


def _by_field(error: ValidationError, fields: Iterable[Field]) -> dict[str, str]:
    """Show each fault of the contract beside the field that it is about, else at the first one."""
    names = {field.name: field.kind for field in fields}
    first = next(iter(names))
    faults: dict[str, str] = {}
    for fault in schema_faults(error):
        name = fault.pointer.split("/")[1] if "/" in fault.pointer else ""
        if name == "missing" and "missing_more" in names:
            name = "missing_more"
        is_moment = names.get(name) is FieldKind.MOMENT
        code = "not_a_moment" if is_moment else _CODES.get(fault.code, "not_valid")
        faults.setdefault(name if name in names else first, code)
    return faults


_CODES = {"string_too_long": "too_long", "too_long": "too_many", "string_pattern_mismatch": "sign"}


def _acknowledgement_or_report(
    kind: str, matter: Matter, values: dict[str, Any], writing: Writing
) -> BaseModel:
    assert isinstance(matter, TransferMatter)
    if kind in RESULTS:
        assert matter.dispatch_digest is not None
        return Acknowledgement(
            document="acknowledgement",
            version="1",
            acknowledgement_id=str(writing.act_id),
            dispatch_id=str(matter.dispatch_id),
            dispatch_digest=matter.dispatch_digest,
            office=writing.office_code,
            result=RESULTS[kind],
            acknowledged_at=writing.at,
            **values,
        )
    missing = [*values.pop("missing", ()), *values.pop("missing_more", ())]
    return Report(
        document="report",
        version="1",
        report_id=str(writing.act_id),
        transfer_id=str(matter.id),
        office=writing.office_code,
        kind=ReportKind(kind),
        happened_at=values.pop("happened_at", writing.at),
        missing=missing,
        **values,
    )


def _letter(kind: str, matter: Matter, values: dict[str, Any], writing: Writing) -> BaseModel:
    assert isinstance(matter, LeadMatter)
    is_letter = SupervisionKind(kind).is_letter
    return Supervision(
        document="supervision",
        version="1",
        letter_id=str(writing.act_id),
        office=writing.office_code,
        kind=SupervisionKind(kind),
        agency=matter.agency_code if is_letter else None,
        case_number=matter.case_number if is_letter else None,
        lead_id=str(matter.id),
        issued_at=writing.at,
        **values,
    )


def _outcome(kind: str, matter: Matter, values: dict[str, Any], writing: Writing) -> BaseModel:
    assert isinstance(matter, LetterMatter)
    return Supervision(
        document="supervision",
        version="1",
        letter_id=str(writing.act_id),
        office=writing.office_code,
        kind=SupervisionKind(kind),
        supervision_id=str(matter.id),
        result=OutcomeResult(values.pop("result")),
        issued_at=writing.at,
        **values,
    )


_MODELS = {
    Subject.TRANSFER: _acknowledgement_or_report,
    Subject.LEAD: _letter,
    Subject.SUPERVISION: _outcome,
}
