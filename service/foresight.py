"""Foresight: what another rule book would change in the register, before it is put in force.

Every case is judged by both books, by the same steps as a look at it, in a snapshot in which nothing is
written: first as the old book leaves it at this moment, then by the new one over that. What time alone would
have changed is no difference between the books.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from contracts.detectors import Detector
from service.case_books import Books
from service.casework import Aside, Casework
from service.domain.case_files import CaseKey
from service.domain.inspecting import Yardsticks
from service.domain.leads import Change
from service.domain.rulebook import CompiledRuleBook
from service.domain.slices import pages_of, slices_of
from service.ledger import Ledger, Move, as_left, judge
from service.ports import Clock
from service.register_ports import RegisterRecords, RegisterSnapshots


class ForeseenCase(NamedTuple):
    """A case that would come out otherwise, and the branch that decides it by the new book."""

    key: CaseKey
    before: str
    after: str
    offence_code: str | None
    branch: str | None
    article: str | None


@dataclass(slots=True)
class Foreseen:
    """What would change. `cases` has the first of those that would; `differences` is as a rescreening counts it."""

    looked_at: int = 0
    changed: int = 0
    conclusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    offences: Counter[tuple[str | None, str, str]] = field(default_factory=Counter)
    leads: Counter[tuple[Change, Detector]] = field(default_factory=Counter)
    differences: Counter[str] = field(default_factory=Counter)
    cases: list[ForeseenCase] = field(default_factory=list)

    def add(self, ledger: Ledger, limit: int) -> None:
        self.looked_at += ledger.looked_at
        self.changed += len(ledger.cases)
        self.differences.update(ledger.differences)
        self.leads.update(ledger.leads_changed)
        for move in ledger.moves:
            self._add_move(move, limit)

    def _add_move(self, move: Move, limit: int) -> None:
        before, after = move.before.conclusion, move.after.conclusion
        offence = move.after.offence_code or move.before.offence_code
        self.conclusions[before, after] += 1
        self.offences[offence, before, after] += 1
        if len(self.cases) < limit:
            self.cases.append(_foreseen(move, offence))


@dataclass(frozen=True, slots=True)
class Foresight:
    """Looks ahead; writes nothing, and waits for nobody."""

    snapshots: RegisterSnapshots
    casework: Casework
    clock: Clock
    aside: Aside[Ledger]

    async def of(
        self,
        old: CompiledRuleBook,
        new: CompiledRuleBook,
        limit: int,
        tell: Callable[[int, int], None],
    ) -> Foreseen:
        """Say what `new` would change over `old`, and name the first `limit` cases.

        `tell` is told how many cases have been looked at, and how many there are.
        """
        now, foreseen = self.clock.now(), Foreseen()
        by_old, by_new = (replace(self.casework.yardsticks(), book=one) for one in (old, new))
        async with self.snapshots.snapshot() as records:
            cases_in = await records.cases.count_by_bucket()
            total = sum(cases_in.values())
            for buckets in slices_of(cases_in):
                for page in pages_of(await records.cases.places(buckets)):
                    opened = await self._open(records, page)
                    ledger = await self.aside(partial(self._judge, opened, by_old, by_new, now))
                    foreseen.add(ledger, limit)
                tell(foreseen.looked_at, total)
        return foreseen

    async def _open(self, records: RegisterRecords, page: Sequence[UUID]) -> Books:
        return await self.casework.open(records, await records.cases.with_ids(page))

    def _judge(self, opened: Books, old: Yardsticks, new: Yardsticks, now: datetime) -> Ledger:
        registry, new_id = self.casework.registry(), self.casework.new_id
        before = as_left(opened, judge(opened, old, registry, new_id, now))
        return judge(before, new, registry, new_id, now)


def _foreseen(move: Move, offence: str | None) -> ForeseenCase:
    hit = move.own.hit
    deciding = hit.finding.governing.deciding if hit else None
    return ForeseenCase(
        key=move.after.key,
        before=move.before.conclusion,
        after=move.after.conclusion,
        offence_code=offence,
        branch=f"{hit.finding.row}.{deciding.id}" if hit and deciding else None,
        article=f"{deciding.edition.document} {deciding.edition.article}" if deciding else None,
    )
