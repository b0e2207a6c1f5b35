"""Made-up registers: what is planted is there, what is not is not, and nobody in it is anyone."""

import json
import re
from collections import Counter
from datetime import date
from itertools import islice
from random import Random

import pytest

from adapters.sandbox.offices import agencies_of, demo_offices
from adapters.sandbox.register import kinds
from adapters.sandbox.register.generator import Rates, generate, make_cases
from adapters.sandbox.register.kinds import Facts, Kind
from adapters.sandbox.register.monthly import MonthlyCounts, reported
from adapters.sandbox.register.places import register_offices
from adapters.sandbox.register.truth import truths
from contracts import causes
from contracts.case_record import CaseRecord, MonthlyCount
from contracts.detectors import Detector
from contracts.facts import check_facts
from contracts.identifiers import is_citizen_id, is_credit_code
from contracts.office import Level, OfficeKind, Sector
from service.domain.registry import Office
from service.domain.standing import standing_of
from tests.support.registers import compared, ends_of, file_of, inspected, read, yardsticks

TODAY = date(2026, 11, 25)
AGENCIES = [one.office for one in agencies_of(register_offices())]
KINDS = {one.name: one for one in kinds.load().kinds}
DENSE = Rates(planted=0.3, traps=0.2, regulars=0.1)


def made(count: int, seed: int = 7, today: date = TODAY, **more):
    return list(make_cases(seed, count, today, AGENCIES, **more))


# Kinds of cases against the rule book.


def conclusion(kind: Kind, facts: Facts, party: str = "person") -> str:
    record = CaseRecord(
        case_number="1",
        cause=kind.cause,
        party={"kind": kind.party or party, "name": "测试人员1"},
        conduct={"started_on": "2026-03-01", "ended_on": "2026-04-01"},
        facts=facts,
    )
    file = file_of("agency", record)._replace(sector=kind.sectors[0])
    return standing_of(file, yardsticks().book, TODAY).conclusion


@pytest.mark.parametrize("name", KINDS)
def test_bands_of_a_kind_stand_where_the_rule_book_has_its_limits(name):
    kind, random = KINDS[name], Random(name)

    assert {conclusion(kind, kind.met(random)) for _ in range(40)} == {"meets"}
    assert {conclusion(kind, kind.met(random), "unit") for _ in range(40)} == {"meets"}
    assert {conclusion(kind, kind.unmet(random)) for _ in range(40)} == {"below"}
    assert {conclusion(kind, kind.small(random)) for _ in range(40)} == {"below"}
    if kind.near:
        drawn = [kind.within(kind.near, random) for _ in range(40)]
        edges = [kind.of(edge, random) for edge in kind.near]
        assert {conclusion(kind, facts) for facts in (*drawn, *edges)} == {"near"}
    if kind.over[1]:
        assert conclusion(kind, kind.of(kind.over[0], random)) == "meets"


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.excused])
def test_excuse_makes_an_amount_over_the_limit_none(name):
    kind, random = KINDS[name], Random(name)
    facts = kind.met(random) | dict(kind.excused) | {"prior_administrative_penalties": []}

    assert conclusion(kind, facts) == "below"


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.split])
def test_part_of_a_split_case_is_not_near_a_limit(name):
    kind, random = KINDS[name], Random(name)
    checked = {"prior_administrative_penalties": []}

    for band in kind.split.values():
        drawn = [kind.within(band, random) | checked for _ in range(40)]
        assert not {conclusion(kind, facts) for facts in drawn} & {"near", "meets"}


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.repeat])
def test_repeated_case_is_not_near_a_limit_by_itself(name):
    kind, random = KINDS[name], Random(name)
    drawn = [kind.within(kind.repeat.band, random) | dict(kind.repeat.facts) for _ in range(40)]

    assert not {conclusion(kind, facts) for facts in drawn} & {"near", "meets"}


@pytest.mark.parametrize("name", KINDS)
def test_leaving_facts_out_never_makes_a_small_case_suspicious(name):
    kind, random = KINDS[name], Random(name)

    for _ in range(60):
        facts = {fact: value for fact, value in kind.unmet(random).items() if random.random() < 0.7}
        assert conclusion(kind, facts) in {"below", "undetermined"}


@pytest.mark.parametrize("name", KINDS)
def test_leaving_out_what_is_not_needed_loses_nothing(name):
    kind, random = KINDS[name], Random(name)
    facts = {fact: value for fact, value in kind.met(random).items() if fact in kind.needed}

    assert conclusion(kind, facts) == "meets"


