"""Holding leads against the truth of a made-up register: how many were found, how many are false, how many stay open."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from adapters.sandbox.register.truth import Made, Truth
from contracts import calendar, causes, clocks, cumulation
from contracts.case_record import CaseRecord, read_record
from contracts.facts import load_vocabulary
from contracts.rulebook import load_rulebook
from service.domain.case_files import CaseFile, CaseKey, Provenance, open_file
from service.domain.inspecting import Inspected, Yardsticks, inspect
from service.domain.rulebook import compile_rulebook
from service.domain.working_days import SHANGHAI

NOT_BY_FACTS = frozenset({"X8", "X9", "X10", "X11"})
"""Detectors that go by dates alone: they lose nothing when facts are left out."""


class Found(NamedTuple):
    """A lead, as `linkage leads --json` tells it."""

    agency: str
    case_number: str
    detector: str


@dataclass
class Comparison:
    """What became of what was planted, by detector.

    `lost` is what no lead tells of because facts are missing; `silent` of that what is not undetermined
    either, and so would pass for clean.
    """

    found: Counter[str] = field(default_factory=Counter)
    missed: list[Found] = field(default_factory=list)
    false: list[Found] = field(default_factory=list)
    lost: list[Found] = field(default_factory=list)
    silent: list[Found] = field(default_factory=list)

    def recall(self, detector: str) -> float:
        """The share of the planted cases with complete facts that has its lead; 1 where none is planted."""
        missed = sum(one.detector == detector for one in self.missed)
        planted = self.found[detector] + missed
        return self.found[detector] / planted if planted else 1.0

    def precision(self, detector: str) -> float:
        """The share of the leads that is true; 1 where there is none."""
        false = sum(one.detector == detector for one in self.false)
        leads = self.found[detector] + false
        return self.found[detector] / leads if leads else 1.0


def load_truth(folder: Path) -> list[Truth]:
    """Read what `linkage register generate` wrote of the planted cases."""
    with (folder / "truth.ndjson").open(encoding="utf-8") as lines:
        return [_truth(json.loads(line)) for line in lines]


def _truth(told: Mapping[str, object]) -> Truth:
    truth = Truth(**told)
    return truth._replace(detectors=tuple(truth.detectors))


def leads_in(lines: Iterable[str]) -> Iterator[Found]:
    """Read the lines of `linkage leads --json`."""
    for line in lines:
        told = json.loads(line)
        yield Found(told["agency"], told["case_number"], told["detector"])


def compare(
    truths: Iterable[Truth], leads: Iterable[Found], undetermined: Iterable[tuple[str, str]] = ()
) -> Comparison:
    """Hold leads against the truth; `undetermined` are the cases (agency, case number) that wait for facts."""
    raised, still_open = set(leads), set(undetermined)
    comparison, true = Comparison(), set[Found]()
    for truth in truths:
        for detector in truth.detectors:
            planted = Found(truth.agency, truth.case_number, detector)
            true.add(planted)
            _count(comparison, planted, truth, raised, still_open)
    comparison.false.extend(sorted(raised - true))
    return comparison


def _count(
    comparison: Comparison,
    planted: Found,
    truth: Truth,
    raised: set[Found],
    still_open: set[tuple[str, str]],
) -> None:
    if planted in raised:
        comparison.found[planted.detector] += 1
    elif truth.facts_complete or planted.detector in NOT_BY_FACTS:
        comparison.missed.append(planted)
    else:
        comparison.lost.append(planted)
        if (planted.agency, planted.case_number) not in still_open:
            comparison.silent.append(planted)


@cache
def yardsticks() -> Yardsticks:
    """The law as we ship it."""
    book = compile_rulebook(load_rulebook(), load_vocabulary())
    return Yardsticks(book, clocks.load(), calendar.load(), cumulation.load())


def read(made: Made) -> CaseRecord:
    """Read a made-up record as the platform reads one."""
    return read_record(json.dumps(made.record).encode())


def file_of(agency: str, record: CaseRecord) -> CaseFile:
    """Lay a record open as if it had just arrived."""
    key = CaseKey(agency, record.case_number)
    known = Provenance(
        key=key,
        agency_name=f"机关{agency}",
        division=record.division or "339921",
        sector=(record.sector or "other"),
        party_hash=(record.party.identifier.value if record.party.identifier else "").encode(),
        arrived_at=datetime.now(UTC),
        entered_at=record.entered_at,
    )
    return open_file(record, known, causes.load())


def inspected(made: Iterable[Made], now: datetime) -> list[Inspected]:
    """Inspect a register in memory, party by party, without any platform."""
    parties: defaultdict[bytes | None, list[CaseFile]] = defaultdict(list)
    for one in made:
        file = file_of(one.agency, read(one))
        parties[file.party_hash].append(file)
    return [one for files in parties.values() for one in inspect(files, yardsticks(), now)]


def compared(made: list[Made], now: datetime) -> Comparison:
    """Hold what pure inspection finds in a register against its truth."""
    seen = inspected(made, now)
    leads = (
        Found(*one.file.key, suspicion.detector) for one in seen for suspicion in one.suspicions
    )
    undetermined = (tuple(one.file.key) for one in seen if one.undetermined)
    return compare((one.truth for one in made if one.truth), leads, undetermined)


def ends_of(today: date) -> tuple[datetime, datetime]:
    """The first and the last second of a day in Shanghai: the truth holds at both."""
    first = datetime.combine(today, time(), SHANGHAI)
    return first, first + timedelta(days=1, seconds=-1)
