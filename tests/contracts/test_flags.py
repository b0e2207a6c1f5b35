from datetime import UTC, datetime

import pytest

from contracts.flags import flag, flag_codes
from contracts.packet import IdentifierType, MaterialKind

MOMENT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
VALUES = {
    "kind": MaterialKind.ITEM_LIST,
    "type": IdentifierType.CITIZEN_ID,
    "names": ["sales_amount"],
    "count": 1,
    "due_at": MOMENT,
    "done_at": MOMENT,
    "cause": "偷税",
    "division": "339922",
    "own": "339921",
    "number": "移送 7",
    "offence": "逃税罪",
    "kinds": ["罚款", "没收违法所得"],
}


@pytest.mark.parametrize("code", sorted(flag_codes()))
def test_every_flag_has_words_in_both_languages(code: str) -> None:
    raised = flag(code, "/case", **VALUES)
    assert raised.code == code
    assert any("\u4e00" <= char <= "\u9fff" for char in raised.zh)
    assert (
        raised.en.isascii()
        or "〔" in raised.en
        or code
        in {
            "penalty_before_transfer",
            "cause_outside_power_list",
            "facts_missing",
            "offence_not_in_rule_book",
        }
    )
    assert "{" not in raised.zh + raised.en


def test_kinds_are_named_in_each_language() -> None:
    raised = flag("material_missing", "/materials", kind=MaterialKind.ITEM_LIST)
    assert raised.zh.endswith("涉案物品清单")
    assert raised.en.endswith("the list of items")


@pytest.mark.parametrize("kind", [*MaterialKind, IdentifierType.CREDIT_CODE])
def test_no_kind_is_shown_by_its_code(kind: str) -> None:
    assert str(kind) not in flag("material_missing", "/materials", kind=kind).zh


def test_facts_are_named_by_their_chinese_words() -> None:
    raised = flag("facts_missing", "/offences/0", offence="逃税罪", names=["evaded_tax", "x"])
    assert raised.zh.endswith("逃避缴纳税款数额 (evaded_tax)、x")
    assert raised.en.endswith("evaded_tax, x")


def test_moments_are_shown_in_china() -> None:
    raised = flag("transfer_late", "", due_at=MOMENT, done_at=MOMENT)
    assert "2026-11-23 10:00" in raised.zh


def test_sets_are_written_in_order() -> None:
    raised = flag("evidence_missing", "/evidence", names=frozenset({"b", "a"}))
    assert raised.en.endswith("a, b")


def test_unknown_code_is_our_fault() -> None:
    with pytest.raises(KeyError):
        flag("looks_odd", "")


def test_missing_value_is_our_fault() -> None:
    with pytest.raises(KeyError):
        flag("officers_too_few", "/approvals/officers")
