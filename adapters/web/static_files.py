"""The files that pages stand on: each under an address that carries its hash, so that it may be kept for ever.

Only what lay in the folder when the process began to serve is ever given: a name is looked up in
an index, and never joined to a path.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from aiohttp import ETag, hdrs, web

from adapters.web.edge import ROUTE
from service.domain.errors import Refusal

_FOLDER = Path(__file__).parent / "static"
# What has another ending (a licence, the manifest) is for who reads the source.
_TYPES: Mapping[str, str] = {
    ".bcmap": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".pfb": "application/octet-stream",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# A worker runs under the policy of its own answer and not under that of the page: PDF.js loads its
# decoders as scripts, and fetches character maps and fonts.
_WORKER = f"{_POLICY}; script-src 'self'; connect-src 'self'"
_VERSION_LENGTH = 12
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it lay there when the index was built."""

    path: Path
    digest: str

    @property
    def version(self) -> str:
        """Tell this content from any other that had, or will have, the same name."""
        return self.digest[:_VERSION_LENGTH]


def static_routes() -> list[web.AbstractRouteDef]:
    """Give the route of all files; HEAD is answered too."""
    return [web.get("/static/{name:.+}", _get_file, name="static")]


def asset(name: str) -> str:
    """Give the address of a file, for templates. KeyError, where there is no such file: a page that names it is broken."""
    return f"/static/{name}?v={_index()[name].version}"


def vendored(package: str, name: str) -> str:
    """Give the address of a file of a package that is vendored, whatever its version. KeyError, where there is none."""
    return asset(f"{_folders()[package]}/{name}")


def vendored_folder(package: str, name: str) -> str:
    """Give the address of a folder of a package, for what fetches files of it by their names. KeyError, where there is none."""
    folder = f"{_folders()[package]}/{name}/"
    if not any(file.startswith(folder) for file in _index()):
        raise KeyError(folder)
    return f"/static/{folder}"


@cache
def _folders() -> Mapping[str, str]:
    folders = (path.name for path in (_FOLDER / "vendor").iterdir() if path.is_dir())
    return {name.rpartition("-")[0]: f"vendor/{name}" for name in folders}


@cache
def _index() -> Mapping[str, StaticFile]:
    """Read everything once: a few megabytes, a few hundredths of a second."""
    paths = (path for path in _FOLDER.rglob("*") if path.suffix in _TYPES and path.is_file())
    return MappingProxyType(
        {
            path.relative_to(_FOLDER).as_posix(): StaticFile(
                path, sha256(path.read_bytes()).hexdigest()
            )
            for path in paths
        }
    )


async def _get_file(request: web.Request) -> web.Response:
    request[ROUTE] = "static"
    file = _index().get(request.match_info["name"])
    if file is None:
        raise Refusal("not_found")
    headers = _headers(file, request.query.get("v"))
    if _is_held(request, file):
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_TYPE] = _TYPES[file.path.suffix]
    return web.Response(body=await asyncio.to_thread(file.path.read_bytes), headers=headers)


def _headers(file: StaticFile, version: str | None) -> dict[str, str]:
    return {
        hdrs.ETAG: f'"{file.digest}"',
        hdrs.CACHE_CONTROL: _FOR_EVER if version == file.version else _ASK_AGAIN,
        "Content-Security-Policy": _WORKER if ".worker." in file.path.name else _POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _is_held(request: web.Request, file: StaticFile) -> bool:
    held: tuple[ETag, ...] = request.if_none_match or ()
    return any(tag.value in {"*", file.digest} for tag in held)
