"""The numbers of the law, written down a second time by hand: at the number met, one unit below not."""

from decimal import Decimal
from typing import NamedTuple

import pytest

from contracts.facts import PartialDate, PriorPenalty, exact
from service.domain.examples import unit_of
from service.domain.screening import ScreeningCase, screen
from tests.domain.screening.conftest import TODAY

FAKE = {"substandard_product": True}
MARK = {"identical_mark_identical_goods": True}
TOBACCO = {"illegal_business_kind": "tobacco", "licence_held": False}
WAGES = {"ordered_to_pay": True, "paid_within_order": False}
UNPAID_TAX = {"tax_recovery_notice_served": True, "tax_paid_in_full_after_notice": False}
INLAND = {"fishing_waters": "inland"}
STOLEN = {"trees_of_others": True}
GOODS = {"smuggled_goods_kind": "ordinary_goods"}
VAT = {"invoice_kind": "vat_special"}

NUMBERS = [
    # row.branch, conduct on, what else is given, the fact, its number
    ("M01.B1", "2024", FAKE, "sales_amount", 50_000),
    ("M01.B2", "2024", FAKE, "unsold_goods_value", 150_000),
    ("M01.B3", "2024", FAKE | {"sales_amount": 40_000}, "unsold_goods_value", 30_000),
    ("M01.B4", "2024", FAKE | {"tobacco_product": True, "sales_amount": 40_000}, "unsold_goods_value", 110_000),
    ("M11.B1", "2025-05", MARK, "illegal_gains", 30_000),
    ("M11.B1", "2025-05", MARK, "illegal_business_amount", 50_000),
    ("M11.B1", "2010", MARK, "illegal_business_amount", 50_000),
    ("M11.B2", "2025-05", MARK | {"illegal_gains": 20_000}, "ip_rights_count", 2),
    ("M11.B2", "2025-05", MARK | {"ip_rights_count": 2}, "illegal_gains", 20_000),
    ("M11.B2", "2025-05", MARK | {"ip_rights_count": 2}, "illegal_business_amount", 30_000),
    ("M11.B3", "2025-05", MARK | {"penalties": "ip_trademark"}, "illegal_gains", 20_000),
    ("M11.B3", "2025-05", MARK | {"penalties": "ip_trademark"}, "illegal_business_amount", 30_000),
    ("M13.B1", "2025-05", MARK, "illegal_gains", 30_000),
    ("M13.B2", "2025-05", MARK, "sales_amount", 50_000),
    ("M13.B2", "2021", MARK, "sales_amount", 50_000),
    ("M13.B3", "2025-05", MARK | {"penalties": "ip_trademark"}, "sales_amount", 30_000),
    ("M13.B4", "2025-05", MARK, "unsold_goods_value", 150_000),
    ("M13.B4", "2021", MARK | {"sales_amount": 49_000}, "unsold_goods_value", 101_000),
    ("M13.B5", "2025-05", MARK | {"penalties": "ip_trademark"}, "unsold_goods_value", 90_000),
    ("B01.B1", "2024", TOBACCO, "illegal_business_amount", 50_000),
    ("B01.B1", "2024", TOBACCO, "illegal_gains", 20_000),
    ("B01.B2", "2024", TOBACCO, "cigarettes", 200_000),
    ("B01.B3", "2024", TOBACCO | {"penalties": "tobacco"}, "illegal_business_amount", 30_000),
    ("C01.B1", "2024", GOODS | {"party_type": "person"}, "evaded_duty", 100_000),
    ("C01.B1", "2024", GOODS | {"party_type": "unit"}, "evaded_duty", 200_000),
    ("C01.B1", "2012", GOODS | {"party_type": "person"}, "evaded_duty", 50_000),
    ("C01.B1", "2012", GOODS | {"party_type": "unit"}, "evaded_duty", 250_000),
    ("R01.B1", "2024", UNPAID_TAX | {"evaded_tax_ratio": 0.1}, "evaded_tax", 100_000),
    ("R01.B1", "2024", UNPAID_TAX | {"evaded_tax": 100_000}, "evaded_tax_ratio", 0.1),
    ("R01.B1", "2022-05-14", UNPAID_TAX | {"evaded_tax_ratio": 0.1}, "evaded_tax", 50_000),
    ("R01.B2", "2024", {"evaded_tax_ratio": 0.1, "penalties": "tax_evasion"}, "evaded_tax", 100_000),
    ("R01.B3", "2024", {}, "withheld_tax_unpaid", 100_000),
    ("R01.B3", "2015", {}, "withheld_tax_unpaid", 50_000),
    ("R05.B1", "2024", VAT, "invoice_tax_amount", 100_000),
    ("R05.B1", "2019", VAT, "invoice_tax_amount", 50_000),
    ("R05.B1", "2015", VAT, "invoice_tax_amount", 10_000),
    ("R05.B2", "2024", VAT, "state_tax_loss", 50_000),
    ("R05.B2", "2015", VAT, "state_tax_loss", 5_000),
    ("E01.B2", "2024", {}, "hazardous_waste", 3),
    ("E01.B3", "2024", {}, "heavy_metal_group1_exceedance", 3),
    ("E01.B4", "2024", {}, "heavy_metal_group2_exceedance", 10),
    ("E01.B4", "2016", {}, "heavy_metal_group2_exceedance", 3),
    ("E01.B9", "2024", {}, "illegal_gains_all_income", 300_000),
    ("E01.B9", "2024", {}, "public_private_property_loss", 300_000),
    ("E01.B10", "2024", {}, "water_intake_stopped", 12),
    ("E01.B11", "2023-08-14", {}, "treatment_spending_cut", 1_000_000),
    ("E01.B12", "2020", {}, "basic_farmland_area", 5),
    ("E01.B12", "2020", {}, "other_cultivated_land_area", 10),
    ("E01.B12", "2020", {}, "other_land_area", 20),
    ("E01.B13", "2020", {}, "timber_volume", 50),
    ("E01.B13", "2020", {}, "saplings", 2_500),
    ("E01.B14", "2020", {}, "people_evacuated", 5_000),
    ("E01.B15", "2020", {}, "people_poisoned", 30),
    ("E01.B16", "2020", {}, "serious_injuries", 1),
    ("E04.B1", "2024", INLAND, "catch_weight", 500),
    ("E04.B1", "2024", INLAND, "catch_value", 10_000),
    ("E04.B1", "2020", INLAND, "catch_value", 5_000),
    ("E04.B2-fry", "2024", INLAND, "fry_spawner_catch_weight", 50),
    ("E04.B2-fry", "2024", INLAND, "fry_spawner_catch_value", 1_000),
    ("E04.B2-fry", "2020", INLAND, "fry_spawner_catch_value", 500),
    ("E04.B2-reserve", "2024", INLAND | {"germplasm_reserve": True}, "catch_weight", 50),
    ("E04.B2-reserve", "2024", INLAND | {"germplasm_reserve": True}, "catch_value", 1_000),
    ("E04.B2-reserve", "2020", INLAND | {"germplasm_reserve": True}, "catch_value", 500),
    ("E16.B1", "2024", STOLEN, "timber_volume", 5),
    ("E16.B1", "2020", STOLEN, "timber_volume", 5),
    ("E16.B2", "2024", STOLEN, "saplings", 200),
    ("E16.B2", "2020", STOLEN, "saplings", 200),
    ("E16.B3", "2024", STOLEN | {"timber_volume": 3}, "saplings", 80),
    ("E16.B4", "2024", STOLEN, "timber_value", 20_000),
    ("E17.B1", "2024", {}, "timber_volume", 20),
    ("E17.B1", "2020", {}, "timber_volume", 20),
    ("E17.B2", "2024", {}, "saplings", 1_000),
    ("E17.B2", "2020", {}, "saplings", 1_000),
    ("E17.B3", "2024", {"timber_volume": 15}, "saplings", 250),
    ("E17.B4", "2024", {}, "timber_value", 50_000),
    ("S06.B1", "2024", WAGES | {"months_owed_max": 3}, "wages_owed_max_per_worker", 20_000),
    ("S06.B1", "2024", WAGES | {"wages_owed_max_per_worker": 20_000}, "months_owed_max", 3),
    ("S06.B2", "2024", WAGES | {"workers_unpaid": 10}, "wages_owed_total", 100_000),
    ("S06.B2", "2024", WAGES | {"wages_owed_total": 100_000}, "workers_unpaid", 10),
]  # fmt: skip

