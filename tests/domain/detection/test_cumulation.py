"""X5: untreated acts of one party that add up across cases and agencies (G9)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.detectors import Signal
from tests.support.case_files import (
    found,
    laid_open,
    look,
    open_questions,
    transferred,
)
from tests.support.one_party import (
    PARTY,
    judged,
    looked,
    part,
    penalised,
    splits,
    tobacco,
    told,
    x4,
)
from tests.support.packets import NOW
from tests.support.register import case, moment, sold, without


@pytest.mark.parametrize("conduct", [{}, {"started_on": "2026"}])
def test_act_whose_day_nobody_knows_leaves_it_open(conduct: dict[str, str]) -> None:
    new = tobacco(conduct=conduct)
    one = judged(new, penalised("2023-06-01"), penalised("2025-01-01"))
    assert x4(one) is None
    assert "X4" in open_questions(one)


def test_acts_add_up_and_the_lead_is_of_the_act_that_reaches_the_sum() -> None:
    parts = part(30_000), part(19_999, "2026-04-01"), part(1, "2026-05-01"), part(9, "2026-06-01")
    assert splits(*parts) == [False, False, True, False]
    suspicion = next(one for one in looked(*parts)[2].suspicions if one.detector == "X5")
    assert suspicion.evidence["sum"] == {"sales_amount": 50_000, "unsold_goods_value": 0}
    assert [one["case_number"] for one in suspicion.evidence["cases"]] == [
        one["case_number"] for one in parts[:3]
    ]
    assert suspicion.evidence["basis"] == "JI 2001-10 Art 2; JI 2010-7"
    assert suspicion.clock is not None
    assert Signal.SEVERAL_AGENCIES not in suspicion.signals
    assert PARTY["name"] not in str(suspicion.evidence)


def test_acts_below_the_limit_together_are_nothing() -> None:
    assert splits(part(25_000), part(24_999, "2026-04-01")) == [False, False]


def test_acts_known_to_two_agencies_add_up() -> None:
    first, last = part(30_000), part(25_000, "2026-04-01")
    files = [laid_open(first, agency="tobacco"), laid_open(last)]
    [suspicion] = [
        one for one in look(files)[last["case_number"]].suspicions if one.detector == "X5"
    ]
    assert Signal.SEVERAL_AGENCIES in suspicion.signals


def test_act_that_meets_alone_or_was_transferred_adds_to_nothing() -> None:
    assert splits(part(50_000), part(20_000, "2026-04-01"), part(20_000, "2026-05-01")) == [
        False,
        False,
        False,
    ]
    told = {"transferred_at": moment(3)}
    assert splits(part(30_000, transfer=told), part(25_000, "2026-04-01")) == [False, False]


def test_acts_of_two_kinds_do_not_add_up() -> None:
    fake = part(
        200_000,
        cause="销售侵犯注册商标专用权的商品",
        facts={
            "identical_mark_identical_goods": True,
            "sales_amount": 30_000,
            "unsold_goods_value": 0,
            "illegal_gains": 0,
        },
    )
    assert splits(fake, part(45_000, "2026-04-01")) == [False, False]


def test_acts_of_a_kind_that_no_article_adds_up_stay_apart() -> None:
    wages = {
        "cause": "拖欠农民工工资",
        "party": PARTY,
        "facts": {"wages_owed_total": 20_000, "workers_unpaid": 9},
    }
    assert splits(case(**wages), case(**wages)) == [False, False]


@pytest.mark.parametrize(("treated_on", "adds"), [("2026-03-31", False), ("2026-04-01", True)])
def test_act_penalised_before_the_later_one_began_was_treated(
    treated_on: str, *, adds: bool
) -> None:
    treated = part(30_000, penalty={"kinds": ["罚款"], "decided_on": treated_on})
    later = part(25_000, "2026-04-01")
    assert splits(treated, later) == [False, adds]
    revoked = part(
        30_000, penalty={"kinds": ["罚款"], "decided_on": treated_on, "status": "revoked"}
    )
    assert splits(revoked, later) == [False, True]


def test_penalty_of_the_last_act_itself_hides_no_split() -> None:
    last = part(25_000, "2026-04-01", penalty={"kinds": ["罚款"], "decided_on": "2026-05-01"})
    assert splits(part(30_000), last) == [False, True]


def mined(value: float, acted: str, **changes: Any) -> dict[str, Any]:
    told = {
        "cause": "未取得采矿许可证擅自采矿",
        "party": PARTY,
        "facts": {
            "mineral_value": value,
            "mining_protected_area": False,
            "mining_without_permit": True,
        },
        "conduct": {"started_on": acted, "ended_on": acted},
        "penalty": None,
    }
    return case(**told | changes)


@pytest.mark.parametrize(
    ("first", "adds"),
    [("2024-04-01", True), ("2024-03-31", False), ("2026-04-01", True)],
)
def test_window_of_two_years_is_counted_to_the_day(first: str, *, adds: bool) -> None:
    """JI 2016-25 Art 8; the anniversary is the last day."""
    records = mined(160_000, first), mined(160_000, "2026-04-01")
    assert any(splits(*records)) is adds


def land(area: float, acted: str) -> dict[str, Any]:
    return case(
        cause="非法转让土地",
        party=PARTY,
        facts={
            "land_use_right_transferred": True,
            "illegal_gains": 0,
            "basic_farmland_area": area,
            "other_cultivated_land_area": 0,
            "other_land_area": 0,
        },
        conduct={"started_on": acted, "ended_on": acted},
        penalty=None,
    )


@pytest.mark.parametrize(("first", "adds"), [("2024-02-29", True), ("2024-02-28", False)])
def test_window_of_one_year_from_a_leap_day_ends_with_february(first: str, *, adds: bool) -> None:
    assert any(splits(land(3, first), land(2, "2025-02-28"))) is (adds or first == "2024-02-28")
    assert any(splits(land(3, first), land(2, "2025-03-01"))) is False


@pytest.mark.parametrize(
    ("first", "last"), [("2024", "2026-06-15"), ("2024-06-15", "2026-06"), ("2024-06", "2026-06")]
)
def test_window_that_a_month_or_a_year_may_cross_leaves_it_open(first: str, last: str) -> None:
    """Nobody can say whether two years lie between, so nobody says that they do not."""
    one, other = looked(mined(160_000, first), mined(160_000, last))
    assert "X5" not in found(other)
    assert open_questions(other)["X5"] == ("conduct_ended_on",)
    assert (found(one), "X5" in open_questions(one)) == ([], False)


def test_window_that_no_day_of_a_month_crosses_is_certain() -> None:
    assert splits(mined(160_000, "2024-07"), mined(160_000, "2026-06")) == [False, True]
    assert splits(mined(160_000, "2024-05"), mined(160_000, "2026-06")) == [False, False]


def test_act_without_a_day_leaves_the_sum_open_and_not_clean() -> None:
    one, undated = looked(part(30_000), part(25_000, conduct={}))
    assert "X5" not in found(one) + found(undated)
    questions = open_questions(one) | open_questions(undated)
    assert questions["X5"] == ("conduct_ended_on",)


def test_act_without_a_day_that_reaches_nothing_asks_nothing() -> None:
    for one in looked(part(20_000), part(25_000, conduct={})):
        assert "X5" not in open_questions(one)


@pytest.mark.parametrize("missing", ["sales_amount", "unsold_goods_value"])
@pytest.mark.parametrize("torn", [0, 1, 2])
def test_number_that_one_act_does_not_state_leaves_the_sum_open(missing: str, torn: int) -> None:
    parts = [part(20_000), part(20_000, "2026-04-01"), part(5_000, "2026-05-01")]
    facts = {name: value for name, value in parts[torn]["facts"].items() if name != missing}
    parts[torn] = parts[torn] | {"facts": facts}
    last = looked(*parts)[2]
    assert "X5" not in found(last)
    assert missing in open_questions(last)["X5"]


def test_number_left_out_leaves_every_sum_open_that_it_might_reach() -> None:
    facts = {name: value for name, value in sold(30_000).items() if name != "sales_amount"}
    acts = part(0, facts=facts), part(25_000, "2026-04-01"), part(9, "2026-05-01")
    assert ["X5" in open_questions(one) for one in looked(*acts)] == [False, True, True]


def test_finding_that_the_last_act_does_not_state_leaves_the_sum_open() -> None:
    facts = {name: value for name, value in sold(25_000).items() if name != "substandard_product"}
    last = looked(part(30_000), part(25_000, "2026-04-01", facts=facts))[1]
    assert open_questions(last)["X5"] == ("substandard_product",)


BOUNDS = [
    ("at_least", None, True, False),
    (None, "at_least", True, False),
    ("at_least", "at_least", True, False),
    ("at_most", None, False, True),
    ("at_most", "at_most", False, True),
    ("about", "about", True, False),
    ("at_least", "at_most", False, True),
    ("about", "at_most", False, True),
]


@pytest.mark.parametrize(("one", "other", "is_met", "is_open"), BOUNDS)
def test_sum_is_known_as_little_as_its_least_known_part(
    one: str | None, other: str | None, *, is_met: bool, is_open: bool
) -> None:
    last = looked(bounded(30_000, "2026-03-01", one), bounded(25_000, "2026-04-01", other))[1]
    assert ("X5" in found(last)) is is_met
    assert ("X5" in open_questions(last)) is is_open
    if is_open:
        assert open_questions(last)["X5"] == ("sales_amount",)


def bounded(amount: float, acted: str, bound: str | None) -> dict[str, Any]:
    return part(amount, acted, bounds={"sales_amount": bound} if bound else {})


def test_sum_about_the_limit_is_open() -> None:
    last = looked(bounded(26_000, "2026-03-01", "about"), bounded(25_000, "2026-04-01", "about"))[1]
    assert open_questions(last)["X5"] == ("sales_amount",)


@pytest.mark.parametrize("value", [True, "三千元"])
def test_what_is_no_number_adds_nothing(value: object) -> None:
    odd = part(20_000, facts=sold(20_000) | {"unsold_goods_value": value})
    assert splits(odd, part(30_000, "2026-04-01")) == [False, True]


amounts = st.lists(
    st.tuples(
        st.integers(0, 30_000),
        st.dates(date(2023, 1, 1), date(2026, 6, 1)),
        st.none() | st.dates(date(2023, 1, 1), date(2026, 6, 1)),
    ),
    min_size=2,
    max_size=7,
)
Acts = list[tuple[int, date, date | None]]


def parts_of(acts: Acts) -> list[dict[str, Any]]:
    return [
        part(
            amount,
            acted.isoformat(),
            penalty={"kinds": ["罚款"], "decided_on": treated.isoformat()} if treated else None,
        )
        for amount, acted, treated in acts
    ]


@settings(max_examples=60, deadline=None)
@given(amounts, st.randoms(use_true_random=False))
def test_order_of_the_files_changes_nothing(acts: Acts, random: Any) -> None:
    files = [laid_open(one) for one in parts_of(acts)]
    shuffled = random.sample(files, len(files))
    assert told(files) == told(shuffled)


@settings(max_examples=60, deadline=None)
@given(amounts)
def test_sum_that_is_reached_has_one_act_that_reaches_it(acts: Acts) -> None:
    """With it the acts reach the limit, and those before it did not."""
    for one in looked(*parts_of(acts)):
        for suspicion in (split for split in one.suspicions if split.detector == "X5"):
            amounts = [member["facts"]["sales_amount"] for member in suspicion.evidence["cases"]]
            assert suspicion.evidence["cases"][-1]["case_number"] == one.file.key.case_number
            assert len(amounts) > 1
            assert sum(amounts) >= 50_000
            assert sum(amounts[:-1]) < 50_000 or len(amounts) == 2


@settings(max_examples=40, deadline=None)
@given(amounts)
def test_unrelated_case_of_the_party_changes_no_suspicion(acts: Acts) -> None:
    files = [laid_open(one) for one in parts_of(acts)]
    other = laid_open(case(cause="占道经营", facts={}, party=PARTY, penalty=None))
    more = told([*files, other])
    assert {number: more[number] for number in told(files)} == told(files)


@settings(max_examples=80, deadline=None)
@given(amounts, st.data())
def test_fact_left_out_never_makes_a_suspected_party_clean(acts: Acts, data: Any) -> None:
    parts = parts_of(acts)
    if not any(one.suspicions for one in looked(*parts)):
        return
    torn = data.draw(st.integers(0, len(parts) - 1))
    name = data.draw(st.sampled_from(sorted(parts[torn]["facts"])))
    facts = {one: value for one, value in parts[torn]["facts"].items() if one != name}
    left = [*parts[:torn], parts[torn] | {"facts": facts}, *parts[torn + 1 :]]
    suspected = {
        number for number, one in look([laid_open(p) for p in parts]).items() if found(one)
    }
    after = look([laid_open(one) for one in left])
    clean = {
        number
        for number in suspected
        if not found(after[number]) and not open_questions(after[number])
    }
    assert not clean


def test_members_of_a_sum_include_nothing_that_was_transferred_by_us() -> None:
    first = laid_open(part(30_000), transfer=transferred())
    last = part(25_000, "2026-04-01")
    assert found(look([first, laid_open(last)])[last["case_number"]]) == []
    assert first.transferred_at is not None
    assert first.transferred_at < NOW


@pytest.mark.parametrize(
    ("decided_on", "found"), [("2026-03", False), ("2026-03-19", False), ("2026-03-20", True)]
)
def test_penalty_in_the_month_of_the_last_act_may_have_been_before_it(
    decided_on: str, *, found: bool
) -> None:
    penalty = {"kinds": ["罚款"], "decided_on": decided_on}
    parts = part(30_000, "2026-03-01", penalty=penalty), part(30_000, "2026-03-20")
    assert splits(*parts) == [False, found]
    assert ("X5" in open_questions(looked(*parts)[1])) is (decided_on == "2026-03")


def test_last_day_that_the_window_may_reach_leaves_it_open() -> None:
    _, last = looked(mined(160_000, "2024-05"), mined(160_000, "2026-05-31"))
    assert open_questions(last)["X5"] == ("conduct_ended_on",)


def test_finding_that_an_earlier_act_does_not_state_is_no_question_of_the_sum() -> None:
    facts = without(sold(1_000), "substandard_product")
    last = looked(part(0, facts=facts), part(2_000, "2026-04-01"))[1]
    assert "X5" not in open_questions(last)
