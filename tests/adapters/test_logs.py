import ast
import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog

from adapters.logs import FIELDS, ForbiddenFieldError, bound_contextvars, configure
from service.domain.transfer import Status

ROOT = Path(__file__).parents[2]
ID = UUID(int=7)


class Log:
    """What was written since this test began."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def configure(self, level="info", output="json", *, strict=False) -> Any:
        configure(level, output, stream=self.stream, strict=strict, cache=False)
        return structlog.get_logger()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield Log()
    structlog.reset_defaults()
    root.handlers, root.level = before, level


def test_line_is_one_json_object_with_its_moment_and_level(log):
    log.configure().info("packet.received", count=2, transfer_id=ID)

    (line,) = log.lines
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "packet.received",
        "level": "info",
        "count": 2,
        "transfer_id": str(ID),
    }


@pytest.mark.parametrize("field", ["name", "suspect", "amount", "case_number", "identifier", "raw"])
def test_field_of_a_case_fails_in_tests_and_is_redacted_in_production(log, field):
    with pytest.raises(ForbiddenFieldError, match=field):
        log.configure(strict=True).info("packet.received", **{field: "张三"})

    log.configure().info("packet.received", **{field: "张三"})

    assert log.lines[0][field] == "[redacted]"
    assert "张三" not in log.stream.getvalue()


def test_exception_is_told_by_class_and_place_and_not_by_its_message(log):
    secret = "张三 110105"
    try:
        try:
            int(secret)
        except ValueError as error:
            raise KeyError(secret) from error
    except KeyError:
        log.configure().exception("intake.failed")

    assert log.lines[0]["error"] == ["KeyError", "ValueError"]
    assert "test_logs.py" in log.lines[0]["places"][0]
    assert secret not in log.stream.getvalue()


def test_exception_group_tells_its_parts(log):
    error = ExceptionGroup("张三", [ValueError("李四"), OSError(28, "王五")])
    log.configure().error("intake.failed", exc_info=error)

    assert log.lines[0]["error"] == ["ExceptionGroup", "ValueError", "OSError 28"]


def test_refused_row_shows_its_sqlstate_and_not_the_row(log):
    class UniqueViolationError(Exception):
        sqlstate = "23505"

    log.configure().error("intake.failed", exc_info=UniqueViolationError("Key (name)=(张三)"))

    assert log.lines[0]["error"][0].endswith("UniqueViolationError 23505")
    assert "张三" not in log.stream.getvalue()


def test_line_of_another_library_comes_without_its_values(log):
    log.configure()
    try:
        int("张三")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error for %s\nfuture: %s", "李四", "王五")

    (line,) = log.lines
    assert line["event"] == "Error for %s"
    assert line["logger"] == "aiohttp.server"
    assert line["error"] == ["ValueError"]
    assert not re.search("张三|李四|王五", log.stream.getvalue())


def test_ids_bound_around_a_request_are_on_each_of_its_lines(log):
    logger = log.configure()
    with bound_contextvars(request_id="r-1", transfer_id=ID):
        logger.info("one")
    logger.info("two")

    assert [line.get("request_id") for line in log.lines] == ["r-1", None]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Status.FILED, "filed"),
        (timedelta(seconds=1.5), 1.5),
        ("x" * 1000, "x" * 300),
        (object(), "object"),
        ({"suspect": "张三"}, "dict"),
        ([1, object()], [1, "object"]),
    ],
)
def test_value_is_plain_and_bounded(log, value, told):
    log.configure().info("told", state=value)

    assert log.lines[0]["state"] == told


def test_line_below_the_level_is_not_written(log):
    log.configure("warning").info("quiet", suspect=object())

    assert not log.stream.getvalue()


def test_console_lines_are_for_people(log):
    log.configure(output="console").info("packet.received", count=2)

    assert "packet.received" in log.stream.getvalue()
    assert not log.stream.getvalue().startswith("{")


def test_closed_stream_stops_nobody(log):
    logger = log.configure()
    log.stream.close()

    logger.info("unheard")


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for folder in ("service", "adapters"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


def is_log_call(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    receiver = ast.unparse(node.func.value)
    return node.func.attr in levels and bool(re.search(r"(^|[._])log(ger)?$", receiver))


def is_fixed(event: ast.expr, tree: ast.Module) -> bool:
    """An event is a literal, or a name that the module only ever gives literals."""
    if isinstance(event, ast.IfExp):
        return is_fixed(event.body, tree) and is_fixed(event.orelse, tree)
    if isinstance(event, ast.Name):
        values = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == event.id
        ]
        return bool(values) and all(is_fixed(value, tree) for value in values)
    return isinstance(event, ast.Constant)


def test_every_log_call_has_a_fixed_event_and_listed_fields():
    """What the fields' list promises holds for lines too that no test writes."""
    wrong = []
    for path, tree in trees():
        for call in filter(is_log_call, ast.walk(tree)):
            # What is spread from a mapping is only seen, and redacted, when it runs.
            fields = {keyword.arg for keyword in call.keywords} - {"exc_info", None}
            fixed = len(call.args) == 1 and is_fixed(call.args[0], tree)
            if not fixed or not fields <= FIELDS:
                wrong.append(f"{path}:{call.lineno}")
    assert not wrong
