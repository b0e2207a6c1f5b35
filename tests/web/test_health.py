"""Alive is not ready: a database that is down must not get the process killed."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import structlog

from adapters.web.call import Services
from tests.support.web import site_of


async def passing() -> None:
    return


async def failing() -> None:
    raise ConnectionRefusedError(111, "10.1.2.3")


async def hanging() -> None:
    await asyncio.sleep(60)


async def test_alive_needs_nothing_but_the_process(services: Services) -> None:
    async with site_of(replace(services, checks={"database": failing})) as site:
        assert (await site.call("GET", "/livez")).json == {"alive": True}


async def test_ready_names_every_check(services: Services) -> None:
    checks = {"database": passing, "materials": passing}
    async with site_of(replace(services, checks=checks)) as site:
        heard = await site.call("GET", "/readyz")
        assert heard.json == {"ready": True, "checks": {"database": True, "materials": True}}


async def test_not_ready_names_what_fails_and_says_no_more(services: Services) -> None:
    checks = {"database": failing, "disk": hanging, "registry": passing}
    async with site_of(
        replace(services, checks=checks), check_within=timedelta(seconds=0.1)
    ) as site:
        with structlog.testing.capture_logs() as lines:
            heard = await site.call("GET", "/readyz")
    assert (heard.problem.code, heard.problem.retry) == ("not_ready", "later")
    assert int(heard.headers["Retry-After"]) > 0
    assert heard.json["checks"] == {"database": False, "disk": False, "registry": True}
    assert "10.1.2.3" not in heard.body.decode()
    failed = [line["task"] for line in lines if line["event"] == "check.failed"]
    assert sorted(failed) == ["database", "disk"]


async def test_metrics_are_served_where_there_are_any(services: Services) -> None:
    async with site_of(replace(services, metrics=lambda: b"linkage_packets_total 1\n")) as site:
        heard = await site.call("GET", "/metrics")
        assert heard.body == b"linkage_packets_total 1\n"
        assert heard.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    async with site_of(services) as site:
        assert (await site.call("GET", "/metrics")).problem.code == "not_found"
