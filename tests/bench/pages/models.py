"""Models of transfers: a few of every course that a case may take, through the use cases, on a clock that is held.

The copies in `copies` are of these: whatever a model has (documents, receipts, clocks that ran, a journal), it has from intake,
delivery, acknowledgements and reports themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from uuid import UUID

from adapters.clock import new_id
from contracts.jws import SigningKey, Typ, digest_of
from service.correspondence import Answered
from service.domain.delivery import Answer, ClaimedDispatch
from tests.bench.pages.made_up import Pattern, new_parties, patterns, signed_packet
from tests.bench.pages.senders import senders
from tests.support.chain import Chain, acknowledging
from tests.support.offices import key_of, office
from tests.support.packets import signed
from tests.support.register import RegisterScene

_PLACE = 12
_BATCH = 200


@dataclass(frozen=True)
class Course:
    """What becomes of a transfer: `steps` are reports, each some hours after the one before, `ages` how many days ago it came.

    `share` is how many of a thousand cases are of this course.
    """

    name: str
    share: int
    steps: tuple[str, ...] = ()
    ages: tuple[float, ...] = (0.2, 1, 2)
    is_delivered: bool = True
    is_acknowledged: bool = True

    @property
    def is_old(self) -> bool:
        """Whether nobody's move is left, so that such cases may be of any week of two years."""
        return self.steps[-1:] == ("closed",)


_OLD = (120.0, 150.0)
COURSES = (
    Course("closed", 780, ("accepted", "filed", "closed"), _OLD),
    Course("not_filed_and_closed", 140, ("accepted", "not_filed", "closed"), _OLD),
    Course("handed_over", 26, ("accepted", "filed", "items_handed_over"), (8, 20, 30)),
    Course("filed", 6, ("accepted", "filed"), (0.5, 1, 2, 20)),
    Course("accepted", 16, ("accepted",), (0.5, 1, 1.5, 12)),
    Course("acknowledged", 13, (), (0.1, 0.3, 0.6, 9)),
    Course("supplement_requested", 6, ("supplement_requested",), (0.5, 1, 1.5, 15)),
    Course("not_filed", 5, ("accepted", "not_filed"), (4, 5)),
    Course("supervised", 4, ("accepted", "not_filed", "reasons_demanded"), (5, 7)),
    Course("delivered", 3, is_acknowledged=False, ages=(0.2, 0.5, 3)),
    Course("dispatching", 1, is_delivered=False, ages=(0.1, 0.5)),
)
_BY_THE_PROCURATORATE, _BY_THE_AGENCY = {"reasons_demanded"}, {"items_handed_over"}


@dataclass
class Model:
    """One transfer that has taken its course."""

    course: Course
    pattern: Pattern
    at: datetime
    raw: bytes
    id: UUID = field(default_factory=new_id)


async def make_models(chain: Chain, now: datetime) -> list[Model]:
    """Let every course be taken by cases of every pattern; at the end the watch and detection have seen them all."""
    models = sorted(_plan(now), key=lambda one: one.at)
    sent = [one for one in models if one.course.is_delivered]
    for at in sorted({one.at for one in sent}):
        chain.clock.at = at
        await _send(chain, [one for one in sent if one.at == at])
    for one in sent:
        await _report(chain, one)
    chain.clock.at = now
    await _send(chain, [one for one in models if not one.course.is_delivered], is_delivered=False)
    await _look(chain)
    return models


def _plan(now: datetime) -> Iterator[Model]:
    random, parties, numbers = Random(_PLACE), new_parties(_PLACE), count(1)
    for sender in senders():
        for course in COURSES:
            for place, age in enumerate(course.ages):
                at = now - timedelta(days=age)
                every = patterns(sender)
                pattern = every[place % len(every)]
                packet = pattern.packet(random, parties, 900_000_000 + next(numbers), at)
                yield Model(course, pattern, at, signed_packet(packet, sender, at))


async def _send(chain: Chain, models: Sequence[Model], *, is_delivered: bool = True) -> None:
    results = await chain.intake.receive([one.raw for one in models])
    for one, result in zip(models, results, strict=True):
        if not isinstance(result, Answered):
            raise RuntimeError(f"a made-up packet was not taken: {result!r}")  # noqa: TRY004
        one.id = result.transfer_id
    silent = {one.id for one in models if not one.course.is_acknowledged}
    chain.addressees.answer = lambda dispatch, document: (
        _bare(dispatch, document)
        if dispatch.transfer_id in silent
        else acknowledging(dispatch, document)
    )
    chain.clock.advance(minutes=20)
    while is_delivered and await chain.deliver(_BATCH):
        chain.clock.advance(seconds=2)


def _bare(_: ClaimedDispatch, document: bytes) -> Answer:
    """What an office answers that has taken a dispatch, and has not acknowledged it."""
    return Answer(200, "application/json", b'{"digest":"%b"}' % digest_of(document).encode())


async def _report(chain: Chain, one: Model) -> None:
    chain.clock.at = one.at + timedelta(hours=1)
    for step in one.course.steps:
        chain.clock.advance(hours=4 if one.course.is_old else 1)
        await chain.reports.report(_report_of(one, step, chain.clock.now()))


def _report_of(one: Model, step: str, now: datetime) -> bytes:
    sender, at = one.pattern.sender, now - timedelta(minutes=5)
    if step in _BY_THE_AGENCY:
        return signed_report(sender.office.code, sender.key, str(one.id), step, at)
    slug = sender.procuratorate if step in _BY_THE_PROCURATORATE else sender.police
    return signed_report(office(slug).code, key_of(slug), str(one.id), step, at)


def signed_report(
    office_code: str, key: SigningKey, transfer_id: str, kind: str, at: datetime
) -> bytes:
    """Sign what an office tells of a transfer."""
    document = {
        "document": "report",
        "version": "1",
        "report_id": f"{transfer_id}-{kind}",
        "transfer_id": transfer_id,
        "office": office_code,
        "kind": kind,
        "happened_at": at.isoformat(),
        "reason": "补充现场检查笔录和检验报告",
    }
    return signed(document, key, typ=Typ.REPORT, at=at)


async def _look(chain: Chain) -> None:
    await chain.watch.look()
    await RegisterScene(chain).detection.follow()
