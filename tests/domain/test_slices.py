"""The register cut into slices for workers, and into pages for memory: everything once, and no party in two."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from service.domain.register import BUCKETS
from service.domain.slices import Buckets, Place, pages_of, slices_of

COUNTS = st.dictionaries(st.integers(0, BUCKETS - 1), st.integers(1, 3000))


@given(COUNTS)
def test_slices_have_every_bucket_once(cases_in):
    slices = slices_of(cases_in)
    assert [bucket for one in slices for bucket in one.all] == list(range(BUCKETS))


@given(COUNTS)
def test_slice_has_its_size_unless_one_bucket_has_more(cases_in):
    for one in slices_of(cases_in, 1000):
        held = [cases_in[bucket] for bucket in one.all if bucket in cases_in]
        assert sum(held) <= 1000 or len(held) == 1


def test_empty_register_is_one_slice():
    assert slices_of({}) == [Buckets(0, BUCKETS - 1)]


def test_even_register_has_as_many_slices_as_thousands():
    assert len(slices_of(dict.fromkeys(range(BUCKETS), 10))) == 11
    assert len(slices_of(dict.fromkeys(range(BUCKETS), 2000))) == BUCKETS


PLACES = st.lists(
    st.builds(
        Place,
        st.uuids(),
        st.one_of(st.none(), st.sampled_from([b"a", b"b", b"c"])),
    ),
    unique_by=lambda place: place.id,
    max_size=60,
)


@given(PLACES)
def test_pages_have_every_case_once_and_are_not_too_large(places):
    pages = list(pages_of(places, 10))
    assert sorted(one for page in pages for one in page) == sorted(place.id for place in places)
    assert all(0 < len(page) <= 10 for page in pages)


@given(PLACES)
def test_party_that_fits_a_page_is_in_one(places):
    where = {one: number for number, page in enumerate(pages_of(places, 20)) for one in page}
    for party in (b"a", b"b", b"c"):
        cases = [place.id for place in places if place.party_hash == party]
        if len(cases) <= 20:
            assert len({where[one] for one in cases}) <= 1


def test_larger_party_is_cut_with_its_latest_cases_together():
    places = [Place(UUID(int=number), b"large") for number in range(1, 26)]
    first, second, third = pages_of(places, 10)
    assert [one.int for one in first] == list(range(25, 15, -1))
    assert (len(second), len(third)) == (10, 5)
