"""The members of a case record as paths with points: `party.identifier.value`."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from contracts.case_record import CaseRecord
from contracts.facts import load_vocabulary

FREE: Final = ("facts", "bounds")
"""Members whose own members are facts."""


@cache
def leaves() -> tuple[str, ...]:
    """Every path that holds a value, in the order of the record; facts and bounds are not among them."""
    return tuple(path for path in _below(CaseRecord, "") if path not in FREE)


def is_path(path: str) -> bool:
    """Whether a record has such a member, or the vocabulary such a fact."""
    member, _, name = path.partition(".")
    return name in load_vocabulary() if member in FREE else path in leaves()


def put(content: dict[str, Any], path: str, value: object) -> None:
    """Set the member at a path, and make the objects above it."""
    above, point, name = path.partition(".")
    if point:
        put(content.setdefault(above, {}), name, value)
    else:
        content[path] = value


def find(content: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 (it is JSON)
    """Give the member at a path; None where there is none."""
    found: Any = content
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _below(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        part = _model_in(field.annotation)
        if part is None:
            yield f"{prefix}{name}"
        else:
            yield from _below(part, f"{prefix}{name}.")


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) not in (Union, UnionType, Annotated):
        return None
    return next((found for one in get_args(annotation) if (found := _model_in(one))), None)
