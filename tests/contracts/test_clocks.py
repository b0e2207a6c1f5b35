from collections.abc import Callable
from datetime import date
from importlib import resources

import pytest
import yaml
from typing_extensions import override

from contracts import clocks
from contracts.clocks import Clock, ClockTable, Nature, Unit
from contracts.office import Sector
from contracts.report import Report, ReportKind

TEXT = (resources.files("contracts") / "clocks.yaml").read_text("utf-8")
TABLE = clocks.load()
TODAY = date(2026, 11, 23)

# The clock table of the law, written down a second time: length, readings, nature, actor, articles.
DAYS = (Unit.CALENDAR_DAYS, Unit.WORKING_DAYS)
HOURS = (Unit.EXACT_HOURS, Unit.HOURS)
LAW = {
    "T01": (3, DAYS, "duty", "chief", "D310 Art 5"),
    "T02": (24, HOURS, "duty", "agency", "D310 Art 5"),
    "T03": (24, (Unit.HOURS,), "conditional", "public_security", "D310 Art 7"),
    "T04": (24, (Unit.HOURS,), "conditional", "public_security", "PSB20 Art 180"),
    "T05": (3, (Unit.CALENDAR_DAYS,), "duty", "agency", "PSB20 Art 180"),
    "T06a": (3, DAYS, "duty", "public_security", "D310 Art 8"),
    "T06b": (10, (Unit.CALENDAR_DAYS,), "duty", "public_security", "EC17 Art 16"),
    "T06c": (3, (Unit.CALENDAR_DAYS,), "duty", "public_security", "ENV17 Art 9"),
    "T07": (3, (Unit.CALENDAR_DAYS,), "duty", "public_security", "ENV17 Art 9"),
    "T07-safety": (3, DAYS, "duty", "public_security", "SAFE19"),
    "T08": (3, DAYS, "right", "agency", "D310 Art 9"),
    "T08-ecology": (3, (Unit.WORKING_DAYS,), "right", "agency", "ENV17 Art 11"),
    "T08-64": (3, (Unit.WORKING_DAYS,), "right", "agency", "NX15"),
    "T09": (3, DAYS, "duty", "public_security", "D310 Art 9"),
    "T09-ecology": (3, (Unit.WORKING_DAYS,), "duty", "public_security", "ENV17 Art 11"),
    "T09-64": (3, (Unit.WORKING_DAYS,), "duty", "public_security", "NX15"),
    "T10": (3, DAYS, "duty", "agency", "D310 Art 9"),
    "T11": (3, DAYS, "duty", "agency", "D310 Art 12"),
    "T12": (7, (Unit.CALENDAR_DAYS,), "duty", "public_security", "SPPR19 Art 560"),
    "T13": (15, (Unit.CALENDAR_DAYS,), "duty", "public_security", "SPPR19 Art 563-564"),
    "P01": (24, HOURS, "duty", "public_security", "D310 Art 7"),
    "T15": (15, (Unit.CALENDAR_DAYS,), "duty", "agency", "SPP21 Art 7"),
    "T15-ecology": (3, (Unit.CALENDAR_DAYS,), "duty", "agency", "ENV17 Art 14"),
    "T16": (3, (Unit.CALENDAR_DAYS,), "duty", "procuratorate", "SPP21 Art 8"),
    "T17": (2, (Unit.CALENDAR_MONTHS,), "duty", "agency", "SPP21 Art 9"),
    "T18": (7, (Unit.CALENDAR_DAYS,), "duty", "agency", "SPP21 Art 16"),
    "T18-ecology": (7, (Unit.CALENDAR_DAYS,), "duty", "agency", "ENV17 Art 34"),
    "S27": (15, (Unit.CALENDAR_DAYS,), "duty", "agency", "SUP25 Art 27"),
    "S28": (15, (Unit.CALENDAR_DAYS,), "duty", "agency", "SUP25 Art 28"),
    "S29": (15, (Unit.CALENDAR_DAYS,), "duty", "agency", "SUP25 Art 29"),
    "R01": (7, (Unit.CALENDAR_DAYS,), "duty", "agency", "D310 Art 14"),
}


def row(clock: Clock) -> tuple[object, ...]:
    return clock.length, clock.readings, clock.nature, clock.actor, str(clock.basis[0])


def test_the_table_has_exactly_the_clocks_of_the_law() -> None:
    assert {clock.id: row(clock) for clock in TABLE.clocks} == LAW


