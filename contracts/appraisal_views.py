"""What supervisors are told in figures: the overview, the silent, the register reconciled, the appraisal. JSON, unsigned."""

from collections.abc import Mapping
from datetime import datetime

from contracts.answers import View
from contracts.appraisal import Caution
from contracts.clocks import Words


class DeadlineCounts(View):
    """Statutory clocks of transfers that nobody has met: duties that are overdue, and what has only lapsed."""

    open: int
    near: int
    overdue: int
    lapsed: int


class SupervisionCounts(View):
    """Letters whose reply is awaited: in time, past it, and of the latter those that the level above was told of."""

    open: int
    overdue: int
    escalated: int


class RescreeningView(View):
    """How far the present rule book has gone over the register."""

    slices: int
    slices_left: int
    screened: int
    changed: int


class DetectionView(View):
    """How far detection is behind; it is of the whole platform."""

    lag_seconds: float
    cases_to_look_at: int
    rescreening: RescreeningView | None


class OverviewView(View):
    """The figures of a jurisdiction at a moment, all of the same moment; `division` is how its divisions begin.

    `never_transferred` are cases, `overdue` are statutory clocks, `leads` are cases by detector.
    `missing_cases` are decisions that agencies report in their monthly counts and that are not here.
    """

    as_of: datetime
    division: str
    overdue: int
    never_transferred: int
    never_transferred_agencies: int
    deadlines: DeadlineCounts
    cases: Mapping[str, int]
    leads: Mapping[str, int]
    undetermined: int
    silent_agencies: int
    missing_cases: int
    supervisions: SupervisionCounts
    detection: DetectionView


class SilentAgency(View):
    """An agency whose register has not come for longer than expected; one that never came has no moments."""

    agency: str
    name: str
    division: str
    sector: str | None
    connected_at: datetime | None
    last_received_at: datetime | None
    silent_days: int | None


class SilencePage(View):
    """The silent, the longest silent first."""

    as_of: datetime
    expected_every_seconds: float
    agencies: list[SilentAgency]
    next: str | None


class ReconciledMonth(View):
    """What an agency counts for a month beside what is here; `missing` is never below 0, more here than there is shown by the two."""

    agency: str
    name: str
    division: str
    sector: str | None
    month: str
    reported_at: datetime
    reported_decided: int
    decided: int
    missing_decided: int
    reported_filed: int | None
    filed_cases: int | None
    missing_filed: int | None


class ReconciliationPage(View):
    """Months that agencies reported, the latest first; `missing_decided` is of the whole list, not of this page."""

    as_of: datetime
    missing_decided: int
    months: list[ReconciledMonth]
    next: str | None


class Rate(View):
    """Two counts, and their ratio: none where there is nothing to divide by. `small` says that n is too small to judge by."""

    numerator: int
    denominator: int
    value: float | None
    small: bool


class MonthlyRate(Rate):
    """The rate of one month."""

    month: str


class IndexView(Words):
    """One index: over the period, over the same period a year before, and month by month up to its end."""

    id: str
    basis: str
    mark: str
    note: Words | None
    rate: Rate
    year_before: Rate
    trend: list[MonthlyRate]


class AppraisalRow(View):
    """One office, region or sector with its own figures; rows stand in the order of their keys, which ranks nobody."""

    key: str
    name: str | None
    division: str | None
    sector: str | None
    counts: Mapping[str, int]
    indexes: list[IndexView]


class OffenceCount(View):
    """An offence, and how many cases stand open under its leads."""

    offence_code: str
    cases: int


class AppraisalView(View):
    """The indexes of a period that ends with `month`; `caution` must be shown with them."""

    as_of: datetime
    by: str
    month: str
    months: int
    caution: Caution
    small: int
    rows: list[AppraisalRow]
    top_offences: list[OffenceCount] | None
    next: str | None
