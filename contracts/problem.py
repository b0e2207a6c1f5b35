"""The problem catalogue: every failure a caller can see, as RFC 9457 problem details."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from contracts.document import Fault

MEDIA_TYPE = "application/problem+json"


class CatalogueEntry(BaseModel):
    """What a problem code means, in both languages, and what to do about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Annotated[int, Field(ge=400, le=599)]
    zh: str
    en: str
    advice_zh: str
    advice_en: str
    retry: Literal["never", "after_change", "later"]


class Problem(BaseModel):
    """The body of an error answer (RFC 9457); `type` and `code` are stable, texts may improve."""

    model_config = ConfigDict(frozen=True)

    type: str
    code: str
    status: int
    title: str
    title_zh: str
    detail: str | None = None
    advice: str
    advice_zh: str
    retry: Literal["never", "after_change", "later"]
    errors: list[Fault] = []
    request_id: str | None = None


@cache
def catalogue() -> Mapping[str, CatalogueEntry]:
    """Give every problem code that the service may answer with."""
    text = (resources.files("contracts") / "problems.yaml").read_text("utf-8")
    return TypeAdapter(dict[str, CatalogueEntry]).validate_python(yaml.safe_load(text))


def problem(code: str, detail: str | None = None, **more: Any) -> Problem:  # noqa: ANN401 (Problem checks them)
    """Fill in a problem from the catalogue; raises KeyError for a code that is not in it."""
    entry = catalogue()[code]
    return Problem(
        type=f"urn:linkage:problem:{code}",
        code=code,
        status=entry.status,
        title=entry.en,
        title_zh=entry.zh,
        detail=detail,
        advice=entry.advice_en,
        advice_zh=entry.advice_zh,
        retry=entry.retry,
        **more,
    )
