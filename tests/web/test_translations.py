"""What pages say is said in both languages: every text is in the English catalogue, and the catalogue has no other."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.ext import babel_extract

from adapters.web.pages import words
from adapters.web.pages.languages import catalogue

WEB = Path(__file__).parents[2] / "adapters" / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
LOCALES = sorted((WEB / "locales" / "en").glob("*.po"))
# What the API says is in both languages where it stands, and is no text of a page.
PAGES = ("pages", "desk", "case", "acts", "board", "operations_page", "docs")
MODULES = sorted(path for area in PAGES for path in (WEB / area).rglob("*.py"))
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
ALREADY_ENGLISH = {"中文", "《", "》"}
"""A language is called by its own name in every language, and what the law is called stays as it is."""
PLATFORM = "行刑衔接平台"
"""A setting: what the platform is called is for its operator to say."""
HOLE = re.compile(r"%(?:\((\w+)\))?[sd]|%%|{(\w*)}")


def name_of(path: Path) -> str:
    return str(path.relative_to(WEB))


def said_by_template(path: Path) -> set[str]:
    with path.open("rb") as file:
        found = babel_extract(file, ("_", "gettext", "ngettext:1,2"), (), {"encoding": "utf-8"})
        return {one for _, _, message, _ in found for one in _each(message)}


def _each(message: object) -> Iterator[str]:
    if isinstance(message, str):
        yield message
    elif isinstance(message, tuple):
        yield from (one for one in message if isinstance(one, str))


def said_by_module(path: Path) -> set[str]:
    """Give every Chinese constant of a module that is not a docstring: each may end on a page."""
    tree = ast.parse(path.read_text("utf-8"))
    silent = {id(node) for node in _docstrings(tree)} | {id(node) for node in _both(tree)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CHINESE.search(node.value)
        and id(node) not in silent
    }


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _both(tree: ast.AST) -> Iterator[ast.AST]:
    """What is told in two languages at once needs no catalogue."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Both", "Words"}:
            yield from ast.walk(node)


@cache
def said() -> dict[str, list[str]]:
    """Every text, with the files that say it."""
    found = defaultdict(list)
    for path in TEMPLATES:
        for text in said_by_template(path):
            found[text].append(name_of(path))
    for path in MODULES:
        for text in said_by_module(path):
            found[text].append(name_of(path))
    for text in words.every():
        found[text].append("words.every()")
    return found


def test_every_text_is_in_the_english_catalogue() -> None:
    known = {str(message.id) for message in catalogue() if message.id and message.string}
    lacking = {
        text: where
        for text, where in said().items()
        if text not in known and CHINESE.search(text) and text not in ALREADY_ENGLISH | {PLATFORM}
    }
    assert not lacking


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.name)
def test_catalogue_says_nothing_that_no_page_does(path: Path) -> None:
    with path.open("rb") as file:
        messages = [message for message in read_po(file, locale="en") if message.id]
    assert not [message.id for message in messages if message.fuzzy]
    assert not [message.id for message in messages if message.id not in said()]
    assert not [message.id for message in messages if not message.string]


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.name)
def test_english_has_the_same_holes_and_no_chinese(path: Path) -> None:
    with path.open("rb") as file:
        for message in read_po(file, locale="en"):
            if not message.id:
                continue
            assert holes(str(message.id)) == holes(str(message.string)), message.id
            assert not CHINESE.search(str(message.string)), message.id


def holes(text: str) -> list[str]:
    return sorted(found[0] for found in HOLE.finditer(text) if found[0] != "%%")


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_says_nothing_past_the_catalogue(path: Path) -> None:
    text, said_here = path.read_text("utf-8"), said_by_template(path)
    for line, kind, token in Environment(autoescape=True).lex(text):
        if kind == "data":
            stray = set(re.findall(rf"{CHINESE.pattern}+", token)) - ALREADY_ENGLISH
            assert not stray, f"line {line}"
        if kind == "string" and CHINESE.search(token):
            assert ast.literal_eval(token) in said_here, f"line {line}: {token}"


def test_words_have_one_meaning_each() -> None:
    """The catalogues are read as one: two files that translate a text differently fail here, and not on a page."""
    assert len(catalogue()) > 0
