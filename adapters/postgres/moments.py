"""The two ends of time: infinite in the database, and without a zone as the driver has them."""

from datetime import UTC, datetime

from service.domain.urgency import NEVER

_LAST, _FIRST = datetime.max, datetime.min  # noqa: DTZ901 (as the driver reads and writes infinity)


def written(at: datetime) -> datetime:
    """Give a moment as the driver writes it."""
    if at == NEVER:
        return _LAST
    return _FIRST if at == _FIRST.replace(tzinfo=UTC) else at


def read(at: datetime) -> datetime:
    """Give a moment as the service knows it: what never comes is `NEVER`."""
    return NEVER if at == _LAST else at
