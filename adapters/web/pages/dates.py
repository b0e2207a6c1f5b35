"""A date with its words: how long there is until it, or how long it is past."""

from collections.abc import Callable
from datetime import datetime

from contracts.calendar import Calendars
from service.domain.urgency import Remaining, Wording, remaining

Say = Callable[..., str]


def due_words(say: Say, due_at: datetime, now: datetime, calendars: Calendars) -> str:
    """Say how long there is until a date, in working days where it is another day's."""
    return worded(say, remaining(due_at, now, calendars))


def worded(say: Say, left: Remaining) -> str:
    match left.wording:
        case Wording.LEFT:
            return say("剩余 %(days)s 个工作日", days=left.days)
        case Wording.OVER:
            return say("超期 %(days)s 个工作日", days=left.days)
        case Wording.TODAY:
            return say("今日 %(clock)s 到期", clock=left.clock)
        case Wording.PAST_TODAY:
            return say("今日 %(clock)s 已超期", clock=left.clock)
        case Wording.NONE:
            return say("无期限")
