"""Where a page can be come back to: an answer to a post may stand at an address that takes nothing but posts."""

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from aiohttp import hdrs, web

from adapters.web.pages.places import local_path

SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_NO_ADDRESS = ""


def is_ours(url: str, request: web.Request, public_url: str) -> bool:
    """Whether an address names a host that we are reached by; one that is no address does not."""
    try:
        host = urlsplit(url).netloc
    except ValueError:
        return False
    return host in {urlsplit(public_url).netloc, request.host}


async def readable_address(request: web.Request, public_url: str) -> str:
    """Give the request's own address; of a post, that of the page it was posted from, else the nearest above it."""
    if request.method in SAFE:
        return request.path_qs
    for address in (_posted_from(request, public_url), *_upwards(request.path)):
        if address and await _can_be_read(request, address):
            return address
    return "/"


def _posted_from(request: web.Request, public_url: str) -> str:
    referer = request.headers.get(hdrs.REFERER, "")
    if not is_ours(referer, request, public_url):
        return _NO_ADDRESS
    parts = urlsplit(referer)
    return local_path(urlunsplit(("", "", parts.path, parts.query, "")), _NO_ADDRESS)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield local_path(path, _NO_ADDRESS)
        path = path.rpartition("/")[0]


async def _can_be_read(request: web.Request, address: str) -> bool:
    # The answer to a post has an address too, so where a form stood is not always a page that can be got.
    asked = request.clone(method=hdrs.METH_GET, rel_url=address)
    return (await request.app.router.resolve(asked)).http_exception is None
