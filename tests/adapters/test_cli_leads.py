"""The list of leads on a real database: as lines, as a table, in pages, and what cannot be said yet."""

from pathlib import Path

import pytest

from tests.support.offices import office
from tests.support.operator import MARKET, Operator, operator_of, ours
from tests.support.records import content, write_lines


@pytest.fixture
def operator(database: str, tmp_path: Path) -> Operator:
    return operator_of(database, tmp_path)


def test_leads_are_one_object_a_line_the_highest_score_first(operator, tmp_path):
    operator.take(ours(tmp_path))

    found = operator.lines("leads")

    assert {"case_number", "agency", "detector", "offence_code", "score", "clock", "evidence"} <= {
        *found[0]
    }
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    penalised = [one for one in found if one["detector"] == "X2"]
    assert len(penalised) == 3
    assert {one["offence_code"] for one in penalised} == {"CL-214"}
    assert penalised[0]["clock"]["overdue"] in (True, False)
    assert {*penalised[0]["clock"]} == {
        *("id", "starts_at", "due_at", "strict_due_at", "overdue", "provisional")
    }


def test_leads_are_chosen_by_detector_agency_place_and_state(operator, tmp_path):
    operator.take(ours(tmp_path))
    every = operator.lines("leads")

    assert {one["detector"] for one in operator.lines("leads", "--detector", "X2")} == {"X2"}
    assert operator.lines("leads", "--agency", MARKET) == every
    assert operator.lines("leads", "--agency", office("tax").code) == []
    division = every[0]["division"]
    assert operator.lines("leads", "--division", division[:4]) == every
    assert operator.lines("leads", "--division", "88") == []
    assert operator.lines("leads", "--status", "dismissed") == []
    assert operator.lines("leads", "--limit", 2) == every[:2]


def test_pages_of_leads_join_without_a_seam(operator, tmp_path, monkeypatch):
    operator.take(ours(tmp_path, 7))
    every = operator.lines("leads", "--detector", "X2", "--status", "open", "--status", "resolved")
    monkeypatch.setattr("adapters.cli.leads.PAGE", 2)

    assert operator.lines("leads", "--detector", "X2") == every
    assert len({one["lead_id"] for one in every}) == 7


def test_leads_for_people_name_the_detector_in_either_language(operator, tmp_path):
    operator.take(ours(tmp_path, 1))

    chinese = operator.call("leads", "--detector", "X2").out
    english = operator.call("leads", "--detector", "X2", "--lang", "en").out

    assert "以行政处罚代替移送" in chinese
    assert "Penalised instead of transferred" in english
    assert english.splitlines()[-1] == "1 leads"


def test_undetermined_suspicions_name_the_facts_that_are_missing(operator, tmp_path, monkeypatch):
    path = write_lines(
        tmp_path / "cases.ndjson", [content(number, facts={}) for number in range(1, 4)]
    )
    operator.take(path)
    found = operator.lines("leads", "--undetermined")
    text = operator.call("leads", "--undetermined", "--limit", 1).out
    monkeypatch.setattr("adapters.cli.leads.PAGE", 1)

    assert {one["case_number"] for one in found} == {f"示市监案〔2026〕{n}号" for n in (1, 2, 3)}
    assert all(one["score"] is None and one["clock"] is None for one in found)
    assert all("sales_amount" in one["missing"] for one in found)
    assert operator.lines("leads", "--undetermined") == found
    assert "销售金额" in text
    assert text.splitlines()[-1] == "1 suspicions that need facts"
