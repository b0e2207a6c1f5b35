"""What others wrote runs under our policy, asks no other host and needs no leave to evaluate: an upgrade is tried here."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from adapters.web.static_files import static_routes, vendored
from tests.support.pdf import office_pdf
from tests.support.web import running

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEAD = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Try</title>
<meta name="htmx-config" content='{"includeIndicatorCSS":false}'>"""
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "行刑衔接", "version": "1"},
    "paths": {
        "/v1/x": {"get": {"summary": "试", "responses": {"200": {"description": "good"}}}},
    },
}
PAGES = {
    "htmx": (
        f"""<script src="{vendored("htmx.org", "dist/htmx.min.js")}"></script>
        <script src="{vendored("htmx.org", "dist/ext/hx-sse.min.js")}"></script>
        <button hx-get="/part" hx-target="#here">取</button><p id="here"></p>""",
        "",
    ),
    "pdf": (
        "<canvas></canvas>",
        f"""import * as pdfjs from "{vendored("pdfjs-dist", "build/pdf.min.mjs")}";
        pdfjs.GlobalWorkerOptions.workerSrc = "{vendored("pdfjs-dist", "build/pdf.worker.min.mjs")}";
        const folder = new URL("..", new URL(pdfjs.GlobalWorkerOptions.workerSrc, location)).href;
        const file = await pdfjs.getDocument({{
          url: "/file.pdf", useWasm: false, isEvalSupported: false, enableXfa: false,
          cMapUrl: `${{folder}}cmaps/`, cMapPacked: true,
          standardFontDataUrl: `${{folder}}standard_fonts/`, wasmUrl: `${{folder}}wasm/`,
        }}).promise;
        const page = await file.getPage(1), viewport = page.getViewport({{ scale: 2 }});
        const canvas = document.querySelector("canvas");
        [canvas.width, canvas.height] = [viewport.width, viewport.height];
        await page.render({{ canvas, viewport }}).promise;
        const {{ items }} = await page.getTextContent();
        document.body.dataset.inTheFax = canvas.getContext("2d").getImageData(160, 280, 1, 1).data;
        document.body.dataset.text = items.map(({{ str }}) => str).join("");""",
    ),
    "swagger": (
        f"""<link rel="stylesheet" href="{vendored("swagger-ui-dist", "swagger-ui.css")}">
        <script src="{vendored("swagger-ui-dist", "swagger-ui-bundle.js")}"></script><div id="api"></div>""",
        'SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", validatorUrl: null });',
    ),
    "uplot": (
        f"""<link rel="stylesheet" href="{vendored("uplot", "dist/uPlot.min.css")}">
        <script src="{vendored("uplot", "dist/uPlot.iife.min.js")}"></script><div id="chart"></div>""",
        """new uPlot({ width: 600, height: 300, series: [{}, { label: "逾期", stroke: "red" }] },
        [[1, 2, 3], [4, 5, 6]], document.getElementById("chart"));""",
    ),
}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Serve a page for each package, the way our own are served."""

    async def answer(request: web.Request) -> web.Response:
        content, script = PAGES[request.match_info["name"]]
        headers = {"Content-Security-Policy": POLICY}
        if "script" in request.query:
            return web.Response(text=script, content_type="text/javascript")
        text = f'{HEAD}{content}<script type="module" src="?script"></script>'
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def given(request: web.Request) -> web.Response:
        match request.path:
            case "/part":
                return web.Response(text="<b>来了</b>", content_type="text/html")
            case "/openapi.json":
                return web.json_response(OPENAPI)
            case "/file.pdf":
                return web.Response(body=office_pdf("涉嫌犯罪案件移送书"))
        return web.Response(status=204)

    app = web.Application()
    app.add_routes([*static_routes(), web.get("/try/{name}", answer), web.get("/{path:.*}", given)])
    async with running(app) as site:
        yield f"{site.url}/try/"


async def test_htmx_swaps(url: str, page: Page) -> None:
    await page.goto(f"{url}htmx")
    await page.get_by_role("button").click()
    await expect(page.locator("#here b")).to_have_text("来了")


async def test_pdf_shows_what_old_software_made(url: str, page: Page) -> None:
    """Fonts that the file does not embed, and a fax, whose decoder is a script where WebAssembly may not be compiled."""
    await page.goto(f"{url}pdf")
    body = page.locator("body")
    await expect(body).to_have_attribute("data-text", "涉嫌犯罪案件移送书 1")
    await expect(body).to_have_attribute("data-in-the-fax", "0,0,0,255")


async def test_swagger_shows_the_operations(url: str, page: Page) -> None:
    await page.goto(f"{url}swagger")
    await page.get_by_text("/v1/x").click()
    await expect(page.get_by_text("good")).to_be_visible()


async def test_uplot_draws(url: str, page: Page) -> None:
    await page.goto(f"{url}uplot")
    await expect(page.locator("#chart canvas")).to_be_visible()
