"""Acknowledgements that come by themselves, and reports of what became of a case."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.jws import Typ, digest_of
from service.domain.delivery import Answer
from service.domain.errors import Refusal
from tests.support.chain import Chain, acknowledgement, receipt_in, report, silent
from tests.support.offices import key_of, office
from tests.support.packets import NOW, SIGNED_AT, signed


async def sent(chain: Chain) -> tuple[str, list[tuple[str, str, str]]]:
    """Send a packet whose addressees stay silent; give the transfer and (dispatch, digest, slug)."""
    receipt = await chain.send()
    chain.addressees.answer = silent
    await chain.deliver()
    slugs = {"public_security": "county-police", "procuratorate": "county-procuratorate"}
    return receipt.transfer_id, [
        (str(one.id), digest_of(document), slugs[one.kind.value])
        for one, document in chain.addressees.sent
    ]


def word(dispatch: tuple[str, str, str], **changes: Any) -> bytes:
    dispatch_id, digest, slug = dispatch
    document = acknowledgement(dispatch_id, digest, slug, **changes)
    return signed(document, key_of(slug), typ=Typ.ACKNOWLEDGEMENT)


async def test_posted_acknowledgements_move_the_transfer(chain: Chain) -> None:
    transfer_id, [first, second] = await sent(chain)
    answered = await chain.acknowledgements.acknowledge(word(first))
    receipt = receipt_in(answered.receipt)
    assert (receipt.of.document, receipt.of.digest) == ("acknowledgement", digest_of(word(first)))
    assert await chain.status(transfer_id) == "dispatching"
    await chain.acknowledgements.acknowledge(word(second))
    assert await chain.status(transfer_id) == "acknowledged"
    assert await chain.deliver() == 0


async def test_acknowledgement_names_exactly_our_bytes(chain: Chain) -> None:
    transfer_id, [(dispatch_id, _, slug), _] = await sent(chain)
    with pytest.raises(Refusal) as refused:
        await chain.acknowledgements.acknowledge(word((dispatch_id, digest_of(b"other"), slug)))
    assert refused.value.code == "other_bytes_acknowledged"
    assert await chain.status(transfer_id) == "dispatching"
    assert await chain.count("documents") == 4  # packet, receipt, two dispatches


async def test_same_acknowledgement_gets_the_same_receipt(chain: Chain) -> None:
    _, [first, _] = await sent(chain)
    once = await chain.acknowledgements.acknowledge(word(first))
    again = await chain.acknowledgements.acknowledge(word(first))
    assert (again.receipt, again.repeated) == (once.receipt, True)


async def test_another_word_after_the_first_is_refused(chain: Chain) -> None:
    _, [first, _] = await sent(chain)
    await chain.acknowledgements.acknowledge(word(first))
    with pytest.raises(Refusal) as refused:
        await chain.acknowledgements.acknowledge(word(first, result="refused", reason="x"))
    assert refused.value.code == "already_answered"


async def test_answer_to_the_push_and_the_posted_word_are_one_acknowledgement(chain: Chain) -> None:
    receipt = await chain.send()
    await chain.deliver()
    dispatch, document = chain.addressees.sent[0]
    slug = "county-police" if "security" in dispatch.kind else "county-procuratorate"
    posted = word((str(dispatch.id), digest_of(document), slug), acknowledgement_id="another")
    answered = await chain.acknowledgements.acknowledge(posted)
    assert receipt_in(answered.receipt).of.digest == digest_of(posted)
    assert await chain.status(receipt.transfer_id) == "acknowledged"
    kinds = "SELECT count(*) FROM documents WHERE kind = 'acknowledgement'"
    assert await chain.pool.fetchval(kinds) == 2


async def test_office_cannot_acknowledge_for_another(chain: Chain) -> None:
    _, [(dispatch_id, digest, slug), _] = await sent(chain)
    other = {"county-police": "county-procuratorate"}.get(slug, "county-police")
    with pytest.raises(Refusal) as refused:
        await chain.acknowledgements.acknowledge(word((dispatch_id, digest, other)))
    assert refused.value.code == "not_found"


async def test_word_that_lacks_a_member_is_refused_with_its_place(chain: Chain) -> None:
    _, [(dispatch_id, digest, slug), _] = await sent(chain)
    document = acknowledgement(dispatch_id, digest, slug)
    del document["result"]
    raw = signed(document, key_of(slug), typ=Typ.ACKNOWLEDGEMENT)
    with pytest.raises(Refusal) as refused:
        await chain.acknowledgements.acknowledge(raw)
    assert refused.value.code == "schema"
    assert refused.value.faults[0].pointer == "/result"


async def test_word_on_what_was_recalled_meanwhile_is_refused(chain: Chain) -> None:
    """It was sent, its answer was lost, and the agency's correction came before the repeat."""
    _, [first, _] = await sent(chain)
    await chain.send(1, packet_id="corrected", supersedes="packet-1")
    with pytest.raises(Refusal, match="already_answered") as refused:
        await chain.acknowledgements.acknowledge(word(first))
    assert refused.value.detail == "the dispatch is recalled"


