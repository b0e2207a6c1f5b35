"""The register: takes in what an agency's own register says of its cases, whether it transferred them or not.

What a crash leaves, line by line of `receive`:

1. verified, read: nothing stored; the sender repeats.
2. inside the transaction: nothing stored; the sender repeats.
3. the commit was cut off: stored or not; the sender hears `outcome_unknown`, repeats the same bytes and gets
   the one receipt, which is stored with the records.
4. committed, receipt not sent: the repeat gets it.

An import has no signature and no receipt: whoever runs it answers for the file. It is stored chunk by chunk, and
running it again stores what is not there yet.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from contracts.case_record import (
    BatchSubject,
    CaseRecord,
    CaseRecords,
    MonthlyCount,
    RecordAnswer,
    RecordResult,
    RecordsReceipt,
    faults_of,
    read_records,
    record_digest,
)
from contracts.document import Fault, SchemaError, parse, pointer, write
from contracts.jws import Envelope, Typ, digest_of
from contracts.office import OfficeKind
from service.casework import Aside, Casework, Taken, by_the_book
from service.domain.case_files import CaseKey
from service.domain.errors import Refusal
from service.domain.journal import Action, JournalEntry
from service.domain.registry import OfficeKey, Registry
from service.domain.verification import check_key_unchanged
from service.ports import Clock, Measure, NewId, Signer, Vault, VerifyAll
from service.register_ports import RegisterRecords, RegisterUnitOfWork, StoredBatch
from service.shelving import Draft

IMPORTED = "import"
"""The source of a record that came from a file."""


@dataclass(frozen=True, slots=True)
class BatchAnswered:
    """Our signed receipt; `repeated` when these very bytes were answered before."""

    receipt: bytes
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch whose signature held, with each record read or refused."""

    envelope: Envelope
    key: OfficeKey
    content: CaseRecords
    records: Sequence[CaseRecord | Sequence[Fault]]


