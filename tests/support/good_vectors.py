"""The good vectors: packets that are accepted, with what the law of November 2026 makes of each."""

from typing import Any

from contracts.identifiers import is_citizen_id
from contracts.packet import MaterialKind
from tests.support.good import Good, certified, good, spaced
from tests.support.offices import COUNTY, credit_code

_INSISTENCE: dict[str, Any] = {
    "insistence": {"reason": "数额虽未达到, 但有其他严重情节, 仍予移送。"}
}
_LAST_YEAR: dict[str, Any] = {"started_on": "2025-11-01", "ended_on": "2026-02-28"}


def citizen_id(order: int, *, valid: bool = True) -> str:
    """Make up a citizen id in a division that does not exist."""
    first_17 = f"{COUNTY}19800101{order:03d}"
    candidates = (first_17 + check for check in "0123456789X")
    return next(candidate for candidate in candidates if is_citizen_id(candidate) is valid)


def person(order: int, name: str = "测试人员", *, valid: bool = True) -> dict[str, Any]:
    identifier = {"type": "citizen_id", "value": citizen_id(order, valid=valid)}
    return {"kind": "person", "name": name, "identifier": identifier}


def unit(serial: int, name: str) -> dict[str, Any]:
    identifier = {"type": "credit_code", "value": credit_code(COUNTY, serial, "91")}
    return {"kind": "unit", "name": name, "identifier": identifier}


def _penalty(effective_on: str, family: str) -> dict[str, Any]:
    return {
        "decided_on": effective_on,
        "effective_on": effective_on,
        "authority": "示例县烟草专卖局",
        "kind_of_act": "无烟草专卖零售许可证经营卷烟",
        "offence_family": family,
        "status": "effective",
    }


def good_vectors() -> tuple[Good, ...]:
    return (*_market(), *_tobacco(), *_labour(), *_ecology(), *_tax(), *_rural())


def _market() -> tuple[Good, ...]:
    substandard = {"party_type": "person", "substandard_product": True, "tobacco_product": False}
    marks = {"party_type": "person", "identical_mark_identical_goods": True}
    return (
        good(
            1,
            "market",
            "substandard-goods-at-the-limit",
            "50 000 yuan sold is exactly the limit, and the limit includes its number (G1)",
            (("M01", "meets"),),
            substandard | {"sales_amount": 50000},
            title="某某五金店销售不合格电线案",
        ),
        good(
            2,
            "market",
            "substandard-goods-one-fen-below",
            "49 999.99 yuan sold is below the limit but over 80 % of it; the agency insists",
            (("M01", "near"),),
            substandard | {"sales_amount": 49999.99, "unsold_goods_value": 0},
            title="某某建材店销售不合格涂料案",
            **_INSISTENCE,
        ),
        good(
            3,
            "market",
            "fake-drug-any-amount",
            "A counterfeit drug needs no amount (CL 141); written indented, escaped and in another order",
            (("M02", "meets"),),
            {"party_type": "person", "fake_drug": True, "drug_exception_kind": "none"},
            title="某某药房销售假药案",
            sign=spaced,
        ),
        good(
            4,
            "market",
            "toxic-food-person-and-unit",
            "Toxic food needs no amount (CL 144); two persons and the unit they worked for are suspects",
            (("M06", "meets"),),
            {"party_type": "unit", "toxic_nonfood_substance": True},
            title="某某食品公司生产有毒、有害食品案",
            suspects=[
                unit(80000001, "示例县某某食品有限公司"),
                person(1, "测试人员甲"),
                person(2, "测试人员乙"),
            ],
        ),
        good(
            5,
            "market",
            "trademark-reasonable-suspicion",
            "Two marks are counterfeited and the amounts are not known: IP cases go on reasonable suspicion (D310 Art 3(2))",
            (("M11", "undetermined"),),
            marks | {"ip_rights_count": 2, "ip_reasonable_suspicion": True},
            title="某某服装厂假冒注册商标案",
            expected_flags=("facts_missing",),
        ),
        good(
            6,
            "market",
            "trademark-goods-at-80-percent",
            "Sold and unsold are 120 000 of 150 000 yuan, exactly 80 %: near, and the agency insists",
            (("M13", "near"),),
            marks
            | {
                "sales_amount": 20000,
                "unsold_goods_value": 100000,
                "illegal_gains": 5000,
                "ip_rights_count": 1,
                "prior_administrative_penalties": [],
                "prior_criminal_punishments": [],
            },
            title="某某商店销售假冒注册商标的商品案",
            **_INSISTENCE,
        ),
        _incomplete(substandard),
        _completed(substandard),
    )


