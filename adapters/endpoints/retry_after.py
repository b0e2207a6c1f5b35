"""The Retry-After header in both its forms (RFC 9110 section 10.2.3)."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=1)
"""An endpoint that asks for more is asked again after this: a wrong header must not park a statutory transfer."""


def read_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Say how long the other side wants to be left alone, at most LONGEST; None when it did not say."""
    if value is None:
        return None
    wanted = _seconds(value.strip()) if value.strip().isdecimal() else _until(value, now)
    return None if wanted is None else min(max(wanted, timedelta(0)), LONGEST)


def _seconds(digits: str) -> timedelta:
    # A number of a hundred digits is one too: nine are thirty years, and more than enough.
    return timedelta(seconds=int(digits[:9]))


def _until(value: str, now: datetime) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
