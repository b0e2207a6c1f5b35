"""How a case stands, what is shown of it, and where the ground under a detector gives way."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.clocks import Nature
from contracts.rulebook import Mark
from service.domain.conditions import Clause, Threshold
from service.domain.joining import join_history
from service.domain.leads import Suspicion
from service.domain.standing import Hit, _numbers, evidence_of, measured, standing_of
from service.domain.transfer import Status
from tests.support.case_files import (
    YARDSTICKS,
    ask,
    by_transfer_alone,
    laid_open,
    look,
    transferred,
)
from tests.support.deadlines import at
from tests.support.packets import NOW
from tests.support.register import case, firm, sold

TODAY = NOW.date()


def hit_of(record: dict[str, Any]) -> Hit:
    hit = standing_of(laid_open(record), YARDSTICKS.book, TODAY).hit
    assert hit is not None
    return hit


def test_finding_without_a_deciding_branch_shows_its_offence_alone() -> None:
    """The agency named the offence, and says nothing of it."""
    hit = hit_of(case(cause="占道经营", facts={}, offences=[{"code": "CL-140"}]))
    assert hit.finding.governing.deciding is None
    assert measured(hit) == []
    assert evidence_of(hit, []) == {"offence": hit.finding.offence.offence.name.zh}


def test_text_that_nobody_has_read_is_said_and_doubted() -> None:
    hit = hit_of(case(facts=sold(60_000)))
    assert "unverified" not in evidence_of(hit, [])
    verdict = hit.finding.at_act
    assert verdict.deciding is not None
    edition = verdict.deciding.edition.model_copy(update={"mark": Mark.UNVERIFIED})
    doubtful = verdict._replace(deciding=replace(verdict.deciding, edition=edition))
    unread = hit._replace(finding=hit.finding._replace(at_act=doubtful))
    assert evidence_of(unread, [])["unverified"] is True


@pytest.mark.parametrize("conduct", [{}, {"ended_on": "2026-03-01"}])
def test_number_that_nobody_states_is_not_shown(conduct: dict[str, str]) -> None:
    """Gains would do as well as the amount (B01); only what is stated is held against its limit."""
    facts = {
        "licence_held": False,
        "illegal_business_kind": "tobacco",
        "illegal_business_amount": 75_000,
    }
    record = case(cause="未取得烟草专卖零售许可证经营卷烟", facts=facts, conduct=conduct)
    [number] = measured(hit_of(record))
    assert number.as_json() == {
        "facts": ["illegal_business_amount"],
        "value": 75_000.0,
        "limit": 50_000.0,
        "reach": 1.5,
    }


def test_numbers_are_shown_the_furthest_first() -> None:
    facts = {
        "licence_held": False,
        "illegal_business_kind": "tobacco",
        "illegal_business_amount": 60_000,
        "illegal_gains": 90_000,
    }
    hit = hit_of(case(cause="未取得烟草专卖零售许可证经营卷烟", facts=facts))
    assert [one.facts for one in measured(hit)] == [
        ("illegal_gains",),
        ("illegal_business_amount",),
    ]


def test_limit_of_nothing_has_no_reach() -> None:
    """A number against nought goes nowhere beyond it that could be told."""
    clause = Clause(Threshold("sales_amount", 0), truth=True, value=5, limit=(0, 0))
    assert [*_numbers(clause)] == []


def test_case_that_only_a_transfer_told_of_was_decided_by_nobody() -> None:
    assert by_transfer_alone(transferred()).decided_on is None
    assert by_transfer_alone(transferred()).as_penalty() is None


def test_history_of_an_offence_that_the_book_does_not_know_says_nothing() -> None:
    party = firm(3)
    unknown = laid_open(
        case(party=party, cause="占道经营", facts={}, offences=[{"code": "CL-999"}])
    )
    other = laid_open(case(party=party, penalty={"kinds": ["罚款"], "decided_on": "2026-01-01"}))
    joined = join_history(unknown, [other], YARDSTICKS.book, TODAY)
    assert joined is not None
    assert (joined.met, joined.missing) == (None, ())


@pytest.mark.parametrize("nature", [Nature.RIGHT, Nature.CONDITIONAL])
def test_clock_whose_silence_is_no_breach_is_neither_suspected_nor_waited_for(
    nature: Nature,
) -> None:
    """Else the same case would be due again and again."""
    sent = at("2026-11-02 10:30")
    transfer = transferred(Status.DELIVERED, ("delivered_to_police", sent))
    [deadline] = transfer.deadlines
    clock = deadline.clock.model_copy(update={"nature": nature})
    softened = type(transfer)(
        transfer.id,
        transfer.status,
        transfer.division,
        transfer.sector,
        transfer.received_at,
        transfer.reports,
        (deadline._replace(clock=clock),),
    )
    file = laid_open(case(), transfer=softened)
    assert ask("X8", file) is None
    assert isinstance(ask("X8", laid_open(case(), transfer=transfer)), Suspicion)
    [one] = look([file]).values()
    assert one.look_at is None
