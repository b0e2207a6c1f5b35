"""The receipt 收件回单: our signed answer, given only after what it speaks of is committed."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.document import Digest, Document, Id, Line, Moment, OfficeCode, Version
from contracts.office import OfficeKind, Role


class Flag(Document):
    """Something that is missing or unusual; it never stops a transfer (PSB20 Art 180)."""

    code: str
    pointer: str
    zh: str
    en: str
    basis: str | None = None


class FindingSummary(Document):
    """A verdict per offence, short; the dispatch and the transfer carry the clauses."""

    offence_code: str
    offence: str
    conclusion: Literal["meets", "near", "below", "undetermined"]
    conclusion_current: Literal["meets", "near", "below", "undetermined"]
    branch: str | None = None
    missing: list[str] = []
    unverified: bool = False


class ScreeningSummary(Document):
    """What the threshold check found, and by which rule book it can be computed again."""

    rulebook_version: str
    rulebook_digest: Digest
    findings: list[FindingSummary]


class Addressed(Document):
    """One addressee that the transfer goes to; without an office our operators are looking for one."""

    kind: OfficeKind
    role: Role
    office: OfficeCode | None = None
    name: Line | None = None


class Subject(Document):
    """The signed document that a receipt is for."""

    document: Literal["transfer-packet", "acknowledgement", "report"]
    id: Id
    digest: Digest


class Receipt(Document):
    """Proof that we hold these very bytes since `received_at`, and what we made of them."""

    document: Literal["receipt"]
    version: Version
    receipt_id: Id
    of: Subject
    office: OfficeCode
    transfer_id: Id
    received_at: Moment
    status: str
    flags: Annotated[list[Flag], Field(max_length=1000)] = []
    screening: ScreeningSummary | None = None
    addressees: list[Addressed] = []
