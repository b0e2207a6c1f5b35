"""Sending a dispatch by the real courier, without a queue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from uuid import UUID, uuid4

from adapters.endpoints.egress import Egress
from adapters.endpoints.push import HttpCourier, Manners
from contracts import jws
from contracts.acknowledgement import Acknowledgement
from contracts.document import parse
from contracts.jws import Typ
from contracts.office import OfficeKind, Role
from service.domain.delivery import Answer, ClaimedDispatch
from service.domain.registry import Endpoint, EndpointKind
from tests.support.addressee import dispatch_to
from tests.support.offices import key_of
from tests.support.packets import NOW

DISPATCH_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
QUICK = Manners(
    total=timedelta(seconds=2),
    connect=timedelta(seconds=1),
    read=timedelta(milliseconds=300),
    plain_http=True,
    egress=Egress((ip_network("127.0.0.0/8"), ip_network("::1/128"))),
)


@dataclass(frozen=True)
class Frozen:
    """A clock that stands still."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


async def send(courier: HttpCourier, url: str | None, document: bytes | None = None) -> Answer:
    endpoint = Endpoint("A" * 18, EndpointKind.PUSH, url)
    return await courier.send(endpoint, _claimed(endpoint), document or dispatch_to())


def _claimed(endpoint: Endpoint) -> ClaimedDispatch:
    return ClaimedDispatch(
        id=DISPATCH_ID,
        transfer_id=uuid4(),
        agency_code="A" * 18,
        office_code=endpoint.office_code,
        kind=OfficeKind.PUBLIC_SECURITY,
        role=Role.PRINCIPAL,
        attempts=3,
        claim=uuid4(),
        due_at=NOW,
        give_up_at=NOW,
        digest=None,
        failures=0,
        endpoint=endpoint,
    )


def acknowledgement_in(answer: Answer) -> Acknowledgement:
    """Read what the county's police signed."""
    key = key_of("county-police")
    payload = jws.verify(jws.open_envelope(answer.body), Typ.ACKNOWLEDGEMENT, key)
    return parse(Acknowledgement, payload)
