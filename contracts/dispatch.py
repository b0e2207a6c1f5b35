"""The dispatch 转递: what we send to one addressee, the packet untouched beside our signed screening."""

from typing import Any, Literal

from contracts.document import Digest, Document, Id, Moment, OfficeCode, Version
from contracts.office import OfficeKind, Role
from contracts.packet import Material
from contracts.receipt import Flag


class AgencyKey(Document):
    """The key that verifies the packet, so that an addressee can do so by itself."""

    kid: str
    jwk: dict[str, Any]


class Addressee(Document):
    """Whom this dispatch is for, and why."""

    office: OfficeCode
    kind: OfficeKind
    role: Role


class Dispatch(Document):
    """A transfer on its way to one addressee; `packet` is the agency's text, byte for byte."""

    document: Literal["dispatch"]
    version: Version
    dispatch_id: Id
    transfer_id: Id
    addressee: Addressee
    packet: str
    packet_digest: Digest
    agency_key: AgencyKey
    received_at: Moment
    flags: list[Flag]
    screening: dict[str, Any]
    materials: list[Material]
