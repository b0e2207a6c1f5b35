"""What a lead says: signals, evidence without any party, and the law that governs."""

from contracts.detectors import Signal
from tests.support.case_files import (
    ask,
    laid_open,
    look,
    suspected,
)
from tests.support.deadlines import at
from tests.support.register import case, sold
from tests.support.suspected import LAST, LOW, STRICT_LAST, met

# Established on the Tuesday before a National Day off to 10-07 and a Saturday 10-10 that is worked: the chief
# decides by 10-09, the agency transfers within the 24 hours after it.


def test_x1_says_what_it_rests_on() -> None:
    suspicion = suspected(ask("X1", laid_open(met())))
    assert suspicion.offence_code == "CL-140"
    assert suspicion.is_certain
    assert suspicion.clock is not None
    assert (suspicion.clock.clock, suspicion.clock.starts_at) == ("T02", at("2026-09-29 00:00"))
    assert (suspicion.clock.due_at, suspicion.clock.strict_due_at) == (LAST, STRICT_LAST)
    assert suspicion.evidence["branch"].startswith("M01.")
    assert suspicion.evidence["article"]
    [number] = suspicion.evidence["numbers"]
    assert number == {"facts": ["sales_amount"], "value": 60_000, "limit": 50_000, "reach": 1.2}
    assert suspicion.reach == 1.2


def test_x3_has_no_clock_and_counts_no_reach_beyond_the_limit() -> None:
    suspicion = suspected(ask("X3", laid_open(case(facts=sold(45_000)))))
    assert suspicion.clock is None
    assert suspicion.reach == 0.9


def test_signals_are_those_that_are_there() -> None:
    plain = suspected(ask("X1", laid_open(met())))
    assert plain.signals == (Signal.CURRENT_LAW_TOO,)
    strong = met(
        penalty=LOW,
        legal_review={"opinion": "transfer"},
        collective_discussion={"opinion": "penalise"},
    )
    assert set(suspected(ask("X1", laid_open(strong))).signals) == {
        Signal.CURRENT_LAW_TOO,
        Signal.COLLECTIVE_DISCUSSION,
        Signal.REVIEW_SAID_TRANSFER,
        Signal.FINE_BELOW_FLOOR,
    }


def test_evidence_never_names_the_party() -> None:
    record = met(penalty=LOW, transfer={"decision": "refused", "reason": "测试公司已停业"})
    file = laid_open(record)
    for detector in ("X1", "X2", "X6", "X7"):
        told = str(suspected(ask(detector, file)).evidence)
        assert record["party"]["name"] not in told
        assert record["party"]["identifier"]["value"] not in told
        assert "测试公司" not in told


def test_more_lenient_law_governs_and_its_number_is_the_one_shown() -> None:
    """Illegal fishing met at 5 000 yuan until 2022-04-08, and at 10 000 since."""
    facts = {
        "fishing_waters": "inland",
        "catch_weight": 100,
        "catch_value": 6_000,
        "fishing_method": "net",
    }
    old = case(cause="非法捕捞水产品", facts=facts, conduct={"ended_on": "2022-04-01"})
    [one] = look([laid_open(old, agency="fishery")]).values()
    assert not one.own.meets
    both = old | {"facts": facts | {"catch_value": 10_000}}
    [one] = look([laid_open(both, agency="fishery")]).values()
    assert one.own.meets
    suspicion = suspected(ask("X1", laid_open(both, agency="fishery")))
    assert Signal.CURRENT_LAW_TOO in suspicion.signals
