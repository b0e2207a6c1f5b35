"""Case records 行政案件登记: what an agency's own register says of its cases, transferred or not.

A batch is one signed document. Its records are read one by one, so that a bad one fails alone.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    FiniteFloat,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import to_json

from contracts.document import (
    WHOLE,
    Digest,
    DivisionCode,
    Document,
    Fault,
    Id,
    Line,
    Moment,
    OfficeCode,
    PartialDate,
    Text,
    Version,
    schema_faults,
)
from contracts.facts import check_facts
from contracts.jws import digest_of
from contracts.office import OfficeKind, Sector
from contracts.packet import AgencyRef, Conduct, FactName, Identifier, NamedOffence

MOST_RECORDS = 10_000
"""Records of one batch at most."""


def _sorted(facts: dict[str, Any]) -> dict[str, Any]:
    # So that the order in which a system writes its facts does not make another version of the case.
    return {name: _in_order(value) for name, value in sorted(facts.items())}


def _in_order(value: Any) -> Any:  # noqa: ANN401 (a fact is any JSON value)
    if isinstance(value, dict):
        return _sorted(value)
    return [_in_order(one) for one in value] if isinstance(value, list) else value


class RecordParty(Document):
    """The party of an administrative case: whose act it was."""

    kind: Literal["person", "unit"]
    name: Line
    identifier: Identifier | None = None


class Review(Document):
    """A legal review 法制审核 (APL Art 58) or a collective discussion 集体讨论 (APL Art 57(2))."""

    held_on: PartialDate | None = None
    opinion: Literal["transfer", "penalise", "no_penalty", "other"] | None = None


class RecordPenalty(Document):
    """The administrative penalty of the case (APL Art 57); `floor` is the least fine that the statute allows for the act."""

    decision_number: Line | None = None
    kinds: Annotated[list[Line], Field(min_length=1, max_length=10)]
    decided_on: PartialDate
    effective_on: PartialDate | None = None
    amount: Annotated[FiniteFloat | None, Field(ge=0)] = None
    floor: Annotated[FiniteFloat | None, Field(ge=0)] = None
    mitigation: Line | None = None
    status: Literal["effective", "revoked", "under_review"] = "effective"


class RecordTransfer(Document):
    """What the register says of a transfer: the chief's decision, and what became of it (D310 Art 5-9).

    A refusal names its reason (D310 Art 5(2)); one without is taken, and flagged by its lead.
    """

    decision: Literal["approved", "refused"] | None = None
    decided_at: Moment | None = None
    reason: Line | None = None
    document_number: Line | None = None
    transferred_at: Moment | None = None
    addressee: OfficeKind | None = None
    acknowledged_at: Moment | None = None
    accepted_at: Moment | None = None
    filed_at: Moment | None = None
    not_filed_at: Moment | None = None
    reconsideration_requested_at: Moment | None = None
    reconsideration_changed: bool | None = None
    supervision_suggested_at: Moment | None = None
    prosecuted_on: PartialDate | None = None
    convicted_on: PartialDate | None = None


class RecordReverse(Document):
    """A case that criminal justice handed back for a penalty (CPL Art 177(3); SPP21 Art 8, 9)."""

    non_prosecution_on: PartialDate | None = None
    opinion_number: Line | None = None
    opinion_received_at: Moment
    replied_at: Moment | None = None


class CaseRecord(Document):
    """One administrative case as the register has it now; `recorded_at` tells the later of two versions.

    `established_on` is the day on which the facts were established: from it the time to transfer is
    counted. `entered_at` is when a predecessor of this platform had the case, before the agency was
    connected here. `act_family` is the kind of act in the words of `facts.yaml`; else the cause tells.
    """

    case_number: Line
    title: Line | None = None
    cause: Line
    sector: Sector | None = None
    division: DivisionCode | None = None
    act_family: Annotated[str | None, Field(pattern=r"^[a-z][a-z_]{0,63}$")] = None
    recorded_at: Moment | None = None
    entered_at: Moment | None = None
    filed_on: PartialDate | None = None
    established_on: PartialDate | None = None
    party: RecordParty
    offences: Annotated[list[NamedOffence], Field(max_length=20)] = Field(default_factory=list)
    conduct: Conduct = Conduct()
    facts: Annotated[dict[FactName, Any], Field(max_length=300), AfterValidator(_sorted)] = Field(
        default_factory=dict
    )
    bounds: Annotated[
        dict[FactName, Literal["at_least", "at_most", "about"]],
        Field(max_length=300),
        AfterValidator(_sorted),
    ] = Field(default_factory=dict)
    legal_review: Review | None = None
    collective_discussion: Review | None = None
    penalty: RecordPenalty | None = None
    transfer: RecordTransfer | None = None
    reverse: RecordReverse | None = None
    closed_on: PartialDate | None = None
    summary: Text | None = None

    def content(self) -> bytes:
        """Write the record in one canonical way: what is kept, and what its digest is of."""
        return self.model_dump_json(exclude_none=True, exclude_defaults=True).encode()


class MonthlyCount(Document):
    """How many cases the agency's own register has for a month, to be held against what we have."""

    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    filed: Annotated[int | None, Field(ge=0, le=10_000_000), WHOLE] = None
    decided: Annotated[int, Field(ge=0, le=10_000_000), WHOLE]