def test_table_of_causes_knows_every_kind_and_no_plain_cause():
    table, known = kinds.load(), causes.load()

    assert all(known.find(kind.cause) for kind in table.kinds)
    assert not [one for plain in table.plain.values() for one in plain if known.find(one)]
    assert set(table.plain) == {one.sector for one in AGENCIES}


# What is planted.


@pytest.mark.parametrize(
    ("seed", "today"),
    [
        (1, date(2025, 10, 9)),
        (2, date(2026, 2, 14)),
        (3, date(2026, 2, 24)),
        (4, date(2026, 5, 6)),
        (5, date(2026, 10, 8)),
        (6, date(2026, 11, 25)),
        (7, date(2027, 2, 10)),
        (8, date(2028, 2, 29)),
    ],
    ids=str,
)
def test_truth_is_what_pure_inspection_finds_from_the_first_second_of_the_day_to_the_last(
    seed, today
):
    register = made(1_200, seed, today, rates=DENSE)

    for now in ends_of(today):
        found = compared(register, now)
        assert (found.missed, found.false, found.lost) == ([], [], [])
        assert all(found.found[detector] >= 5 for detector in Detector)


def test_register_at_its_own_rates_has_no_false_and_no_missed_lead():
    found = compared(made(8_000, seed=11), ends_of(TODAY)[0])

    assert (found.missed, found.false) == ([], [])
    assert set(found.found) == set(Detector)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_fifth_of_the_facts_takes_away_is_undetermined_and_never_clean(seed):
    register = made(2_500, seed, rates=DENSE, removed_share=0.2)
    found = compared(register, ends_of(TODAY)[0])

    assert (found.missed, found.false, found.silent) == ([], [], [])
    assert len(found.lost) > 50
    assert all(found.recall(detector) == found.precision(detector) == 1 for detector in Detector)


def test_gaps_change_nothing_but_facts():
    whole, torn = made(2_000), made(2_000, removed_share=0.2)
    stated = sum(len(one.record.get("facts", {})) for one in whole)
    left = sum(len(one.record.get("facts", {})) for one in torn)

    assert 0.77 < left / stated < 0.83
    for one, other in zip(whole, torn, strict=True):
        assert one.record.keys() == other.record.keys()
        assert other.record.get("facts", {}).items() <= one.record.get("facts", {}).items()
        assert (one.truth is None) == (other.truth is None)
    assert all(truth.facts_complete for truth in truths(whole))
    assert not all(truth.facts_complete for truth in truths(torn))


def test_planted_cases_are_few_in_a_hundred():
    planted = list(truths(made(20_000)))

    assert 0.02 < len(planted) / 20_000 < 0.05
    counted = Counter(detector for truth in planted for detector in truth.detectors)
    assert all(counted[detector] >= 20 for detector in Detector)


def test_planted_cases_are_of_many_offences_sectors_and_counties():
    register = made(6_000, rates=DENSE)
    planted = [one for one in register if one.truth]

    assert {one.record["cause"] for one in planted} >= {kind.cause for kind in KINDS.values()}
    assert len({one.record["division"] for one in planted}) == 6
    assert len({one.record["sector"] for one in planted}) == 11


# The stream.


def test_same_seed_makes_the_same_register_and_another_seed_another():
    first, again, other = made(500), made(500), made(500, seed=8)

    assert first == again
    assert len(first) == 500
    numbers = {one.record["case_number"] for one in first}
    assert len(numbers) == 500
    assert numbers.isdisjoint(one.record["case_number"] for one in other)
    parties = {one.record["party"]["identifier"]["value"] for one in first}
    assert parties.isdisjoint(one.record["party"]["identifier"]["value"] for one in other)


def test_register_is_a_stream_of_any_length():
    endless = generate(3, 10**12, TODAY, AGENCIES)

    assert len(list(islice(endless, 1_000))) == 1_000


def test_records_without_the_truth_are_the_same_records():
    assert list(generate(7, 300, TODAY, AGENCIES, 0.1)) == [
        (one.agency, one.record) for one in made(300, removed_share=0.1)
    ]


def test_every_date_is_of_a_day_before_today():
    first_second, _ = ends_of(TODAY)
    for one in made(3_000, rates=DENSE):
        text = json.dumps(one.record)
        days = [date.fromisoformat(day) for day in re.findall(r'"(\d{4}-\d{2}-\d{2})["T]', text)]
        record = read(one)
        assert days
        assert max(days) < TODAY
        assert record.entered_at
        assert record.recorded_at
        assert record.entered_at <= record.recorded_at < first_second


