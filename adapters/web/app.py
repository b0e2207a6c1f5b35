"""The application: a route for each row of the table behind the one outermost layer; to be run by `server.Runner`."""

import warnings

from aiohttp import web
from aiohttp_session import session_middleware

from adapters.web.call import LIMITS, SERVICES, Services, WebLimits
from adapters.web.edge import edge
from adapters.web.gate import routes
from adapters.web.operation import Operation
from adapters.web.operations import OPERATIONS
from adapters.web.pages.page import lost, page_routes
from adapters.web.pages.services import PAGES, PageServices
from adapters.web.pages.sessions import PostgresStorage
from adapters.web.pages.table import TABLE
from adapters.web.static_files import static_routes


def build_app(
    services: Services,
    limits: WebLimits | None = None,
    operations: tuple[Operation, ...] = OPERATIONS,
    pages: PageServices | None = None,
) -> web.Application:
    """Build it, of all operations or of some, with the pages if they are given. It owns nothing that must be closed: pools, queues and keys belong to who built the services."""
    limits = limits or WebLimits()
    middlewares = [edge(services.measure)]
    if pages is not None:
        # The library has names where aiohttp wants typed keys by now; nothing of ours depends on it.
        warnings.filterwarnings(
            "ignore", "It is recommended to use web.RequestKey", module="aiohttp_session"
        )
        middlewares += [session_middleware(PostgresStorage(pages)), lost(pages)]
    app = web.Application(middlewares=middlewares)
    app[SERVICES] = services
    app[LIMITS] = limits
    app.add_routes(routes(operations, services, limits))
    if operations is OPERATIONS:
        app.add_routes(static_routes())
    if pages is not None:
        app[PAGES] = pages
        app.on_shutdown.append(_close_pages)
        app.add_routes(page_routes(TABLE, pages))
    return app


async def _close_pages(app: web.Application) -> None:
    await app[PAGES].close()
