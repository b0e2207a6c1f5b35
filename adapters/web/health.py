"""Whether the process is alive, and whether it can serve; each check by its own name."""

import asyncio
from datetime import timedelta

import structlog
from aiohttp import web
from pydantic_core import to_json

from adapters.web.call import Call, Check
from adapters.web.edge import REQUEST_ID
from adapters.web.operation import JSON
from adapters.web.problems import answer

_log = structlog.get_logger()


async def get_livez(_: Call) -> web.Response:
    """Say that the event loop turns; nothing else belongs here, or a database that is down restarts us for ever."""
    return web.Response(body=b'{"alive":true}', content_type=JSON)


async def get_readyz(call: Call) -> web.Response:
    """Run every check, all at once, each for a short time."""
    names = list(call.services.checks)
    results = await asyncio.gather(
        *(_passes(name, call.services.checks[name], call.limits.check_within) for name in names)
    )
    checks = dict(zip(names, results, strict=True))
    if not all(results):
        failed = ", ".join(name for name, passed in checks.items() if not passed)
        return answer("not_ready", call.request[REQUEST_ID], f"failing: {failed}", checks=checks)
    return web.Response(body=to_json({"ready": True, "checks": checks}), content_type=JSON)


async def _passes(name: str, check: Check, within: timedelta) -> bool:
    try:
        async with asyncio.timeout(within.total_seconds()):
            await check()
    except Exception as error:  # noqa: BLE001 (any failure means: not ready)
        # What is wrong is for the log: whoever may ask for readiness need not be told of our insides.
        _log.warning("check.failed", task=name, exc_info=error)
        return False
    return True
