"""What must hold of the register after every test, whatever was repeated, raced or cut off meanwhile."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from contracts.case_record import record_digest
from service.case_books import files_by_party
from service.casework import Casework
from service.domain.appraisal import contributions
from service.domain.case_files import CaseKey
from service.domain.counting import counted_of
from service.domain.inspecting import Inspected, inspect
from service.domain.leads import Lead, LeadStatus
from service.register_ports import StoredCase
from tests.support.chain import Chain

_MOVES = (
    *("lead.raised", "lead.changed", "lead.reopened", "lead.closed"),
    *("lead.dismissed", "lead.supervised"),
)
_VERSIONS = ("record.received", "record.replaced")


@dataclass(frozen=True)
class Found:
    """How much was looked at: a check of nothing proves nothing."""

    cases: int
    versions: int
    leads: int
    tallies: int


@dataclass(frozen=True)
class _Shelves:
    """Everything that the register holds, opened, and what pure code finds in it now."""

    cases: dict[CaseKey, StoredCase]
    earlier: dict[UUID, list[asyncpg.Record]]
    leads: dict[CaseKey, list[Lead]]
    inspected: dict[CaseKey, Inspected]
    tallies: Mapping[tuple[str, str], int]
    letters: list[tuple[str, str]]
    journal: list[asyncpg.Record]
    faults: list[str]


async def check_register_invariants(chain: Chain, casework: Casework) -> Found:
    """Hold the register against what its records say; fails naming every difference."""
    shelves = await _read(chain, casework)
    faults = [
        *shelves.faults,
        *_versions_stand_once(shelves),
        *_leads_are_what_the_facts_bear(shelves),
        *_figures_are_sums(shelves),
        *_journal_tells_versions(shelves),
        *_journal_tells_leads(shelves),
    ]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:40])
    return Found(
        cases=len(shelves.cases),
        versions=sum(case.version for case in shelves.cases.values()),
        leads=sum(map(len, shelves.leads.values())),
        tallies=len(shelves.tallies),
    )


async def _read(chain: Chain, casework: Casework) -> _Shelves:
    now, faults = chain.clock.now(), []
    async with chain.uow.snapshot() as records, chain.pool.acquire() as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM cases")]
        cases = {case.key: case for case in await records.cases.with_ids(ids)}
        books = await casework.open(records, list(cases.values()))
        sealed = await connection.fetch("SELECT * FROM earlier_records ORDER BY case_id, version")
        tallies = await connection.fetch("SELECT * FROM tallies")
        letters = await connection.fetch("SELECT agency_code, counted FROM supervisions")
        journal = await connection.fetch("SELECT * FROM journal ORDER BY recorded_in, id")
        rows = await connection.fetch("SELECT agency_code, case_number FROM leads")
        leads = await records.leads.of_cases([CaseKey(*row) for row in {tuple(r) for r in rows}])
    earlier = defaultdict(list)
    for row in sealed:
        context = f"case/{row['case_id']}/{row['version']}".encode()
        if record_digest(chain.vault.open(row["sealed"], context)) != row["digest"]:
            faults.append(f"version {row['version']} of {row['case_id']} opens to other words")
        earlier[row["case_id"]].append(row)
    of_case = defaultdict(list)
    for lead in leads:
        of_case[CaseKey(lead.agency_code, lead.case_number)].append(lead)
    by = casework.yardsticks()
    inspected = {
        one.file.key: one
        for files in files_by_party(books, chain.registry)
        for one in inspect(files, by, now)
    }
    counted = {
        (row["agency_code"], f"{row['month']:%Y-%m}/{row['name']}"): row["count"] for row in tallies
    }
    by_letters = [(row["agency_code"], name) for row in letters for name in row["counted"]]
    return _Shelves(cases, earlier, of_case, inspected, counted, by_letters, journal, faults)


def _versions_stand_once(shelves: _Shelves) -> Iterator[str]:
    for key, case in shelves.cases.items():
        behind = shelves.earlier.get(case.id, [])
        numbers = [row["version"] for row in behind]
        if [*numbers, case.version] != list(range(1, case.version + 1)) and case.version:
            yield f"{key}: in front is {case.version}, behind are {numbers}"
        if len({row["digest"] for row in behind} | {case.digest}) != len(behind) + 1:
            yield f"{key}: a version stands twice"
        if case.content is not None and record_digest(case.content) != case.digest:
            yield f"{key}: the version in front opens to other words"


def _leads_are_what_the_facts_bear(shelves: _Shelves) -> Iterator[str]:
    for key in shelves.leads.keys() - shelves.cases.keys():
        yield f"{key} has a lead and is not in the register"
    for key, one in shelves.inspected.items():
        leads = {lead.detector: lead for lead in shelves.leads.get(key, [])}
        if len(leads) != len(shelves.leads.get(key, [])):
            yield f"{key} has two leads of one detector"
        suspicions = {found.detector: found for found in one.suspicions}
        active = {detector for detector, lead in leads.items() if lead.status.is_active}
        for detector in active - suspicions.keys():
            yield f"{key}: the lead of {detector} is active, and nothing bears it"
        for detector, suspicion in suspicions.items():
            lead = leads.get(detector)
            if lead is None or (lead.status in _CLOSED):
                yield f"{key} is suspected of {detector}, and has no lead"
            elif lead.fingerprint != suspicion.fingerprint or lead.clock != suspicion.clock:
                yield f"{key}: the lead of {detector} rests on something else"
        said = [(found["detector"], found["missing"]) for found in shelves.cases[key].undetermined]
        if said != [(found.detector.value, list(found.missing)) for found in one.undetermined]:
            yield f"{key} asks for other facts than are missing"
        if shelves.cases[key].conclusion != one.own.conclusion:
            yield f"{key} is called {shelves.cases[key].conclusion}, and is {one.own.conclusion}"


_CLOSED = (LeadStatus.TRANSFERRED, LeadStatus.RESOLVED)


def _figures_are_sums(shelves: _Shelves) -> Iterator[str]:
    sums = Counter(shelves.letters)
    for key, case in shelves.cases.items():
        sums.update((key.agency_code, name) for name in case.counted)
        counted = contributions(counted_of(shelves.inspected[key], shelves.leads.get(key, [])))
        if counted != case.counted:
            yield f"{key} is counted as {case.counted}, and is {counted}"
    for name in {*sums, *shelves.tallies}:
        if sums[name] != shelves.tallies.get(name, 0):
            yield f"{name} is {shelves.tallies.get(name, 0)}, cases and letters add up to {sums[name]}"


def _journal_tells_versions(shelves: _Shelves) -> Iterator[str]:
    told: defaultdict[UUID, list[tuple[str, int]]] = defaultdict(list)
    for line in shelves.journal:
        if line["action"] in _VERSIONS:
            told[line["subject_id"]].append(line["data"]["digest"])
    for key, case in shelves.cases.items():
        kept = [row["digest"] for row in shelves.earlier.get(case.id, [])]
        kept += [case.digest] if case.digest else []
        if sorted(told[case.id]) != sorted(kept):
            yield f"{key}: the journal tells of {told[case.id]}, kept are {kept}"


def _journal_tells_leads(shelves: _Shelves) -> Iterator[str]:
    lines: defaultdict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for line in shelves.journal:
        if line["action"].startswith("lead."):
            lines[line["subject_id"]].append(line)
            if line["agency_code"] is not None:
                yield f"a line of {line['action']} names an agency"
    for key, leads in shelves.leads.items():
        for lead in leads:
            told = [line for line in lines[lead.id] if line["action"] in _MOVES]
            by_move = {line["data"].get("move"): line for line in told}
            if len(told) != lead.move or by_move[1]["action"] != "lead.raised":
                yield f"{key}: the lead of {lead.detector} moved {lead.move} times, told {len(told)}"
            last = by_move.get(lead.move)  # a supervisor's own line tells of no move
            if last is not None and last["data"]["status"] != lead.status:
                yield f"{key}: the lead of {lead.detector} is {lead.status}, told {last['data']}"
