"""Asking until there is an answer: what makes a client lose nothing when the platform is down."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.client import ProblemError, UnreachableError

_A = TypeVar("_A")
_R = TypeVar("_R")
PAUSE = 0.25


async def until_answered(
    call: Callable[[_A], Awaitable[_R]],
    argument: _A,
    unanswered: Callable[[], None] = lambda: None,
) -> _R:
    """Make the very same call until it is answered; raises ProblemError when the answer is a final no."""
    while True:
        try:
            return await call(argument)
        except UnreachableError:
            unanswered()
        except ProblemError as error:
            if not error.may_repeat:
                raise
        await asyncio.sleep(PAUSE)