LOW_ENDS = [
    ("E16.B1", "2020", STOLEN, "timber_volume", 2),
    ("E16.B2", "2020", STOLEN, "saplings", 100),
    ("E17.B1", "2020", {}, "timber_volume", 10),
    ("E17.B2", "2020", {}, "saplings", 500),
    ("S06.B1", "2024", WAGES | {"months_owed_max": 3}, "wages_owed_max_per_worker", 5_000),
    ("S06.B2", "2024", WAGES | {"workers_unpaid": 10}, "wages_owed_total", 30_000),
]


class Line(NamedTuple):
    branch: str
    when: str
    given: dict
    fact: str
    number: float


def lines(table) -> list:
    return [pytest.param(Line(*line), id=f"{line[0]}@{line[1]}/{line[3]}") for line in table]


def truth_of(book, line: Line, number) -> bool | None:
    row, _, branch_id = line.branch.partition(".")
    stated = {name: value for name, value in line.given.items() if name != "penalties"}
    acted = PartialDate.parse(line.when)
    case = ScreeningCase(
        facts=stated | {line.fact: number},
        conduct_on=acted,
        prior_penalties=_twice_penalised(line.given.get("penalties"), acted),
        offence_codes=(row,),
    )
    finding = next(f for f in screen(case, book, on=TODAY).findings if f.row == row)
    return next(r.truth for r in finding.at_act.readings if r.branch.id == branch_id)


def _twice_penalised(family: str | None, acted: PartialDate):
    if family is None:
        return None
    year_before = PartialDate.parse(acted.first.replace(year=acted.first.year - 1))
    return (PriorPenalty(effective_on=year_before, offence_family=family),) * 2


@pytest.mark.parametrize("line", lines(NUMBERS))
def test_number_includes_itself_and_nothing_below(book, line):
    short = exact(line.number) - unit_of(line.fact)
    assert truth_of(book, line, line.number) is True
    assert truth_of(book, line, float(line.number)) is True
    assert truth_of(book, line, short) is not True
    assert truth_of(book, line, float(short)) is not True


@pytest.mark.parametrize("line", lines(LOW_ENDS))
def test_low_end_of_a_range_alerts_and_below_it_is_false(book, line):
    assert truth_of(book, line, line.number) is None
    assert truth_of(book, line, Decimal(line.number) - unit_of(line.fact)) is False
