"""The transfer packet 移送案卷: what an agency signs when it hands a case over (D310 Art 5, 6)."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from contracts.document import (
    WHOLE,
    Digest,
    DivisionCode,
    Document,
    Evidence,
    Id,
    Line,
    Moment,
    OffenceCode,
    OfficeCode,
    PartialDate,
    Text,
    Version,
)
from contracts.office import OfficeKind, Sector


class MaterialKind(StrEnum):
    """The five attachments that D310 Art 6 names."""

    TRANSFER_LETTER = "transfer_letter"  # 涉嫌犯罪案件移送书
    INVESTIGATION_REPORT = "investigation_report"  # 案件调查报告
    ITEM_LIST = "item_list"  # 涉案物品清单
    INSPECTION_REPORT = "inspection_report"  # 检验报告或者鉴定结论
    OTHER = "other"  # 其他有关涉嫌犯罪的材料


class IdentifierType(StrEnum):
    """What kind of number names a party."""

    CREDIT_CODE = "credit_code"  # 统一社会信用代码, GB 32100
    ORGANISATION_CODE = "organisation_code"  # 组织机构代码, GB 11714
    CITIZEN_ID = "citizen_id"  # 公民身份号码, GB 11643
    RESIDENCE_PERMIT = "residence_permit"  # 港澳台居民居住证
    FOREIGNER_CARD = "foreigner_card"  # 外国人永久居留身份证
    PASSPORT = "passport"
    OTHER = "other"


class AgencyRef(Document):
    """The agency that transfers; it must be the office whose key signed."""

    code: OfficeCode
    name: Line


class Officer(Document):
    """A member of the special team; D310 Art 5(1) asks for two or more."""

    name: Line
    certificate_number: Line | None = None


class Approvals(Document):
    """The internal decision to transfer (D310 Art 5(2)); missing times are flagged, never refused."""

    officers: Annotated[list[Officer], Field(max_length=50)] = Field(default_factory=list)
    reported_at: Moment | None = None
    approved_at: Moment | None = None
    approver: Line | None = None


class Case(Document):
    """The administrative case that is handed over."""

    case_number: Line
    title: Line
    cause: Line
    sector: Sector
    division: DivisionCode
    filed_on: PartialDate | None = None
    summary: Text | None = None


class Identifier(Document):
    """A number that names a party; a wrong check digit is flagged, never refused."""

    type: IdentifierType
    value: Annotated[Line, Field(max_length=64)]


class Suspect(Document):
    """A person or unit suspected of the crime."""

    kind: Literal["person", "unit"]
    name: Line
    identifier: Identifier | None = None
    address: Line | None = None
    phone: Line | None = None


class NamedOffence(Document):
    """An offence the agency suspects; screening looks at others too."""

    code: OffenceCode
    name: Line | None = None


class Conduct(Document):
    """When the act was done; its last day chooses the version of the law."""

    started_on: PartialDate | None = None
    ended_on: PartialDate | None = None


class Penalty(Document):
    """An administrative penalty already imposed in this very case (D310 Art 11)."""

    decision_number: Line
    kinds: Annotated[list[Line], Field(min_length=1, max_length=10)]
    decided_on: PartialDate
    amount: Annotated[FiniteFloat | None, Field(ge=0)] = None


class Material(Document):
    """A file of the case, named by its digest and uploaded before the packet."""

    digest: Digest
    kind: MaterialKind
    title: Line
    media_type: Annotated[str, Field(pattern=r"^[a-z]+/[A-Za-z0-9.+-]{1,100}$")]
    size: Annotated[int, Field(ge=0, le=2 * 1024**3), WHOLE]
    pages: Annotated[int | None, Field(ge=1, le=100_000), WHOLE] = None


class Insistence(Document):
    """Why the agency transfers a case whose numbers stay below the threshold: every offence has an open clause."""

    reason: Text


class Contact(Document):
    """Whom the police may call."""

    name: Line
    phone: Line


FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class TransferPacket(Document):
    """A case as the agency hands it over; its bytes are kept and passed on as they were signed."""

    document: Literal["transfer-packet"]
    version: Version
    packet_id: Id
    agency: AgencyRef
    document_number: Line
    case: Case
    approvals: Approvals
    suspects: Annotated[list[Suspect], Field(min_length=1, max_length=500)]
    offences: Annotated[list[NamedOffence], Field(min_length=1, max_length=20)]
    conduct: Conduct
    facts: Annotated[dict[FactName, Any], Field(max_length=300)]
    bounds: Annotated[
        dict[FactName, Literal["at_least", "at_most", "about"]], Field(max_length=300)
    ] = Field(default_factory=dict)
    evidence: Annotated[
        dict[FactName, Annotated[list[Evidence], Field(max_length=100)]], Field(max_length=300)
    ] = Field(default_factory=dict)
    penalties: Annotated[list[Penalty], Field(max_length=50)] = Field(default_factory=list)
    materials: Annotated[list[Material], Field(max_length=2000)]
    principal: (
        Literal[
            OfficeKind.PUBLIC_SECURITY, OfficeKind.ANTI_SMUGGLING, OfficeKind.SUPERVISION_COMMISSION
        ]
        | None
    ) = None
    supersedes: Id | None = None
    insistence: Insistence | None = None
    contact: Contact | None = None

    @model_validator(mode="after")
    def _evidence_is_in_the_packet(self) -> Self:
        # Evidence that points at nothing would be lost on the way to the police without a word.
        faults = [*self._evidence_for_nothing(), *self._evidence_without_material()]
        if faults:
            raise ValidationError.from_exception_data("TransferPacket", faults)
        return self

    def _evidence_for_nothing(self) -> Iterator[InitErrorDetails]:
        for name in self.evidence.keys() - self.facts.keys():
            yield _fault("fact_not_given", "no such fact is given", "evidence", name)

    def _evidence_without_material(self) -> Iterator[InitErrorDetails]:
        digests = {material.digest for material in self.materials}
        for name, places in self.evidence.items():
            for number, place in enumerate(places):
                if place.material not in digests:
                    yield _fault(
                        "material_not_listed",
                        "this material is not in the list of materials",
                        *("evidence", name, number, "material"),
                    )


def _fault(code: str, detail: str, *where: str | int) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError(code, detail), loc=where, input=None)
