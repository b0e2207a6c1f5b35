"""`linkage staff` on a real database: people, their roles, their sessions."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.postgres.staff import PostgresSessions
from tests.support.offices import office
from tests.support.operator import Operator, fetch, operator_of
from tests.support.postgres import connected_pool

DESK = office("county-procuratorate").code
OTHER = office("city-procuratorate").code
ISSUER = "https://id.example"


@pytest.fixture
def operator(database: str, tmp_path: Path) -> Operator:
    return operator_of(database, tmp_path)


def add(operator: Operator, *words: str, subject: str = "lin", code: int = 0) -> Any:
    called = operator.call(
        *("staff", "add", "--issuer", ISSUER, "--subject", subject, "--name", "林检察官", "--json"),
        *(words or ("--office", DESK, "--role", "reviewer")),
    )
    assert called.code == code, called.err
    return called.json if code == 0 else called.error


def people(operator: Operator, *words: str) -> Any:
    return operator.call("staff", "list", "--json", *words).json


def begin_session(operator: Operator, person: str) -> None:
    async def run() -> None:
        now = datetime.now(UTC)
        async with connected_pool(operator.database) as pool:
            await PostgresSessions(pool).begin(
                uuid4().bytes, UUID(person), {}, now, now + timedelta(hours=1)
            )

    asyncio.run(run())


def test_who_is_entered_is_listed_with_what_he_may_do(operator: Operator) -> None:
    person = add(operator, "--office", DESK, "--role", "reviewer", "--role", "chief")
    add(operator, "--office", OTHER, "--role", "auditor")
    (found,) = people(operator)
    assert found["id"] == person["id"]
    assert found["offices"] == {DESK: ["chief", "reviewer"], OTHER: ["auditor"]}
    assert people(operator, "--office", office("county-police").code) == []
    told = operator.call("staff", "list").out
    assert "林检察官" in told
    assert "chief, reviewer" in told


def test_entering_again_renames_and_lets_in_again(operator: Operator) -> None:
    person = add(operator)["id"]
    operator.call("staff", "disable", person)
    assert people(operator)[0]["disabled_at"]
    assert add(operator, "--office", DESK, "--role", "chief")["id"] == person
    (found,) = people(operator)
    assert (found["disabled_at"], found["offices"]) == (None, {DESK: ["chief"]})


def test_provider_of_the_settings_is_meant_unless_another_is_named(operator: Operator) -> None:
    words = ("staff", "add", "--subject", "x", "--name", "某", "--office", DESK, "--role", "chief")
    lacking = operator.call(*words)
    assert lacking.code == 1
    assert "LINKAGE_OIDC_ISSUER" in lacking.err
    assert operator.call(*words, oidc_issuer=ISSUER, oidc_client_id="linkage").code == 0
    assert people(operator)[0]["issuer"] == ISSUER


def test_office_that_nobody_knows_has_no_people(operator: Operator) -> None:
    error = add(operator, "--office", "113399210000000000", "--role", "chief", code=1)
    assert "no office 113399210000000000" in error["error"]
    assert people(operator) == []


def test_roles_are_exactly_those_that_are_given(operator: Operator) -> None:
    person = add(operator)["id"]
    given = operator.call("staff", "roles", person, "--office", DESK, "--role", "auditor", "--json")
    assert given.json["roles"] == ["auditor"]
    assert people(operator)[0]["offices"] == {DESK: ["auditor"]}
    told = operator.call("staff", "roles", person, "--office", DESK)
    assert told.out == f"林检察官 is nothing any more at {DESK}\n"
    assert people(operator)[0]["offices"] == {}
    assert operator.call("staff", "roles", uuid4(), "--office", DESK).code == 1


def test_who_is_shut_out_has_no_session_left(operator: Operator) -> None:
    person, other = add(operator)["id"], add(operator, subject="zhou")["id"]
    for one in (person, person, other):
        begin_session(operator, one)
    assert operator.call("staff", "disable", person, "--json").json["ended"] == 2
    (left,) = operator.call("staff", "sessions", "--json").json
    assert left["staff_id"] == other


def test_sessions_are_shown_and_ended(operator: Operator) -> None:
    person = add(operator)["id"]
    begin_session(operator, person)
    assert "林检察官" in operator.call("staff", "sessions", person).out
    assert operator.call("staff", "sessions", "--end").code == 1
    assert operator.call("staff", "sessions", person, "--end").out == "1 sessions are ended\n"
    assert operator.call("staff", "sessions", "--json").json == []


def test_every_change_has_its_line(operator: Operator) -> None:
    person = add(operator)["id"]
    operator.call("staff", "roles", person, "--office", DESK, "--role", "chief")
    operator.call("staff", "sessions", person, "--end")
    operator.call("staff", "disable", person)
    lines = fetch(
        operator.database,
        "SELECT action, actor, data::text FROM journal WHERE action LIKE 'staff.%' ORDER BY at, id",
    )
    actions = [line["action"] for line in lines]
    assert actions == ["staff.changed", "staff.changed", "staff.signed_out", "staff.changed"]
    assert {line["actor"] for line in lines} == {DESK}
    assert not any("林" in line["data"] for line in lines)
