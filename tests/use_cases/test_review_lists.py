"""Lists of events and clocks, against a real database: the reader's own, in pages that miss nothing."""

from uuid import UUID

import pytest

from contracts.answers import TransferView
from service.domain.cursors import Place, read_cursor, read_moment_cursor, write_cursor
from service.domain.errors import Refusal
from service.review import Review
from tests.support.chain import Chain
from tests.support.offices import key_of
from tests.support.packets import NOW, packet, signed
from tests.support.reading import reader, sent

POLICE, PUSHED = "county-police", "other-police"


async def view_of(review: Review, slug: str, transfer_id: UUID) -> TransferView:
    view = await review.transfer(reader(slug), transfer_id)
    assert isinstance(view, TransferView)
    return view


async def test_events_are_those_of_the_readers_transfers(chain: Chain, review: Review) -> None:
    mine, others = await sent(chain), await sent(chain, 2, agency="tobacco")
    for slug, expected in (
        ("market", {mine}),
        ("tobacco", {others}),
        (POLICE, {mine, others}),
        (PUSHED, set()),
    ):
        page = await review.events(reader(slug), None, 100)
        assert {event.transfer_id for event in page.events} == expected
        assert page.more is False


async def test_events_continue_behind_their_cursor(chain: Chain, review: Review) -> None:
    for number in range(1, 6):
        await sent(chain, number)
    whole = await review.events(reader("market"), None, 100)
    assert len(whole.events) == 5
    pages, after = [], None
    for _ in range(3):
        page = await review.events(reader("market"), after, 2)
        pages += page.events
        after = page.next
    assert pages == whole.events
    assert page.more is False
    behind = await review.events(reader("market"), after, 2)
    assert (behind.events, behind.next, behind.more) == ([], after, False)


async def test_readings_are_no_events(chain: Chain, review: Review) -> None:
    """Who reads a transfer for each event must not be told of that."""
    transfer_id = await sent(chain)
    after = (await review.events(reader("market"), None, 100)).next
    await view_of(review, "market", transfer_id)
    page = await review.events(reader("market"), after, 100)
    assert (page.events, page.more) == ([], False)
    assert page.next != after


async def test_agency_is_told_what_was_refused(chain: Chain, review: Review) -> None:
    await chain.post(signed(packet(facts={"sales_amount": "many"}), key_of("market")))
    [event] = (await review.events(reader("market"), None, 10)).events
    assert (event.action, event.transfer_id) == ("document.refused", None)


async def test_lists_are_not_journaled(chain: Chain, review: Review) -> None:
    await sent(chain)
    before = await chain.count("journal")
    await review.events(reader("market"), None, 10)
    await review.deadlines(reader("market"), None, None, 10)
    await review.mailbox(reader(POLICE), 10)
    assert await chain.count("journal") == before


async def test_deadlines_are_paged_in_the_order_of_their_dates(
    chain: Chain, review: Review
) -> None:
    for number in range(1, 4):
        await sent(chain, number)
    whole = await review.deadlines(reader("market"), None, None, 100)
    assert whole.next is None
    assert [one.due_at for one in whole.deadlines] == sorted(one.due_at for one in whole.deadlines)
    first = await review.deadlines(reader("market"), None, None, 4)
    assert first.next is not None
    rest = await review.deadlines(reader("market"), None, first.next, 100)
    assert [*first.deadlines, *rest.deadlines] == whole.deadlines
    assert len(first.deadlines) == 4


async def test_deadlines_are_chosen_by_state(chain: Chain, review: Review) -> None:
    await sent(chain)
    for state, slug, count in (
        ("met", "market", 2),
        ("met", POLICE, 2),
        ("overdue", "market", 0),
        ("open", POLICE, 0),
        ("met", "tobacco", 0),
        ("met", PUSHED, 0),
    ):
        page = await review.deadlines(reader(slug), state, None, 10)  # type: ignore[arg-type]
        assert len(page.deadlines) == count, (state, slug)


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "MTIz", "é", write_cursor(Place(2**63, UUID(int=7))), write_cursor(Place(1)) + "="],
)
async def test_cursor_of_our_own_making_only(review: Review, cursor: str) -> None:
    with pytest.raises(Refusal) as refusal:
        await review.events(reader("market"), cursor, 10)
    assert refusal.value.code == "malformed_request"
    assert refusal.value.faults[0].pointer == "/after"


def test_cursor_gives_its_place_back() -> None:
    place = Place.at(NOW, UUID(int=7))
    assert read_cursor(write_cursor(place)) == place
    assert read_moment_cursor(write_cursor(place)) == (NOW, place.id)


def test_moment_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(Refusal):
        read_moment_cursor(write_cursor(Place(2**62)))
