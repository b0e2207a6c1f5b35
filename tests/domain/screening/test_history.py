"""Windows of earlier penalties, day by day."""

import pytest

from contracts.conditions import Penalties, Punishments
from contracts.facts import PartialDate, PriorPenalty, PriorPunishment
from service.domain.history import either, penalised_before, punished_before

ONCE = Penalties(count=1, within_years=2, families=("pollution",))
TWICE = Penalties(count=2, within_years=2, families=("pollution",))
EVER = Penalties(count=2, authority=("卫",))
PUNISHED = Punishments(within_years=2, offences=("CL-213",), families=("ip_trademark",))


def _penalty(day: str | None, **more) -> PriorPenalty:
    return PriorPenalty(**({"effective_on": day, "offence_family": "pollution"} | more))


def _judge(rule: Penalties, acted: str | None, *penalties: PriorPenalty) -> bool | None:
    return penalised_before(rule, penalties, acted and PartialDate.parse(acted))


@pytest.mark.parametrize(
    ("first", "acted", "expected"),
    [
        ("2022-06-15", "2024-06-15", True),
        ("2022-06-14", "2024-06-15", False),
        ("2022-06", "2024-06-15", None),
        ("2022-06", "2024-05-31", True),
        ("2022-06", "2024-07-01", False),
        ("2022", "2024", None),
        ("2020-02-29", "2022-02-28", True),
        ("2020-02-29", "2022-03-01", False),
        ("2022-02-28", "2024-02-29", False),
        ("2024-06-16", "2024-06-15", False),
        ("2024-06", "2024-06-15", True),
    ],
)
def test_window_runs_from_the_first_penalty_to_the_new_act(first, acted, expected):
    assert _judge(ONCE, acted, _penalty(first)) is expected
    assert _judge(TWICE, acted, _penalty(first), _penalty(acted)) is expected


def test_decision_day_stands_in_for_an_unknown_day_of_effect():
    decided = PriorPenalty(decided_on="2023-01", offence_family="pollution")
    assert _judge(TWICE, "2024", decided, _penalty("2023")) is True


def test_penalty_without_any_day_may_or_may_not_count():
    assert _judge(TWICE, "2024", _penalty(None), _penalty("2023-12")) is None
    assert _judge(TWICE, None, _penalty("2023"), _penalty("2023")) is None


def test_rule_without_a_window_needs_no_days():
    doctors = _penalty(None, authority="某县卫生健康委员会")
    assert _judge(EVER, None, doctors, doctors) is True


def test_penalty_of_another_authority_does_not_count():
    doctors = _penalty(None, authority="某县卫生健康委员会")
    assert _judge(EVER, None, doctors, _penalty(None, authority="市场监管局")) is False
    assert _judge(EVER, None, doctors, _penalty(None)) is None


@pytest.mark.parametrize("status", ["revoked", "under_review"])
def test_penalty_that_is_not_effective_does_not_count(status):
    assert _judge(TWICE, "2024", _penalty("2023"), _penalty("2023", status=status)) is False


def test_penalty_of_another_family_does_not_count():
    assert (
        _judge(TWICE, "2024", _penalty("2023"), _penalty("2023", offence_family="mining")) is False
    )
    assert _judge(TWICE, "2024", _penalty("2023"), _penalty("2023", offence_family=None)) is None


def test_punishment_counts_by_offence_or_by_family():
    acted = PartialDate.parse("2024-06-15")
    for found, expected in (
        (PriorPunishment(judged_on="2023", offence_code="CL-213"), True),
        (PriorPunishment(effective_on="2023", offence_family="ip_trademark"), True),
        (PriorPunishment(judged_on="2023", offence_code="CL-140", offence_family="other"), False),
        (PriorPunishment(judged_on="2023", offence_code="CL-140"), None),
        (PriorPunishment(judged_on="2020", offence_code="CL-213"), False),
    ):
        assert punished_before(PUNISHED, [found], acted) is expected


def test_punishment_rule_without_offences_takes_any():
    any_crime = Punishments(within_years=1)
    assert punished_before(
        any_crime, [PriorPunishment(judged_on="2024-06")], PartialDate.parse("2024-06-15")
    )


def test_either_is_kleenes_or():
    assert [either(a, b) for a in (True, None, False) for b in (True, None, False)] == [
        *(True, True, True),
        *(True, None, None),
        *(True, None, False),
    ]
