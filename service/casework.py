"""Casework: the one way in which a case of the register changes, with its party, its leads and the figures.

Whatever happens to a case (a version of its record, a move of its transfer, a letter about its lead, the end
of a clock, another rule book), it is looked at again together with the other cases of its party, in the
transaction in which it happened. Each step holds what the next one relies on:

1. the rule book in force cannot be switched, and the parties' buckets are ours;
2. the cases, their parties' other cases, their transfers and their leads are read;
3. they are inspected, which is pure;
4. what became of cases, leads, figures and the journal is stored, and only that.

A crash leaves all of it or nothing. Who waits for a bucket reads what was stored meanwhile.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from contracts import cumulation
from contracts.case_record import RecordResult
from contracts.detectors import Detector
from service.case_books import Books
from service.domain.admission import Standards
from service.domain.case_files import CaseKey, CaseOpinion, CaseTransfer
from service.domain.errors import CollisionError, Refusal
from service.domain.inspecting import Yardsticks
from service.domain.journal import Action, JournalEntry
from service.domain.jurisdiction import place_of
from service.domain.leads import Change, Lead, LeadStatus
from service.domain.register import bucket_of
from service.domain.registry import Registry
from service.domain.slices import Buckets, pages_of
from service.domain.standing import UNJUDGED
from service.domain.working_days import SHANGHAI
from service.ledger import Ledger, judge
from service.ports import Measure, NewId
from service.register_ports import RegisterRecords, StoredCase
from service.shelving import Arrival, Draft, Shelf

R = TypeVar("R")
Aside = Callable[[Callable[[], R]], Awaitable[R]]
"""Does what only computes, and a lot of it, without keeping others from being heard."""


KeepOn = Callable[[], Awaitable[None]]
"""Is called now and then by what takes long; it raises what must end it."""


class RuleBookMovedError(Exception):
    """Another rule book is in force than the one at hand: fetch it, and do it again."""


_TRIES = 5


async def by_the_book(
    work: Callable[[], Awaitable[R]], fetch_rulebook: Callable[[], Awaitable[object]]
) -> R:
    """Do a transaction again where another rule book was switched on, or another look was in the way.

    Nothing was stored by the one before. Raises Refusal `overloaded` when it comes to no end.
    """
    for _ in range(_TRIES):
        try:
            return await work()
        except RuleBookMovedError:
            await fetch_rulebook()
        except CollisionError:
            continue
    raise Refusal("overloaded", "others are in the way, or the rule book is being switched")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one draft, and how its case stands now."""

    result: RecordResult
    case: StoredCase


