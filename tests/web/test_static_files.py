"""Static files: found by name only, kept for ever under their hash, asked about again under any other address."""

import re
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
import structlog

from adapters.web import static_files
from adapters.web.app import build_app
from adapters.web.call import Services
from adapters.web.operations import OPERATIONS
from adapters.web.static_files import asset
from tests.support.web import Site, running, said, site_of

WORKER = "vendor/pdfjs-dist-6.5.438/build/pdf.worker.min.mjs"
LARGEST = "vendor/swagger-ui-dist-5.35.0/swagger-ui-bundle.js"


def content(name: str) -> bytes:
    return (static_files._FOLDER / name).read_bytes()


@pytest.fixture
async def files(services: Services) -> AsyncIterator[Site]:
    async with site_of(services) as site:
        yield site


async def test_file_under_its_hash_is_kept_for_ever(files: Site) -> None:
    address = asset("base.css")
    assert address == f"/static/base.css?v={sha256(content('base.css')).hexdigest()[:12]}"
    heard = await files.call("GET", address)
    assert (heard.status, heard.body) == (200, content("base.css"))
    assert heard.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert heard.headers["Content-Type"] == "text/css; charset=utf-8"
    assert heard.headers["ETag"] == f'"{sha256(heard.body).hexdigest()}"'
    assert heard.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000", "?w=1"])
async def test_other_address_of_a_file_is_asked_about_again(files: Site, query: str) -> None:
    """A page of yesterday's release may name it: it must not keep today's file under yesterday's hash."""
    heard = await files.call("GET", f"/static/base.css{query}")
    assert (heard.status, heard.body) == (200, content("base.css"))
    assert heard.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("given", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
async def test_who_has_it_is_not_sent_it(files: Site, given: str) -> None:
    tag = (await files.call("HEAD", "/static/base.css")).headers["ETag"]
    heard = await files.call(
        "GET", "/static/base.css", headers={"If-None-Match": given.format(tag=tag)}
    )
    assert (heard.status, heard.body) == (304, b"")
    assert heard.headers["ETag"] == tag
    assert heard.headers["Cache-Control"] == "no-cache"


async def test_who_has_another_is_sent_it(files: Site) -> None:
    heard = await files.call("GET", "/static/base.css", headers={"If-None-Match": '"other"'})
    assert heard.body == content("base.css")


async def test_head_has_the_length_and_no_body(files: Site) -> None:
    heard = await files.call("HEAD", asset(LARGEST))
    assert (heard.status, heard.body) == (200, b"")
    assert int(heard.headers["Content-Length"]) == len(content(LARGEST))


async def test_large_file_comes_whole(files: Site) -> None:
    assert (await files.call("GET", asset(LARGEST))).body == content(LARGEST)


@pytest.mark.parametrize(
    "name",
    [
        "nothing.css",
        "vendor",
        "vendor/",
        "vendor/vendored.yaml",
        "Base.css",
        "base.css/",
        "./base.css",
        "../page.py",
        "..%2Fpage.py",
        "%2e%2e/page.py",
        "vendor/../../page.py",
        "vendor%2F..%2F..%2Fpage.py",
        "%2Fetc%2Fpasswd",
        "/etc/passwd",
        "base.css%00",
    ],
)
async def test_nothing_else_is_given(files: Site, name: str) -> None:
    request = f"GET /static/{name} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
    status, headers, body = await said(files, request.encode())
    assert status == 404, body
    assert headers["Content-Type"] == "application/problem+json"


async def test_every_file_of_the_index_is_typed_and_confined(files: Site) -> None:
    for name in static_files._index():
        heard = await files.call("HEAD", asset(name))
        assert heard.status == 200
        policy = heard.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert ("script-src 'self'; connect-src 'self'" in policy) is (name == WORKER)
        assert re.match(r"text/javascript\b", heard.headers["Content-Type"]) or not re.search(
            r"\.m?js$", name
        )


async def test_success_is_not_worth_a_line_in_the_log(files: Site) -> None:
    with structlog.testing.capture_logs() as lines:
        await files.call("GET", "/static/base.css")
        await files.call("GET", "/static/nothing.css")
    told = [(line["log_level"], line["route"], line["http_status"]) for line in lines]
    assert told == [("debug", "static", 200), ("info", "static", 404)]


async def test_files_are_served_where_pages_are(services: Services) -> None:
    """A port that has only some of the operations (probes, figures) has no pages, and no files either."""
    some = tuple(one for one in OPERATIONS if one.name == "livez")
    async with running(build_app(services, operations=some)) as site:
        assert (await site.call("GET", "/static/base.css")).problem.code == "not_found"


def test_page_that_names_no_file_is_broken() -> None:
    with pytest.raises(KeyError):
        asset("nothing.css")
