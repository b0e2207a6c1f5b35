"""The application: a route for each row of the table behind the one outermost layer; to be run by `server.Runner`."""

from aiohttp import web

from adapters.web.call import LIMITS, SERVICES, Services, WebLimits
from adapters.web.edge import edge
from adapters.web.gate import routes
from adapters.web.operation import Operation
from adapters.web.operations import OPERATIONS
from adapters.web.static_files import static_routes


def build_app(
    services: Services,
    limits: WebLimits | None = None,
    operations: tuple[Operation, ...] = OPERATIONS,
) -> web.Application:
    """Build it, of all operations or of some. It owns nothing that must be closed: pools, queues and keys belong to who built the services."""
    limits = limits or WebLimits()
    app = web.Application(middlewares=[edge(services.measure)])
    app[SERVICES] = services
    app[LIMITS] = limits
    app.add_routes(routes(operations, services, limits))
    if operations is OPERATIONS:
        app.add_routes(static_routes())
    return app
