"""Reports: what addressees and agencies tell of a case after its transfer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from contracts.document import Fault, pointer
from contracts.jws import CLOCK_SKEW, Typ
from contracts.office import ADDRESSEES, OfficeKind, Role
from contracts.report import Report, ReportKind
from service.correspondence import About, Answered, Correspondence, Letter
from service.domain.admission import SignedDocument, Standards, dispatch_to
from service.domain.deadlines import ExtensionError, Happened, extend
from service.domain.errors import IllegalMoveError, Refusal, check_fresh
from service.domain.journal import Action, JournalEntry
from service.domain.registry import Registry
from service.domain.reporting import event_of, may_tell
from service.domain.routing import Destination
from service.domain.transfer import Status
from service.ports import Measure, NewId, Records
from service.progress import Progress
from service.stored import StoredDeadline, StoredReport, Told, TransferState


@dataclass(frozen=True, slots=True)
class Reports:
    """Takes reports from the parties to a transfer."""

    correspondence: Correspondence[Records]
    progress: Progress
    registry: Callable[[], Registry]
    standards: Callable[[], Standards]
    new_id: NewId
    measure: Measure

    async def report(self, raw: bytes, seen_move: int | None = None) -> Answered:
        """Record a step of a case and move the transfer on; with `seen_move` only if it has not moved since.

        Raises Refusal: the codes of verification, `schema`, `signer_mismatch`, `not_found`,
        `not_permitted`, `report_id_reused`, `material_not_uploaded`, `illegal_move`, `stale`.
        """
        act = partial(self._act, seen_move=seen_move)
        return await self.correspondence.take(raw, Typ.REPORT, Report, act)

    async def _act(
        self, records: Records, letter: Letter[Report], *, seen_move: int | None
    ) -> Answered:
        state = await _find_transfer(records, letter)
        self._check_may_tell(letter, state)
        row = self._row(letter, state)
        if not await records.reports.add(row):
            return await _answer_again(records, letter)
        check_fresh(seen_move, state.move)
        _check_story(letter, state)
        await self._check_materials(records, letter)
        await self._act_on_kind(records, letter, state)
        await records.documents.add([_document(row, letter)])
        await self.progress.note(records, state, self._line(letter, state))
        status = await self._advance(records, letter, state)
        self.measure.count("reports", kind=letter.content.kind.value)
        return await self.correspondence.answer(
            records, letter, About(letter.content.report_id, state.id, row.id, status)
        )

    def _check_may_tell(self, letter: Letter[Report], state: TransferState) -> None:
        report = letter.content
        kind = _part_of(letter.office, state)
        if kind is None:
            raise Refusal("not_found", "no such transfer of your office")
        if not may_tell(report.kind, kind):
            raise Refusal("not_permitted", f"{report.kind.value} is not for {kind.value} to tell")
        if report.happened_at > letter.at + CLOCK_SKEW:
            fault = Fault(
                pointer="/happened_at", code="in_the_future", detail="it has not happened yet"
            )
            raise Refusal("schema", faults=[fault])

    async def _check_materials(self, records: Records, letter: Letter[Report]) -> None:
        named = [(letter.office, material.digest) for material in letter.content.materials]
        missing = await records.materials.missing(named) if named else set()
        faults = [
            Fault(pointer=pointer("materials", place, "digest"), code="not_uploaded", detail=digest)
            for place, (office, digest) in enumerate(named)
            if (office, digest) in missing
        ]
        if faults:
            raise Refusal("material_not_uploaded", faults=faults)

    async def _act_on_kind(
        self, records: Records, letter: Letter[Report], state: TransferState
    ) -> None:
        match letter.content.kind:
            case ReportKind.INSISTED:
                await self._release(records, letter, state)
            case ReportKind.WITHDRAWN:
                await records.dispatches.recall([state.id])
            case ReportKind.FORWARDED:
                await self._forward(records, letter, state)
            case ReportKind.EXTENDED:
                await self._extend(records, letter, state)
            case _:
                pass

    async def _release(
        self, records: Records, letter: Letter[Report], state: TransferState
    ) -> None:
        standards = self.standards()
        released = await records.dispatches.release(
            state.id,
            letter.at,
            letter.at + standards.deliver_within,
            letter.at + standards.give_up_after,
        )
        if not released:
            raise Refusal("illegal_move", f"the transfer is {state.status.value}, nothing is held")

    async def _forward(
        self, records: Records, letter: Letter[Report], state: TransferState
    ) -> None:
        """Send the case on to the organ that the police name (D310 Art 7); unknown, it is for our operators."""
        code = letter.content.forwarded_to
        assert code is not None
        registry = self.registry()
        office = registry.offices.get(code)
        if code in state.offices:
            return
        kind = office.kind if office else OfficeKind.PUBLIC_SECURITY
        if kind is OfficeKind.PROCURATORATE or kind not in ADDRESSEES:
            raise Refusal("not_permitted", f"a case is not forwarded to a {kind.value}")
        dispatch = dispatch_to(
            Destination(kind, Role.PRINCIPAL, office),
            registry,
            self.standards(),
            letter.at,
            self.new_id(),
        )
        await records.dispatches.add(state.id, state.agency_code, [dispatch], letter.at)

    async def _extend(self, records: Records, letter: Letter[Report], state: TransferState) -> None:
        approval = letter.content.extension
        assert approval is not None
        for stored in await records.deadlines.of_transfers([state.id]):
            if stored.deadline.clock.family == _DECISION and stored.deadline.is_open:
                await records.deadlines.update([self._longer(stored, approval)])
                return
        raise Refusal("illegal_move", "no time to decide is running")

    def _longer(self, stored: StoredDeadline, approval: str) -> StoredDeadline:
        try:
            longer = extend(stored.deadline, approval, self.standards().calendars)
        except ExtensionError as error:
            raise Refusal("illegal_move", str(error)) from None
        return StoredDeadline(stored.id, stored.transfer_id, stored.agency_code, longer)

    async def _advance(
        self, records: Records, letter: Letter[Report], state: TransferState
    ) -> Status:
        report = letter.content
        event = event_of(report.kind, state.offices.get(letter.office))
        happened = [Happened(event, report.happened_at, letter.at)]
        try:
            statuses = await self.progress.advance(
                records, [state.id], letter.at, {state.id: happened}
            )
        except IllegalMoveError as error:
            detail = f"the transfer is {state.status.value} ({error})"
            raise Refusal("illegal_move", detail) from None
        return statuses[state.id]

    def _row(self, letter: Letter[Report], state: TransferState) -> StoredReport:
        report = letter.content
        return StoredReport(
            id=self.new_id(),
            report_id=report.report_id,
            transfer_id=state.id,
            office_code=letter.office,
            kind=report.kind,
            happened_at=report.happened_at,
            received_at=letter.at,
            digest=letter.envelope.digest,
        )

    def _line(self, letter: Letter[Report], state: TransferState) -> JournalEntry:
        report = letter.content
        return JournalEntry(
            id=self.new_id(),
            at=letter.at,
            action=Action.REPORT_RECEIVED,
            actor=letter.office,
            agency_code=state.agency_code,
            transfer_id=state.id,
            data={
                "report_id": report.report_id,
                "kind": report.kind.value,
                "happened_at": report.happened_at.isoformat(),
                "digest": letter.envelope.digest,
            },
        )


_DECISION = "T06"


def _check_story(letter: Letter[Report], state: TransferState) -> None:
    report = letter.content
    try:
        state.story_with(Told(report.kind, report.happened_at, letter.at, letter.office))
    except IllegalMoveError as error:
        detail = (
            f"of {report.happened_at.isoformat()}, it contradicts what was told before ({error})"
        )
        raise Refusal("illegal_move", detail) from None


async def _find_transfer(records: Records, letter: Letter[Report]) -> TransferState:
    try:
        transfer_id = UUID(letter.content.transfer_id)
    except ValueError:
        raise Refusal("not_found", "no such transfer of your office") from None
    states = await records.transfers.lock([transfer_id])
    if not states:
        raise Refusal("not_found", "no such transfer of your office")
    return states[0]


def _part_of(office: str, state: TransferState) -> OfficeKind | None:
    """Say as what an office takes part in a transfer."""
    return OfficeKind.AGENCY if office == state.agency_code else state.offices.get(office)


async def _answer_again(records: Records, letter: Letter[Report]) -> Answered:
    found = await records.reports.find_digest(letter.office, letter.content.report_id)
    assert found is not None
    row_id, transfer_id, digest = found
    if digest != letter.envelope.digest:
        raise Refusal("report_id_reused", f"report_id {letter.content.report_id}")
    receipt = await records.documents.find(transfer_id, "receipt", row_id)
    assert receipt is not None
    return Answered(receipt, transfer_id, repeated=True)


def _document(row: StoredReport, letter: Letter[Report]) -> SignedDocument:
    return SignedDocument(
        row.transfer_id, "report", row.id, row.digest, letter.envelope.raw, letter.at
    )
