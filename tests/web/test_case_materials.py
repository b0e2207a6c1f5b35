"""Files of a case: shown where that is safe, kept for everything else, and never able to run."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientSession

from adapters.main import Running
from adapters.web.case.file_kinds import SAMPLE, FileKind, charset_of, disposition, kind_of, text_of
from tests.support.case_pages import GBK, HTML, PDF, PNG, SVG, CaseScene
from tests.support.packets import digest_of
from tests.support.pages import SAME_ORIGIN, Visitor, pages_platform

LONG = PDF + b"%" * 200_000
SCRIPTED = PDF.replace(
    b"<</Type/Catalog", b"<</OpenAction<</S/JavaScript/JS(app.alert(1))>>/Type/Catalog"
)
FILES = {
    "page.pdf": (PDF, "application/pdf"),
    "long.pdf": (LONG, "application/pdf"),
    "scripted.pdf": (SCRIPTED, "application/pdf"),
    "photo": (PNG, "text/html"),
    "html": (HTML, "image/png"),
    "html-as-text": (HTML + b" ", "text/plain"),
    "html-as-html": (HTML + b"  ", "text/html"),
    "svg": (SVG, "image/svg+xml"),
    "svg-as-png": (SVG + b" ", "image/png"),
    "notes": (GBK, "text/plain"),
    "program": (b"MZ\x90\x00", "application/zip"),
}


@pytest.fixture
async def running(database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with pages_platform(database, tmp_path) as running:
        yield running


@pytest.fixture
async def case(running: Running) -> str:
    files = [
        (content, {"title": f"材料 {name}", "media_type": declared})
        for name, (content, declared) in FILES.items()
    ]
    return f"/desk/transfers/{await CaseScene(running).post(files=files)}"


class Browser:
    """Fetches raw bytes with the cookies of somebody who signed in."""

    def __init__(self, session: ClientSession, case: str) -> None:
        self.session = session
        self.case = case

    async def fetch(self, name: str, *, view: bool = True, method: str = "GET", **headers: str):
        content, _ = FILES[name]
        path = f"{self.case}/materials/{digest_of(content)}{'/view' if view else ''}"
        async with self.session.request(method, path, headers=headers) as answer:
            return answer.status, answer.headers, await answer.read()


@pytest.fixture
async def browser(running: Running, case: str) -> AsyncIterator[Browser]:
    async with Visitor(running.url) as visitor:
        await visitor.post("/sign-in/demo", person="lin2", next="/account")
        async with ClientSession(running.url, cookies=visitor.cookies) as session:
            yield Browser(session, case)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("page.pdf", "application/pdf"),
        ("scripted.pdf", "application/pdf"),
        ("photo", "image/png"),
        ("notes", "text/plain; charset=gb18030"),
        ("html-as-text", "text/plain; charset=utf-8"),
    ],
)
async def test_file_is_shown_under_the_type_of_its_bytes_and_can_run_nothing(
    browser: Browser, name: str, media_type: str
) -> None:
    status, headers, body = await browser.fetch(name)
    assert (status, body) == (200, FILES[name][0])
    assert headers["Content-Type"] == media_type
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["html", "html-as-html", "svg", "svg-as-png", "program"])
async def test_file_that_is_not_what_a_page_shows_is_for_keeping_only(
    browser: Browser, name: str
) -> None:
    status, headers, body = await browser.fetch(name)
    assert status == 404
    assert FILES[name][0] not in body
    status, headers, body = await browser.fetch(name, view=False)
    assert (status, body) == (200, FILES[name][0])
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_page_names_no_file_as_an_image_that_is_none(
    running: Running, browser: Browser
) -> None:
    for name in ("html", "svg", "svg-as-png"):
        path = f"{browser.case}?material={digest_of(FILES[name][0])}"
        async with browser.session.get(path) as answer:
            text = await answer.text()
        assert "<img" not in text
        assert "alert(" not in text


async def test_text_that_is_a_page_is_shown_as_text(browser: Browser) -> None:
    path = f"{browser.case}?material={digest_of(FILES['html-as-text'][0])}"
    async with browser.session.get(path) as answer:
        text = await answer.text()
    assert "&lt;script&gt;alert(document.domain)&lt;/script&gt;" in text
    assert "<script>alert" not in text


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=200000-", 200_000, None), ("bytes=-5", -5, None)],
)
async def test_viewer_fetches_parts(
    browser: Browser, asked: str, start: int, stop: int | None
) -> None:
    status, headers, body = await browser.fetch("long.pdf", Range=asked)
    assert status == 206
    assert body == LONG[start:stop]
    first = start if start >= 0 else len(LONG) + start
    assert headers["Content-Range"] == f"bytes {first}-{first + len(body) - 1}/{len(LONG)}"
    assert headers["Content-Length"] == str(len(body))


async def test_part_outside_the_file_is_refused_and_one_that_cannot_be_read_is_none(
    browser: Browser,
) -> None:
    assert (await browser.fetch("page.pdf", Range="bytes=99999999-"))[0] == 416
    for asked in ("bytes=0-1,5-6", "bytes=9-1", "lines=1-2"):
        status, _, body = await browser.fetch("page.pdf", Range=asked)
        assert (status, body) == (200, PDF)


async def test_head_of_a_file_has_its_length_and_no_body(browser: Browser) -> None:
    status, headers, body = await browser.fetch("page.pdf", method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(PDF)), b"")
    assert headers["Accept-Ranges"] == "bytes"


async def test_many_parts_leave_one_line(browser: Browser, pool: asyncpg.Pool) -> None:
    for start in range(0, 50_000, 10_000):
        await browser.fetch("long.pdf", Range=f"bytes={start}-{start + 9999}")
    lines = await pool.fetch("SELECT data FROM journal WHERE action = 'material.read'")
    assert [line["data"]["digest"] for line in lines] == [digest_of(LONG)]


async def test_digest_that_is_none_finds_no_file(browser: Browser) -> None:
    for digest in ("sha-256:0", "..%2F..%2Fetc", digest_of(b"other")):
        async with browser.session.get(
            f"{browser.case}/materials/{digest}", headers=SAME_ORIGIN
        ) as answer:
            assert answer.status == 404


def test_name_of_a_kept_file_has_an_ending_of_ours() -> None:
    named = disposition('..\\报告/"一".exe', FileKind.OTHER, "text/html")
    assert named.startswith("attachment; filename=\"material.bin\"; filename*=UTF-8''")
    encoded = named.rpartition("''")[2]
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", encoded)
    assert encoded.endswith(".exe.bin")
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert disposition("报告", FileKind.OTHER, docx).endswith(".docx")
    assert disposition("报告.PDF", FileKind.PDF, "x").endswith(".PDF")
    assert disposition("...", FileKind.TEXT, "x").endswith("''material.txt")


@pytest.mark.parametrize(
    ("head", "declared", "kind"),
    [
        (b"GIF89a...", "image/png", FileKind.GIF),
        (b"\xff\xd8\xff\xe0", "image/png", FileKind.JPEG),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "x/y", FileKind.WEBP),
        (b"RIFF\x00\x00\x00\x00WAVE", "image/webp", FileKind.OTHER),
        (b" %PDF-1.4", "application/pdf", FileKind.OTHER),
        (b"", "text/plain", FileKind.TEXT),
        (b"a\x00b", "text/plain", FileKind.OTHER),
        ("中文".encode("utf-16"), "text/plain", FileKind.OTHER),
        (b"\xff\xff\xff", "text/plain", FileKind.OTHER),
        ("\ufeff带标记".encode(), "text/plain", FileKind.TEXT),
    ],
)
def test_kind_is_that_of_the_bytes(head: bytes, declared: str, kind: FileKind) -> None:
    assert kind_of(head, declared) is kind


def test_text_that_is_cut_in_the_middle_of_a_character_is_still_read() -> None:
    head = ("x" + "中" * SAMPLE).encode()[:SAMPLE]
    assert charset_of(head) == "utf-8"
    assert text_of(head).endswith("中")
    head = ("x" + "中" * SAMPLE).encode("gb18030")[:SAMPLE]
    assert charset_of(head) == "gb18030"
    assert set(text_of(head)[1:]) == {"中"}
    assert text_of("\ufeff带标记".encode()) == "带标记"