@pytest.mark.parametrize("dispatch_id", ["nonsense", "00000000-0000-7000-8000-000000000000"])
async def test_unknown_dispatch_is_not_found(chain: Chain, dispatch_id: str) -> None:
    with pytest.raises(Refusal) as refused:
        await chain.acknowledgements.acknowledge(word((dispatch_id, digest_of(b""), "tax")))
    assert refused.value.code == "not_found"
    [line] = await chain.journal("document.refused")
    assert line["data"]["code"] == "not_found"


async def test_refused_acknowledgement_leaves_its_journal_line(chain: Chain) -> None:
    with pytest.raises(Refusal):
        await chain.acknowledgements.acknowledge(b"{}")
    [line] = await chain.journal("document.refused")
    assert line["data"]["document"] == "acknowledgement"


async def test_unacknowledged_police_delivery_runs_a_clock_and_is_seen(chain: Chain) -> None:
    """202, then silence for ever: somebody must notice."""
    receipt = await chain.send()
    chain.addressees.answer = lambda _, document: Answer(
        202, "application/json", b'{"digest": "%b"}' % digest_of(document).encode()
    )
    await chain.deliver()
    clock = await chain.pool.fetchrow("SELECT * FROM deadlines WHERE clock = 'P01'")
    assert clock["transfer_id"].hex == receipt.transfer_id.replace("-", "")
    chain.clock.advance(hours=26)
    await chain.watch.look()
    missed = [line["data"]["clock"] for line in await chain.journal("deadline.missed")]
    assert missed == ["P01"]


async def delivered(chain: Chain) -> str:
    receipt = await chain.send()
    await chain.deliver()
    return receipt.transfer_id


