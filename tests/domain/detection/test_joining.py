"""X4 and X5: the cases of one party, joined across agencies (G7, G9)."""

from itertools import permutations
from typing import Any

import pytest

from contracts.detectors import Signal
from service.domain.joining import join_history
from tests.support.case_files import (
    YARDSTICKS,
    laid_open,
    look,
    open_questions,
)
from tests.support.offices import office
from tests.support.one_party import (
    PARTY,
    TOBACCO,
    judged,
    part,
    penalised,
    splits,
    tobacco,
    x4,
)
from tests.support.packets import NOW
from tests.support.register import case, moment


def test_penalties_by_two_agencies_are_joined() -> None:
    new = tobacco()
    own = laid_open(penalised("2025-01-01"), agency="tobacco")
    one = judged(new, penalised("2024-06-03"), own)
    suspicion = x4(one)
    assert suspicion is not None
    assert not one.own.meets
    assert [told["authority"] for told in suspicion.evidence["penalties"]] == [
        office("market").name,
        office("tobacco").name,
    ]
    assert {Signal.SEVERAL_AGENCIES, Signal.PENALISED_BEFORE} <= {*suspicion.signals}
    assert suspicion.clock is not None
    assert judged(new, penalised("2025-01-01")).suspicions == ()


def test_penalties_by_the_agency_itself_are_of_one_agency() -> None:
    own = [laid_open(penalised(on), agency="tobacco") for on in ("2025-01-01", "2025-05-01")]
    suspicion = x4(judged(tobacco(), *own))
    assert suspicion is not None
    assert Signal.SEVERAL_AGENCIES not in suspicion.signals


def test_penalty_whose_authority_nobody_named_makes_no_second_agency() -> None:
    stated = [{"decided_on": "2025-05-01", "offence_family": "tobacco"}]
    own = laid_open(penalised("2025-01-01"), agency="tobacco")
    facts = TOBACCO | {"prior_administrative_penalties": stated}
    suspicion = x4(judged(tobacco(facts=facts), own))
    assert suspicion is not None
    assert Signal.SEVERAL_AGENCIES not in suspicion.signals


@pytest.mark.parametrize(
    ("first", "counts"), [("2023-06-01", True), ("2023-05-31", False), ("2023-06-02", True)]
)
def test_window_runs_from_the_first_penalty_to_the_new_act_to_the_day(
    first: str, *, counts: bool
) -> None:
    one = judged(tobacco("2026-06-01"), penalised(first), penalised("2025-01-01"))
    assert (x4(one) is not None) is counts


@pytest.mark.parametrize(("effective", "counts"), [("2023-06-01", True), ("2023-05-31", False)])
def test_window_begins_when_the_penalty_took_effect(effective: str, *, counts: bool) -> None:
    first = penalised("2023-05-01", penalty={"effective_on": effective})
    one = judged(tobacco("2026-06-01"), first, penalised("2025-01-01"))
    assert (x4(one) is not None) is counts


@pytest.mark.parametrize(
    ("decided", "counts"), [("2026-06-01", True), ("2026-06-02", False), ("2026-05-31", True)]
)
def test_penalty_after_the_new_act_is_no_earlier_one(decided: str, *, counts: bool) -> None:
    one = judged(tobacco("2026-06-01"), penalised(decided), penalised("2025-01-01"))
    assert (x4(one) is not None) is counts


@pytest.mark.parametrize(("status", "counts"), [("revoked", False), ("under_review", False)])
def test_penalty_that_does_not_stand_is_not_counted(status: str, *, counts: bool) -> None:
    weak = penalised("2024-06-01", penalty={"status": status})
    assert (x4(judged(tobacco(), weak, penalised("2025-01-01"))) is not None) is counts


def test_penalty_for_another_kind_of_act_is_not_counted() -> None:
    other = case(party=PARTY, penalty={"kinds": ["罚款"], "decided_on": "2024-06-01"})
    one = judged(tobacco(), other, penalised("2025-01-01"))
    assert x4(one) is None
    assert "X4" not in open_questions(one)


def test_penalty_for_an_act_of_an_unknown_kind_leaves_it_open() -> None:
    unknown = case(
        party=PARTY,
        cause="其他违法行为",
        facts={},
        penalty={"kinds": ["罚款"], "decided_on": "2024-06-01"},
    )
    one = judged(tobacco(), unknown, penalised("2025-01-01"))
    assert x4(one) is None
    assert open_questions(one)["X4"] == ("prior_administrative_penalties:dates",)


def practice(**changes: Any) -> dict[str, Any]:
    """Medical practice without a licence: met with two penalties, whenever they were (S11)."""
    told = {
        "cause": "未取得医疗机构执业许可证行医",
        "party": PARTY,
        "facts": {"doctor_qualification_held": False},
        "penalty": {"kinds": ["罚款"], "decided_on": "2026-01-01"},
    }
    return case(**told | changes)


def test_without_a_window_the_order_of_act_and_penalties_must_be_known() -> None:
    """Three penalties of one time prove no act after two of them."""
    records = [practice(conduct={}) for _ in range(3)]
    files = [
        laid_open(one, agency="labour")._replace(agency_name="示例县卫生健康局") for one in records
    ]
    for one in look(files).values():
        assert x4(one) is None
        assert open_questions(one)["X4"] == ("conduct_started_on",)


