"""What documents of the law are called where their articles are cited, as data."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from contracts.clocks import Words
from contracts.facts import read_yaml

_BY_NUMBER = re.compile(r"(?P<series>[A-Z]+) (?P<year>[0-9]{4})-(?P<number>[0-9]+)")


class Citations(BaseModel):
    """Names by their codes; documents of a `series` are called by their year and number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: Mapping[str, Words]
    series: Mapping[str, Words]

    def split(self, citation: str) -> tuple[Words, str] | None:
        """Give what a cited document is called, and the articles behind its code; None where it has no name here."""
        for code in sorted(self.names, key=len, reverse=True):
            if citation == code or citation.startswith(f"{code} "):
                return self.names[code], citation[len(code) :].strip()
        numbered = _BY_NUMBER.match(citation)
        if numbered is None or numbered["series"] not in self.series:
            return None
        words, told = self.series[numbered["series"]], numbered.groupdict()
        name = Words(zh=words.zh.format_map(told), en=words.en.format_map(told))
        return name, citation[numbered.end() :].strip()


@cache
def load() -> Citations:
    """Read the names that we ship."""
    text = (resources.files("contracts") / "citations.yaml").read_text("utf-8")
    return Citations.model_validate(read_yaml(text))
