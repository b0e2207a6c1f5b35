"""A real HTTP endpoint that fails on demand: the sandbox's addressee, with its faults as named switches."""

from collections.abc import Mapping
from datetime import UTC, datetime

from adapters.sandbox.addressee import Addressee
from adapters.sandbox.behaviours import Behaviour, Temper
from adapters.sandbox.inbox import Inbox, Now, present
from adapters.sandbox.offices import SandboxOffice
from contracts.jws import Typ, import_key
from contracts.office import Level, OfficeKind
from service.domain.registry import EndpointKind, Office, OfficeKey
from tests.support.offices import MEMBERS, PLATFORM_CODE, Member, key_of, office, public_jwk
from tests.support.packets import NOW, digest_of, packet, payload_of, signed

_LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def simulated(slug: str) -> SandboxOffice:
    """Give a test office with its key, as the sandbox plays it."""
    member = office(slug)
    return SandboxOffice(registered(member), key_of(slug), EndpointKind(member.endpoint))


def registered(member: Member) -> Office:
    causes = None if member.causes is None else frozenset(member.causes)
    return Office(
        member.code,
        member.name,
        member.kind,
        member.division,
        Level(member.level),
        member.sector,
        causes,
    )


def office_key(slug: str) -> OfficeKey:
    member = office(slug)
    public = import_key(public_jwk(member.kid, member.algorithm))
    return OfficeKey(member.kid, member.code, public, _LONG_AGO)


def agency_keys() -> Mapping[str, OfficeKey]:
    agencies = [one.slug for one in MEMBERS if one.kind is OfficeKind.AGENCY]
    return {key.kid: key for key in map(office_key, agencies)}


def inbox_of(slug: str, now: Now = present) -> Inbox:
    return Inbox(simulated(slug), key_of(PLATFORM_CODE), agency_keys(), now)


class FaultyAddressee(Addressee):
    """An office of the tests; each switch says whether the fault comes once or stays."""

    def __init__(
        self, slug: str = "county-police", temper: Temper | None = None, now: Now = present
    ) -> None:
        super().__init__(inbox_of(slug, now), temper=temper, slowness=1.0)

    @property
    def code(self) -> str:
        return self.inbox.office.code

    def recovers(self) -> None:
        self.behaves(None)

    def loses_next_packet(self, times: int = 1) -> None:
        self.behaves_next(Behaviour.LOSES_PACKET, times)

    def loses_next_answer(self, times: int = 1) -> None:
        self.behaves_next(Behaviour.LOSES_ANSWER, times)

    def cuts_next_answer(self) -> None:
        self.behaves_next(Behaviour.CUTS_ANSWER)

    def answers_next_slowly(self, seconds: float = 1.0) -> None:
        self.slowness = seconds
        self.behaves_next(Behaviour.IS_SLOW)

    def answers_next_for_other_bytes(self, times: int = 1) -> None:
        self.behaves_next(Behaviour.NAMES_OTHER_BYTES, times)

    def answers_next_with_a_strange_key(self) -> None:
        self.behaves_next(Behaviour.IS_SIGNED_BY_A_STRANGER)

    def redirects_next(self) -> None:
        self.behaves_next(Behaviour.REDIRECTS)

    def sends_20_mb_next(self) -> None:
        self.behaves_next(Behaviour.SENDS_20_MB)

    def refuses_next_signed(self) -> None:
        self.behaves_next(Behaviour.REFUSES_SIGNED)

    def refuses_next_unsigned(self, times: int = 1) -> None:
        self.behaves_next(Behaviour.REFUSES_UNSIGNED, times)

    def is_busy_next(self, seconds: int = 1) -> None:
        self.busy_for = seconds
        self.behaves_next(Behaviour.IS_BUSY)

    def hangs_up_next(self, times: int = 1) -> None:
        self.behaves_next(Behaviour.HANGS_UP, times)

    def says_only_ok_next(self) -> None:
        self.behaves_next(Behaviour.SAYS_OK_ONLY)

    def takes_and_falls_silent(self) -> None:
        self.behaves(Behaviour.ANSWERS_NEVER)

    def acknowledges_later(self) -> None:
        self.behaves(Behaviour.ANSWERS_LATER)

    def is_down(self) -> None:
        self.behaves(Behaviour.HANGS_UP)


def dispatch_to(slug: str = "county-police", *, agency: str = "market", number: int = 1) -> bytes:
    """Sign a dispatch as the platform would."""
    text = signed(packet(number, agency=agency), key_of(agency))
    addressee, sender = office(slug), office(agency)
    role = "copy" if addressee.kind is OfficeKind.PROCURATORATE else "principal"
    document = {
        "document": "dispatch",
        "version": "1",
        "dispatch_id": f"dispatch-{number}-{slug}",
        "transfer_id": f"transfer-{number}",
        "addressee": {"office": addressee.code, "kind": addressee.kind.value, "role": role},
        "packet": text.decode(),
        "packet_digest": digest_of(text),
        "agency_key": {"kid": sender.kid, "jwk": public_jwk(sender.kid, sender.algorithm)},
        "received_at": NOW.isoformat(),
        "flags": [],
        "screening": {},
        "materials": [],
    }
    return signed(payload_of(document), key_of(PLATFORM_CODE), typ=Typ.DISPATCH, at=NOW)
