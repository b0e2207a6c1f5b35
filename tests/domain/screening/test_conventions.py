"""What screening concludes, rule by rule: order, unknowns, records, provinces, versions, naming."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.facts import PENALTIES, PUNISHMENTS, PriorPenalty, PriorPunishment
from contracts.rulebook import Conclusion

MEETS, UNDETERMINED, NEAR, BELOW = (
    Conclusion.MEETS,
    Conclusion.UNDETERMINED,
    Conclusion.NEAR,
    Conclusion.BELOW,
)
MARK = {"identical_mark_identical_goods": True, "ip_rights_count": 1}


def _penalty(effective_on: str | None, family: str = "ip_trademark", **more) -> PriorPenalty:
    return PriorPenalty(effective_on=effective_on, offence_family=family, **more)


# ---- the order of conclusions


def test_branch_that_is_true_wins_over_everything(judge):
    facts = {"substandard_product": True, "sales_amount": 1, "unsold_goods_value": 150_000}
    assert judge("M01", facts).conclusion is MEETS


def test_missing_shared_conduct_leaves_the_case_open(judge):
    finding = judge("M01", {"sales_amount": 50_000})
    assert (finding.conclusion, finding.missing) == (UNDETERMINED, ("substandard_product",))


def test_denied_shared_conduct_is_below(judge):
    facts = {"substandard_product": False, "sales_amount": 50_000}
    assert judge("M01", facts).conclusion is BELOW


def test_near_begins_at_eighty_per_cent(judge):
    near = {"substandard_product": True, "unsold_goods_value": 120_000}
    below = {"substandard_product": True, "unsold_goods_value": Decimal("119999.99")}
    assert judge("M01", near).conclusion is NEAR
    assert judge("M01", below).conclusion is BELOW


def test_two_false_numbers_are_as_near_as_the_worse_one(judge):
    tax = {"tax_recovery_notice_served": True, "tax_paid_in_full_after_notice": False}
    near = tax | {"evaded_tax": 90_000, "evaded_tax_ratio": Decimal("0.09")}
    far = tax | {"evaded_tax": 90_000, "evaded_tax_ratio": Decimal("0.07")}
    assert judge("R01", near, prior_penalties=()).conclusion is NEAR
    assert judge("R01", far, prior_penalties=()).conclusion is BELOW


def test_false_finding_beside_a_number_is_never_near(judge):
    facts = {"evaded_tax": 99_999, "evaded_tax_ratio": 1}
    denied = facts | {"tax_recovery_notice_served": False}
    assert judge("R01", facts, prior_penalties=()).conclusion is NEAR
    assert judge("R01", denied, prior_penalties=()).conclusion is BELOW


def test_named_offence_without_any_fact_is_open(judge):
    finding = judge("M06", {})
    assert (finding.conclusion, finding.missing) == (UNDETERMINED, ("toxic_nonfood_substance",))
    assert finding.branch is None


def test_fact_that_is_not_enough_is_below(judge):
    assert judge("E01", {"hazardous_waste_stored": 500}).conclusion is BELOW


def test_denied_conduct_alone_is_below(judge):
    assert judge("E01", {"toxic_substance_discharged": False}).conclusion is BELOW


# ---- addressed and missing


def test_alternative_that_nobody_mentions_is_not_asked_for(judge):
    finding = judge("M11", MARK | {"illegal_business_amount": 20_000}, prior_penalties=())
    assert finding.conclusion is BELOW


def test_deciding_branch_is_the_one_that_lacks_least(judge):
    finding = judge("M11", {"illegal_business_amount": 60_000})
    assert (finding.branch, finding.missing) == ("M11.B1", ("identical_mark_identical_goods",))


def test_exit_closes_a_branch_only_where_it_is_shown(judge):
    facts = {"invoice_tax_amount": 100_000}
    spared = facts | {"no_tax_cheating_purpose": True, "state_tax_loss": 0}
    half_told = facts | {"no_tax_cheating_purpose": True}
    assert judge("R05", facts).conclusion is MEETS
    assert judge("R05", spared).conclusion is BELOW
    assert judge("R05", half_told).missing == ("state_tax_loss",)
    assert judge("R05", spared | {"state_tax_loss": 1}).conclusion is MEETS


def test_exit_of_the_small_amount_of_overseas_drugs(judge):
    facts = {"fake_drug": True, "drug_exception_kind": "folk_recipe", "drug_small_quantity": True}
    assert judge("M02", facts | {"drug_harm_or_delay": False}).conclusion is BELOW
    assert judge("M02", facts | {"drug_harm_or_delay": True}).conclusion is MEETS


# ---- the record of penalties


def test_unknown_record_opens_a_case_whose_repeat_number_is_reached(judge):
    finding = judge("M11", MARK | {"illegal_business_amount": 35_000}, conduct_on="2025-05")
    assert (finding.conclusion, finding.missing) == (UNDETERMINED, (PENALTIES,))


def test_unknown_record_steps_back_where_another_branch_is_near(judge):
    finding = judge("M11", MARK | {"illegal_business_amount": 45_000}, conduct_on="2025-05")
    assert (finding.conclusion, finding.branch) == (NEAR, "M11.B1")


def test_unknown_record_does_not_lift_a_case_without_a_number(judge):
    facts = {"smuggled_goods_kind": "ordinary_goods", "evaded_duty": 134}
    assert judge("C01", facts, party_type="person").conclusion is BELOW


def test_checked_and_empty_record_is_no_record(judge):
    facts = MARK | {"illegal_business_amount": 35_000}
    assert judge("M11", facts, conduct_on="2025-05", prior_penalties=()).conclusion is BELOW


def test_record_may_stand_among_the_facts(judge):
    listed = {"effective_on": "2025-01-02", "offence_family": "ip_trademark"}
    facts = MARK | {"illegal_business_amount": 35_000, PENALTIES: [listed]}
    assert judge("M11", facts, conduct_on="2025-05").conclusion is MEETS


def test_criminal_punishment_opens_the_repeat_branch_without_any_penalty(judge):
    facts = MARK | {"illegal_business_amount": 35_000}
    punished = PriorPunishment(judged_on="2024-06", offence_code="CL-214")
    assert (
        judge("M11", facts, conduct_on="2025-05", prior_punishments=(punished,)).conclusion is MEETS
    )
    listed = {PUNISHMENTS: [{"judged_on": "2024-06", "offence_code": "CL-214"}]}
    assert judge("M11", facts | listed, conduct_on="2025-05").conclusion is MEETS


def test_old_criminal_punishment_leaves_the_administrative_record_open(judge):
    facts = MARK | {"illegal_business_amount": 35_000}
    punished = PriorPunishment(judged_on="2011", offence_code="CL-214")
    finding = judge("M11", facts, conduct_on="2025-05", prior_punishments=(punished,))
    assert (finding.conclusion, finding.missing) == (UNDETERMINED, (PENALTIES,))


def test_window_that_depends_on_the_day_is_open(judge):
    facts = MARK | {"illegal_business_amount": 35_000}
    finding = judge("M11", facts, conduct_on="2025-05", prior_penalties=(_penalty("2023-05"),))
    assert (finding.conclusion, finding.missing) == (UNDETERMINED, (f"{PENALTIES}:dates",))


def test_window_without_a_day_of_the_act_asks_for_it(judge):
    facts = MARK | {"illegal_business_amount": 35_000}
    finding = judge("M11", facts, prior_penalties=(_penalty("2025-05"),))
    assert finding.missing == ("conduct_started_on",)


def test_new_act_is_the_first_day_of_the_conduct(judge):
    facts = {"smuggled_goods_kind": "ordinary_goods", "conduct_started_on": "2024-06-01"}
    penalties = (_penalty("2023-06-01", "smuggling"), _penalty("2023-12-01", "smuggling"))
    assert (
        judge("C01", facts, conduct_on="2024-09-01", prior_penalties=penalties).conclusion is MEETS
    )


# ---- provinces, parties, bounds, sums


def test_inside_a_provincial_range_the_number_is_named_as_missing(judge):
    facts = {"ordered_to_pay": True, "paid_within_order": False, "workers_unpaid": 12}
    inside = facts | {"wages_owed_total": 60_000}
    assert judge("S06", inside, province="340000").missing == ("threshold:S06:340000",)
    assert judge("S06", inside).missing == ("province",)
    assert judge("S06", facts | {"wages_owed_total": 24_000}).conclusion is NEAR
    assert judge("S06", facts | {"wages_owed_total": 23_999}).conclusion is BELOW


def test_unknown_party_is_open_between_the_two_numbers(judge):
    facts = {"smuggled_goods_kind": "ordinary_goods"}
    assert judge("C01", facts | {"evaded_duty": 150_000}).missing == ("party_type",)
    assert judge("C01", facts | {"evaded_duty": 200_000}).conclusion is MEETS
    assert judge("C01", facts | {"evaded_duty": 50_000}).conclusion is BELOW


def test_party_may_stand_among_the_facts(judge):
    facts = {"smuggled_goods_kind": "ordinary_goods", "evaded_duty": 150_000, "party_type": "unit"}
    assert judge("C01", facts).conclusion is BELOW


@pytest.mark.parametrize(
    ("number", "bound", "expected"),
    [
        (60_000, "at_least", MEETS),
        (40_000, "at_least", UNDETERMINED),
        (40_000, "at_most", NEAR),
        (39_000, "at_most", BELOW),
        (60_000, "at_most", UNDETERMINED),
        (60_000, "about", MEETS),
        (50_000, "about", UNDETERMINED),
        (45_000, "about", NEAR),
    ],
)
def test_bounded_number_proves_only_what_its_bound_allows(judge, number, bound, expected):
    facts = MARK | {"sales_amount": number}
    finding = judge(
        "M13", facts, bounds={"sales_amount": bound}, prior_penalties=(), conduct_on="2021"
    )
    assert finding.conclusion is expected


def test_bound_on_a_fact_that_is_not_given_changes_nothing(judge):
    finding = judge("M06", {"toxic_nonfood_substance": True}, bounds={"sales_amount": "at_most"})
    assert finding.conclusion is MEETS


def test_open_bounded_number_asks_for_the_number_itself(judge):
    facts = {"hazardous_waste": 2}
    assert judge("E01", facts, bounds={"hazardous_waste": "at_least"}).missing == (
        "hazardous_waste",
    )


def test_sum_uses_the_summands_that_are_given(judge):
    facts = {"substandard_product": True, "unsold_goods_value": 58_000}
    assert judge("M01", facts).conclusion is BELOW


# ---- the law of the act and the law of today


def test_more_lenient_law_governs(judge):
    finding = judge("E17", {"timber_volume": 13}, conduct_on="2016-11", province="610000")
    assert (finding.conclusion, finding.conclusion_current) == (UNDETERMINED, BELOW)
    assert finding.governing.conclusion is BELOW


def test_later_stricter_law_never_reaches_back(judge):
    facts = MARK | {"illegal_gains": 35_000}
    finding = judge("M13", facts | {"sales_amount": 1}, conduct_on="2021", prior_penalties=())
    assert (finding.conclusion, finding.conclusion_current) == (BELOW, MEETS)
    assert finding.governing.conclusion is BELOW


def test_partial_date_takes_the_version_of_its_last_day(judge):
    tax = {"evaded_tax": 60_000, "evaded_tax_ratio": 1, "tax_recovery_notice_served": True}
    facts = tax | {"tax_paid_in_full_after_notice": False}
    assert judge("R01", facts, conduct_on="2022-05-14", prior_penalties=()).conclusion is MEETS
    assert judge("R01", facts, conduct_on="2022-05", prior_penalties=()).conclusion is BELOW
    assert judge("R01", facts, conduct_on="2022", prior_penalties=()).conclusion is BELOW


def test_day_of_the_act_may_stand_among_the_facts(judge):
    facts = MARK | {"sales_amount": 1, "illegal_gains": 35_000, "conduct_ended_on": "2021-03"}
    assert judge("M13", facts, prior_penalties=()).conclusion is BELOW


def test_act_before_the_first_rule_takes_the_first_later_one(judge):
    facts = {"ordered_to_pay": True, "paid_within_order": False, "workers_unpaid": 10}
    assert (
        judge("S06", facts | {"wages_owed_total": 180_000}, conduct_on="2011").conclusion is MEETS
    )


def test_act_without_a_day_is_judged_by_the_law_of_today(judge):
    facts = MARK | {"illegal_gains": 35_000}
    assert judge("M13", facts).conclusion is MEETS
    assert judge("M13", facts, on=date(2021, 1, 1), prior_penalties=()).conclusion is UNDETERMINED


def test_shared_conduct_of_an_older_edition_may_differ(judge):
    """Until 2016-12-19 an individual's missing institution licence was enough (JI 2008-5)."""
    facts = {"doctor_qualification_held": True, "medical_institution_licence_held": False}
    penalties = (_penalty(None, "medical_practice", authority="某市卫生局"),) * 2
    old = judge("S11", facts, conduct_on="2016-12-19", prior_penalties=penalties)
    new = judge("S11", facts, conduct_on="2016-12-20", prior_penalties=penalties)
    assert (old.conclusion, new.conclusion) == (MEETS, BELOW)


def test_share_of_another_branch_does_not_address_a_branch_by_itself(judge):
    """Nobody mentions a stop of business or a service relation: only the plain number speaks."""
    assert judge("M19", {"direct_loss": 450_000}).conclusion is NEAR
    assert judge("S12", {"personal_info_sensitive": 300}).conclusion is BELOW
    service = {"personal_info_sensitive": 300, "info_obtained_in_service": True}
    assert judge("S12", service).conclusion is MEETS


def test_share_reached_makes_an_unknown_record_matter(judge):
    finding = judge("E09", {"forest_land_public_benefit_area": 3})
    assert (finding.conclusion, finding.missing) == (UNDETERMINED, (PENALTIES,))
    assert judge("E09", {"forest_land_public_benefit_area": 4}).conclusion is NEAR
    assert judge("E09", {"forest_land_public_benefit_area": 2}).conclusion is NEAR, "of the half"
    assert judge("E09", {"forest_land_public_benefit_area": 1}).conclusion is BELOW
