"""The templates, one environment a language: escaped, strict about names, with the filters that all pages share."""

import gettext
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from adapters.web.pages import words
from adapters.web.pages.citations import cited
from adapters.web.pages.languages import Language, translations
from adapters.web.static_files import asset, vendored, vendored_folder

SHANGHAI = ZoneInfo("Asia/Shanghai")


@cache
def environment(language: Language) -> Environment:
    """Make the environment of a language."""
    templates = Environment(
        loader=PackageLoader("adapters.web"),
        autoescape=True,
        undefined=StrictUndefined,
        # A release that is laid over a running one must not be shown in halves; nor is a file asked for its age a page.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    texts: gettext.NullTranslations = translations(language)
    templates.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined] # the extension adds it
    templates.globals |= {
        "asset": asset,
        "vendored": vendored,
        "vendored_folder": vendored_folder,
        "language": language.value,
    }
    templates.filters |= {
        "moment": moment,
        "day": day,
        "iso": datetime.isoformat,
        "word": lambda code, kind: texts.gettext(words.word(kind, code)),
        "in_language": lambda text: text.zh if language is Language.CHINESE else text.en,
        "cited": lambda text: cited(text, language),
        "number": lambda count: f"{count:,}",
    }
    return templates


def moment(at: datetime) -> str:
    """Write a moment as Beijing has it, to the minute."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def day(on: date | datetime) -> str:
    """Write a day; of a moment, the day that it is in Beijing."""
    local = on.astimezone(SHANGHAI).date() if isinstance(on, datetime) else on
    return local.isoformat()
