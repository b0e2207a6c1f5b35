"""What a page must never do: write errors to its console, break its policy, lose a request, ask another host."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, WebError, WebSocket

_HERE = frozenset({"127.0.0.1", "localhost"})
# Chromium tells some violations to the page only.
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
  `policy violation: ${event.effectiveDirective} stopped ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`));
"""
# A page that is left drops what it was waiting for, and a download is no answer to a page.
_LEFT = "net::ERR_ABORTED"


@dataclass
class Trouble:
    """Keeps what went wrong in any page of the contexts that it watches."""

    found: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Say that something matching this has to go wrong in this test: a 422 is an error to the console."""
        self._expected.append(pattern)

    async def watch(self, context: BrowserContext) -> None:
        await context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("page", self._page)

    def assert_none(self) -> None:
        unexpected = [one for one in self.found if not self._matches(one)]
        missing = [
            one for one in self._expected if not any(re.search(one, it) for it in self.found)
        ]
        assert not unexpected, "\n".join(["the page is in trouble:", *unexpected])
        assert not missing, f"expected trouble did not come: {missing}"

    def _matches(self, one: str) -> bool:
        return any(re.search(pattern, one) for pattern in self._expected)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"}:
            self.found.append(f"console {message.type}: {message.text} ({message.location['url']})")

    def _error(self, error: WebError) -> None:
        self.found.append(f"page error: {error.error}")

    def _request(self, request: Request) -> None:
        self._address(request.url)

    def _failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self.found.append(f"failed request: {request.method} {request.url}: {request.failure}")

    def _page(self, page: Page) -> None:
        page.on("websocket", self._socket)
        page.on("crash", lambda _: self.found.append(f"crash: {page.url}"))

    def _socket(self, socket: WebSocket) -> None:
        self._address(socket.url)

    def _address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in _HERE:
            self.found.append(f"foreign request: {url}")
