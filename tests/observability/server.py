"""A real Prometheus for a test: it watches a service that runs, and ends with the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.e2e.processes import free_port
from tests.observability.watched import PROMETHEUS

_READY_WITHIN = 20
_STOPS_WITHIN = 10


class RefusedError(Exception):
    """Prometheus could not make anything of an expression."""


@dataclass(frozen=True)
class Prometheus:
    url: str
    session: ClientSession

    async def ask(self, expr: str) -> list[dict[str, Any]]:
        """Give the samples of an expression now; raises RefusedError for one that does not parse."""
        async with self.session.post(f"{self.url}/api/v1/query", data={"query": expr}) as response:
            answer = await response.json()
        if answer["status"] != "success":
            raise RefusedError(f"{expr}: {answer['error']}")
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    async def ask_number(self, expr: str) -> float:
        """Give the one sample of an expression."""
        (found,) = await self.ask(expr)
        return float(found["value"][1])

    async def rules(self) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.url}/api/v1/rules") as response:
            groups = (await response.json())["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    async def until_ready(self) -> None:
        async with asyncio.timeout(_READY_WITHIN):
            while not await self._is_ready():  # noqa: ASYNC110 (it starts elsewhere)
                await asyncio.sleep(0.1)

    async def _is_ready(self) -> bool:
        try:
            async with self.session.get(f"{self.url}/-/ready") as response:
                return response.ok
        except ClientError:
            return False


@asynccontextmanager
async def watching(program: Path, target: str, folder: Path) -> AsyncIterator[Prometheus]:
    """Run the shipped configuration and rules against one process, with shorter waits."""
    config, port = folder / "prometheus.yml", free_port()
    config.write_text(yaml.safe_dump(shortened(target)), "utf-8")
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            stdout=log,
            stderr=log,
        )
    try:
        async with ClientSession(timeout=ClientTimeout(total=10)) as session:
            server = Prometheus(f"http://127.0.0.1:{port}", session)
            await server.until_ready()
            yield server
    finally:
        await stop(process)


def shortened(target: str) -> dict[str, Any]:
    """Read the example, and let it scrape one target often and call nobody."""
    config: dict[str, Any] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
    config["global"] |= {"scrape_interval": "500ms", "scrape_timeout": "500ms"}
    config["global"]["evaluation_interval"] = "1s"
    config["rule_files"] = [str(PROMETHEUS / "rules" / "*.yaml")]
    config["scrape_configs"][0]["static_configs"] = [{"targets": [target]}]
    del config["alerting"]
    return config


async def stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_STOPS_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