def _incomplete(substandard: dict[str, Any]) -> Good:
    case = good(
        7,
        "market",
        "incomplete-in-every-way",
        "Papers, officers, times, check digit and number are wanting; accepted and flagged (PSB20 Art 180)",
        (("M01", "meets"),),
        substandard | {"sales_amount": 80000, "unsold_goods_value": 1000},
        title="某某加油站销售不合格汽油案",
        expected_flags=(
            "approval_time_missing",
            "approver_missing",
            "cause_outside_power_list",
            "check_digit_wrong",
            "document_number_unusual",
            "evidence_missing",
            "identifier_missing",
            "material_missing",
            "officers_too_few",
            "report_time_missing",
        ),
        document_number="移送 7",
        approvals={"officers": [{"name": "执法员甲"}]},
        suspects=[person(3, valid=False), {"kind": "person", "name": "姓名不详"}],
    )
    document = case.document
    kept = (MaterialKind.TRANSFER_LETTER, MaterialKind.INVESTIGATION_REPORT)
    document["materials"] = [one for one in document["materials"] if one["kind"] in kept]
    document["case"]["cause"] = "擅自设立加油站"
    document["evidence"] = {}
    return case


def _completed(substandard: dict[str, Any]) -> Good:
    case = good(
        8,
        "market",
        "supersedes-an-earlier-packet",
        "The same case again with more goods found; it names the packet that it replaces",
        (("M01", "meets"),),
        substandard | {"sales_amount": 50000, "unsold_goods_value": 160000},
        title="某某五金店销售不合格电线案（补充）",
        after=("substandard-goods-at-the-limit",),
        supersedes="market-2026-0001",
    )
    case.document["case"]["case_number"] = "示市监案〔2026〕1号"
    return case


def _tobacco() -> tuple[Good, ...]:
    trade = {"party_type": "person", "illegal_business_kind": "tobacco", "licence_held": False}
    return (
        good(
            1,
            "tobacco",
            "tobacco-at-the-limit",
            "Business of exactly 50 000 yuan without any licence (JI 2010-7 Art 3); signed with Ed25519",
            (("B01", "meets"),),
            trade | {"illegal_business_amount": 50000, "cigarettes": 120000},
            title="某某无证经营卷烟案",
        ),
        good(
            2,
            "tobacco",
            "tobacco-below-and-insisted",
            "20 000 yuan is far below 50 000; the agency insists with a reason, so it is transferred",
            (("B01", "below"),),
            trade
            | {
                "illegal_business_amount": 20000,
                "illegal_gains": 3000,
                "cigarettes": 60000,
                "prior_administrative_penalties": [],
            },
            title="某某无证经营卷烟案（二）",
            **_INSISTENCE,
        ),
        good(
            3,
            "tobacco",
            "tobacco-third-time-in-three-years",
            "30 000 yuan is enough after two penalties within three years of the first (G7)",
            (("B01", "meets"),),
            trade
            | {
                "illegal_business_amount": 30000,
                "illegal_gains": 2000,
                "cigarettes": 90000,
                "prior_administrative_penalties": [
                    _penalty("2024-03-01", "tobacco"),
                    _penalty("2025-06-01", "tobacco"),
                ],
            },
            title="某某无证经营卷烟案（三）",
        ),
    )


def _labour() -> tuple[Good, ...]:
    wages = {
        "party_type": "person",
        "province": "330000",
        "workers_unpaid": 12,
        "wages_owed_total": 150000,
        "wages_owed_max_per_worker": 25000,
        "months_owed_max": 4,
        "evades_payment": True,
        "able_to_pay": True,
    }
    return (
        good(
            1,
            "labour",
            "wages-over-every-provincial-number",
            "Owed wages are over the top of the range, so every province's number is met (JI 2013-3 Art 3)",
            (("S06", "meets"),),
            wages | {"ordered_to_pay": True, "paid_within_order": False},
            title="某某拒不支付劳动报酬案",
        ),
        good(
            2,
            "labour",
            "wages-order-not-known",
            "Nobody says whether payment was ordered, and without the order there is no offence: undetermined",
            (("S06", "undetermined"),),
            wages,
            title="某某拒不支付劳动报酬案（二）",
            expected_flags=("facts_missing",),
        ),
    )


