"""The service as it is built: its roles, its stop, and what keeps it from starting."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from time import time

import aiohttp
import pytest

from adapters.client import ProblemError, UnreachableError
from adapters.clock import SystemClock, new_id
from adapters.keys import KeyFileError, generate_key, write_private_key
from adapters.main import NotReadyError, Running, build, deliveries
from adapters.main.background import Background
from adapters.main.web import limits_of
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.settings import Settings, SettingsError
from adapters.web.call import WebLimits
from service.domain.errors import Refusal
from service.domain.registry import Registry
from tests.adapters.test_metrics import samples
from tests.support.offices import key_of
from tests.support.packets import material_bytes, packet, signed
from tests.support.platform import platform, upload_all
from tests.support.postgres import forget_newest_migration
from tests.support.running import market_client

ROOT = Path(__file__).parents[2]
_BROUGHT = ("stored", "repeated", "refused")


def signed_packet(number: int = 1) -> bytes:
    return signed(packet(number), key_of("market"), at=datetime.now(UTC))


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 (other parts of the service have no event to wait for)
            await asyncio.sleep(0.001)


async def answer(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.read()


async def test_service_takes_a_packet_and_gives_a_receipt_that_verifies(database, tmp_path):
    async with platform(database, tmp_path, SystemClock()) as running:
        await upload_all(database)
        async with market_client(running) as client:
            receipted = await client.send_packet(signed_packet())

    assert receipted.receipt.status == "dispatching"


async def test_material_travels_first(database, tmp_path):
    async with (
        platform(database, tmp_path, SystemClock()) as running,
        market_client(running) as client,
    ):
        with pytest.raises(ProblemError, match="material_not_uploaded"):
            await client.send_packet(signed_packet())
        for kind in packet()["materials"]:
            await client.put_material(material_bytes(kind["kind"]))

        assert (await client.send_packet(signed_packet())).receipt.status == "dispatching"


async def test_revoked_key_is_refused_at_once_by_a_running_service(database, pool, tmp_path):
    """The bell rings; nobody waits for the next look at the version."""
    async with platform(database, tmp_path, SystemClock(), registry_interval="1h") as running:
        async with pool.acquire() as connection:
            admin = RegistryAdmin(connection, new_id)
            await admin.revoke("market-2026", "lost", datetime.now(UTC))
        await until(lambda: running.ground.registry.now().keys["market-2026"].revoked_at)
        async with market_client(running) as client:
            with pytest.raises(ProblemError, match="key_revoked"):
                await client.send_packet(signed_packet())


async def test_lost_bell_is_hung_up_again_and_polling_goes_on_meanwhile(database, pool, tmp_path):
    async with platform(database, tmp_path, SystemClock(), registry_interval="50ms") as running:
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        async with pool.acquire() as connection:
            admin = RegistryAdmin(connection, new_id)
            await admin.revoke("market-2026", "lost", datetime.now(UTC))

        await until(lambda: running.ground.registry.now().keys["market-2026"].revoked_at)


async def test_rule_book_that_judges_is_stored_by_its_digest(database, pool, tmp_path):
    async with platform(database, tmp_path) as running:
        digest = running.ground.standards.book.digest

    assert await pool.fetchval("SELECT digest FROM rulebooks") == digest


async def test_worker_answers_about_its_health_and_takes_no_packet(database, tmp_path):
    async with platform(database, tmp_path, role="worker") as running:
        assert (await answer(f"{running.url}/livez"))[0] == 200
        assert (await answer(f"{running.url}/readyz"))[0] == 200
        assert b"linkage_build_info" in (await answer(f"{running.url}/metrics"))[1]
        async with market_client(running) as client:
            with pytest.raises(ProblemError) as caught:
                await client.send_packet(signed_packet())

    assert caught.value.status == 404


async def readiness(running: Running) -> dict[str, bool]:
    status, body = await answer(f"{running.url}/readyz")
    checks: dict[str, bool] = json.loads(body)["checks"]
    assert status == (200 if all(checks.values()) else 503)
    return checks


async def test_ready_looks_at_everything_that_a_request_stands_on(database, tmp_path):
    async with platform(database, tmp_path) as running:
        assert await readiness(running) == dict.fromkeys(
            ("database", "migrations", "registry", "materials"), True
        )


async def test_database_that_lost_a_migration_is_not_ready(database, pool, tmp_path):
    """It was restored from an old copy, say. What a newer release brought does no harm."""
    async with platform(database, tmp_path) as running:
        await pool.execute("INSERT INTO schema_migrations (version) VALUES ('9999')")
        assert (await readiness(running))["migrations"] is True
        await pool.execute("DELETE FROM schema_migrations WHERE version = '0003'")
        assert (await readiness(running))["migrations"] is False


async def test_registry_without_an_office_is_not_ready(database, tmp_path):
    async with platform(database, tmp_path, role="worker") as running:
        running.ground.registry._registry = Registry.of(2, [], [])

        assert (await readiness(running))["registry"] is False


async def test_materials_that_cannot_be_stored_are_not_ready(database, tmp_path):
    async with platform(database, tmp_path) as running:
        (tmp_path / "materials").write_text("a file stands where the folder was")

        assert (await readiness(running))["materials"] is False


async def test_what_a_crash_left_of_an_upload_is_swept(database, tmp_path):
    incoming = tmp_path / "materials" / "incoming"
    incoming.mkdir(parents=True)
    for name, age in (("old", 90_000), ("new", 60)):
        (incoming / name).write_bytes(b"half")
        os.utime(incoming / name, (0, time() - age))
    async with platform(database, tmp_path, role="all"):
        await until(lambda: not (incoming / "old").exists())

    assert (incoming / "new").exists()


def test_web_takes_what_the_settings_allow():
    limits = limits_of(Settings(packet_limit="2MiB", report_limit="3KiB", material_limit="5MiB"))  # type: ignore[arg-type]

    assert (limits.packet, limits.report, limits.material) == (2 * 1024**2, 3 * 1024, 5 * 1024**2)
    assert limits_of(Settings()) == WebLimits()


async def test_api_role_delivers_nothing(database, pool, tmp_path):
    async with platform(database, tmp_path, SystemClock(), role="api") as running:
        await upload_all(database)
        async with market_client(running) as client:
            await client.send_packet(signed_packet())
        await asyncio.sleep(0.6)

    assert await pool.fetchval("SELECT sum(attempts) FROM dispatches") == 0


async def test_metrics_have_a_port_of_their_own_when_asked(database, tmp_path):
    async with platform(database, tmp_path, metrics_port=0) as running:
        assert (await answer(f"{running.url}/metrics"))[0] == 404


async def test_metrics_tell_of_intake_and_of_connections(database, tmp_path):
    async with platform(database, tmp_path, SystemClock()) as running:
        await upload_all(database)
        async with market_client(running) as client:
            await client.send_packet(signed_packet())
            for _ in range(2):
                await client.put_material(b"evidence")
        await answer(f"{running.url}/metrics")
        found = samples(running.ground.measure)

    brought = {one: found["linkage_materials_total", (("outcome", one),)] for one in _BROUGHT}
    assert brought == {"stored": 1, "repeated": 1, "refused": 0}
    assert found["linkage_packets_total", (("outcome", "received"),)] == 1
    assert found["linkage_intake_batch_sum", ()] == 1
    assert found["linkage_intake_waiting", ()] == 0
    assert found["linkage_registry_version", ()] == 1
    idle_or_used = [
        found["linkage_database_connections", (("state", state),)] for state in ("idle", "used")
    ]
    assert sum(idle_or_used) >= 1


async def test_what_is_under_way_at_a_stop_is_receipted_and_stored_or_neither(
    database, pool, tmp_path
):
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(platform(database, tmp_path, SystemClock()))
        await upload_all(database)
        async with market_client(running) as client:
            packets = [signed_packet(number) for number in range(60)]
            posts = [asyncio.create_task(client.send_packet(one)) for one in packets]
            await until(lambda: any(post.done() for post in posts))
            await stack.aclose()
            results = await asyncio.gather(*posts, return_exceptions=True)

    receipted = [one for one in results if not isinstance(one, BaseException)]
    refused = [one for one in results if isinstance(one, BaseException)]
    stored = {row["packet_id"] for row in await pool.fetch("SELECT packet_id FROM transfers")}
    assert {one.receipt.of.id for one in receipted} == stored
    assert all(isinstance(one, UnreachableError | ProblemError) for one in refused)


async def test_missing_settings_are_named_with_advice(tmp_path):
    with pytest.raises(SettingsError, match="LINKAGE_VAULT_KEY is not set: make a key"):
        async with build(Settings()):
            pass


async def test_database_without_its_tables_is_not_served(server_url, database, tmp_path):
    newest = await forget_newest_migration(database)
    with pytest.raises(NotReadyError, match=f"{newest}: run `linkage migrate up`"):
        async with platform(database, tmp_path):
            pass


async def test_key_that_others_may_read_keeps_the_service_from_starting(database, tmp_path):
    key_file = tmp_path / "open.jwk"
    write_private_key(key_file, generate_key("ES256"))
    key_file.chmod(0o644)

    with pytest.raises(KeyFileError, match="chmod 600"):
        async with platform(database, tmp_path, platform_key_file=key_file):
            pass


async def test_former_key_that_is_none_keeps_the_service_from_starting(database, tmp_path):
    former = tmp_path / "former"
    former.mkdir()
    (former / "old.jwk").write_text("{}")

    with pytest.raises(KeyFileError, match="is not a JWK"):
        async with platform(database, tmp_path, platform_former_keys_dir=former):
            pass


async def test_operator_resends_through_the_same_use_case(database, tmp_path):
    async with platform(database, tmp_path) as running:
        settings = running.ground.settings
    async with deliveries(settings) as use_case:
        with pytest.raises(Refusal, match="not_found"):
            await use_case.resend(new_id())


async def test_task_that_swallows_a_cancellation_does_not_keep_the_service(monkeypatch):
    swallowed: list[str] = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed.append("once")

    background = Background()
    background.start("stubborn", stubborn())
    await asyncio.sleep(0)
    await asyncio.wait_for(background.stop(), 10)

    assert swallowed == ["once"]


async def test_task_that_ends_by_itself_is_told():
    async def fails() -> None:
        raise OSError(28, "full")

    background = Background()
    background.start("sleeper", asyncio.sleep(60))
    background.start("failing", fails())
    with pytest.raises(OSError, match="full"):
        await background.failed()
    await background.stop()


def serving(database: str, folder: Path) -> dict[str, str]:
    write_private_key(folder / "platform.jwk", key_of("platform"))
    clean = {name: value for name, value in os.environ.items() if "LINKAGE_" not in name}
    return clean | {
        "LINKAGE_DATABASE_URL": database,
        "LINKAGE_PORT": "0",
        "LINKAGE_PLATFORM_KEY_FILE": str(folder / "platform.jwk"),
        "LINKAGE_VAULT_KEY": b64encode(bytes(32)).decode(),
        "LINKAGE_MATERIALS_DIR": str(folder / "materials"),
        "LINKAGE_LOG_FORMAT": "json",
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_says_where_it_listens_and_stops_when_told(database, tmp_path, number):
    command = [sys.executable, "-c", "from adapters.cli import app; app()", "serve"]
    with subprocess.Popen(
        command, env=serving(database, tmp_path), cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        limit = Timer(60, process.kill)  # a process that does not stop must not keep the tests
        limit.start()
        lines = (json.loads(line) for line in process.stderr)
        started = next(line for line in lines if line["event"] == "service.started")
        process.send_signal(number)
        last = [line["event"] for line in lines]
        limit.cancel()

    assert started["url"].startswith("http://127.0.0.1:")
    assert process.returncode == 0
    assert last[0] == "service.stopping"
    assert last[-1] == "service.stopped"