def test_without_a_window_any_two_penalties_before_the_act_count() -> None:
    old = [
        practice(penalty={"kinds": ["罚款"], "decided_on": on}, conduct={"ended_on": "2009-01-01"})
        for on in ("2010-01-01", "2012-01-01")
    ]
    new = practice(conduct={"started_on": "2026-06-01"}, penalty=None)
    files = [
        laid_open(one, agency="labour")._replace(agency_name="示例县卫生健康局")
        for one in (*old, new)
    ]
    assert x4(look(files)[new["case_number"]]) is not None


STATED = {"authority": office("market").name, "offence_family": "tobacco"}


@pytest.mark.parametrize(
    ("stated", "counts"),
    [
        ([{"decided_on": "2025-01-01"}], False),
        ([{"decided_on": "2025-01"}], False),
        ([{"decided_on": "2025-01-01", "offence_family": None}], False),
        ([{"effective_on": "2025-01-01"}], False),
        ([{"decided_on": "2025-01-02"}], True),
        ([{"decided_on": "2025-01-01", "offence_family": "pollution"}], False),
        ([], False),
    ],
)
def test_what_the_record_itself_states_is_counted_once(
    stated: list[dict[str, Any]], *, counts: bool
) -> None:
    """The register's own entry of a penalty and the word of a later record on it are one penalty."""
    listed = [STATED | one for one in stated]
    listed = [{name: value for name, value in one.items() if value} for one in listed]
    new = tobacco(facts=TOBACCO | {"prior_administrative_penalties": listed})
    one = judged(new, penalised("2025-01-01"))
    assert (x4(one) is not None) is counts
    assert "X4" not in open_questions(one)


def test_two_penalties_of_one_day_that_the_record_states_are_two() -> None:
    """The register may have one of them only."""
    day_of = {"decided_on": "2025-01-01"}
    listed = [STATED | day_of, STATED | day_of | {"authority": "另一机关"}]
    new = laid_open(tobacco(facts=TOBACCO | {"prior_administrative_penalties": listed}))
    joined = join_history(new, [laid_open(penalised("2025-01-01"))], YARDSTICKS.book, NOW.date())
    assert joined is not None
    assert [one.authority for one in joined.penalties] == [office("market").name, "另一机关"]


def test_case_that_is_met_by_itself_or_transferred_is_no_repeat() -> None:
    earlier = [penalised("2024-06-01"), penalised("2025-01-01")]
    facts = TOBACCO | {"illegal_business_amount": 50_000}
    assert x4(judged(tobacco(facts=facts), *earlier)) is None
    told = {"transferred_at": moment(3)}
    assert x4(judged(tobacco(transfer=told), *earlier)) is None


def test_repeat_that_lacks_a_fact_is_open_and_names_it() -> None:
    earlier = [penalised("2024-06-01"), penalised("2025-01-01")]
    facts = {name: value for name, value in TOBACCO.items() if name != "illegal_business_amount"}
    assert "illegal_business_amount" in open_questions(judged(tobacco(facts=facts), *earlier))["X4"]


def test_repeat_below_its_own_number_is_nothing() -> None:
    earlier = [penalised("2024-06-01"), penalised("2025-01-01")]
    facts = TOBACCO | {"illegal_business_amount": 29_999}
    one = judged(tobacco(facts=facts), *earlier)
    assert x4(one) is None
    assert "X4" not in open_questions(one)


def test_history_of_an_act_that_nobody_can_judge_is_nothing() -> None:
    unknown = case(party=PARTY, cause="占道经营", facts={}, penalty=None)
    files = [laid_open(one) for one in (unknown, penalised("2024-06-01"))]
    assert look(files)[unknown["case_number"]].suspicions == ()


def test_penalties_are_told_in_the_order_of_their_days_whatever_that_of_the_files() -> None:
    """Else the fingerprint would move, and a dismissed lead open again, though nothing happened."""
    new = laid_open(tobacco(), agency="tobacco")
    earlier = [laid_open(penalised(on)) for on in ("2025-03-01", "2024-01-01", "2024-07-01")]
    number = new.key.case_number
    prints = {
        suspicion.fingerprint
        for files in permutations([new, *earlier])
        if (suspicion := x4(look(files)[number]))
    }
    assert len(prints) == 1


def test_one_case_alone_is_joined_with_nothing() -> None:
    assert splits(part(49_999)) == [False]


def test_penalties_by_one_other_agency_are_of_several_with_the_new_case() -> None:
    suspicion = x4(judged(tobacco(), penalised("2024-06-03"), penalised("2025-01-01")))
    assert suspicion is not None
    assert Signal.SEVERAL_AGENCIES in suspicion.signals


def test_penalty_of_the_month_of_the_act_is_not_put_aside() -> None:
    one = judged(tobacco("2026-06-15"), penalised("2026-06"), penalised("2025-01-01"))
    assert x4(one) is not None or "X4" in open_questions(one)
