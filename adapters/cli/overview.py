"""`linkage overview`."""

from adapters.cli.figures import reading
from adapters.cli.output import Json, say, say_json, say_table, wait_for
from adapters.clock import SystemClock
from adapters.settings import read_settings
from contracts import detectors
from contracts.appraisal_views import OverviewView
from contracts.detectors import Detector
from service.domain.registry import Registry
from service.overview import Overview


def overview(*, as_json: Json = False) -> None:
    """Show how things stand: overdue, never transferred, silent, missing."""
    view = wait_for(_ask())
    if as_json:
        say_json(view.model_dump(mode="json"))
    else:
        _tell(view)


async def _ask() -> OverviewView:
    settings = read_settings()
    async with reading(settings) as figures:
        nobody = Registry.of(0, [], [])  # an operator sees everything, whoever is registered
        expected_every = settings.register_expected_every
        use_case = Overview(figures, lambda: nobody, SystemClock(), expected_every)
        return await use_case.of_all()


def _tell(view: OverviewView) -> None:
    say(f"{view.overdue} 件逾期 · {view.never_transferred} 件应移送未移送")
    say_table(("figure", "count"), _figures(view))
    table = detectors.load().detectors
    leads = ((name, table[Detector(name)].zh, count) for name, count in view.leads.items())
    say_table(("detector", "", "cases"), leads)


def _figures(view: OverviewView) -> list[tuple[str, object]]:
    detection = view.detection
    rescreening = detection.rescreening
    return [
        ("deadlines overdue", view.overdue),
        ("deadlines near", view.deadlines.near),
        ("rights lapsed", view.deadlines.lapsed),
        ("never transferred", view.never_transferred),
        ("  by so many agencies", view.never_transferred_agencies),
        ("undetermined", view.undetermined),
        ("silent agencies", view.silent_agencies),
        ("cases missing from the register", view.missing_cases),
        ("supervisions waiting", view.supervisions.open),
        ("supervisions overdue", view.supervisions.overdue),
        ("detection behind by seconds", round(detection.lag_seconds)),
        ("cases to look at", detection.cases_to_look_at),
        ("slices to screen anew", rescreening.slices_left if rescreening else 0),
    ]