def test_facts_are_words_of_the_vocabulary():
    for one in made(2_000, rates=DENSE):
        assert check_facts(one.record.get("facts", {})) == []


def test_nobody_in_a_register_can_be_anyone():
    checks = {"person": is_citizen_id, "unit": is_credit_code}
    for one in made(3_000):
        party = one.record["party"]
        number = party["identifier"]["value"]
        assert checks[party["kind"]](number)
        assert re.match("测试人员|示例市某某", party["name"])
        place = number[2:8] if party["kind"] == "unit" else number[:6]
        assert place.startswith(("3399", "3398"))
        assert party["kind"] == "unit" or number[6:8] == "18"


def test_some_parties_come_back_and_some_are_known_to_several_agencies():
    agencies: dict[str, list[str]] = {}
    for one in made(10_000):
        agencies.setdefault(one.record["party"]["identifier"]["value"], []).append(one.agency)
    times = Counter(len(codes) for codes in agencies.values())

    assert times[1] > 10 * times[2] > 10 * times[4] > 0
    assert max(times) >= 8
    assert sum(len(set(codes)) > 1 for codes in agencies.values()) > 200


def test_small_town_has_a_register_too():
    offices = [one.office for one in agencies_of(demo_offices())]
    register = list(make_cases(1, 1_500, TODAY, offices, rates=DENSE))
    found = compared(register, ends_of(TODAY)[1])

    assert {one.agency for one in register} == {one.code for one in offices}
    assert (found.missed, found.false) == ([], [])
    assert set(found.found) == set(Detector)


@pytest.mark.parametrize(
    "sector", [Sector.OTHER, None, Sector.HEALTH, Sector.EMERGENCY, Sector.ECOLOGY, Sector.TAX]
)
def test_agency_of_any_sector_has_a_register(sector):
    office = Office("1" * 18, "示例县某局", OfficeKind.AGENCY, "339921", Level.COUNTY, sector)
    register = list(make_cases(2, 400, TODAY, [office], rates=DENSE))
    found = compared(register, ends_of(TODAY)[0])

    assert len(register) == 400
    assert (found.missed, found.false) == ([], [])


def test_law_too_young_for_an_act_is_not_planted():
    """On the day after the interpretation on trademarks came, no case goes by it yet."""
    today = date(2025, 4, 27)
    register = made(1_500, today=today, rates=DENSE)
    planted = {one.record["cause"] for one in register if one.truth and "X1" in one.truth.detectors}

    assert "假冒注册商标" not in planted
    assert compared(register, ends_of(today)[0]).false == []


# Later versions.


def test_earlier_version_comes_first_and_is_no_case_of_its_own():
    register = made(2_000, revised_share=0.3)
    earlier = {one.record["case_number"]: one.record for one in register if one.is_earlier}
    later = {one.record["case_number"]: one.record for one in register if not one.is_earlier}

    assert len(later) == 2_000
    assert 400 < len(earlier) < 600
    for number, record in earlier.items():
        assert record["recorded_at"] < later[number]["recorded_at"]
        assert "penalty" not in record
        assert "penalty" in later[number]
    assert [one for one in register if not one.is_earlier] == made(2_000)


# What the agencies count.


def test_monthly_counts_are_those_of_the_register_but_for_one():
    register = made(4_000, revised_share=0.1)
    counts = MonthlyCounts()
    for one in register:
        counts.add(one)
    told, gap = reported(counts, seed=7)
    exact = {agency: counts.of(agency) for agency in counts.agencies}
    decided = Counter(
        (one.file.key.agency_code, one.file.decided_on.isoformat()[:7])
        for one in inspected((one for one in register if not one.is_earlier), ends_of(TODAY)[0])
        if one.file.decided_on
    )

    assert sum(one["filed"] for months in exact.values() for one in months) == 4_000
    assert decided == Counter(
        {
            (agency, one["month"]): one["decided"]
            for agency, months in exact.items()
            for one in months
            if one["decided"]
        }
    )
    differing = [
        (agency, mine["month"], mine["decided"], theirs["decided"])
        for agency, months in exact.items()
        for mine, theirs in zip(months, told[agency], strict=True)
        if mine != theirs
    ]
    assert differing == [tuple(gap.values())]
    assert gap["reported"] > gap["entered"]
    assert [MonthlyCount(**one) for months in told.values() for one in months]


def test_register_without_decisions_has_no_gap():
    assert reported(MonthlyCounts(), seed=7) == ({}, None)
