"""Intake: verify, read, screen, route and record packets, many in one commit, and receipt them.

What a crash leaves, line by line of `receive`:

1. verified, judged, signed: nothing stored; the sender repeats.
2. inside the transaction: nothing stored; the sender repeats.
3. the commit was cut off: stored or not; we look again, and if nobody can tell, the sender hears
   `outcome_unknown`, repeats the same bytes and gets the one receipt, which was stored with the packet.
4. committed, receipt not sent: stored and unsent; delivery goes on, the repeat gets the receipt.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.document import write
from contracts.jws import Typ, digest_of
from service.correspondence import Answered
from service.domain.admission import (
    Admission,
    Standards,
    StoredPacket,
    admit,
    missing_materials,
    predecessor,
    read_packet,
    receipt_of,
)
from service.domain.errors import OutcomeUnknownError, Refusal
from service.domain.journal import Action, JournalEntry
from service.domain.registry import OfficeKey, Registry
from service.domain.transfer import Status
from service.domain.verification import check_key_unchanged
from service.ports import (
    Clock,
    Measure,
    NewId,
    Records,
    Signer,
    UnitOfWork,
    Verified,
    VerifyAll,
)

Result = Answered | Exception
"""A Refusal, an OutcomeUnknownError, or a fault of ours, which the caller must not see the inside of."""


@dataclass(slots=True)
class _Post:
    """A post on its way through the stages; the first refusal ends it."""

    raw: bytes
    key: OfficeKey | None = None
    admission: Admission | None = None
    result: Result | None = None

    def refuse(self, refusal: Refusal) -> None:
        self.admission, self.result = None, refusal


class _RaceLostError(Exception):
    """The predecessor was set aside for a packet that then could not be stored: nothing of it may stay."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes packets in; safe to run in several tasks and several processes at once."""

    uow: UnitOfWork
    registry: Callable[[], Registry]
    standards: Callable[[], Standards]
    verify_all: VerifyAll
    signer: Signer
    clock: Clock
    new_id: NewId
    measure: Measure

    async def receive(self, raws: Sequence[bytes]) -> list[Result]:
        """Take posts in by one commit and answer each, in order; a bad one fails alone.

        An answer is a signed receipt for what is durable, a Refusal whose journal line is durable,
        OutcomeUnknownError, or the fault of ours that kept it from being stored.
        """
        now, registry = self.clock.now(), self.registry()
        verified = await self.verify_all(raws, Typ.TRANSFER_PACKET, registry, now)
        posts = [
            self._judge(raw, one, registry, now) for raw, one in zip(raws, verified, strict=True)
        ]
        await self._write_receipts(posts, now)
        plain = [post for post in posts if not _supersedes(post)]
        await self._record_together(plain, registry, now)
        # A correction sets its predecessor aside, and must not take others back with it if it fails.
        for post in posts:
            if _supersedes(post):
                await self._record_alone(post, registry, now)
        return [self._answer(post) for post in posts]

    def _judge(self, raw: bytes, verified: Verified, registry: Registry, now: datetime) -> _Post:
        if isinstance(verified, Refusal):
            return _Post(raw, result=verified)
        envelope, key = verified
        post = _Post(raw, key)
        try:
            packet = read_packet(envelope.payload, key.office_code)
            post.admission = admit(envelope, packet, registry, self.standards(), now, self.new_id)
        except Refusal as refusal:
            post.refuse(refusal)
        return post

    async def _write_receipts(self, posts: Sequence[_Post], now: datetime) -> None:
        """Sign before the commit, so that packet and receipt are stored together; they are sent after it."""
        admissions = [post.admission for post in posts if post.admission is not None]
        payloads = [write(receipt_of(admission, self.new_id())) for admission in admissions]
        signed = await self.signer.sign_all(payloads, Typ.RECEIPT, now)
        for admission, receipt in zip(admissions, signed, strict=True):
            admission.receipt = receipt

    async def _record_together(
        self, posts: Sequence[_Post], registry: Registry, now: datetime
    ) -> None:
        if not posts:
            return
        try:
            await self._record(posts, registry, now)
        except OutcomeUnknownError:
            for post in posts:
                await self._look_again(post, registry, now)
        except Exception:  # noqa: BLE001 (one row that the database refuses must fail alone)
            self.measure.count("batches_split")
            for post in posts:
                await self._record_alone(post, registry, now)

    async def _record_alone(self, post: _Post, registry: Registry, now: datetime) -> None:
        try:
            await self._record([post], registry, now)
        except OutcomeUnknownError:
            await self._look_again(post, registry, now)
        except _RaceLostError:
            post.refuse(Refusal("case_already_transferred", "another packet came first"))
        except Exception as fault:  # noqa: BLE001 (it is this post's alone; the others go on)
            post.admission, post.result = None, fault

    async def _look_again(self, post: _Post, registry: Registry, now: datetime) -> None:
        """Ask the database what became of a commit that was cut off.

        To store the packet again answers it: if it is there, the same receipt comes back, and the line that
        says so is committed after it, so that a standby which has the line has the packet too.
        """
        if post.admission is not None:
            # A correction that was stored has set its predecessor aside: it is looked for as any packet is.
            post.admission.supersedes = None
        try:
            await self._record([post], registry, now)
        except Exception as error:  # noqa: BLE001 (whatever it is, nobody knows more than before)
            post.admission, post.result = None, OutcomeUnknownError(str(error))

    async def _record(self, posts: Sequence[_Post], registry: Registry, now: datetime) -> None:
        async with self.uow.begin() as records:
            await self._check_keys_still_hold(records, posts, registry, now)
            await _check_materials(records, posts)
            for post in posts:
                if post.admission is not None and post.admission.packet.supersedes is not None:
                    await self._make_room(records, post, now)
            lines = await self._store(records, posts)
            lines += [self._refusal_line(post, now) for post in posts if _is_refused(post)]
            await records.journal.append(lines)

    async def _check_keys_still_hold(
        self, records: Records, posts: Sequence[_Post], registry: Registry, now: datetime
    ) -> None:
        """Judge by the registry of this very transaction: a key revoked a moment ago signs nothing."""
        if await records.registries.version() == registry.version:
            return
        current = await records.registries.load()
        for post in posts:
            if post.admission is not None and post.key is not None:
                try:
                    check_key_unchanged(post.key, current, now)
                except Refusal as refusal:
                    post.refuse(refusal)

    async def _make_room(self, records: Records, post: _Post, now: datetime) -> None:
        """Set the transfer aside that a packet supersedes; what was not sent of it is recalled."""
        admission = post.admission
        assert admission is not None
        packet = admission.packet
        if await records.transfers.find_packet(packet.agency.code, packet.packet_id):
            return  # a repeat, or another packet's id: `_store` tells which
        assert packet.supersedes is not None
        before = await records.transfers.find_packet(packet.agency.code, packet.supersedes)
        try:
            before = predecessor(packet, before)
        except Refusal as refusal:
            post.refuse(refusal)
            return
        # The row is locked by this, before anything of the transfer's is.
        if not await records.transfers.supersede(before.transfer_id, before.move):
            raise _RaceLostError
        admission.supersedes = before.transfer_id
        await self._set_aside(records, admission, before, now)

    async def _set_aside(
        self, records: Records, admission: Admission, before: StoredPacket, now: datetime
    ) -> None:
        agency = admission.packet.agency.code
        recalled = await records.dispatches.recall([before.transfer_id])
        await records.transfers.move([(before.transfer_id, before.move, Status.WITHDRAWN, now)])
        await records.deadlines.void(before.transfer_id, now)
        move = {"from": before.status.value, "to": Status.WITHDRAWN.value}
        entry = JournalEntry(
            id=self.new_id(),
            at=now,
            action=Action.TRANSFER_SUPERSEDED,
            actor=agency,
            agency_code=agency,
            transfer_id=before.transfer_id,
            move=before.move + 1,
            data={**move, "by": str(admission.id), "recalled": [str(one.id) for one in recalled]},
        )
        await records.journal.append([entry])

    async def _store(self, records: Records, posts: Sequence[_Post]) -> list[JournalEntry]:
        wanted = [post.admission for post in posts if post.admission is not None]
        if not wanted:
            return []
        stored = await records.transfers.add(wanted, [self._received_line(one) for one in wanted])
        lines: list[JournalEntry] = []
        for post in posts:
            if post.admission is not None and post.admission.id in stored:
                post.result = Answered(post.admission.receipt, post.admission.id)
            elif post.admission is not None:
                lines += await self._answer_taken(records, post, post.admission)
        return lines

    async def _answer_taken(
        self, records: Records, post: _Post, admission: Admission
    ) -> list[JournalEntry]:
        """The packet_id or the case is taken: the same bytes get the same receipt, others a refusal."""
        if admission.supersedes is not None:
            raise _RaceLostError
        packet = admission.packet
        found = await records.transfers.find_packet(packet.agency.code, packet.packet_id)
        if found is None:
            post.refuse(Refusal("case_already_transferred", f"case {packet.case.case_number}"))
            return []
        if found.packet_digest != admission.digest:
            post.refuse(Refusal("packet_id_reused", f"packet_id {packet.packet_id}"))
            return []
        receipt = await records.documents.find(found.transfer_id, "receipt", found.transfer_id)
        assert receipt is not None  # stored in the same transaction as the packet
        post.result = Answered(receipt, found.transfer_id, repeated=True)
        return [self._repeated_line(admission, found)]

    def _received_line(self, admission: Admission) -> JournalEntry:
        agency = admission.packet.agency.code
        return JournalEntry(
            id=self.new_id(),
            at=admission.received_at,
            action=Action.PACKET_RECEIVED,
            actor=agency,
            agency_code=agency,
            transfer_id=admission.id,
            move=1,
            data={
                "packet_id": admission.packet.packet_id,
                "packet_digest": admission.digest,
                "kid": admission.kid,
                "to": admission.status.value,
                "flags": [flag.code for flag in admission.flags],
            },
        )

    def _repeated_line(self, admission: Admission, found: StoredPacket) -> JournalEntry:
        agency = admission.packet.agency.code
        return JournalEntry(
            id=self.new_id(),
            at=admission.received_at,
            action=Action.PACKET_REPEATED,
            actor=agency,
            agency_code=agency,
            transfer_id=found.transfer_id,
            data={"packet_digest": admission.digest},
        )

    def _refusal_line(self, post: _Post, now: datetime) -> JournalEntry:
        refusal = post.result
        assert isinstance(refusal, Refusal)
        signer = post.key.office_code if post.key else None
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=Action.DOCUMENT_REFUSED,
            actor=signer or "unknown",
            agency_code=signer,
            data={
                "document": "transfer-packet",
                "digest": digest_of(post.raw),
                "code": refusal.code,
                "pointers": [fault.pointer for fault in refusal.faults[:20]],
            },
        )

    def _answer(self, post: _Post) -> Result:
        assert post.result is not None
        self.measure.count("packets", outcome=_outcome(post.result))
        if post.admission is not None and not _is_repeat(post.result):
            for finding in post.admission.verdicts.findings:
                self.measure.count("screenings", conclusion=finding.conclusion)
        if isinstance(post.result, Refusal):
            self.measure.count("refusals", code=post.result.code)
        return post.result


def _supersedes(post: _Post) -> bool:
    return post.admission is not None and post.admission.packet.supersedes is not None


def _is_refused(post: _Post) -> bool:
    return isinstance(post.result, Refusal)


def _is_repeat(result: Result) -> bool:
    return isinstance(result, Answered) and result.repeated


def _outcome(result: Result) -> str:
    if isinstance(result, Answered):
        return "repeated" if result.repeated else "received"
    return "refused" if isinstance(result, Refusal) else "unknown"


async def _check_materials(records: Records, posts: Sequence[_Post]) -> None:
    named = {
        (post.admission.packet.agency.code, material.digest)
        for post in posts
        if post.admission is not None
        for material in post.admission.packet.materials
    }
    missing = await records.materials.missing(sorted(named)) if named else set()
    for post in posts:
        if post.admission is not None and missing:
            faults = missing_materials(post.admission.packet, missing)
            if faults:
                post.refuse(Refusal("material_not_uploaded", faults=faults))