@dataclass(slots=True)
class Outcome:
    """What a look did, for who asked and for the counters."""

    cases: dict[CaseKey, StoredCase] = field(default_factory=dict)
    looked_at: int = 0
    changed: int = 0
    leads: Counter[tuple[Change, Detector, LeadStatus]] = field(default_factory=Counter)
    differences: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Casework:
    """Looks at cases; part of its callers' transactions, safe in several processes at once."""

    standards: Callable[[], Standards]
    registry: Callable[[], Registry]
    new_id: NewId
    measure: Measure
    aside: Aside[Ledger]

    async def take(
        self, records: RegisterRecords, drafts: Sequence[Draft], now: datetime
    ) -> list[Taken]:
        """Store versions of cases of one agency, the later over the earlier, and look at what they change.

        Raises RuleBookMovedError; then nothing was stored, and nothing may be committed.
        """
        await self._hold_rulebook(records)
        keys = list(dict.fromkeys(draft.key for draft in drafts))
        before = await self._held(records, keys, [(one.key, one.party_hash) for one in drafts])
        replaced = await self._replaced_before(records, drafts, before)
        agencies = sorted({key.agency_code for key in keys})
        connected = await records.cases.connected(agencies)
        shelf = Shelf(
            registry=self.registry(),
            new_id=self.new_id,
            cases=dict(before),
            replaced=replaced,
            connected=connected,
            now=now,
        )
        results = [shelf.put(draft) for draft in drafts]
        touched = {key: shelf.cases[key] for key in shelf.touched}
        outcome = await self._settle(records, touched, before, now)
        await records.cases.keep_earlier(shelf.earlier)
        await records.journal.append([self._arrival_line(one, now) for one in shelf.arrivals])
        cases = shelf.cases | outcome.cases
        return [
            Taken(result, cases[draft.key]) for draft, result in zip(drafts, results, strict=True)
        ]

    async def look(
        self, records: RegisterRecords, keys: Iterable[CaseKey], now: datetime
    ) -> Outcome:
        """Look at cases again, whatever has happened to them; raises RuleBookMovedError.

        A case that nobody knows yet but by its transfer, or by a letter about it, is taken into the books.
        """
        await self._hold_rulebook(records)
        wanted = list(dict.fromkeys(keys))
        before = await self._held(records, wanted, [])
        at_hand = dict(before)
        unknown = [key for key in wanted if key not in before]
        if unknown:
            at_hand |= await self._known_otherwise(records, unknown)
        return await self._settle(records, at_hand, before, now)

    async def hold(
        self, records: RegisterRecords, keys: Sequence[CaseKey]
    ) -> dict[CaseKey, StoredCase]:
        """Lock cases with all of their parties until the transaction ends, and give those that there are."""
        return await self._held(records, keys, [])

    async def look_at_all(
        self, records: RegisterRecords, buckets: Buckets, now: datetime, keep_on: KeepOn
    ) -> Outcome:
        """Look at whole buckets, page by page, each of whole parties; raises RuleBookMovedError.

        `keep_on` is called between pages. The figures change at the end: they are what others wait for, and
        in one step, since two who change them in two may wait for each other.
        """
        await self._hold_rulebook(records)
        await records.cases.hold_buckets(buckets.all)
        whole, tallies = Outcome(), Counter[tuple[str, date, str]]()
        for number, page in enumerate(pages_of(await records.cases.places(buckets))):
            if number:
                await keep_on()
            cases = await records.cases.with_ids(page)
            ledger = await self._judge(await self.open(records, cases), now)
            await self._store(records, ledger)
            tallies.update(ledger.tallies)
            _add(ledger, whole)
        await records.tallies.apply(tallies)
        return whole

    async def open(self, records: RegisterRecords, cases: Sequence[StoredCase]) -> Books:
        """Open the books of cases that are all of their parties'."""
        at_hand = {case.key: case for case in cases}
        return await self._read(records, at_hand, at_hand)

    async def _hold_rulebook(self, records: RegisterRecords) -> None:
        digest = await records.switch.hold()
        if digest is not None and digest != self.standards().book.digest:
            raise RuleBookMovedError(digest)

    async def _held(
        self,
        records: RegisterRecords,
        keys: Sequence[CaseKey],
        arriving: Sequence[tuple[CaseKey, bytes | None]],
    ) -> dict[CaseKey, StoredCase]:
        """Read cases once their buckets are ours: those they are in, and those they are about to be in.

        The bucket of its key alone is among them: there a case waits that only its transfer tells of, and
        there two meet that both believe to be the first to know of a case.
        """
        wanted = {bucket_of(key, party_hash) for key, party_hash in arriving}
        wanted |= {bucket_of(key, None) for key in keys}
        if not arriving:
            wanted |= {case.bucket for case in (await records.cases.find(keys)).values()}
        found: dict[CaseKey, StoredCase] = {}
        more = wanted
        while more:
            # After the first time these are cases whose party was another one. Out of order, so that two such
            # may meet: the database ends one of them, and its caller begins again (CollisionError).
            await records.cases.hold_buckets(sorted(more))
            found = await records.cases.find(keys)
            more = {case.bucket for case in found.values()} - wanted
            wanted |= more
        return found

    async def _replaced_before(
        self,
        records: RegisterRecords,
        drafts: Sequence[Draft],
        before: Mapping[CaseKey, StoredCase],
    ) -> set[tuple[UUID, str]]:
        others = {
            before[one.key].id
            for one in drafts
            if one.key in before and before[one.key].digest not in (None, one.digest)
        }
        return await records.cases.earlier_digests(sorted(others)) if others else set()

    async def _known_otherwise(
        self, records: RegisterRecords, keys: Sequence[CaseKey]
    ) -> dict[CaseKey, StoredCase]:
        opinions = await records.cases.opinions_of(keys)
        known = {key: self._new(key, one, one.issued_at) for key, one in opinions.items()}
        transfers = await records.cases.transfers_of(keys)
        return known | {key: self._new(key, one, one.received_at) for key, one in transfers.items()}

    def _new(self, key: CaseKey, known: CaseTransfer | CaseOpinion, at: datetime) -> StoredCase:
        return StoredCase(
            id=self.new_id(),
            key=key,
            bucket=bucket_of(key, None),
            version=0,
            digest=None,
            content=None,
            record=None,
            source=None,
            recorded_at=None,
            first_received_at=None,
            received_at=None,
            entered_at=None,
            division=place_of(known.division, self.registry().offices.get(key.agency_code)),
            sector=known.sector,
            family=None,
            party_hash=None,
            month=at.astimezone(SHANGHAI).date().replace(day=1),
            decided_on=None,
            conclusion=UNJUDGED,
            offence_code=None,
            missing=(),
            undetermined=(),
            rulebook_digest=self.standards().book.digest,
            counted=(),
            look_at=None,
            look_is_provisional=False,
        )

    async def _settle(
        self,
        records: RegisterRecords,
        touched: Mapping[CaseKey, StoredCase],
        before: Mapping[CaseKey, StoredCase],
        now: datetime,
    ) -> Outcome:
        """Inspect what was touched and its parties, and store what became of them."""
        if not touched:
            return Outcome()
        parties = await self._parties(records, touched, before)
        books = await self._read(records, {**parties, **touched}, {**parties, **before})
        ledger = await self._judge(books, now)
        await self._store(records, ledger)
        await records.tallies.apply(ledger.tallies)
        outcome = Outcome({case.key: case for case in ledger.cases})
        _add(ledger, outcome)
        self.count(outcome)
        return outcome

    async def _judge(self, books: Books, now: datetime) -> Ledger:
        by, registry = self.yardsticks(), self.registry()
        return await self.aside(lambda: judge(books, by, registry, self.new_id, now))

    async def _parties(
        self,
        records: RegisterRecords,
        touched: Mapping[CaseKey, StoredCase],
        before: Mapping[CaseKey, StoredCase],
    ) -> dict[CaseKey, StoredCase]:
        concerned = (*touched.values(), *before.values())
        hashes = {case.party_hash for case in concerned if case.party_hash is not None}
        if not hashes:
            return {}
        return {case.key: case for case in await records.cases.of_parties(sorted(hashes))}

    async def _read(
        self,
        records: RegisterRecords,
        now: Mapping[CaseKey, StoredCase],
        before: Mapping[CaseKey, StoredCase],
    ) -> Books:
        keys = list(now)
        leads: defaultdict[CaseKey, dict[Detector, Lead]] = defaultdict(dict)
        for lead in await records.leads.of_cases(keys):
            leads[CaseKey(lead.agency_code, lead.case_number)][lead.detector] = lead
        by_transfer_alone = {key.agency_code for key, case in now.items() if case.record is None}
        fed = await records.cases.connected(sorted(by_transfer_alone)) if by_transfer_alone else {}
        transfers = await records.cases.transfers_of(keys)
        opinions = await records.cases.opinions_of(keys)
        return Books(before, now, transfers, opinions, leads, fed)

    def yardsticks(self) -> Yardsticks:
        """What cases are held against at this moment."""
        standards = self.standards()
        return Yardsticks(standards.book, standards.clocks, standards.calendars, cumulation.load())

    async def _store(self, records: RegisterRecords, ledger: Ledger) -> None:
        await records.cases.save(ledger.cases)
        await records.leads.save(ledger.leads)
        await records.journal.append(ledger.lines)

    def count(self, outcome: Outcome) -> None:
        """Tell the counters what a look did."""
        for (change, detector, status), times in outcome.leads.items():
            if change is Change.RAISED:
                self.measure.count("leads_raised", times, detector=detector.value)
            elif change is Change.REOPENED:
                self.measure.count("leads_reopened", times)
            elif change is Change.CLOSED:
                self.measure.count("leads_closed", times, how=status.value)

    def _arrival_line(self, one: Arrival, now: datetime) -> JournalEntry:
        is_later = one.result is RecordResult.REPLACED
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=Action.RECORD_REPLACED if is_later else Action.RECORD_RECEIVED,
            actor=one.key.agency_code,
            agency_code=one.key.agency_code,
            subject_id=one.case_id,
            data={
                "case_number": one.key.case_number,
                "version": one.version,
                "digest": one.digest,
                "source": one.source,
                "result": one.result.value,
            },
        )


def _add(ledger: Ledger, outcome: Outcome) -> None:
    outcome.looked_at += ledger.looked_at
    outcome.changed += len(ledger.cases)
    outcome.leads.update(ledger.changes)
    outcome.differences.update(ledger.differences)
