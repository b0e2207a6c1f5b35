"""The one place where everything is built and handed to whoever needs it."""

from adapters.main.build import Running, build, deliveries, letters, register, rescreening, staff
from adapters.main.ground import NotReadyError, database_url
from adapters.main.serve import run

__all__ = [
    "NotReadyError",
    "Running",
    "build",
    "database_url",
    "deliveries",
    "letters",
    "register",
    "rescreening",
    "run",
    "staff",
]
