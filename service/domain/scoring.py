"""The score of a lead: it ranks and proves nothing. Its numbers, and the formula in words, stand in detectors.yaml."""

from contracts.detectors import Detectors
from service.domain.leads import Suspicion

LEAST, MOST = 0, 100


def score_of(suspicion: Suspicion, table: Detectors) -> int:
    """Rank a suspicion from 0 to 100; the same facts have the same score whenever they are looked at."""
    scoring = table.score
    points = float(table.detectors[suspicion.detector].base)
    if suspicion.reach is not None and suspicion.reach > 1:
        points += scoring.over.most * (1 - 1 / suspicion.reach)
    points += sum(scoring.signals[signal].points for signal in {*suspicion.signals})
    if suspicion.is_doubtful:
        points -= scoring.doubt
    return min(MOST, max(LEAST, round(points)))