@dataclass(frozen=True, slots=True)
class Register:
    """Takes records in; safe to run in several tasks and several processes at once."""

    uow: RegisterUnitOfWork
    registry: Callable[[], Registry]
    casework: Casework
    verify_all: VerifyAll
    vault: Vault
    signer: Signer
    clock: Clock
    new_id: NewId
    measure: Measure
    aside: Aside[Any]
    fetch_rulebook: Callable[[], Awaitable[object]]

    async def receive(self, raw: bytes) -> BatchAnswered:
        """Take a signed batch in by one commit, and receipt it record by record; a bad record fails alone.

        Raises Refusal: the codes of verification, `schema`, `signer_mismatch`, `not_permitted`,
        `batch_id_reused`; OutcomeUnknownError when the commit was cut off.
        """
        now = self.clock.now()
        signer: str | None = None
        try:
            batch = await self._read(raw, now)
            signer = batch.key.office_code
            return await by_the_book(lambda: self._record(batch, now), self.fetch_rulebook)
        except Refusal as refusal:
            if refusal.code != "overloaded":  # that is our fault, and the batch is good
                await self._note_refusal(raw, refusal, signer, now)
            raise

    async def take(
        self, agency_code: str, records: Sequence[CaseRecord], source: str = IMPORTED
    ) -> list[RecordAnswer]:
        """Take records of a file in by one commit, and answer each in its order.

        Raises OutcomeUnknownError when the commit was cut off: the same records again settle it.
        """
        now = self.clock.now()
        drafts = [self._draft(agency_code, record, source) for record in records]

        async def store() -> list[Taken]:
            async with self.uow.begin() as stores:
                taken = await self.casework.take(stores, drafts, now)
                await stores.cases.connect(agency_code, now)
                return taken

        taken = await by_the_book(store, self.fetch_rulebook)
        answers = [_answer(index, one) for index, one in enumerate(taken)]
        self._count(answers)
        return answers

    async def report_counts(self, agency_code: str, counts: Sequence[MonthlyCount]) -> None:
        """Keep what an agency's own register counts for some months; a later word replaces an earlier one."""
        async with self.uow.begin() as records:
            await records.cases.report_counts(agency_code, counts, self.clock.now())

    async def _read(self, raw: bytes, now: datetime) -> _Batch:
        [verified] = await self.verify_all([raw], Typ.CASE_RECORDS, self.registry(), now)
        if isinstance(verified, Refusal):
            raise verified
        envelope, key = verified
        batch: _Batch = await self.aside(lambda: _open(envelope, key))
        code = batch.content.agency.code
        if code != key.office_code:
            raise Refusal("signer_mismatch", f"signed by {key.office_code}, written for {code}")
        office = self.registry().offices.get(code)
        if office is None or office.kind is not OfficeKind.AGENCY:
            raise Refusal("not_permitted", "only an agency has a register of cases")
        return batch

    async def _record(self, batch: _Batch, now: datetime) -> BatchAnswered:
        agency, content = batch.key.office_code, batch.content
        async with self.uow.begin() as records:
            await self._check_key_still_holds(records, batch.key, now)
            if before := await records.batches.find(agency, content.batch_id):
                return _answer_again(batch, before)
            answers = await self._take_all(records, batch, now)
            await records.cases.connect(agency, now)
            if content.counts:
                await records.cases.report_counts(agency, content.counts, now)
            stored = await self._receipted(batch, answers, now)
            if not await records.batches.add(stored):
                # The same batch, at the same moment, by another hand: what is stored is its answer.
                winner = await records.batches.find(agency, content.batch_id)
                assert winner is not None
                return _answer_again(batch, winner)
            await records.journal.append([self._batch_line(batch, answers, now)])
        self._count(answers)
        return BatchAnswered(stored.receipt)

    async def _take_all(
        self, records: RegisterRecords, batch: _Batch, now: datetime
    ) -> list[RecordAnswer]:
        agency, source = batch.key.office_code, f"batch:{batch.content.batch_id}"
        places = [place for place, one in enumerate(batch.records) if isinstance(one, CaseRecord)]
        drafts = [
            self._draft(agency, one, source) for one in batch.records if isinstance(one, CaseRecord)
        ]
        taken = await self.casework.take(records, drafts, now) if drafts else []
        answers = [_answer(place, one) for place, one in zip(places, taken, strict=True)]
        answers += [
            _refused(place, batch.content.records[place], one)
            for place, one in enumerate(batch.records)
            if not isinstance(one, CaseRecord)
        ]
        return sorted(answers, key=lambda answer: answer.index)

    async def _check_key_still_holds(
        self, records: RegisterRecords, key: OfficeKey, now: datetime
    ) -> None:
        """Judge by the registry of this very transaction: a key revoked a moment ago signs nothing."""
        if await records.registries.version() != self.registry().version:
            check_key_unchanged(key, await records.registries.load(), now)

    async def _receipted(
        self, batch: _Batch, answers: list[RecordAnswer], now: datetime
    ) -> StoredBatch:
        receipt = RecordsReceipt(
            document="records-receipt",
            version="1",
            receipt_id=str(self.new_id()),
            of=BatchSubject(
                document="case-records", id=batch.content.batch_id, digest=batch.envelope.digest
            ),
            office=batch.key.office_code,
            received_at=now,
            results=answers,
        )
        return StoredBatch(
            id=self.new_id(),
            agency_code=batch.key.office_code,
            batch_id=batch.content.batch_id,
            digest=batch.envelope.digest,
            received_at=now,
            content=batch.envelope.raw,
            receipt=self.signer.sign(write(receipt), Typ.RECEIPT, now),
        )

    def _draft(self, agency_code: str, record: CaseRecord, source: str) -> Draft:
        content, identifier = record.content(), record.party.identifier
        return Draft(
            key=CaseKey(agency_code, record.case_number),
            record=record,
            content=content,
            digest=record_digest(content),
            party_hash=self.vault.fingerprint(identifier.value) if identifier else None,
            source=source,
        )

    def _count(self, answers: Sequence[RecordAnswer]) -> None:
        for result in RecordResult:
            found = sum(answer.result is result for answer in answers)
            if found:
                self.measure.count("records", found, result=result.value)

    def _batch_line(
        self, batch: _Batch, answers: Sequence[RecordAnswer], now: datetime
    ) -> JournalEntry:
        agency = batch.key.office_code
        results = [answer.result.value for answer in answers]
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=Action.BATCH_RECEIVED,
            actor=agency,
            agency_code=agency,
            data={
                "batch_id": batch.content.batch_id,
                "digest": batch.envelope.digest,
                "kid": batch.key.kid,
                "counts": len(batch.content.counts),
                **{result: results.count(result) for result in sorted({*results})},
            },
        )

    async def _note_refusal(
        self, raw: bytes, refusal: Refusal, signer: str | None, now: datetime
    ) -> None:
        entry = JournalEntry(
            id=self.new_id(),
            at=now,
            action=Action.DOCUMENT_REFUSED,
            actor=signer or "unknown",
            agency_code=signer,
            data={
                "document": "case-records",
                "digest": digest_of(raw),
                "code": refusal.code,
                "pointers": [fault.pointer for fault in refusal.faults[:20]],
            },
        )
        async with self.uow.begin() as records:
            await records.journal.append([entry])


def _open(envelope: Envelope, key: OfficeKey) -> _Batch:
    try:
        content = parse(CaseRecords, envelope.payload)
    except SchemaError as error:
        raise Refusal("schema", faults=error.faults) from None
    return _Batch(envelope, key, content, [_checked(one) for one in read_records(content.records)])


def _checked(read: CaseRecord | ValidationError) -> CaseRecord | list[Fault]:
    faults = faults_of(read)
    if faults:
        return faults
    assert isinstance(read, CaseRecord)
    return read


def _answer(index: int, taken: Taken) -> RecordAnswer:
    case = taken.case
    return RecordAnswer(
        index=index,
        case_number=case.key.case_number,
        result=taken.result,
        version=case.version,
        conclusion=case.conclusion,
        missing=list(case.missing),
    )


def _refused(index: int, record: object, faults: Sequence[Fault]) -> RecordAnswer:
    number = record.get("case_number") if isinstance(record, dict) else None
    here = pointer("records", index)
    return RecordAnswer(
        index=index,
        case_number=number if isinstance(number, str) else None,
        result=RecordResult.REFUSED,
        errors=[one.model_copy(update={"pointer": here + one.pointer}) for one in faults],
    )


def _answer_again(batch: _Batch, before: StoredBatch) -> BatchAnswered:
    if before.digest != batch.envelope.digest:
        raise Refusal("batch_id_reused", f"batch_id {batch.content.batch_id}")
    return BatchAnswered(before.receipt, repeated=True)
