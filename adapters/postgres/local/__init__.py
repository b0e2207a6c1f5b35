"""A PostgreSQL for machines that have none running: `make run` and the tests, never production.

It listens on a Unix socket in a folder that only its owner may enter, and on no port. The kernel
stops it when its starter dies, in whatever way. Every folder is locked for as long as any process
of its server lives: so two runs never share one, and leftovers can be told from the living.
"""

from adapters.postgres.local.account import LocalPostgresError
from adapters.postgres.local.server import LocalServer, database_url, serve

__all__ = ["LocalPostgresError", "LocalServer", "database_url", "serve"]