def _ecology() -> tuple[Good, ...]:
    waste = {"party_type": "unit", "toxic_substance_discharged": True}
    factory = unit(80000002, "示例市某某电镀有限公司")
    return (
        good(
            1,
            "ecology",
            "hazardous-waste-three-tonnes",
            "Exactly 3 t of hazardous waste (JI 2023-7 Art 1(2)), at city level; Ed25519, unit and person",
            (("E01", "meets"),),
            waste | {"hazardous_waste": 3},
            title="某某电镀公司污染环境案",
            suspects=[factory, person(4)],
        ),
        good(
            2,
            "ecology",
            "hazardous-waste-at-least",
            "At least 2.5 t against a limit of 3 t is neither met nor missed: undetermined",
            (("E01", "undetermined"),),
            waste | {"hazardous_waste": 2.5},
            title="某某电镀公司污染环境案（二）",
            expected_flags=("facts_missing",),
            suspects=[factory],
            bounds={"hazardous_waste": "at_least"},
        ),
    )


def _tax() -> tuple[Good, ...]:
    evasion = {"party_type": "unit", "evaded_tax": 150000, "evaded_tax_ratio": 0.12}
    trader = unit(80000003, "示例市某某贸易有限公司")
    return (
        good(
            1,
            "tax",
            "tax-evasion-after-notice",
            "150 000 yuan and 12 % after a recovery notice that was not followed; the header has a certificate",
            (("R01", "meets"),),
            evasion | {"tax_recovery_notice_served": True, "tax_paid_in_full_after_notice": False},
            title="某某贸易公司逃税案",
            suspects=[trader],
            conduct=_LAST_YEAR,
            sign=certified,
        ),
        good(
            2,
            "tax",
            "vat-invoices-one-fen-below",
            "Tax of 99 999.99 yuan on false invoices is one fen below the limit; the agency insists",
            (("R05", "near"),),
            {
                "party_type": "unit",
                "invoice_kind": "vat_special",
                "invoice_tax_amount": 99999.99,
                "state_tax_loss": 0,
                "no_tax_cheating_purpose": False,
            },
            title="某某贸易公司虚开增值税专用发票案",
            suspects=[trader],
            **_INSISTENCE,
        ),
        good(
            1,
            "customs",
            "smuggling-by-a-unit-at-the-limit",
            "A unit evades exactly 200 000 yuan of duty; the anti-smuggling police are the addressee",
            (("C01", "meets"),),
            {
                "party_type": "unit",
                "smuggled_goods_kind": "ordinary_goods",
                "evaded_duty": 200000,
                "prior_administrative_penalties": [],
            },
            title="某某贸易公司走私普通货物案",
            suspects=[trader, person(5)],
            principal="anti_smuggling",
        ),
    )


def _rural() -> tuple[Good, ...]:
    fishing = {"party_type": "person", "fishing_waters": "inland"}
    return (
        good(
            1,
            "fishery",
            "electric-fishing-in-a-closed-area",
            "120 kg are little, but electric fishing in a closed area needs no number; a fine was imposed already",
            (("E04", "meets"),),
            fishing
            | {
                "catch_weight": 120,
                "catch_value": 2400,
                "closed_area": True,
                "fishing_method": "electric",
            },
            title="某某非法捕捞水产品案",
            expected_flags=("penalty_before_transfer",),
            penalties=[
                {
                    "decision_number": "范农渔罚〔2026〕1号",
                    "kinds": ["罚款"],
                    "decided_on": "2026-10-20",
                    "amount": 5000,
                }
            ],
        ),
        good(
            1,
            "forestry",
            "felling-by-conversion",
            "10 m3 and 500 saplings are half of each limit and together one whole (G10)",
            (("E17", "meets"),),
            {
                "party_type": "person",
                "trees_of_others": False,
                "timber_volume": 10,
                "saplings": 500,
            },
            title="某某滥伐林木案",
        ),
        good(
            2,
            "forestry",
            "theft-of-timber-near",
            "4.9 m3 stolen against a limit of 5 m3; the agency insists",
            (("E16", "near"),),
            {
                "party_type": "person",
                "trees_of_others": True,
                "timber_volume": 4.9,
                "saplings": 0,
                "timber_value": 9000,
            },
            title="某某盗伐林木案",
            **_INSISTENCE,
        ),
    )
