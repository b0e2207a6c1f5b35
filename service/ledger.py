"""The ledger of a look at cases: rows, leads, differences of figures and journal lines, gathered before they are stored."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from contracts import detectors
from contracts.detectors import Detector
from service.case_books import Books, files_by_party
from service.domain.appraisal import contributions, differences
from service.domain.case_files import CaseFile, CaseKey
from service.domain.counting import counted_of, month_of
from service.domain.detectors import ANSWERED_BY_TRANSFER
from service.domain.inspecting import Inspected, Yardsticks, inspect
from service.domain.journal import PLATFORM, Action, JournalEntry
from service.domain.leads import Change, Lead, LeadStatus, Raised, Suspicion, follow
from service.domain.registry import Registry
from service.domain.scoring import score_of
from service.domain.standing import Standing
from service.ports import NewId
from service.register_ports import StoredCase


class Move(NamedTuple):
    """A case that was known, and whose conclusion is another one now."""

    before: StoredCase
    after: StoredCase
    own: Standing


def judge(
    books: Books, by: Yardsticks, registry: Registry, new_id: NewId, now: datetime
) -> "Ledger":
    """Inspect all cases at hand, party by party, and write down what becomes of them; nothing is stored."""
    ledger = Ledger(books, by.book.digest, new_id, now)
    for files in files_by_party(books, registry):
        for one in inspect(files, by, now):
            ledger.enter(one)
    return ledger


def as_left(books: Books, ledger: "Ledger") -> Books:
    """The books as they are once the ledger is stored."""
    leads = {key: dict(of_case) for key, of_case in books.leads.items()}
    for lead in ledger.leads:
        key = CaseKey(lead.agency_code, lead.case_number)
        leads.setdefault(key, {})[lead.detector] = lead
    cases = {**books.now, **{case.key: case for case in ledger.cases}}
    return replace(books, before=cases, now=cases, leads=leads)


class Ledger:
    """What became of the cases of one look: only what is another than it was."""

    def __init__(self, books: Books, rulebook_digest: str, new_id: NewId, now: datetime) -> None:
        self.cases: list[StoredCase] = []
        self.leads: list[Lead] = []
        self.lines: list[JournalEntry] = []
        self.tallies: Counter[tuple[str, date, str]] = Counter()
        self.changes: Counter[tuple[Change, Detector, LeadStatus]] = Counter()
        self.moves: list[Move] = []
        self.looked_at = 0
        self._new_id = new_id
        self._books = books
        self._now = now
        self._table = detectors.load()
        self._digest = rulebook_digest

    @property
    def differences(self) -> Counter[str]:
        """How many came out otherwise than they were known, of each kind: `below>meets`, `raised:X1`."""
        found = Counter(f"{one.before.conclusion}>{one.after.conclusion}" for one in self.moves)
        for (change, detector), times in self.leads_changed.items():
            found[f"{change.value}:{detector.value}"] = times
        return found

    @property
    def leads_changed(self) -> Counter[tuple[Change, Detector]]:
        """How many leads of each detector are not what they were; a date that moved is no other lead."""
        found: Counter[tuple[Change, Detector]] = Counter()
        for (change, detector, _), times in self.changes.items():
            found[change, detector] += 0 if change is Change.REDATED else times
        return +found

    def enter(self, one: Inspected) -> None:
        key = one.file.key
        case = self._books.now[key]
        self.looked_at += 1
        leads = dict(self._books.leads.get(key, {}))
        for detector, (lead, change) in self._followed(one, leads).items():
            leads[detector] = lead
            self.leads.append(lead)
            self.changes[change, detector, lead.status] += 1
            if change is not Change.REDATED:
                self.lines.append(self._line(lead, change))
        counted = contributions(counted_of(one, leads.values()))
        again = self._again(case, one, counted)
        before = self._books.before.get(key)
        if again != before:
            self.cases.append(again)
        if before is not None and before.conclusion != again.conclusion:
            self.moves.append(Move(before, again, one.own))
        changes = differences(key.agency_code, before.counted if before else (), counted)
        for what, by in changes.items():
            self.tallies[what] += by

    def _followed(
        self, one: Inspected, leads: Mapping[Detector, Lead]
    ) -> dict[Detector, tuple[Lead, Change]]:
        found = {suspicion.detector: suspicion for suspicion in one.suspicions}
        is_transferred = one.file.transferred_at is not None
        followed = {}
        for detector in sorted({*leads, *found}):
            suspicion = found.get(detector)
            new = self._raised(one.file, suspicion)
            answered = is_transferred and detector in ANSWERED_BY_TRANSFER
            result = follow(leads.get(detector), suspicion, new, is_transferred=answered)
            if result is not None:
                followed[detector] = result
        return followed

    def _raised(self, file: CaseFile, suspicion: Suspicion | None) -> Raised:
        return Raised(
            id=self._new_id(),
            agency_code=file.key.agency_code,
            case_number=file.key.case_number,
            division=file.division,
            sector=file.sector,
            score=score_of(suspicion, self._table) if suspicion else 0,
            at=self._now,
        )

    def _again(self, case: StoredCase, one: Inspected, counted: tuple[str, ...]) -> StoredCase:
        is_as_before = case.conclusion == one.own.conclusion and case.rulebook_digest != ""
        return replace(
            case,
            family=one.file.family,
            month=month_of(one.file),
            conclusion=one.own.conclusion,
            offence_code=one.own.offence_code,
            missing=one.own.missing,
            undetermined=tuple(_open(suspicion) for suspicion in one.undetermined),
            # The book by which this conclusion was first reached; later ones that agree change nothing.
            rulebook_digest=case.rulebook_digest if is_as_before else self._digest,
            counted=counted,
            look_at=one.look_at,
            look_is_provisional=one.is_provisional,
        )

    def _line(self, lead: Lead, change: Change) -> JournalEntry:
        return JournalEntry(
            id=self._new_id(),
            at=self._now,
            action=_ACTIONS[change],
            actor=PLATFORM,
            subject_id=lead.id,
            data={
                "agency": lead.agency_code,
                "case_number": lead.case_number,
                "detector": lead.detector.value,
                "status": lead.status.value,
                "move": lead.move,  # lines stand by when their transactions began, not by when they ended
                "score": lead.score,
                "fingerprint": lead.fingerprint,
            },
        )


_ACTIONS = {
    Change.RAISED: Action.LEAD_RAISED,
    Change.REOPENED: Action.LEAD_REOPENED,
    Change.CHANGED: Action.LEAD_CHANGED,
    Change.CLOSED: Action.LEAD_CLOSED,
}


def _open(suspicion: Suspicion) -> dict[str, object]:
    return {
        "detector": suspicion.detector.value,
        "offence_code": suspicion.offence_code,
        "missing": list(suspicion.missing),
    }
