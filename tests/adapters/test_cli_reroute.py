"""`linkage resend --to`: an operator sends to another office what its own does not take."""

import asyncio

import asyncpg
import pytest

from tests.adapters.test_cli_operator import stuck_dispatch
from tests.support.offices import office
from tests.support.operator import Operator, new_operator


@pytest.fixture
def operator(database: str, tmp_path) -> Operator:
    return new_operator(database, tmp_path)


async def test_operator_sends_a_stuck_dispatch_to_another_office(
    operator: Operator, pool: asyncpg.Pool
) -> None:
    dispatch, to = await stuck_dispatch(operator, pool), office("other-police").code
    sent = await asyncio.to_thread(operator.call, "resend", dispatch, "--to", to, "--json")
    again = await asyncio.to_thread(operator.call, "resend", dispatch, "--to", to, "--json")
    assert (sent.json["rerouted"], sent.json["to"]) == (dispatch, to)
    assert again.error["code"] == "illegal_move"
    row = await pool.fetchrow("SELECT * FROM dispatches WHERE office_code = $1", to)
    assert (str(row["id"]), row["status"]) == (sent.json["dispatch"], "waiting")


async def test_office_of_another_kind_is_refused_with_the_reason(
    operator: Operator, pool: asyncpg.Pool
) -> None:
    dispatch, to = await stuck_dispatch(operator, pool), office("other-procuratorate").code
    refused = await asyncio.to_thread(operator.call, "resend", dispatch, "--to", to)
    assert refused.code == 1
    assert "this is for a public_security office" in refused.err


async def test_answer_for_people_names_the_new_dispatch(
    operator: Operator, pool: asyncpg.Pool
) -> None:
    dispatch, to = await stuck_dispatch(operator, pool), office("other-police").code
    said = (await asyncio.to_thread(operator.call, "resend", dispatch, "--to", to)).out
    new = await pool.fetchval("SELECT id FROM dispatches WHERE office_code = $1", to)
    assert said == f"{new} waits to be sent to {to}\n"
