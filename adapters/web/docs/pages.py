"""The handlers of the documentation. Everybody may read it; nothing of it depends on who does."""

import asyncio

from aiohttp import web

from adapters.web.docs import contents
from adapters.web.docs.files import README, VECTORS, files, schemas
from adapters.web.pages.coded import coded
from adapters.web.pages.page import Page
from adapters.web.pages.visit import Visit
from contracts.facts import FactType, load_vocabulary
from service.domain.errors import Refusal

_LONGEST_QUERY = 100


async def get_docs(visit: Visit) -> web.Response:
    """List all operations, and lead to all else there is."""
    return visit.render(
        "docs/page.html",
        tags=contents.operations_by_tag(),
        who=contents.who,
        kinds=contents.kinds,
        schemas=schemas(),
        readme=README,
        vectors=VECTORS,
    )


async def get_try(visit: Visit) -> web.Response:
    """Show the OpenAPI document in Swagger UI; without scripts the page leads to the list."""
    return visit.render("docs/try.html")


async def get_problems(visit: Visit) -> web.Response:
    return visit.render(
        "docs/problems.html", problems=contents.problems(), retry=contents.RETRY, coded=coded
    )


async def get_facts(visit: Visit) -> web.Response:
    """List the vocabulary, or what of it somebody asks for; the address says what."""
    query = visit.request.query
    text = query.get("q", "")[:_LONGEST_QUERY].strip()
    kind, row = query.get("type", ""), query.get("offence", "")
    kind = kind if kind in set(FactType) else ""
    row = row if row in contents.offences() else ""
    return visit.render(
        "docs/facts.html",
        facts=contents.facts(text, kind, row),
        total=len(load_vocabulary()),
        types=contents.FACT_TYPE,
        offences=contents.offences(),
        every_row=contents.EVERY_ROW,
        asked={"q": text, "type": kind, "offence": row},
    )


async def get_file(visit: Visit) -> web.Response:
    """Give a file of the contract; raises Refusal `not_found`."""
    found = (await asyncio.to_thread(files)).get(visit.argument["name"])
    if found is None:
        raise Refusal("not_found")
    return web.Response(body=found.content, content_type=found.media_type, charset=found.charset)


TABLE = (
    Page("docs", "GET", "/docs", get_docs, is_public=True),
    Page("docs_try", "GET", "/docs/try", get_try, is_public=True),
    Page("docs_problems", "GET", "/docs/problems", get_problems, is_public=True),
    Page("docs_facts", "GET", "/docs/facts", get_facts, is_public=True),
    Page("docs_file", "GET", "/docs/files/{name}", get_file, is_public=True),
)
