"""The machine's clock, and ids that sort by it."""

from datetime import UTC, datetime
from uuid import UUID

from typing_extensions import override
from uuid_utils.compat import uuid7

from service.ports import Clock


class SystemClock(Clock):
    @override
    def now(self) -> datetime:
        return datetime.now(UTC)


def new_id() -> UUID:
    """Make a UUIDv7 (RFC 9562): unique on any machine, and sorted by the moment it was made."""
    return uuid7()
