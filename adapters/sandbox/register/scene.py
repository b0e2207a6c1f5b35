"""What every story of a made-up register draws from: chance, days, agencies, parties and numbers."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from random import Random
from typing import Any

from adapters.sandbox.register import kinds as table
from adapters.sandbox.register.days import LONGEST_COURSE, Days, Times
from adapters.sandbox.register.kinds import Facts, Kind
from adapters.sandbox.register.parties import Parties, Party
from contracts.facts import PENALTIES
from contracts.office import Sector
from service.domain.registry import Office

RECENT = 40
"""Days after which every time to transfer, to receipt or to decide has run out, over any holidays."""
_MOST_OF_A_PLANTED = 600
_SAYS_NEVER_PENALISED = 0.3


class Scene:
    """One register in the making."""

    def __init__(self, seed: int, today: date, agencies: Sequence[Office]) -> None:
        self.random = Random(f"{seed}:cases")  # noqa: S311 (a register that is the same for a seed)
        self.days = Days(today)
        self.seed = seed
        self.kinds = table.load()
        self.parties = Parties(seed, self.kinds.names)
        self.agencies = tuple(agencies)
        self._of_sector: dict[Sector, list[Office]] = {}
        for office in agencies:
            self._of_sector.setdefault(office.sector or Sector.OTHER, []).append(office)
        self.known = self._known(self.kinds.kinds)
        self.plantable = tuple(one for one in self.known if self._room(one) > RECENT)
        self.tame = tuple(one for one in self.known if one.tame)
        self._numbered = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def between(self, first: int, last: int) -> int:
        """Draw a whole number, both ends included."""
        return first + int((last - first + 1) * self.random.random())

    def one_of(self, choices: Sequence[Any]) -> Any:  # noqa: ANN401 (whatever the choices are)
        return choices[int(self.random.random() * len(choices))]

    def agency_for(self, kind: Kind) -> Office:
        """Draw an agency of the right sector."""
        offices = [one for sector in kind.sectors for one in self._of_sector.get(sector, ())]
        office: Office = self.one_of(offices)
        return office

    def kind_for_planting(self) -> Kind:
        kind: Kind = self.one_of(self.plantable)
        return kind

    def kind_of(self, wanted: Callable[[Kind], bool]) -> Kind | None:
        """Draw a kind for planting that is wanted; None where no agency has one."""
        found = [one for one in self.plantable if wanted(one)]
        return self.one_of(found) if found else None

    def long_ago(self, kind: Kind, least: int = RECENT) -> int:
        """Draw when the facts of a case were established whose act is not older than the law it goes by."""
        return self.between(least, max(least, min(_MOST_OF_A_PLANTED, self._room(kind))))

    def next_number(self, ago: int) -> str:
        """Give a case its number: never given before, and of no real series."""
        self._numbered += 1
        year = self.days.on(ago)[:4]
        return f"示罚立〔{year}〕{self.seed}-{self._numbered:07d}号"

    def open_case(
        self, agency: Office, kind: Kind, party: Party, times: Times, facts: Facts
    ) -> dict[str, Any]:
        """Write down a case of a kind that the law knows."""
        record = self.open_plain(agency, kind.cause, kind.title, party, times)
        record["facts"] = facts
        if self.chance(_SAYS_NEVER_PENALISED):
            # Who states that the party was never penalised may not know what others did.
            facts[PENALTIES] = []
        return record

    def open_plain(
        self, agency: Office, cause: str, title: str, party: Party, times: Times
    ) -> dict[str, Any]:
        """Write down a case of any cause, without facts."""
        days = self.days
        return {
            "case_number": self.next_number(times.filed),
            "title": title,
            "cause": cause,
            "sector": (agency.sector or Sector.OTHER).value,
            "division": agency.division,
            "filed_on": days.on(times.filed),
            "established_on": days.on(times.established),
            "party": party,
            "conduct": {"started_on": days.on(times.started), "ended_on": days.on(times.ended)},
        }

    def _known(self, kinds: Iterable[Kind]) -> tuple[Kind, ...]:
        return tuple(one for one in kinds if not self._of_sector.keys().isdisjoint(one.sectors))

    def _room(self, kind: Kind) -> int:
        return self.days.since(kind.since) - LONGEST_COURSE