class CaseRecords(Document):
    """A batch of an agency's register, signed by the agency; `records` are read one by one."""

    document: Literal["case-records"]
    version: Version
    batch_id: Id
    agency: AgencyRef
    records: Annotated[
        list[Any], Field(max_length=MOST_RECORDS, description="Each by the schema case-record.")
    ] = Field(default_factory=list)
    counts: Annotated[list[MonthlyCount], Field(max_length=600)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.records and not self.counts:
            raise ValueError("a batch has records, counts or both")
        return self


class RecordResult(StrEnum):
    """What became of one record of a batch."""

    STORED = "stored"  # a case that we did not have
    REPLACED = "replaced"  # a later version; the earlier one is kept
    UNCHANGED = "unchanged"  # we have this very version
    STALE = "stale"  # we have a later version; this one is kept among the earlier ones
    REFUSED = "refused"  # it cannot be read; `errors` say why


class RecordAnswer(Document):
    """What became of the record at `index` of the batch."""

    index: Annotated[int, Field(ge=0)]
    case_number: str | None = None
    result: RecordResult
    version: int | None = None
    conclusion: str | None = None
    missing: list[str] = []
    errors: list[Fault] = []


class BatchSubject(Document):
    """The batch that a receipt is for."""

    document: Literal["case-records"]
    id: Id
    digest: Digest


class RecordsReceipt(Document):
    """Proof that we hold what a batch said since `received_at`, and what became of each of its records."""

    document: Literal["records-receipt"]
    version: Version
    receipt_id: Id
    of: BatchSubject
    office: OfficeCode
    received_at: Moment
    results: list[RecordAnswer]


_RECORDS: TypeAdapter[list[CaseRecord]] = TypeAdapter(list[CaseRecord])
_ONE: TypeAdapter[CaseRecord] = TypeAdapter(CaseRecord)


def read_record(text: bytes) -> CaseRecord:
    """Read one record from JSON; raises ValidationError."""
    return _ONE.validate_json(text, strict=True)


def read_records(records: list[Any]) -> list[CaseRecord | ValidationError]:
    """Read the records of a batch; one that is wrong is its error in its place."""
    try:
        return [*_RECORDS.validate_json(to_json(records), strict=True)]
    except ValidationError:
        return [_read_alone(one) for one in records]


def _read_alone(record: object) -> CaseRecord | ValidationError:
    try:
        return read_record(to_json(record))
    except ValidationError as error:
        return error


def faults_of(read: CaseRecord | ValidationError) -> list[Fault]:
    """Everything that is wrong with a record as it was read, its facts included; empty for one that can be taken."""
    if isinstance(read, ValidationError):
        return schema_faults(read)
    problems = check_facts(read.facts, read.bounds)
    return [Fault(pointer=one.pointer, code=one.code, detail=one.message) for one in problems]


def record_digest(content: bytes) -> str:
    """Name a version of a case by what it says."""
    return digest_of(content)


def plain(record: CaseRecord) -> Mapping[str, Any]:
    """Give a record as JSON values, for writing it into a batch."""
    return record.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
