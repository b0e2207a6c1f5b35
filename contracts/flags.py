"""The catalogue of flags: what is missing or unusual in a transfer, in words for both sides, never a refusal."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict

from contracts.facts import load_vocabulary
from contracts.receipt import Flag

_CHINA = ZoneInfo("Asia/Shanghai")
_Language = Literal["zh", "en"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str
    basis: str | None = None
    least: int | None = None


class _Catalogue(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    flags: Mapping[str, _Entry]
    words: Mapping[str, _Entry]


@cache
def _catalogue() -> _Catalogue:
    text = (resources.files("contracts") / "flags.yaml").read_text("utf-8")
    return _Catalogue.model_validate(yaml.safe_load(text))


def flag_codes() -> frozenset[str]:
    """Give every code that a receipt may flag."""
    return frozenset(_catalogue().flags)


def least_of(code: str) -> int:
    """Give the number below which a flag of this code is raised; it is the law's, and cited by its `basis`."""
    least = _catalogue().flags[code].least
    assert least is not None
    return least


def flag(code: str, pointer: str, **values: object) -> Flag:
    """Raise a flag of the catalogue at a place in the packet; `values` fill in its words.

    Lists, moments, names of facts and of kinds are written out in each language. KeyError for a code that
    is not in the catalogue, and for a value that its words need and that is not given.
    """
    entry = _catalogue().flags[code]
    return Flag(
        code=code,
        pointer=pointer,
        zh=entry.zh.format_map(_written(values, "zh")),
        en=entry.en.format_map(_written(values, "en")),
        basis=entry.basis,
    )


def _written(values: Mapping[str, object], language: _Language) -> dict[str, str]:
    return {name: _write(value, language) for name, value in values.items()}


def _write(value: object, language: _Language) -> str:
    if isinstance(value, datetime):
        return value.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return ("、" if language == "zh" else ", ").join(_write(item, language) for item in items)
    return _word(str(value), language)


def _word(value: str, language: _Language) -> str:
    word = _catalogue().words.get(value)
    if word is not None:
        return word.zh if language == "zh" else word.en
    fact = load_vocabulary().find(value) if language == "zh" else None
    return f"{fact.zh} ({value})" if fact is not None else value
