"""The places that the navigation leads to, for whoever may go there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from contracts.office import ADDRESSEES, SUPERVISORS, OfficeKind
from service.domain.staff import Seat, StaffRole

DESK = frozenset({StaffRole.REVIEWER, StaffRole.CHIEF, StaffRole.AUDITOR})
"""Who reads an office's queue and its cases."""
BOARD = frozenset({StaffRole.SUPERVISOR, StaffRole.CHIEF, StaffRole.AUDITOR, StaffRole.REVIEWER})
"""Who reads the board, and leads."""
OPERATIONS = frozenset({StaffRole.OPERATOR})
"""Who keeps the platform running."""
DECIDES = frozenset({StaffRole.REVIEWER, StaffRole.CHIEF})
"""Who claims cases and decides on them."""
SUPERVISES = frozenset({StaffRole.SUPERVISOR, StaffRole.CHIEF, StaffRole.REVIEWER})
"""Who acts on leads."""
EVERYBODY = frozenset(StaffRole)
"""Whoever is signed in."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    path: str
    title: str
    is_here: bool = False
    badge: str = ""


@dataclass(frozen=True, slots=True)
class _Door:
    path: str
    title: str
    roles: frozenset[StaffRole]
    kinds: frozenset[OfficeKind]


_DOORS = (
    _Door("/desk", "移送案件", DESK, ADDRESSEES),
    _Door("/board", "监督总览", BOARD, SUPERVISORS),
    _Door("/leads", "线索", BOARD, SUPERVISORS),
    _Door("/letters", "监督文书", BOARD, SUPERVISORS),
    _Door("/appraisal", "考核指标", BOARD, SUPERVISORS),
    _Door("/operations", "平台运行", OPERATIONS, frozenset(OfficeKind)),
)


def places(seat: Seat | None, path: str, badges: Mapping[str, str] = {}) -> Sequence[Place]:
    """Give the entries that somebody may follow; `path` is where he is."""
    if seat is None:
        return ()
    return [
        Place(
            door.path,
            door.title,
            path == door.path or path.startswith(f"{door.path}/"),
            badges.get(door.path, ""),
        )
        for door in _DOORS
        if seat.has(*door.roles) and seat.office.kind in door.kinds
    ]


def first_place(seat: Seat) -> str:
    """Give where somebody begins who has just signed in."""
    return next((place.path for place in places(seat, "")), "/account")


# Browsers drop control characters from an address: what stands behind them would begin it.
_ELSEWHERE = re.compile(r"[^/]|/[/\\]|.*[\x00-\x1f\x7f-\x9f]", re.DOTALL)


def local_path(text: str | None, default: str = "/") -> str:
    """Give a path of ours to go back to; whatever leads elsewhere becomes the default."""
    if not text or _ELSEWHERE.match(text):
        return default
    return quote(text, safe="/?&=%+:,;@!$'()*~-._#")
