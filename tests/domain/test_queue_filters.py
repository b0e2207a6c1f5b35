"""Filters of a queue: the address is the state, and what nobody knows is left out."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.cursors import Place, write_cursor
from service.domain.errors import Refusal
from service.domain.queue_filters import LONGEST_QUERY, Claimed, Facet, Filters, Order
from service.domain.urgency import NEVER
from service.queue import read_step
from tests.support.packets import NOW

_NAMES = st.sampled_from([*Facet, "q", "claimed", "from", "to", "scope", "order", "after"])
_VALUES = st.sampled_from(
    ["delivered", "overdue", "meets", "mine", "all", "due", "today", "2026-11-23", "电线", "X", ""]
)
PAIRS = st.lists(st.tuples(_NAMES, _VALUES), max_size=12)


@given(PAIRS)
def test_what_is_written_reads_as_the_same(pairs: list[tuple[str, str]]) -> None:
    filters = Filters.read(pairs)
    assert Filters.read_query(filters.query) == filters


@given(PAIRS, st.sampled_from(Facet), _VALUES)
def test_toggling_twice_changes_nothing(
    pairs: list[tuple[str, str]], facet: Facet, value: str
) -> None:
    filters = Filters.read(pairs)
    there_and_back = filters.toggled(facet, value).toggled(facet, value)
    assert sorted(there_and_back.pairs()) == sorted(filters.pairs())


def test_unknown_words_are_left_out() -> None:
    asked = [("status", "nonsense"), ("status", "filed"), ("claimed", "x"), ("from", "2026-13-01")]
    assert Filters.read(asked) == Filters({Facet.STATUS: ("filed",)})


def test_order_is_by_due_date_and_of_a_search_by_arrival() -> None:
    assert Filters().ordered_by is Order.DUE
    assert Filters(text="电线").ordered_by is Order.ARRIVED
    assert Filters(text="电线", order=Order.DUE).ordered_by is Order.DUE


def test_text_without_a_word_finds_nothing() -> None:
    assert all(Filters(text=text).finds_nothing for text in ("！！！", "%", "_", "'", "\u200b"))
    assert not any(Filters(text=text).finds_nothing for text in ("", "案", "%案", "1"))


def test_day_of_arrival_is_a_day_in_beijing() -> None:
    since, until = Filters(arrived_from="2026-11-23", arrived_to="2026-11-23").arrived(NOW)
    assert since == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert until == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert Filters(arrived_from="today").arrived(NOW) == (since, None)


def test_names_of_filters_say_nothing_of_what_was_searched_for() -> None:
    filters = Filters(text="张三", claimed=Claimed.MINE)
    assert filters.names == ["claimed", "q"]
    assert not filters.is_plain
    assert Filters(everything=True, order=Order.DUE).is_plain


def test_long_and_many_values_are_bounded() -> None:
    many = [("agency", f"{number}") for number in range(1000)] + [("offence", "x" * 1000)]
    found = Filters.read(many)
    assert len(found.values(Facet.AGENCY)) == 50
    assert not found.values(Facet.OFFENCE)


def test_no_filter_is_lost_on_the_way_through_a_form() -> None:
    """What a bulk action or an export is asked for is the list that was shown, however much narrows it."""
    codes = [(name, f"{number:018}") for name in ("agency", "offence") for number in range(50)]
    filters = Filters.read([*codes, ("q", "电线"), ("claimed", "mine")])
    assert len(filters.query) > LONGEST_QUERY
    assert Filters.read_query(filters.query) == filters


def test_place_of_a_page_lies_within_the_calendar() -> None:
    place = Place.at(NEVER, UUID(int=7))
    assert read_step(write_cursor(place), None).place == place
    for number in (2**62, -(2**62)):
        with pytest.raises(Refusal, match="malformed_request"):
            read_step(write_cursor(Place(number, UUID(int=7))), None)
