"""Slices of the register: ranges of buckets to be judged by one worker, and pages of them that fit in memory."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from service.domain.register import BUCKETS

SLICE = 1000
"""Cases that a slice should have, about: a second of work, so that a crash costs little."""
PAGE = 1000
"""Cases that are in memory at once; of a party that has more, so many are judged together, the latest first."""


class Buckets(NamedTuple):
    """A range of buckets, both ends in it."""

    first: int
    last: int

    @property
    def all(self) -> range:
        return range(self.first, self.last + 1)


class Place(NamedTuple):
    """Where a case is to be found, and whose it is."""

    id: UUID
    party_hash: bytes | None


def slices_of(cases_in: Mapping[int, int], size: int = SLICE) -> list[Buckets]:
    """Cut all buckets into ranges of about `size` cases, in their order; empty buckets belong to one too.

    A bucket is never cut: a party must not be judged by two.
    """
    slices, first, held = [], 0, 0
    for bucket in range(BUCKETS):
        more = cases_in.get(bucket, 0)
        if held and held + more > size:
            slices.append(Buckets(first, bucket - 1))
            first, held = bucket, 0
        held += more
    slices.append(Buckets(first, BUCKETS - 1))
    return slices


def pages_of(places: Iterable[Place], size: int = PAGE) -> Iterator[list[UUID]]:
    """Put cases together so that each page has whole parties, and a party of more than a page several."""
    page: list[UUID] = []
    for party in _parties(places):
        for start in range(0, len(party), size):
            part = party[start : start + size]
            if page and len(page) + len(part) > size:
                yield page
                page = []
            page += part
    if page:
        yield page


def _parties(places: Iterable[Place]) -> Iterable[list[UUID]]:
    """The cases of each party, the latest first; of those whose party nobody knows each stands alone."""
    parties: defaultdict[object, list[UUID]] = defaultdict(list)
    for place in sorted(places, key=lambda place: place.id, reverse=True):
        parties[place.party_hash or place.id].append(place.id)
    return parties.values()
