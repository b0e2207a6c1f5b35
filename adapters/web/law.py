"""The rule book and the vocabulary over HTTP: public, small, and asked for again only when they changed."""

import re
from datetime import date
from functools import cache
from hashlib import sha256

from aiohttp import hdrs, web
from pydantic_core import to_json

from adapters.web import law_examples as examples
from adapters.web.call import Call
from adapters.web.operation import JSON, Access, Operation, Parameter, Reply
from contracts.facts import load_vocabulary
from contracts.rulebook_views import FactsView, OffenceView, RuleBookView
from service.domain.errors import Refusal
from service.domain.working_days import SHANGHAI

_NOT_MODIFIED = 304
_OFFENCE = re.compile(r"[A-Za-z0-9-]{1,16}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


async def get_rulebook(call: Call) -> web.Response:
    return _tagged(call, to_json(call.services.articles().contents))


async def get_offence(call: Call) -> web.Response:
    day = call.arguments["on"] or call.services.now().astimezone(SHANGHAI).date()
    try:
        view = call.services.articles().offence(call.arguments["offence"], day)
    except KeyError:
        raise Refusal("not_found", "the rule book has no such offence") from None
    return _tagged(call, to_json(view))


async def get_facts(call: Call) -> web.Response:
    return _tagged(call, _facts())


@cache
def _facts() -> bytes:
    return to_json(FactsView(facts=load_vocabulary().facts))


def _tagged(call: Call, body: bytes) -> web.Response:
    """Answer with a strong ETag of exactly these bytes, or with 304 to whoever has them."""
    tag = sha256(body).hexdigest()
    headers = {
        hdrs.ETAG: f'"{tag}"',
        # No case is in it: anybody may keep it, and must ask whether it is still so.
        hdrs.CACHE_CONTROL: "public, no-cache",
    }
    known = {one.value for one in call.request.if_none_match or ()}
    if known & {tag, "*"}:
        return web.Response(status=_NOT_MODIFIED, headers=headers)
    return web.Response(body=body, headers=headers, content_type=JSON)


def _read_offence(text: str) -> str:
    if not _OFFENCE.fullmatch(text):
        raise Refusal("not_found")
    return text


def _read_day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError("a day is written 2025-03-01")
    return date.fromisoformat(text)


_TAG = {"ETag": "of exactly these bytes", "Cache-Control": "public, no-cache"}
_SAME = Reply(304, "与 If-None-Match 所示相同", "Still what If-None-Match names", headers=_TAG)
_OFFENCE_NAMED = Parameter(
    "offence",
    "罪名条文编号或者行号",
    "An offence by its article, or one row of it",
    {"type": "string", "pattern": f"^{_OFFENCE.pattern}$"},
    _read_offence,
    in_path=True,
    example="CL-214",
)
_ON = Parameter(
    "on",
    "取该日有效的标准；省略则为今日（北京时间）",
    "As in force on this day; today in China without it",
    {"type": "string", "format": "date"},
    _read_day,
    example="2025-03-01",
)

OPERATIONS = (
    Operation(
        "get_rulebook",
        "GET",
        "/v1/rulebook",
        "追诉标准库：版本、摘要、罪名清单",
        "The rule book: version, digest, and the list of its offences",
        get_rulebook,
        (
            Reply(200, "罪名清单", "The list", JSON, RuleBookView, _TAG, examples.RULEBOOK),
            _SAME,
        ),
        Access.PUBLIC,
        tag="about",
    ),
    Operation(
        "get_offence",
        "GET",
        "/v1/rulebook/{offence}",
        "一罪的追诉标准：某日有效的条款及其沿革",
        "An offence as in force on a day: branches, numbers, sources, history",
        get_offence,
        (
            Reply(200, "该罪", "The offence", JSON, OffenceView, _TAG, examples.OFFENCE),
            _SAME,
        ),
        Access.PUBLIC,
        parameters=(_OFFENCE_NAMED, _ON),
        problems=("not_found",),
        tag="about",
    ),
    Operation(
        "get_facts",
        "GET",
        "/v1/facts",
        "案件事实词汇表",
        "The vocabulary: every fact that a case may state",
        get_facts,
        (Reply(200, "词汇表", "The vocabulary", JSON, FactsView, _TAG, examples.FACTS), _SAME),
        Access.PUBLIC,
        tag="about",
    ),
)