async def test_police_decide_and_the_clocks_follow(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(transfer_id, "county-police", "accepted")
    assert await chain.status(transfer_id) == "accepted"
    open_clocks = await open_clocks_of(chain)
    assert {"T03", "T04", "T06a"} <= open_clocks
    await chain.report(transfer_id, "county-police", "filed", happened_at=NOW.isoformat())
    assert await chain.status(transfer_id) == "filed"
    assert await open_clocks_of(chain) == {"T11"}
    await chain.report(transfer_id, "market", "items_handed_over", happened_at=NOW.isoformat())
    assert await open_clocks_of(chain) == set()
    await chain.report(transfer_id, "county-police", "closed", happened_at=NOW.isoformat())
    assert await chain.status(transfer_id) == "closed"


async def test_not_filed_goes_through_reconsideration_to_supervision(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    steps = [
        ("county-police", "accepted", "accepted"),
        ("county-police", "not_filed", "not_filed"),
        ("market", "reconsideration_requested", "not_filed"),
        ("county-police", "reconsidered_upheld", "not_filed"),
        ("market", "supervision_suggested", "not_filed"),
        ("county-procuratorate", "reasons_demanded", "supervised"),
        ("county-police", "reasons_given", "supervised"),
        ("county-procuratorate", "filing_notified", "supervised"),
        ("county-police", "filed", "filed"),
    ]
    for minute, (slug, kind, status) in enumerate(steps):
        happened_at = (NOW + timedelta(minutes=minute)).isoformat()
        chain.clock.advance(minutes=1)
        await chain.report(transfer_id, slug, kind, happened_at=happened_at)
        assert await chain.status(transfer_id) == status, kind
    started = {row["clock"] for row in await chain.pool.fetch("SELECT clock FROM deadlines")}
    assert {"T08", "T09", "T10", "T12", "T13"} <= started


async def test_supplement_goes_to_the_agency_and_back(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(transfer_id, "county-police", "supplement_requested", missing=["检验报告"])
    assert await chain.status(transfer_id) == "supplement_requested"
    assert "T05" in await open_clocks_of(chain)
    await chain.report(transfer_id, "market", "supplemented", happened_at=NOW.isoformat())
    assert await chain.status(transfer_id) == "acknowledged"
    assert "T05" not in await open_clocks_of(chain)


async def test_report_that_arrives_late_does_not_turn_the_case_back(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(transfer_id, "county-police", "filed", happened_at=NOW.isoformat())
    await chain.report(transfer_id, "county-police", "accepted", happened_at=SIGNED_AT.isoformat())
    assert await chain.status(transfer_id) == "filed"
    assert "T06a" not in await open_clocks_of(chain)


async def test_extension_lengthens_the_time_to_decide(chain: Chain) -> None:
    receipt = await chain.send(1, "tax")
    await chain.deliver()
    await chain.report(receipt.transfer_id, "city-police", "accepted")
    before = await chain.pool.fetchval("SELECT due_at FROM deadlines WHERE clock = 'T06b'")
    await chain.report(receipt.transfer_id, "city-police", "extended", extension="county_approval")
    row = await chain.pool.fetchrow("SELECT * FROM deadlines WHERE clock LIKE 'T06b/%'")
    assert row["due_at"] - before >= timedelta(days=18)


async def test_forwarded_case_is_dispatched_to_the_office_named(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(
        transfer_id, "county-police", "forwarded", forwarded_to=office("city-police").code
    )
    assert await chain.status(transfer_id) == "dispatching"
    await chain.deliver()
    assert await chain.status(transfer_id) == "acknowledged"
    await chain.report(transfer_id, "city-police", "accepted", happened_at=NOW.isoformat())
    assert await chain.status(transfer_id) == "accepted"


async def test_case_that_was_accepted_is_forwarded_within_its_day(chain: Chain) -> None:
    """D310 Art 7: who finds after acceptance that the case is another organ's has 24 hours to forward it."""
    transfer_id = await delivered(chain)
    await chain.report(transfer_id, "county-police", "accepted", happened_at=SIGNED_AT.isoformat())
    assert {"T03", "T06a"} <= await open_clocks_of(chain)
    city = office("city-police").code
    await chain.report(transfer_id, "county-police", "forwarded", forwarded_to=city)
    assert await chain.status(transfer_id) == "dispatching"
    assert not {"T03", "T06a"} & await open_clocks_of(chain)
    await chain.deliver()
    await chain.report(transfer_id, "city-police", "accepted", happened_at=NOW.isoformat())
    assert await chain.status(transfer_id) == "accepted"
    assert "T06a" in await open_clocks_of(chain)


async def test_insisting_releases_what_was_held(chain: Chain) -> None:
    receipt = await chain.send(facts={"substandard_product": True, "sales_amount": 100})
    await chain.report(receipt.transfer_id, "market", "insisted")
    assert await chain.status(receipt.transfer_id) == "dispatching"
    assert await chain.deliver() == 2


async def test_insisting_on_what_is_not_held_is_refused(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    with pytest.raises(Refusal, match="illegal_move"):
        await chain.report(transfer_id, "market", "insisted")
    assert await chain.count("reports") == 0


async def test_withdrawing_recalls_and_ends_the_clocks(chain: Chain) -> None:
    receipt = await chain.send(facts={"substandard_product": True, "sales_amount": 100})
    await chain.report(receipt.transfer_id, "market", "withdrawn")
    assert await chain.status(receipt.transfer_id) == "withdrawn"
    assert await open_clocks_of(chain) == set()
    assert await chain.deliver() == 0


async def test_withdrawing_after_acceptance_is_refused(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(transfer_id, "county-police", "accepted")
    with pytest.raises(Refusal, match="illegal_move"):
        await chain.report(transfer_id, "market", "withdrawn", happened_at=NOW.isoformat())
    assert await chain.status(transfer_id) == "accepted"


@pytest.mark.parametrize(
    ("slug", "kind"),
    [("county-procuratorate", "filed"), ("market", "accepted"), ("county-police", "insisted")],
)
async def test_offices_report_only_what_is_theirs_to_tell(
    chain: Chain, slug: str, kind: str
) -> None:
    transfer_id = await delivered(chain)
    with pytest.raises(Refusal, match="not_permitted"):
        await chain.report(transfer_id, slug, kind)


async def test_office_that_has_no_part_finds_nothing(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    with pytest.raises(Refusal, match="not_found"):
        await chain.report(transfer_id, "city-police", "accepted")


async def test_report_is_stored_once_whatever_is_repeated(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    raw = report(transfer_id, "county-police", "accepted", report_id="r1")
    once = await chain.reports.report(raw)
    again = await chain.reports.report(raw)
    assert (again.receipt, again.repeated) == (once.receipt, True)
    other = report(transfer_id, "county-police", "filed", report_id="r1")
    with pytest.raises(Refusal, match="report_id_reused"):
        await chain.reports.report(other)


async def test_report_of_tomorrow_is_refused(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    tomorrow = (NOW + timedelta(days=1)).isoformat()
    with pytest.raises(Refusal) as refused:
        await chain.report(transfer_id, "county-police", "accepted", happened_at=tomorrow)
    assert refused.value.faults[0].pointer == "/happened_at"


async def open_clocks_of(chain: Chain) -> set[str]:
    rows = await chain.pool.fetch(
        "SELECT clock FROM deadlines WHERE met_at IS NULL AND voided_at IS NULL"
    )
    return {row["clock"] for row in rows}
