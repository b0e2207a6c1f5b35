"""The stream of a register: story after story, the same for the same seed, and never more than one in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from random import Random
from typing import Any

from adapters.sandbox.register import ordinary
from adapters.sandbox.register.planted import PLANTED, Story
from adapters.sandbox.register.scene import Scene
from adapters.sandbox.register.traps import TRAPS
from adapters.sandbox.register.truth import Draft, Made, tear_gaps
from service.domain.registry import Office

_NOT_YET = ("penalty", "transfer", "reverse", "closed_on", "legal_review")


@dataclass(frozen=True)
class Rates:
    """Shares of all stories: with a planted case, with a near miss, of a party that comes back; the rest are single cases."""

    planted: float = 0.03
    traps: float = 0.02
    regulars: float = 0.06


COUNTRY = Rates()


def make_cases(
    seed: int,
    count: int,
    today: date,
    agencies: Sequence[Office],
    *,
    removed_share: float = 0.0,
    revised_share: float = 0.0,
    rates: Rates = COUNTRY,
) -> Iterator[Made]:
    """Make up so many cases, with the truth about those in which something is planted.

    Of `removed_share` of the facts nothing is stated; the cases are the same with and without. Of
    `revised_share` of the decided cases an earlier version comes first, which does not count as a case.
    """
    gaps = Random(f"{seed}:gaps")  # noqa: S311 (a register that is the same for a seed)
    for story in _stories(Scene(seed, today, agencies), count, rates):
        if removed_share:
            tear_gaps(story, removed_share, gaps)
        for draft in story:
            if revised_share and gaps.random() < revised_share and "penalty" in draft.record:
                yield Made(draft.agency, _earlier(draft.record), is_earlier=True)
            yield draft.made()


def generate(
    seed: int, count: int, today: date, agencies: Sequence[Office], removed_share: float = 0.0
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Make up so many records, each with the code of its agency, without the truth."""
    for made in make_cases(seed, count, today, agencies, removed_share=removed_share):
        yield made.agency, made.record


def _stories(scene: Scene, count: int, rates: Rates) -> Iterator[list[Draft]]:
    planted, traps = cycle(PLANTED), cycle(TRAPS)
    left = count
    while left > 0:
        story = _draw(scene, rates, planted, traps)(scene)
        if len(story) > left:
            story = ordinary.single(scene)
        left -= len(story)
        yield story


def _draw(scene: Scene, rates: Rates, planted: Iterator[Story], traps: Iterator[Story]) -> Story:
    drawn = scene.random.random()
    if drawn < rates.regulars:
        return ordinary.regular
    drawn -= rates.regulars
    if drawn < rates.planted and scene.plantable:
        return next(planted)
    drawn -= rates.planted
    if 0 <= drawn < rates.traps and scene.plantable:
        return next(traps)
    return ordinary.single


def _earlier(record: dict[str, Any]) -> dict[str, Any]:
    """The case as it stood when it was opened, and not decided."""
    earlier = {name: value for name, value in record.items() if name not in _NOT_YET}
    earlier["recorded_at"] = f"{record['filed_on']}T08:30:00+08:00"
    return earlier
