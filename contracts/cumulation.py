"""Which untreated acts of one party add up 累计 (G9), as cited data."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, PositiveInt, TypeAdapter

from contracts.facts import read_yaml


class Cumulation(BaseModel):
    """One rule: acts of these families add up in these facts, inside a window where there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    families: tuple[str, ...]
    facts: tuple[str, ...]
    within_years: PositiveInt | None = None
    basis: str
    mark: str


@cache
def load() -> Mapping[str, Cumulation]:
    """Read the rules we ship, by family; a family without a rule does not add up."""
    text = (resources.files("contracts") / "cumulation.yaml").read_text("utf-8")
    rules = TypeAdapter(tuple[Cumulation, ...]).validate_python(read_yaml(text))
    return {family: rule for rule in rules for family in rule.families}