def test_only_the_platforms_own_clock_is_marked_as_practice() -> None:
    assert [clock.id for clock in TABLE.clocks if clock.mark == "practice"] == ["P01"]


def test_a_length_the_law_does_not_fix_is_uncertain_and_says_that_the_letter_binds() -> None:
    as_set = [clock for clock in TABLE.clocks if clock.as_set]
    assert {clock.id for clock in as_set} == {"T15", "S27", "S28", "S29", "R01"}
    assert {clock.id for clock in TABLE.clocks if clock.mark == "U"} == {c.id for c in as_set}
    assert all(clock.note and "文书载明期限的，以文书为准" in clock.note for clock in as_set)


def test_only_the_rules_recalled_and_not_read_are_marked_so() -> None:
    assert {clock.id for clock in TABLE.clocks if clock.mark == "K"} == {"T16", "T17", "T18"}


def test_no_key_of_the_table_is_written_twice() -> None:
    """YAML would keep the last one without a word."""

    class Strict(yaml.SafeLoader):
        @override
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
            names = [key.value for key, _ in node.value]
            assert len(names) == len(set(names)), names
            return super().construct_mapping(node, deep)

    assert yaml.load(TEXT, Strict)["clocks"]


def test_every_report_is_an_event() -> None:
    assert {kind.value for kind in ReportKind} <= set(TABLE.events)


def test_every_extension_names_an_approval_that_can_be_reported() -> None:
    schema = Report.model_json_schema()["properties"]["extension"]["anyOf"][0]
    approvals = {extension.approval for clock in TABLE.clocks for extension in clock.extensions}
    assert approvals == set(schema["enum"])


def test_every_sector_is_one_an_agency_can_have() -> None:
    assert set(TABLE.sectors) - {sector.value for sector in Sector} == {"economic_crime"}


def test_a_filing_decision_tells_the_agency() -> None:
    assert TABLE.events["filed"].implies == ("filing_notice_received",)
    assert TABLE.events["not_filed"].implies == ("non_filing_notice_received",)


@pytest.mark.parametrize(
    ("sector", "province", "clock_id"),
    [
        (None, None, "T08"),
        ("market_supervision", "44", "T08"),
        ("ecology", "44", "T08-ecology"),
        ("tax", "64", "T08-64"),
        ("ecology", "64", "T08-64"),
    ],
)
def test_the_most_specific_row_of_a_family_runs(
    sector: str | None, province: str | None, clock_id: str
) -> None:
    started = TABLE.started_by("non_filing_notice_received", sector, province, TODAY)
    assert [clock.id for clock in started] == [clock_id]


@pytest.mark.parametrize(
    ("sector", "clock_id"),
    [
        ("market_supervision", "T06a"),
        ("economic_crime", "T06b"),
        ("tax", "T06b"),
        ("ecology", "T06c"),
    ],
)
def test_acceptance_starts_the_decision_clock_of_its_field(sector: str, clock_id: str) -> None:
    started = [clock.id for clock in TABLE.started_by("accepted", sector, None, TODAY)]
    assert sorted(started) == ["T03", "T04", clock_id]


@pytest.mark.parametrize(
    ("event", "sector", "clock_ids"),
    [
        ("transfer_opinion_received", "tobacco", ["T15"]),
        ("transfer_opinion_received", "ecology", ["T15-ecology"]),
        ("decision_made", None, ["T18"]),
        ("decision_made", "ecology", ["T18-ecology"]),
        ("supervisory_letter_received", "ecology", ["S27"]),
        ("filed", "tobacco", []),
    ],
)
def test_a_letter_of_supervision_starts_the_clock_of_its_field(
    event: str, sector: str | None, clock_ids: list[str]
) -> None:
    assert [clock.id for clock in TABLE.started_by(event, sector, None, TODAY)] == clock_ids


def test_the_letters_of_the_new_regulation_start_nothing_before_it_is_law() -> None:
    for event in (
        f"supervis{rest}_received" for rest in ("ory_letter", "ion_opinion", "ion_decision")
    ):
        started = [
            len(TABLE.started_by(event, None, None, on))
            for on in (date(2026, 1, 31), date(2026, 2, 1))
        ]
        assert started == [0, 1]


def test_a_row_runs_only_while_it_is_law() -> None:
    before, after = date(2017, 12, 31), date(2018, 1, 1)
    assert "T06a" in {clock.id for clock in TABLE.started_by("accepted", "tax", None, before)}
    assert "T06b" in {clock.id for clock in TABLE.started_by("accepted", "tax", None, after)}


