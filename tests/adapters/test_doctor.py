"""What the doctor says of people, desks and lags; and that it says everything in both languages."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pytest

from tests.adapters.test_cli_operator import execute
from tests.support.identity import fake_provider
from tests.support.offices import office
from tests.support.operator import Operator, operator_of

ENTERED = """
WITH person AS (INSERT INTO staff (id, issuer, subject, name, added_at)
                VALUES (gen_random_uuid(), 'x', $1, '某', now()) RETURNING id)
INSERT INTO staff_roles SELECT id, $2, $3, now() FROM person
"""


@pytest.fixture
def operator(database: str, tmp_path: Any) -> Operator:
    return operator_of(database, tmp_path)


def enter(operator: Operator, subject: str, slug: str, role: str) -> None:
    execute(operator.database, ENTERED, subject, office(slug).code, role)


def test_nobody_and_no_door_are_found(operator: Operator) -> None:
    warned = operator.findings()["warning"]
    assert "staff: nobody is entered who may sign in" in warned
    assert "staff: no identity provider is set: nobody can sign in" in warned


def test_provider_and_somebody_who_operates_are_fine(operator: Operator) -> None:
    enter(operator, "yun", "county-procuratorate", "operator")
    with provider_beside() as issuer:
        found = operator.findings(oidc_issuer=issuer, oidc_client_id="linkage")
    assert "staff: 1 people may sign in, 0 have a session" in found["ok"]
    assert f"staff: people sign in at {issuer}" in found["ok"]
    assert not [line for line in found["warning"] if line.startswith("staff")]


@contextmanager
def provider_beside() -> Iterator[str]:
    """Run a provider in a thread of its own: the command that asks it has this one."""
    loop, stack = asyncio.new_event_loop(), AsyncExitStack()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        opening = stack.enter_async_context(fake_provider(lambda: datetime.now(UTC)))
        yield asyncio.run_coroutine_threadsafe(opening, loop).result().issuer
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_provider_that_does_not_answer_is_found(operator: Operator) -> None:
    issuer = "http://127.0.0.1:1"
    found = operator.findings(oidc_issuer=issuer, oidc_client_id="linkage")["error"]
    assert f"staff: {issuer} does not answer: no answer (ConnectError)" in found


def test_staff_without_an_operator_is_found(operator: Operator) -> None:
    enter(operator, "lin", "county-procuratorate", "auditor")
    assert "staff: nobody may open the operator's page" in operator.findings()["warning"]
    execute(operator.database, "UPDATE staff SET disabled_at = now()")
    assert "staff: nobody is entered who may sign in" in operator.findings()["warning"]


def test_desk_that_cannot_sign_is_found(operator: Operator) -> None:
    enter(operator, "lin", "county-procuratorate", "reviewer")
    enter(operator, "shen", "county-justice", "chief")  # gets no transfer, so signs nothing
    code = office("county-procuratorate").code
    told = f"desk: {code} has people at its desk and no key to sign with"
    found = [line for line in operator.findings()["warning"] if line.startswith("desk")]
    assert found == [told]
    execute(operator.database, "INSERT INTO desk_keys VALUES ($1, 'k', '', now())", code)
    assert told not in operator.findings()["warning"]


def test_decision_that_was_signed_and_took_no_effect_is_found(operator: Operator) -> None:
    enter(operator, "lin", "county-procuratorate", "reviewer")
    execute(
        operator.database,
        "INSERT INTO desk_acts (id, office_code, staff_id, kind, subject, subject_id, seen_move, sealed, drafted_at,"
        " signed, digest, signed_at) SELECT gen_random_uuid(), $1, id, 'opinion', 'transfer', gen_random_uuid(), 1, '',"
        " now(), 'x', 'd', now() - interval '1 minute' FROM staff",
        office("county-procuratorate").code,
    )
    assert not any("has not taken effect" in told for told in operator.findings()["error"])
    execute(operator.database, "UPDATE desk_acts SET signed_at = now() - interval '1 hour'")
    assert any("has not taken effect" in told for told in operator.findings()["error"])
    execute(operator.database, "UPDATE desk_acts SET settled_at = now(), outcome = 'done'")
    assert not any("has not taken effect" in told for told in operator.findings()["error"])


def test_reader_of_the_journal_that_stands_still_is_found(operator: Operator) -> None:
    execute(
        operator.database,
        "INSERT INTO journal (id, at, action, actor, data, recorded_in)"
        " VALUES (gen_random_uuid(), now() - interval '10 minutes', 'x', 'platform', '{}', '1')",
    )
    errors = operator.findings()["error"]
    assert "detection: detection is 10 minutes behind" in errors
    assert "desk: the queue of desks is 10 minutes behind" in errors


async def test_everything_is_said_in_both_languages(operator: Operator, pool: Any) -> None:
    await pool.execute("UPDATE endpoints SET failures = 9")
    await pool.execute("UPDATE office_keys SET valid_until = now() + interval '3 days'")
    called = await asyncio.to_thread(
        operator.call, "doctor", "--json", sandbox="true", plain_http="true", delivery_lease="1s"
    )
    findings = called.json["findings"]
    assert len(findings) > 20
    for one in findings:
        assert one["what_zh"], one
        assert bool(one["advice"]) == bool(one["advice_zh"]), one
        assert one["severity"] == "ok" or one["advice"], one
