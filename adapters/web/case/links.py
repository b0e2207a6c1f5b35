"""Addresses of one case: where its reader came from and what he has open go along with every link."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from adapters.web.pages.places import local_path

_LONGEST_WAY_BACK = 2000
_MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class CaseLinks:
    """Makes links; `origin` is `?from=` as it came, `home` where to go back to without one."""

    transfer_id: UUID
    origin: str
    home: str
    material: str = ""
    page: int = 1

    @classmethod
    def of(cls, transfer_id: UUID, query: Mapping[str, str], home: str) -> "CaseLinks":
        """Read what a reader has open; what cannot be read is as if it were not there."""
        origin = query.get("from", "")
        return cls(
            transfer_id,
            origin if len(origin) <= _LONGEST_WAY_BACK else "",
            home,
            query.get("material", ""),
            _page(query.get("page", "")),
        )

    @property
    def path(self) -> str:
        return f"/desk/transfers/{self.transfer_id}"

    @property
    def back(self) -> str:
        """Where the reader came from: a query string of the queue, or a path of ours."""
        if not self.origin:
            return self.home
        way = self.origin if self.origin.startswith("/") else f"/desk?{self.origin}"
        return local_path(way, self.home)

    def to(self, anchor: str = "", **changes: object) -> str:
        """Lead to this page with something else open."""
        shown = {"material": self.material, "page": self.page if self.material else ""} | changes
        return _address(self.path, {**shown, "from": self.origin}, anchor)

    def proof(self, digest: str, page: int | None) -> str:
        """Lead to the page of a material that proves something."""
        return self.to("document", material=digest, page=page or 1)

    def deadline(self, deadline_id: UUID) -> str:
        return f"#deadline-{deadline_id}"

    def version(self, transfer_id: UUID) -> str:
        return _address(f"/desk/transfers/{transfer_id}", {"from": self.origin}, "")

    @property
    def record(self) -> str:
        return _address(f"{self.path}/record", {"from": self.origin}, "")

    @property
    def corrections(self) -> str:
        return f"{self.path}/corrections"

    def file(self, digest: str) -> str:
        return f"{self.path}/materials/{digest}"

    def view(self, digest: str) -> str:
        return f"{self.path}/materials/{digest}/view"


def _address(path: str, query: Mapping[str, object], anchor: str) -> str:
    given = {name: value for name, value in query.items() if value not in ("", None)}
    return f"{path}{'?' if given else ''}{urlencode(given)}{'#' if anchor else ''}{anchor}"


def _page(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_PAGES))
    return max(1, min(int(text), _MOST_PAGES)) if is_number else 1
