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
    DELIVERY_REROUTED = "delivery.rerouted"  # taken back from one office and written to another
    DISPATCH_RECALLED = "dispatch.recalled"
    ACKNOWLEDGEMENT_RECEIVED = "acknowledgement.received"
    REPORT_RECEIVED = "report.received"
    DEADLINE_NEAR = "deadline.near"
    DEADLINE_MISSED = "deadline.missed"
    DEADLINE_LAPSED = "deadline.lapsed"
    DEADLINE_RECOMPUTED = "deadline.recomputed"
    REGISTRY_CHANGED = "registry.changed"
    BATCH_RECEIVED = "batch.received"
    RECORD_RECEIVED = "record.received"
    RECORD_REPLACED = "record.replaced"
    RECORD_READ = "record.read"  # its party, by an operator
    LEAD_RAISED = "lead.raised"
    LEAD_CHANGED = "lead.changed"
    LEAD_REOPENED = "lead.reopened"
    LEAD_CLOSED = "lead.closed"
    LEAD_DISMISSED = "lead.dismissed"
    RULEBOOK_SWITCHED = "rulebook.switched"
    RULEBOOK_TOOK_EFFECT = "rulebook.took_effect"
    RULEBOOK_RESCREENED = "rulebook.rescreened"
    LEAD_SUPERVISED = "lead.supervised"
    LEAD_READ = "lead.read"
    SUPERVISION_ISSUED = "supervision.issued"
    SUPERVISION_ATTEMPTED = "supervision.attempted"
    SUPERVISION_UNKNOWN = "supervision.unknown"
    SUPERVISION_DELIVERED = "supervision.delivered"
    SUPERVISION_GIVEN_UP = "supervision.given_up"
    SUPERVISION_RESENT = "supervision.resent"
    SUPERVISION_READ = "supervision.read"
    SUPERVISION_REPLIED = "supervision.replied"
    SUPERVISION_FOLLOWED = "supervision.followed"  # the case was transferred after the letter
    SUPERVISION_CLOSED = "supervision.closed"
    SUPERVISION_NEAR = "supervision.near"
    SUPERVISION_MISSED = "supervision.missed"
    SUPERVISION_ESCALATED = "supervision.escalated"
    SUPERVISION_NOTIFIED = "supervision.notified"  # the judicial administration (SPP21 Art 11)
    SUPERVISION_RECOMPUTED = "supervision.recomputed"
    STAFF_SIGNED_IN = "staff.signed_in"
    STAFF_SIGNED_OUT = "staff.signed_out"  # everywhere
    STAFF_CHANGED = "staff.changed"  # entered, given other roles, or shut out
    DESK_CLAIMED = "desk.claimed"
    DESK_RELEASED = "desk.released"
    DESK_TAKEN_OVER = "desk.taken_over"
    DESK_DECIDED = "desk.decided"  # which person signed at the desk, and for which document
    DESK_CORRECTED = "desk.corrected"
    DESK_EXPORTED = "desk.exported"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line; `data` never holds a name, a number of a person, or an amount of the case.

    `subject_id` is what it is about where that is no transfer: a case of the register, a lead, a supervision.
    A line of a lead has no `agency_code`: nobody reads in its own events that it is suspected.
    """

    id: UUID
    at: datetime
    action: Action
    actor: str
    agency_code: str | None = None
    transfer_id: UUID | None = None
    subject_id: UUID | None = None
    move: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
