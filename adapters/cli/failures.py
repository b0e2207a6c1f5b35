"""What can go wrong in a command, and what whoever runs it should do."""

from functools import singledispatch
from json import JSONDecodeError

import asyncpg

from adapters.cli.output import StopError
from adapters.client import ProblemError, UnprovenReceiptError, UnreachableError
from adapters.keys import KeyFileError
from adapters.main.ground import NotReadyError
from adapters.postgres.local import LocalPostgresError
from adapters.postgres.migrate import MigrationError
from adapters.postgres.registry_admin import RegistryConflictError
from adapters.registry_file import RegistryFileError
from adapters.settings import SettingsError
from contracts.document import SchemaError
from contracts.jws import SignatureError
from service.domain.errors import OutcomeUnknownError, Refusal

_DATABASE = "check LINKAGE_DATABASE_URL, and `linkage doctor` for the rest"


@singledispatch
def explain(error: Exception) -> StopError | None:
    """Find words for an error; None for one that nobody foresaw, which is a fault of ours."""
    return error if isinstance(error, StopError) else None


@explain.register(KeyFileError)
@explain.register(NotReadyError)
@explain.register(MigrationError)
@explain.register(LocalPostgresError)
@explain.register(RegistryConflictError)
@explain.register(asyncpg.InterfaceError)
def _plain(error: Exception) -> StopError:
    return StopError(str(error))


@explain.register
def _settings(error: SettingsError) -> StopError:
    advice = "`linkage config show` lists every setting"
    return StopError("\n".join(error.faults), advice, faults=error.faults)


@explain.register
def _registry_file(error: RegistryFileError) -> StopError:
    return StopError("\n".join(error.faults), "nothing was changed", faults=error.faults)


@explain.register
def _problem(error: ProblemError) -> StopError:
    lines = [str(error), *(f"  {fault.pointer}: {fault.detail}" for fault in error.errors)]
    faults = [fault.model_dump() for fault in error.errors]
    return StopError("\n".join(lines), error.advice, code=error.code, errors=faults)


@explain.register
def _unreachable(error: UnreachableError) -> StopError:
    return StopError(
        f"the platform does not answer: {error}",
        "check the address (--url or LINKAGE_PUBLIC_URL); the very same call may be repeated",
    )


@explain.register
def _unproven(error: UnprovenReceiptError) -> StopError:
    return StopError(
        f"the answer is not the platform's receipt: {error}",
        "keep the document and send it again; if it stays so, call the platform",
    )


@explain.register
def _schema(error: SchemaError) -> StopError:
    lines = [f"{fault.pointer or '/'}: {fault.detail}" for fault in error.faults]
    faults = [fault.model_dump() for fault in error.faults]
    return StopError("\n".join(lines), "the schemas are in contracts/schemas", errors=faults)


@explain.register
def _signature(error: SignatureError) -> StopError:
    return StopError(str(error), "`linkage verify --explain FILE` shows why", code=error.code)


@explain.register
def _refusal(error: Refusal) -> StopError:
    return StopError(str(error), code=error.code)


@explain.register
def _unknown(error: OutcomeUnknownError) -> StopError:
    return StopError(
        f"the commit was cut off, and may have happened: {error}",
        "do it again: what is stored stays as it is",
    )


@explain.register
def _database(error: asyncpg.PostgresError) -> StopError:
    return StopError(f"the database says: {error}", _DATABASE, sqlstate=error.sqlstate)


@explain.register(ConnectionError)
def _no_database(error: OSError) -> StopError:
    return StopError(f"there is no database to connect to: {error}", _DATABASE)


@explain.register
def _json(error: JSONDecodeError) -> StopError:
    return StopError(f"this is not JSON: {error}")


@explain.register
def _file(error: OSError) -> StopError:
    if error.filename is None:  # no file of ours: the socket of a database
        return _no_database(error)
    return StopError(f"{error.filename}: {error.strerror or error}")
