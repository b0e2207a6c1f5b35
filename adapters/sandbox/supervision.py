"""Simulated supervision: offices that act on the leads they see, and agencies that take the letters and reply."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from random import Random

from pydantic_core import to_json

from adapters.client import LetterReceipted, ProblemError, UnreachableError
from adapters.clock import new_id
from adapters.sandbox.offices import SandboxOffice
from adapters.supervision_client import SupervisionClient
from contracts import jws
from contracts.jws import Typ
from contracts.office import OfficeKind
from contracts.supervision import OutcomeResult, ReplyResult, SupervisionKind
from contracts.supervision_views import LeadView, SupervisionView

Now = Callable[[], datetime]

_LETTERS: Mapping[OfficeKind, SupervisionKind] = {
    OfficeKind.PROCURATORATE: SupervisionKind.TRANSFER_OPINION,
    OfficeKind.JUDICIAL_ADMINISTRATION: SupervisionKind.SUPERVISORY_LETTER,
}
_ANSWERS = (ReplyResult.WILL_TRANSFER, ReplyResult.TRANSFERRED, ReplyResult.NOT_TRANSFERRING)
_SHARE_SILENT = 0.25
"""Of the letters that an agency takes, those that it never answers: so that silence is to be seen."""


def present() -> datetime:
    return datetime.now(UTC)


class Supervisor:
    """A simulated supervising office: has at most so many letters under way, about the leads that rank highest.

    With `in_all` it issues so many and then leaves leads and answers to whoever sits at the office's desk.
    """

    def __init__(
        self,
        office: SandboxOffice,
        client: SupervisionClient,
        *,
        at_most: int = 3,
        in_all: int | None = None,
        now: Now = present,
    ) -> None:
        self.office = office
        self.letters = 0
        self._in_all = in_all
        self._client = client
        self._at_most = at_most
        self._now = now

    async def work(self, pace: float) -> None:
        """Look again and again, for ever; a platform that is down is looked at later."""
        while True:
            with suppress(UnreachableError, ProblemError):
                await self.look()
            await asyncio.sleep(pace)

    async def look(self) -> None:
        """End what was answered, then issue a letter if there is room for one."""
        if self._in_all is not None:
            await self._look_for_the_desk(self._in_all)
            return
        own = [
            one
            async for one in self._client.every_supervision()
            if one.office == self.office.code and one.standing != "closed"
        ]
        for one in own:
            if one.standing == "replied":
                await self._end(one)
        if sum(one.standing != "replied" for one in own) < self._at_most:
            page = await self._client.leads(status="open", limit=1)
            for lead in page.leads:
                await self._issue(lead)

    async def _look_for_the_desk(self, in_all: int) -> None:
        if self.letters < in_all:
            page = await self._client.leads(status="open", limit=1)
            for lead in page.leads:
                await self._issue(lead)

    async def _issue(self, lead: LeadView) -> None:
        await self._send(
            {
                "kind": _LETTERS[self.office.office.kind],
                "agency": lead.agency,
                "case_number": lead.case_number,
                "lead_id": str(lead.lead_id),
                "text": f"{lead.title_zh}：请依法办理并书面回复。",
            }
        )
        self.letters += 1

    async def _end(self, one: SupervisionView) -> None:
        is_refused = one.reply is ReplyResult.NOT_TRANSFERRING
        result = OutcomeResult.NOT_ADOPTED if is_refused else OutcomeResult.ADOPTED
        told = {"result": result, "text": "已阅回复。"}
        supervision_id = str(one.supervision_id)
        await self._send(
            {"kind": SupervisionKind.OUTCOME, "supervision_id": supervision_id, **told}
        )

    async def _send(self, members: Mapping[str, object]) -> LetterReceipted:
        at = self._now()
        own = {"letter_id": str(new_id()), "office": self.office.code, "issued_at": at}
        letter = {"document": "supervision", "version": "1", **own, **members}
        signed = jws.sign(to_json(letter), Typ.SUPERVISION, self.office.key, at)
        return await self._client.send_supervision(signed)


class SupervisedAgency:
    """A simulated agency that takes its letters out, and answers most of them."""

    def __init__(
        self, office: SandboxOffice, client: SupervisionClient, *, seed: int, now: Now = present
    ) -> None:
        self.office = office
        self.replies = 0
        self._client = client
        self._random = Random(f"{seed} {office.code} letters")  # noqa: S311 (a simulation, no secret)
        self._now = now

    async def work(self, pace: float) -> None:
        """Look again and again, for ever; a platform that is down is looked at later."""
        while True:
            with suppress(UnreachableError, ProblemError):
                await self.look()
            await asyncio.sleep(pace)

    async def look(self) -> None:
        """Take what waits, and reply to it or never."""
        page = await self._client.supervisions("waiting")
        for one in page.supervisions:
            await self._client.letter(one.supervision_id)
            if self._random.random() >= _SHARE_SILENT:
                await self._reply(one)

    async def _reply(self, one: SupervisionView) -> None:
        at = self._now()
        reply = {
            "document": "supervision-reply",
            "version": "1",
            "reply_id": str(new_id()),
            "supervision_id": str(one.supervision_id),
            "office": self.office.code,
            "result": self._random.choice(_ANSWERS),
            "replied_at": at,
            "text": "现将办理情况回复如下。",
        }
        signed = jws.sign(to_json(reply), Typ.SUPERVISION_REPLY, self.office.key, at)
        await self._client.send_supervision_reply(signed)
        self.replies += 1
