"""What pages say, in Chinese first: every text is its own name, and `locales/en/*.po` has each in English.

Catalogues are read as they are, with no build step; one that lacks a text fails a test, not a page.
"""

import gettext
from enum import StrEnum
from functools import cache
from importlib import resources
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


class Language(StrEnum):
    """A language of the pages, as HTML's `lang` has it."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """Give the texts of a language; Chinese ones are the names themselves."""
    if language is Language.CHINESE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue())
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def catalogue() -> Catalog:
    """Read every file of the English catalogue as one; raises ValueError where two give one text two meanings."""
    whole = Catalog(locale="en")
    folder = resources.files("adapters.web") / "locales" / "en"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".po"):
            with file.open("rb") as text:
                _merge(whole, read_po(text, locale="en"), file.name)
    return whole


def _merge(whole: Catalog, part: Catalog, name: str) -> None:
    for message in part:
        if not message.id:
            continue
        known = whole.get(message.id, context=message.context)
        if known is not None and known.string != message.string:
            raise ValueError(f"{name}: {message.id!r} is translated otherwise elsewhere")
        whole.add(message.id, message.string, context=message.context)
