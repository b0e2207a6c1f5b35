"""The acknowledgement 回执 of one addressee for one dispatch; it is never called a receipt."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import model_validator

from contracts.document import Digest, Document, Id, Line, Moment, OfficeCode, Text, Version


class AckResult(StrEnum):
    """Whether the addressee took the dispatch. Only a signed refusal is believed."""

    RECEIVED = "received"
    REFUSED = "refused"


class Acknowledgement(Document):
    """The addressee's signed word that it has exactly the bytes we sent, or that it will not take them."""

    document: Literal["acknowledgement"]
    version: Version
    acknowledgement_id: Id
    dispatch_id: Id
    dispatch_digest: Digest
    office: OfficeCode
    result: AckResult
    acknowledged_at: Moment
    reason: Text | None = None
    reference: Line | None = None

    @model_validator(mode="after")
    def _refusal_says_why(self) -> Self:
        if self.result is AckResult.REFUSED and self.reason is None:
            raise ValueError("a refusal says why: reason is missing")
        return self
