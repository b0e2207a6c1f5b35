"""The documentation of the API as pages: complete, public, in both languages, and readable without a script."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from aiohttp import ClientSession

from adapters.main import Running
from adapters.web.docs import contents
from adapters.web.docs.files import files, schemas
from adapters.web.openapi import TAGS
from adapters.web.operations import OPERATIONS
from adapters.web.pages.coded import coded
from adapters.web.pages.words import every
from contracts.facts import load_vocabulary
from contracts.problem import catalogue
from tests.support.pages import Visitor, pages_platform

PATHS = ("/docs", "/docs/try", "/docs/problems", "/docs/facts")


@pytest.fixture
async def running(database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with pages_platform(database, tmp_path) as running:
        yield running


@pytest.fixture
async def visitor(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        yield visitor


@pytest.mark.parametrize("path", PATHS)
async def test_everybody_may_read(visitor: Visitor, path: str) -> None:
    seen = await visitor.get(path)
    assert (seen.status, seen.path) == (200, path)
    assert "unsafe" not in seen.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)|style=|onclick=", seen.text)


async def test_every_operation_is_listed_with_who_may_call_it(visitor: Visitor) -> None:
    seen = await visitor.get("/docs")
    for one in OPERATIONS:
        [row] = re.findall(rf'<tr id="{one.name}">(.*?)</tr>', seen.text, re.DOTALL)
        assert one.method in row
        assert one.path in unescape(row)
        assert one.zh in unescape(row)
        assert contents.who(one) in row
    english = unescape((await visitor.get("/docs", **{"Accept-Language": "en"})).text)
    assert all(one.en in english for one in OPERATIONS)


def test_every_operation_stands_under_a_heading() -> None:
    listed = [one.name for _, group in contents.operations_by_tag() for one in group]
    assert sorted(listed) == sorted(one.name for one in OPERATIONS)
    assert len(contents.operations_by_tag()) == len(TAGS)


async def test_every_problem_has_its_anchor_its_meaning_and_what_to_do(visitor: Visitor) -> None:
    for language, member in (("zh-CN", "zh"), ("en", "en")):
        seen = await visitor.get("/docs/problems", **{"Accept-Language": language})
        for code, entry in catalogue().items():
            [row] = re.findall(rf'<tr id="{code}">(.*?)</tr>', seen.text, re.DOTALL)
            text = unescape(re.sub("</?code>", "`", row))
            assert str(entry.status) in row
            assert getattr(entry, member) in text
            assert getattr(entry, f"advice_{member}") in text
            assert entry.retry in row


async def test_problem_names_the_operations_that_may_answer_it(visitor: Visitor) -> None:
    seen = await visitor.get("/docs/problems")
    [row] = re.findall(r'<tr id="packet_id_reused">(.*?)</tr>', seen.text, re.DOTALL)
    assert 'href="/docs#post_transfer"' in row
    assert 'href="/docs#get_transfer"' not in row
    [row] = re.findall(r'<tr id="not_on_staff">(.*?)</tr>', seen.text, re.DOTALL)
    assert "网页，或任何地址" in row


async def test_every_fact_has_its_anchor_type_and_meaning(visitor: Visitor) -> None:
    seen = await visitor.get("/docs/facts")
    for fact in load_vocabulary().facts:
        [row] = re.findall(rf'<tr id="{fact.name}">(.*?)</tr>', seen.text, re.DOTALL)
        for text in (fact.zh, fact.type, fact.unit or "", fact.definition, *fact.used_by):
            assert text in unescape(row) or text == contents.EVERY_ROW, (fact.name, text)


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("q=cigarettes", "cigarettes", "evaded_tax"),
        ("q=逃避缴纳税款", "evaded_tax", "cigarettes"),
        ("q=EVADED%20tax", "evaded_tax", "cigarettes"),
        ("type=ratio", "evaded_tax_ratio", "evaded_tax"),
        ("offence=R01", "evaded_tax", "cigarettes"),
        ("offence=R01&type=money&q=tax", "evaded_tax", "evaded_tax_ratio"),
        ("type=nothing&offence=nothing", "evaded_tax", "no_such_fact"),
    ],
)
async def test_facts_can_be_chosen_by_the_address_alone(
    visitor: Visitor, query: str, there: str, not_there: str
) -> None:
    seen = await visitor.get(f"/docs/facts?{query}")
    assert f'<tr id="{there}">' in seen.text
    assert f'<tr id="{not_there}">' not in seen.text


async def test_what_was_asked_for_stays_in_the_form(visitor: Visitor) -> None:
    seen = await visitor.get("/docs/facts?q=%3Cb%3E%22tax&type=money&offence=R01")
    assert 'value="&lt;b&gt;&#34;tax"' in seen.text
    assert '<option value="money" selected>' in seen.text
    assert '<option value="R01" selected>' in seen.text
    assert "没有符合条件的事实" in seen.words


async def test_files_of_the_contract_can_be_downloaded(running: Running, visitor: Visitor) -> None:
    page = await visitor.get("/docs")
    named = re.findall(r'href="/docs/files/([^"]+)"', page.text)
    assert sorted(named) == sorted(files())
    async with ClientSession(running.url) as session:
        for name in named:
            async with session.get(f"/docs/files/{name}") as answer:
                assert (answer.status, await answer.read()) == (200, files()[name].content)
    assert all(json.loads(files()[name].content)["$id"] for name in schemas())
    with ZipFile(BytesIO(files()["vectors.zip"].content)) as archive:
        assert "vectors/registry.yaml" in archive.namelist()


@pytest.mark.parametrize("name", ["x", "..%2Fopenapi.yaml", "README.md", "%2e%2e"])
async def test_no_other_file_is_given(visitor: Visitor, name: str) -> None:
    assert (await visitor.get(f"/docs/files/{name}")).status == 404


async def test_page_to_try_has_its_address_as_data_and_leads_on_without_scripts(
    visitor: Visitor,
) -> None:
    seen = await visitor.get("/docs/try")
    assert 'data-openapi="/v1/openapi.yaml"' in seen.text
    assert '<noscript><p>此页需要脚本；不用脚本时请看 <a href="/docs">' in seen.text
    assert (await visitor.get("/v1/openapi.yaml")).status == 200


@pytest.mark.parametrize("path", PATHS)
async def test_page_in_english_is_in_english(visitor: Visitor, path: str) -> None:
    """What is left says that it is Chinese; the words for codes are everybody's."""
    seen = await visitor.get(path, **{"Accept-Language": "en"})
    text = seen.text.partition("<main")[2].partition("</main>")[0]
    for word in sorted(every(), key=len, reverse=True):
        text = text.replace(word, "")
    text = re.sub(r'<(\w+)[^>]* lang="(zh-CN|en)"[^>]*>.*?</\1>', "", text, flags=re.DOTALL)
    assert re.findall("[\u4e00-\u9fff]+", text) == []


def test_backticks_become_code_and_all_else_is_escaped() -> None:
    assert coded("run `a <b>` & go") == "run <code>a &lt;b&gt;</code> &amp; go"
    assert coded("a lone ` stays <") == "a lone ` stays &lt;"
