"""What must hold after every test of the chain, whatever was killed, lost or repeated meanwhile."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from adapters.sandbox.inbox import Inbox
from contracts import jws
from contracts.acknowledgement import Acknowledgement, AckResult
from contracts.document import parse
from contracts.jws import digest_of
from contracts.office import OfficeKind, Role
from contracts.receipt import Receipt
from contracts.report import ReportKind
from service.domain.errors import IllegalMoveError
from service.domain.transfer import DispatchStatus, Part, Status, check_move, status_of
from service.ports import Vault

_HANDED_OVER = (DispatchStatus.DELIVERED, DispatchStatus.ACKNOWLEDGED)
_ANSWERED = {
    DispatchStatus.ACKNOWLEDGED: AckResult.RECEIVED,
    DispatchStatus.REFUSED: AckResult.REFUSED,
}


@dataclass(frozen=True)
class Found:
    """How much was looked at: a check of nothing proves nothing."""

    transfers: int
    receipts: int
    dispatches: int
    acknowledged: int
    arrivals: int
    journal_lines: int
    documents: int


@dataclass(frozen=True)
class _Books:
    """Everything the database holds, with its documents opened."""

    transfers: dict[UUID, asyncpg.Record]
    dispatches: dict[UUID, asyncpg.Record]
    reports: dict[UUID, asyncpg.Record]
    journal: list[asyncpg.Record]
    documents: dict[tuple[str, UUID], bytes]
    owners: dict[tuple[str, UUID], UUID]
    faults: list[str]

    def lines(self, *actions: str) -> Iterator[asyncpg.Record]:
        return (line for line in self.journal if line["action"] in actions)

    def parts(self, transfer_id: UUID) -> list[asyncpg.Record]:
        return [one for one in self.dispatches.values() if one["transfer_id"] == transfer_id]


async def check_invariants(
    pool: asyncpg.Pool,
    vault: Vault,
    addressees: Iterable[Inbox],
    receipts: Collection[bytes],
    *,
    is_at_rest: bool = False,
    died: bool = False,
) -> Found:
    """Compare the database, the addressees' books and the agencies' receipts; fails naming every difference.

    `is_at_rest` says that nothing should be left to do: every dispatch acknowledged or decided.
    `died` says that processes were killed: a claim may then have led to nothing, not even to its line.
    """
    books, inboxes = await _read(pool, vault), list(addressees)
    faults = [
        *books.faults,
        *_receipts_are_stored(books, receipts),
        *_documents_belong(books),
        *_documents_are_kept(books),
        *_journal_has_no_gap(books),
        *_journal_tells_all(books, died=died),
        *_statuses_follow(books),
        *_acknowledgements_prove(books),
        *(fault for inbox in inboxes for fault in _addressee_agrees(books, inbox)),
        *(_nothing_is_left(books) if is_at_rest else ()),
    ]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:40])
    return Found(
        transfers=len(books.transfers),
        receipts=len(receipts),
        dispatches=len(books.dispatches),
        acknowledged=sum(
            one["status"] == DispatchStatus.ACKNOWLEDGED for one in books.dispatches.values()
        ),
        arrivals=sum(inbox.arrivals.total() for inbox in inboxes),
        journal_lines=len(books.journal),
        documents=len(books.documents),
    )


async def _read(pool: asyncpg.Pool, vault: Vault) -> _Books:
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        transfers = await connection.fetch("SELECT * FROM transfers")
        dispatches = await connection.fetch("SELECT * FROM dispatches")
        reports = await connection.fetch(
            "SELECT * FROM reports ORDER BY happened_at, received_at, id"
        )
        journal = await connection.fetch("SELECT * FROM journal ORDER BY recorded_in, id")
        sealed = await connection.fetch("SELECT * FROM documents")
    documents: dict[tuple[str, UUID], bytes] = {}
    owners: dict[tuple[str, UUID], UUID] = {}
    faults: list[str] = []
    for row in sealed:
        place = (row["kind"], row["subject"])
        content = vault.open(row["sealed"], _context(row))
        documents[place], owners[place] = content, row["transfer_id"]
        if digest_of(content) != row["digest"]:
            faults.append(f"document {place} has another digest than its row says")
    return _Books(
        {row["id"]: row for row in transfers},
        {row["id"]: row for row in dispatches},
        {row["id"]: row for row in reports},
        journal,
        documents,
        owners,
        faults,
    )


def _context(row: asyncpg.Record) -> bytes:
    return f"{row['transfer_id']}/{row['kind']}/{row['subject']}".encode()


def _receipts_are_stored(books: _Books, receipts: Collection[bytes]) -> Iterator[str]:
    for raw in receipts:
        receipt = parse(Receipt, jws.open_envelope(raw).payload)
        transfer_id = UUID(receipt.transfer_id)
        if transfer_id not in books.transfers:
            yield f"receipt for {transfer_id}, which is not stored"
            continue
        if receipt.of.document != "transfer-packet":
            if raw not in books.documents.values():
                yield f"receipt for a {receipt.of.document} of {transfer_id} is not stored"
            continue
        if books.documents.get(("receipt", transfer_id)) != raw:
            yield f"{transfer_id}: the receipt given is not the one stored"
        if digest_of(books.documents.get(("packet", transfer_id), b"")) != receipt.of.digest:
            yield f"{transfer_id}: the packet stored is not the one receipted"


def _documents_belong(books: _Books) -> Iterator[str]:
    subjects = books.transfers.keys() | books.dispatches.keys() | books.reports.keys()
    for (kind, subject), transfer_id in books.owners.items():
        if transfer_id not in books.transfers or subject not in subjects:
            yield f"orphan document: {kind} {subject} of {transfer_id}"
    for transfer_id, transfer in books.transfers.items():
        packet = books.documents.get(("packet", transfer_id))
        if packet is None or ("receipt", transfer_id) not in books.documents:
            yield f"{transfer_id} has no packet or no receipt"
        elif digest_of(packet) != transfer["packet_digest"]:
            yield f"{transfer_id}: packet and row have different digests"
        if not books.parts(transfer_id):
            yield f"{transfer_id} goes to nobody"


def _documents_are_kept(books: _Books) -> Iterator[str]:
    for report_id, report in books.reports.items():
        if digest_of(books.documents.get(("report", report_id), b"")) != report["digest"]:
            yield f"report {report_id} is not kept as it was signed"
    for dispatch_id, dispatch in books.dispatches.items():
        kept = books.documents.get(("dispatch", dispatch_id))
        if dispatch["digest"] != (kept and digest_of(kept)):
            yield f"dispatch {dispatch_id} is not kept as it was sent"


def _journal_has_no_gap(books: _Books) -> Iterator[str]:
    moves: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for line in books.journal:
        if line["transfer_id"] is not None and line["transfer_id"] not in books.transfers:
            yield f"the journal speaks of {line['transfer_id']}, which is not stored"
        elif line["move"] is not None:
            moves[line["transfer_id"]].append(line)
    for transfer_id, transfer in books.transfers.items():
        yield from _moves_follow(transfer, sorted(moves[transfer_id], key=_move))


def _move(line: asyncpg.Record) -> int:
    return int(line["move"])


def _moves_follow(transfer: asyncpg.Record, lines: Sequence[asyncpg.Record]) -> Iterator[str]:
    name = transfer["id"]
    if [line["move"] for line in lines] != list(range(1, transfer["move"] + 1)):
        yield f"{name} is at move {transfer['move']}, the journal has {[line['move'] for line in lines]}"
        return
    if lines[0]["action"] != "packet.received":
        yield f"{name} begins with {lines[0]['action']}"
    # A report is a move of its own; where the status follows, that is the next one.
    turns = [line for line in lines if line["action"] != "report.received"]
    reached = [line["data"]["to"] for line in turns]
    for before, line in zip(reached, turns[1:], strict=False):
        if line["data"]["from"] != before:
            yield f"{name}: move {line['move']} starts from {line['data']['from']}, not {before}"
        if not _is_legal(before, line["data"]["to"]):
            yield f"{name}: {before} -> {line['data']['to']} is not in the table of moves"
    if reached[-1] != transfer["status"]:
        yield f"{name} is {transfer['status']}, the journal ends with {reached[-1]}"


def _is_legal(before: str, after: str) -> bool:
    try:
        check_move(Status(before), Status(after))
    except IllegalMoveError:
        return False
    return before != after


def _journal_tells_all(books: _Books, *, died: bool) -> Iterator[str]:
    attempts = Counter(line["data"]["dispatch"] for line in books.lines("delivery.attempted"))
    fetched = {line["data"]["dispatch"] for line in books.lines("dispatch.read")}
    for dispatch_id, dispatch in books.dispatches.items():
        # What waits in a mailbox is written when it is first fetched, and that is its one attempt.
        told = attempts[str(dispatch_id)] or int(str(dispatch_id) in fetched)
        untold = dispatch["attempts"] - told
        if untold < 0 or (untold and not died):
            yield f"{dispatch_id}: {dispatch['attempts']} attempts, {told} in the journal"
    answered = Counter(
        line["data"]["dispatch"]
        for line in books.lines("delivery.taken", "delivery.refused", "acknowledgement.received")
        if line["action"] == "acknowledgement.received" or line["data"].get("acknowledged")
    )
    for dispatch_id in books.dispatches:
        kept = ("acknowledgement", dispatch_id) in books.documents
        if answered[str(dispatch_id)] < kept or (answered[str(dispatch_id)] and not kept):
            yield f"{dispatch_id}: {answered[str(dispatch_id)]} answers told, kept: {kept}"
    told = Counter(line["data"]["digest"] for line in books.lines("report.received"))
    for report in books.reports.values():
        if told[report["digest"]] != 1:
            yield f"report {report['id']} is told {told[report['digest']]} times"


def _statuses_follow(books: _Books) -> Iterator[str]:
    said: dict[UUID, list[ReportKind]] = defaultdict(list)
    for report in books.reports.values():
        said[report["transfer_id"]].append(ReportKind(report["kind"]))
    for transfer_id, transfer in books.transfers.items():
        parts = [_part(row) for row in books.parts(transfer_id)]
        derived = status_of(parts, said[transfer_id], is_current=transfer["is_current"])
        if derived != transfer["status"]:
            yield f"{transfer_id} is {transfer['status']}, its parts say {derived.value}"


def _part(row: asyncpg.Record) -> Part:
    return Part(OfficeKind(row["kind"]), Role(row["role"]), DispatchStatus(row["status"]))


def _acknowledgements_prove(books: _Books) -> Iterator[str]:
    for dispatch_id, dispatch in books.dispatches.items():
        kept = books.documents.get(("acknowledgement", dispatch_id))
        expected = _ANSWERED.get(DispatchStatus(dispatch["status"]))
        if kept is None:
            if expected is not None:
                yield f"{dispatch_id} is {dispatch['status']} without a signed answer"
            continue
        answer = parse(Acknowledgement, jws.open_envelope(kept).payload)
        if answer.dispatch_digest != dispatch["digest"] or answer.office != dispatch["office_code"]:
            yield f"{dispatch_id}: the answer kept is for other bytes or by another office"
        if expected is not None and answer.result is not expected:
            yield f"{dispatch_id} is {dispatch['status']}, its answer says {answer.result.value}"


def _addressee_agrees(books: _Books, inbox: Inbox) -> Iterator[str]:
    code = inbox.office.code
    yield from (f"{code} has packet {digest} twice" for digest in inbox.doubled)
    yield from (f"{code} got {one} again as other bytes" for one in inbox.changed)
    yield from (f"{code} could not prove what we sent: {text}" for text in inbox.unproven)
    told = Counter(
        line["data"]["dispatch"] for line in books.lines("delivery.attempted", "dispatch.read")
    )
    for dispatch_id, arrived in inbox.arrivals.items():
        if arrived > told[dispatch_id]:
            yield f"{dispatch_id} reached {code} {arrived} times, {told[dispatch_id]} in the journal"
    for dispatch_id, taken in inbox.taken.items():
        row = books.dispatches.get(UUID(dispatch_id))
        if row is None:
            yield f"{code} took {dispatch_id}, which we do not have"
        elif row["digest"] != taken.digest or row["office_code"] != code:
            yield f"{code} took other bytes for {dispatch_id} than we have"
        elif books.transfers[row["transfer_id"]]["packet_digest"] != taken.packet_digest:
            yield f"{code} took another packet for {dispatch_id} than we have"
    for dispatch_id, row in books.dispatches.items():
        handed_over = row["office_code"] == code and row["status"] in _HANDED_OVER
        if handed_over and str(dispatch_id) not in inbox.taken:
            yield f"{dispatch_id} is {row['status']}, but {code} never took it"


def _nothing_is_left(books: _Books) -> Iterator[str]:
    for dispatch_id, row in books.dispatches.items():
        if row["status"] in (DispatchStatus.WAITING, DispatchStatus.DELIVERED) or row["claim"]:
            yield f"{dispatch_id} is still {row['status']} (claim {row['claim']})"
