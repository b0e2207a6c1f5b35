"""The operator's commands on a real database: migrations, the registry, what is stuck, the doctor."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import yaml

from adapters.clock import SystemClock
from adapters.registry_file import parse_registry
from tests.support.command_line import call
from tests.support.offices import MEMBERS, key_of, office
from tests.support.operator import REGISTRY, Operator, new_operator
from tests.support.packets import packet, signed
from tests.support.platform import platform, upload_all
from tests.support.postgres import renamed
from tests.support.running import market_client


@pytest.fixture
def operator(database: str, tmp_path: Path) -> Operator:
    return new_operator(database, tmp_path)


@pytest.fixture
async def empty_database(server_url: str) -> AsyncIterator[str]:
    connection, name = await asyncpg.connect(server_url), f"linkage_empty_{uuid4().hex}"
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield renamed(server_url, name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


def execute(database: str, statement: str, *values: object) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(database)
        await connection.execute(statement, *values)
        await connection.close()

    asyncio.run(run())


def test_empty_database_is_brought_to_shape_once(empty_database):
    before = call("migrate", "status", "--json", database_url=empty_database)
    applied = call("migrate", "up", "--json", database_url=empty_database)
    again = call("migrate", "up", database_url=empty_database)

    assert before.code == 1
    assert applied.json["applied"] == before.json["pending"]
    assert again.out == "the database is up to date\n"
    assert call("migrate", "status", database_url=empty_database).code == 0


def test_migrating_without_a_database_says_what_to_set():
    called = call("migrate", "up")

    assert called.code == 1
    assert "LINKAGE_DATABASE_URL is not set" in called.err


def test_registry_is_loaded_and_shown_as_a_file_that_can_be_loaded_again(operator):
    loaded = operator.call("registry", "load", REGISTRY, "--json")
    shown = operator.call("registry", "show", "--yaml")
    again = operator.call("registry", "load", REGISTRY)

    assert loaded.json["version"] == 1
    assert len(loaded.json["offices"]) == len(MEMBERS)
    file = parse_registry(shown.out)
    assert {entry.code for entry in file.offices} == {member.code for member in MEMBERS}
    assert file.platform is not None
    assert file.platform.keys[0].kid == "platform-2026"
    assert "nothing was changed" in again.out


def test_shown_registry_is_a_table_for_people(operator):
    operator.call("registry", "load", REGISTRY)

    lines = operator.call("registry", "show").out.splitlines()

    assert lines[0] == "version 1"
    assert any("示例县公安局" in line and "https://county-police.example" in line for line in lines)


def test_registry_file_can_be_looked_at_without_a_database():
    called = call("registry", "load", REGISTRY, "--check")

    assert called.code == 0
    assert called.out == "the file can be loaded\n"


def test_wrong_check_digit_warns_and_is_loaded(operator, tmp_path):
    content = yaml.safe_load(REGISTRY.read_text("utf-8"))
    content["offices"][0]["code"] = "113399219000000060"
    path = tmp_path / "registry.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")

    called = operator.call("registry", "load", path)

    assert called.code == 0
    assert "check character" in called.err


def test_faulty_registry_changes_nothing(operator, tmp_path):
    path = tmp_path / "registry.yaml"
    path.write_text("offices: [{code: x}]")

    called = operator.call("registry", "load", path)

    assert called.code == 1
    assert "offices.0.code" in called.err
    assert "nothing was changed" in called.err


def test_revoked_key_is_shown_as_revoked(operator):
    operator.call("registry", "load", REGISTRY)

    revoked = operator.call("registry", "revoke", "market-2026", "--reason", "lost", "--json")

    assert revoked.json == {"version": 2, "revoked": "market-2026"}
    assert "market-2026 (revoked)" in operator.call("registry", "show").out


def test_key_that_nobody_has_cannot_be_revoked(operator):
    called = operator.call("registry", "revoke", "nobody-2026", "--reason", "lost")

    assert called.code == 1
    assert "registry show" in called.err


async def test_stuck_dispatch_is_named_by_the_doctor_and_sent_again(operator, pool, tmp_path):
    dispatch_id = await stuck_dispatch(operator, pool)
    examined = await asyncio.to_thread(operator.call, "doctor")
    resent = await asyncio.to_thread(operator.call, "resend", dispatch_id, "--json")
    again = await asyncio.to_thread(operator.call, "resend", dispatch_id, "--json")

    assert examined.code == 1
    assert f"linkage resend {dispatch_id}" in examined.out
    assert resent.json == {"resent": dispatch_id}
    assert again.error["code"] == "illegal_move"
    assert await pool.fetchval("SELECT count(*) FROM dispatches WHERE status = 'waiting'") == 2


async def stuck_dispatch(operator: Operator, pool: asyncpg.Pool) -> str:
    service = operator.folder / "service"
    service.mkdir()
    async with platform(operator.database, service, SystemClock()) as running:
        await upload_all(operator.database)
        async with market_client(running) as client:
            await client.send_packet(signed(packet(), key_of("market"), at=datetime.now(UTC)))
    return str(
        await pool.fetchval(
            "UPDATE dispatches SET status = 'undeliverable', problem = 'not taken in time'"
            " WHERE role = 'principal' RETURNING id"
        )
    )


async def test_doctor_names_what_was_taken_and_never_acknowledged(operator, pool):
    await stuck_dispatch(operator, pool)
    silent = await pool.fetchval(
        "UPDATE dispatches SET status = 'delivered', digest = '', delivered_at = now() - interval '25 hours'"
        " WHERE role = 'copy' RETURNING id"
    )

    warned = (await asyncio.to_thread(operator.findings))["warning"]

    procuratorate = office("county-procuratorate").code
    assert f"delivery: {silent}, taken by {procuratorate}, is not acknowledged" in warned
    recent = await asyncio.to_thread(operator.findings, deliver_within="26h")
    assert not [line for line in recent["warning"] if "is not acknowledged" in line]


async def test_vault_that_does_not_open_what_is_stored_is_found(operator, pool):
    await stuck_dispatch(operator, pool)
    other = b64encode(bytes(32)).decode()

    found = await asyncio.to_thread(operator.findings, vault_key=other)

    assert "keys: the vault does not open what is stored" in found["error"]


def test_healthy_installation_has_no_error(operator):
    operator.call("registry", "load", REGISTRY)

    called = operator.call("doctor", "--json")

    errors = [one for one in called.json["findings"] if one["severity"] == "error"]
    # The test server gives durability away for speed, and the doctor is right to say so.
    assert {one["about"] for one in errors} == {"database"}
    assert "power cut" in errors[0]["what"]


def test_doctor_finds_what_is_not_set():
    called = call("doctor", "--json")

    assert called.code == 1
    assert called.json["healthy"] is False
    assert sum(one["about"] == "settings" for one in called.json["findings"]) == 3


def test_doctor_finds_a_misspelt_variable():
    assert "did you mean LINKAGE_PORT" in call("doctor", prot=1).out


def test_doctor_finds_a_database_without_its_tables(empty_database):
    called = call("doctor", database_url=empty_database)

    assert "linkage migrate up" in called.out


def test_doctor_finds_a_database_that_is_away():
    called = call("doctor", database_url="postgresql:///x?host=/nowhere")

    assert called.code == 1
    assert "cannot be reached" in called.out


def test_doctor_finds_an_empty_registry(operator):
    assert "registry: there is no office" in operator.findings()["error"]


def test_doctor_finds_keys_that_end_soon_and_keys_that_ended(operator):
    operator.call("registry", "load", REGISTRY)
    soon, past = datetime.now(UTC) + timedelta(days=3), datetime.now(UTC) - timedelta(days=3)
    statement = "UPDATE office_keys SET valid_until = $2 WHERE office_code = $1"
    execute(operator.database, statement, office("labour").code, soon)
    execute(operator.database, statement, office("tax").code, past)

    warned = operator.findings()["warning"]

    assert f"registry: the last key of {office('labour').code} ends on {soon.date()}" in warned
    assert f"registry: {office('tax').code} has no key in force" in warned


def test_doctor_finds_an_endpoint_that_does_not_answer(operator):
    operator.call("registry", "load", REGISTRY)
    execute(operator.database, "UPDATE endpoints SET failures = 9 WHERE url LIKE '%county-police%'")

    errors = operator.findings()["error"]

    assert any(f"{office('county-police').code} has not answered" in error for error in errors)


def test_doctor_finds_an_addressee_that_nobody_can_reach(operator):
    operator.call("registry", "load", REGISTRY)
    execute(
        operator.database, "DELETE FROM endpoints WHERE office_code = $1", office("commission").code
    )

    assert (
        f"registry: {office('commission').code} has no endpoint" in operator.findings()["warning"]
    )


def test_doctor_finds_keys_that_cannot_be_used(operator):
    (operator.folder / "platform.jwk").chmod(0o644)

    assert any("chmod 600" in error for error in operator.findings()["error"])
    assert any(
        "32 bytes" in error
        for error in operator.findings(vault_key="short", platform_key_file="")["error"]
    )


def test_doctor_finds_former_keys_that_cannot_be_read(operator):
    folder = operator.folder / "former"
    errors = operator.findings(platform_former_keys_dir=folder)["error"]
    assert any("is not a folder" in error for error in errors)
    folder.mkdir()
    (folder / "old.jwk").write_text("{}")
    errors = operator.findings(platform_former_keys_dir=folder)["error"]
    assert any("old.jwk is not a JWK" in error for error in errors)


def test_doctor_finds_materials_that_cannot_be_stored(operator, tmp_path):
    (tmp_path / "file").write_text("")

    assert any(
        "cannot be written" in error
        for error in operator.findings(materials_dir=tmp_path / "file" / "below")["error"]
    )
    assert any(
        "MiB are free" in error for error in operator.findings(materials_reserve="900TB")["error"]
    )


def test_doctor_finds_settings_that_lose_or_double(operator):
    errors = operator.findings(delivery_lease="10s", endpoint_timeout="30s")["error"]

    assert any("sent twice" in error for error in errors)


def test_doctor_warns_of_a_sandbox_and_of_open_letters(operator):
    warned = operator.findings(sandbox="true", plain_http="true")["warning"]

    assert "settings: this is a sandbox" in warned
    assert "settings: endpoints without TLS are called" in warned
