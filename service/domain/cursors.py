"""Places in a list, written so that a caller can hand them back and not be tempted to compute with them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.document import Fault
from service.domain.errors import Refusal

_NIL = UUID(int=0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands: a number that orders, and the id that settles a draw."""

    number: int = 0
    id: UUID = _NIL

    @classmethod
    def at(cls, moment: datetime, row_id: UUID) -> "Place":
        """Order by a moment; to the microsecond, as the database keeps it."""
        return cls((moment - _EPOCH) // _MICROSECOND, row_id)

    @property
    def moment(self) -> datetime:
        """The moment that `at` was given; raises OverflowError outside the calendar."""
        return _EPOCH + self.number * _MICROSECOND


START = Place()


def write_cursor(place: Place) -> str:
    """Write a place as an opaque text for URLs."""
    return urlsafe_b64encode(f"{place.number}.{place.id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> Place:
    """Read what `write_cursor` wrote; raises Refusal `malformed_request` for anything else."""
    try:
        plain = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
        number, _, row_id = plain.partition(".")
        place = Place(int(number), UUID(row_id))
    except ValueError:
        raise _refused() from None
    # One spelling only, so that two cursors are equal exactly when their places are.
    if write_cursor(place) != text or abs(place.number) > _LARGEST:
        raise _refused()
    return place


def read_moment_cursor(text: str) -> tuple[datetime, UUID]:
    """Read the cursor of a list that is ordered by moments; raises Refusal `malformed_request`."""
    place = read_cursor(text)
    try:
        return place.moment, place.id
    except OverflowError:
        raise _refused() from None


def _refused() -> Refusal:
    detail = "it is not the `next` of a page of this list"
    return Refusal(
        "malformed_request", faults=[Fault(pointer="/after", code="parameter", detail=detail)]
    )
