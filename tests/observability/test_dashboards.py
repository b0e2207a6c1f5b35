from itertools import combinations

import pytest

from deploy.grafana.dashboards import DASHBOARDS as BUILT
from deploy.grafana.dashboards import texts
from deploy.grafana.panels import WIDE
from tests.observability.watched import (
    DASHBOARDS,
    dashboards,
    known_names,
    names,
    panel_questions,
    selectors,
)


def test_files_are_what_the_code_writes():
    """`make grafana` writes them anew."""
    assert {path.name: path.read_text("utf-8") for path in DASHBOARDS.iterdir()} == texts()


def test_there_is_one_for_supervisors_one_for_operators_and_one_for_appraisal():
    assert {*dashboards()} == {*BUILT} == {"supervisor", "operator", "appraisal"}


@pytest.mark.parametrize("name", BUILT)
def test_every_panel_asks_the_chosen_data_source(name):
    """What provisioning drops, or does not know, would leave the page saying "No data"."""
    dashboard = dashboards()[name]
    variables = {one["name"]: one["type"] for one in dashboard["templating"]["list"]}

    assert "__inputs" not in dashboard
    assert variables["datasource"] == "datasource"
    asked = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert asked
    for panel in asked:
        for source in (panel, *panel["targets"]):
            assert source["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize("name", BUILT)
def test_panels_lie_side_by_side(name):
    panels = dashboards()[name]["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= WIDE
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y


def test_panels_ask_for_series_that_there_are():
    for place, expr in panel_questions():
        assert names(expr), place
        assert names(expr) <= known_names(), place
        assert "$" not in expr, place


def test_ratio_of_appraisal_is_never_shown_without_its_n():
    asked = [one for _, expr in panel_questions() for one in selectors(expr)]
    ratios, ns = (
        {one.replace(f":{kind}{{", "{") for one in asked if f"appraisal:{kind}{{" in one}
        for kind in ("ratio", "n")
    )

    assert ratios
    assert ratios == ns


def test_titles_are_in_both_languages():
    for dashboard in dashboards().values():
        for title in (dashboard["title"], *(panel["title"] for panel in dashboard["panels"])):
            assert " / " in title or title in {"n", "5xx"}
            assert not title.isascii() or title in {"n", "5xx"}
