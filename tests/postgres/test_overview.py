"""The figures in SQL say what the domain says, and no figure reads the register."""

import re
from collections import Counter
from datetime import timedelta

import asyncpg
import pytest

from adapters.postgres.named_queries import filled, load
from adapters.postgres.overview import PostgresOverview
from service.domain.deadlines import Deadline, State, begin
from service.domain.scope import EVERYTHING
from tests.support.chain import Chain
from tests.support.deadlines import TABLE, context
from tests.support.figures import add_deadline
from tests.support.packets import NOW


def deadlines() -> list[Deadline]:
    """Every clock, begun so that it is open, near, at its very end and past it; some have ended."""
    found = []
    for clock in TABLE.clocks:
        one = begin(clock, NOW, context())
        for at in (NOW, one.near_at, one.due_at, one.due_at + timedelta.resolution):
            moved = NOW - (at - NOW)
            begun = begin(clock, moved, context())
            found += [begun, begun._replace(due_at=NOW), begun.ended(met_at=NOW)]
        found.append(one.ended(voided_at=NOW))
    return found


async def test_clocks_stand_in_sql_as_they_do_in_the_domain(pool: asyncpg.Pool) -> None:
    await Chain(pool).open()
    for one in deadlines():
        ends = {"met_at": one.met_at, "voided_at": one.voided_at}
        await add_deadline(pool, "market", one.due_at, one.nature.value, one.near_at, **ends)
    async with pool.acquire() as connection:
        told = await PostgresOverview(connection).deadlines(EVERYTHING, NOW)
    expected = Counter(one.state(NOW) for one in deadlines())
    shown = {state: expected[State(state)] for state, _ in told}
    assert told.model_dump() == shown
    assert all(shown.values())


@pytest.mark.parametrize(
    ("topic", "allowed"), [("overview", ["cases_to_look_at"]), ("appraisal", [])]
)
def test_no_figure_reads_the_register(topic: str, allowed: list[str]) -> None:
    """Its rows are as many as there are cases; those that are due are in an index of their own."""
    queries = filled(load(topic))
    assert [name for name, query in queries.items() if _REGISTER.search(query)] == allowed


_REGISTER = re.compile(r"(?i)\b(from|join)\s+(cases|earlier_records|record_batches)\b")