def test_a_repealed_row_no_longer_starts() -> None:
    repealed = changed(
        "effective_from: 2018-01-01", "effective_from: 2018-01-01\n    effective_until: 2026-11-22"
    )
    assert "T06a" in {clock.id for clock in repealed.started_by("accepted", "tax", None, TODAY)}
    yesterday = date(2026, 11, 22)
    assert "T06b" in {clock.id for clock in repealed.started_by("accepted", "tax", None, yesterday)}


def test_get_finds_rows_and_their_extensions() -> None:
    assert TABLE.get("T06b").length == 10
    assert TABLE.get("T06b/county_approval").length == 30
    assert TABLE.get("T06b").extended("county_approval").extended("superior_approval") == TABLE.get(
        "T06b/superior_approval"
    )
    assert [extension.length for extension in TABLE.get("T06c").extensions] == [7, 30]


@pytest.mark.parametrize("clock_id", ["T99", "T06a/county_approval"])
def test_get_knows_no_other_rows(clock_id: str) -> None:
    with pytest.raises(KeyError):
        TABLE.get(clock_id)


def test_only_reconsideration_is_a_right_and_only_two_clocks_are_conditional() -> None:
    natures = {nature: {c.family for c in TABLE.clocks if c.nature is nature} for nature in Nature}
    assert natures[Nature.RIGHT] == {"T08"}
    assert natures[Nature.CONDITIONAL] == {"T03", "T04"}


def changed(old: str, new: str) -> ClockTable:
    assert old in TEXT
    return clocks.parse(TEXT.replace(old, new, 1))


def breaks(old: str, new: str) -> Callable[[], ClockTable]:
    return lambda: changed(old, new)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        pytest.param(
            breaks("starts: [approved]", "starts: [aproved]"), "unknown event: aproved", id="start"
        ),
        pytest.param(
            breaks("implies: [filing", "implies: [fling"), "unknown event: fling", id="implied"
        ),
        pytest.param(
            breaks("same_as: closed", "same_as: shut"), "unknown event: shut", id="same_as"
        ),
        pytest.param(
            breaks("sectors: [ecology]", "sectors: [sea]"), "unknown sector: sea", id="sector"
        ),
        pytest.param(
            breaks("{document: ENV17,", "{document: ENV99,"), "unknown document", id="document"
        ),
        pytest.param(breaks("id: T02", "id: T01"), "T01 stands twice", id="twice"),
        pytest.param(
            breaks("readings: [exact_hours, hours]", "readings: [hours, working_days]"),
            "both in days and in hours",
            id="units",
        ),
        pytest.param(
            breaks("readings: [calendar_months]", "readings: [calendar_months, working_days]"),
            "both in days and in months",
            id="months",
        ),
        pytest.param(
            breaks("        length: 30", "        length: 9"), "does not lengthen", id="extension"
        ),
        pytest.param(
            breaks("ends: [approved]", "ends: [report_to_chief]"), "starts and ends", id="instant"
        ),
        pytest.param(
            breaks(
                "effective_from: 2018-01-01",
                "effective_from: 2018-01-01\n    effective_until: 2017-01-01",
            ),
            "before it takes effect",
            id="effect",
        ),
        pytest.param(
            breaks("family: T02", "family: T01"), "T01 and T02 would both run", id="general"
        ),
        pytest.param(
            breaks("tax, finance, securities]", "tax, ecology]"),
            "T06b and T06c would both run",
            id="same_sector",
        ),
        pytest.param(
            breaks("id: T09-64", "family: T08\n    id: T09-64"),
            "T08-64 and T09-64 would both run",
            id="same_province",
        ),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    broken: Callable[[], ClockTable], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        broken()


def test_rows_of_one_family_may_follow_each_other_in_time() -> None:
    """T01 up to a day and T02 from the next: the family has one clock on either side."""
    text = TEXT.replace("starts: [approved]", "starts: [report_to_chief]", 1)
    text = text.replace("ends: [transferred]", "ends: [approved]", 1)
    text = text.replace("family: T02", "family: T01", 1)
    old = "effective_from: 2001-07-09"
    text = text.replace(old, "effective_from: 1997-01-01\n    effective_until: 2001-07-08", 1)
    table = clocks.parse(text)
    started = [
        table.started_by("report_to_chief", None, None, date(2001, 7, day)) for day in (8, 9)
    ]
    assert [[clock.id for clock in found] for found in started] == [["T01"], ["T02"]]
