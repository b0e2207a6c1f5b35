"""The journal 流转记录: the names of what can happen, and one line of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

PLATFORM = "platform"


class Action(StrEnum):
    """Every kind of journal line; other organisations read these in the events feed."""

    PACKET_RECEIVED = "packet.received"
    PACKET_REPEATED = "packet.repeated"
    DOCUMENT_REFUSED = "document.refused"
    MATERIAL_STORED = "material.stored"
    MATERIAL_READ = "material.read"
    TRANSFER_MOVED = "transfer.moved"
    TRANSFER_SUPERSEDED = "transfer.superseded"
    TRANSFER_READ = "transfer.read"
    DISPATCH_READ = "dispatch.read"
    DELIVERY_ATTEMPTED = "delivery.attempted"
    DELIVERY_TAKEN = "delivery.taken"
    DELIVERY_REFUSED = "delivery.refused"
    DELIVERY_UNKNOWN = "delivery.unknown"
    DELIVERY_GIVEN_UP = "delivery.given_up"
    DELIVERY_RESENT = "delivery.resent"
    DISPATCH_RECALLED = "dispatch.recalled"
    ACKNOWLEDGEMENT_RECEIVED = "acknowledgement.received"
    REPORT_RECEIVED = "report.received"
    DEADLINE_NEAR = "deadline.near"
    DEADLINE_MISSED = "deadline.missed"
    DEADLINE_LAPSED = "deadline.lapsed"
    DEADLINE_RECOMPUTED = "deadline.recomputed"
    REGISTRY_CHANGED = "registry.changed"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line; `data` never holds a name, a number of a person, or an amount of the case."""

    id: UUID
    at: datetime
    action: Action
    actor: str
    agency_code: str | None = None
    transfer_id: UUID | None = None
    move: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
