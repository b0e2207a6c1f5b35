"""How an addressee's endpoint behaves: well, slowly, or in each of the ways that other people's systems fail."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from aiohttp import web

from adapters.keys import generate_key
from adapters.sandbox.inbox import Arrival, Inbox, Taken
from adapters.sandbox.magic import Script
from contracts.jws import MEDIA_TYPE, digest_of


class Behaviour(StrEnum):
    """What the endpoint does with one request; the comment says whether it then has the packet."""

    ANSWERS = "answers"  # has it
    ANSWERS_LATER = "answers_later"  # has it; the acknowledgement is posted
    ANSWERS_NEVER = "answers_never"  # has it; 202, and then silence
    IS_SLOW = "is_slow"  # has it
    LOSES_ANSWER = "loses_answer"  # has it
    CUTS_ANSWER = "cuts_answer"  # has it
    SENDS_20_MB = "sends_20_mb"  # has it
    NAMES_OTHER_BYTES = "names_other_bytes"  # has it
    IS_SIGNED_BY_A_STRANGER = "is_signed_by_a_stranger"  # has it
    SAYS_OK_ONLY = "says_ok_only"  # not: a proxy's 200 before anything was stored
    LOSES_PACKET = "loses_packet"  # not
    HANGS_UP = "hangs_up"  # not; it did not even listen
    REDIRECTS = "redirects"  # not
    IS_BUSY = "is_busy"  # not
    REFUSES_SIGNED = "refuses_signed"  # not, and means it
    REFUSES_UNSIGNED = "refuses_unsigned"  # not, and nobody can tell who said so


@dataclass(frozen=True)
class Visit:
    """One proved dispatch at an endpoint, and what its office works with."""

    request: web.Request
    arrival: Arrival
    inbox: Inbox
    owe: Callable[[Taken], None]
    """Have the acknowledgement posted later."""
    tell: Callable[[Taken], None]
    """Have the reports of the case sent."""
    slowness: float
    busy_for: int

    def take(self) -> Taken:
        is_new = self.arrival.dispatch.dispatch_id not in self.inbox.taken
        taken = self.inbox.enter(self.arrival)
        if is_new:
            self.tell(taken)
        return taken


Answering = Callable[[Visit], Awaitable[web.StreamResponse]]


async def _answers(visit: Visit) -> web.StreamResponse:
    match visit.arrival.script:
        case Script.REFUSED:
            return await _refuses_signed(visit)
        case Script.LATER:
            return await _answers_later(visit)
        case Script.NEVER:
            return await _answers_never(visit)
        case _:
            return _signed(visit.take().acknowledgement)


async def _answers_later(visit: Visit) -> web.StreamResponse:
    taken = visit.take()
    visit.owe(taken)
    return _named(taken.digest)


async def _answers_never(visit: Visit) -> web.StreamResponse:
    return _named(visit.take().digest)


async def _is_slow(visit: Visit) -> web.StreamResponse:
    answer = await _answers(visit)
    await asyncio.sleep(visit.slowness)
    return answer


async def _loses_answer(visit: Visit) -> web.StreamResponse:
    visit.take()
    return cut(visit.request)


async def _cuts_answer(visit: Visit) -> web.StreamResponse:
    acknowledgement = visit.take().acknowledgement
    response = web.StreamResponse(headers={"Content-Type": MEDIA_TYPE})
    response.content_length = len(acknowledgement)
    await response.prepare(visit.request)
    await response.write(acknowledgement[: len(acknowledgement) // 2])
    return cut(visit.request)


async def _sends_20_mb(visit: Visit) -> web.StreamResponse:
    visit.take()
    response = web.StreamResponse(headers={"Content-Type": MEDIA_TYPE})
    await response.prepare(visit.request)
    with suppress(ConnectionError):
        for _ in range(20):
            await response.write(b" " * 1024**2)
    return response


async def _names_other_bytes(visit: Visit) -> web.StreamResponse:
    visit.take()
    return _signed(visit.inbox.sign(visit.arrival, dispatch_digest=digest_of(b"other bytes")))


async def _is_signed_by_a_stranger(visit: Visit) -> web.StreamResponse:
    visit.take()
    return _signed(visit.inbox.sign(visit.arrival, generate_key("ES256")))


async def _says_ok_only(_: Visit) -> web.StreamResponse:
    return web.Response(text="OK")


async def _loses_packet(visit: Visit) -> web.StreamResponse:
    return cut(visit.request)


async def _redirects(visit: Visit) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": str(visit.request.url / "elsewhere")})


async def _is_busy(visit: Visit) -> web.StreamResponse:
    return web.Response(status=503, headers={"Retry-After": str(visit.busy_for)})


async def _refuses_signed(visit: Visit) -> web.StreamResponse:
    return _signed(visit.inbox.refuse(visit.arrival))


async def _refuses_unsigned(_: Visit) -> web.StreamResponse:
    return web.json_response({"error": "not for us"}, status=403)


def _signed(acknowledgement: bytes) -> web.Response:
    return web.Response(body=acknowledgement, content_type=MEDIA_TYPE)


def _named(digest: str) -> web.Response:
    return web.Response(
        status=202, text=json.dumps({"digest": digest}), content_type="application/json"
    )


def cut(request: web.Request) -> web.StreamResponse:
    """End the connection under the request: to the other side it is silence."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


ANSWERS: Mapping[Behaviour, Answering] = {
    Behaviour.ANSWERS: _answers,
    Behaviour.ANSWERS_LATER: _answers_later,
    Behaviour.ANSWERS_NEVER: _answers_never,
    Behaviour.IS_SLOW: _is_slow,
    Behaviour.LOSES_ANSWER: _loses_answer,
    Behaviour.CUTS_ANSWER: _cuts_answer,
    Behaviour.SENDS_20_MB: _sends_20_mb,
    Behaviour.NAMES_OTHER_BYTES: _names_other_bytes,
    Behaviour.IS_SIGNED_BY_A_STRANGER: _is_signed_by_a_stranger,
    Behaviour.SAYS_OK_ONLY: _says_ok_only,
    Behaviour.LOSES_PACKET: _loses_packet,
    Behaviour.REDIRECTS: _redirects,
    Behaviour.IS_BUSY: _is_busy,
    Behaviour.REFUSES_SIGNED: _refuses_signed,
    Behaviour.REFUSES_UNSIGNED: _refuses_unsigned,
}


class Temper:
    """Draws behaviours by their weight, the same ones for the same seed; without weights it always answers."""

    def __init__(self, weights: Mapping[Behaviour, float] | None = None, seed: int = 0) -> None:
        self._kinds = tuple(weights or {Behaviour.ANSWERS: 1.0})
        self._weights = tuple((weights or {Behaviour.ANSWERS: 1.0}).values())
        self._random = Random(seed)  # noqa: S311 (a simulation, no secret)

    def draw(self) -> Behaviour:
        return self._random.choices(self._kinds, self._weights)[0]


def moody(seed: int) -> Temper:
    """The temper of the demonstration's police office: often slow, and now and then its answer is lost."""
    return Temper(
        {Behaviour.ANSWERS: 0.6, Behaviour.IS_SLOW: 0.3, Behaviour.LOSES_ANSWER: 0.1}, seed
    )
