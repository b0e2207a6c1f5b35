"""Ten people at work: whom they work for, and what they do all day."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from service.domain.staff import StaffRole
from tests.bench.pages.browsing import Browser
from tests.bench.pages.made_up import FEW, MOST, RARE
from tests.bench.pages.senders import province
from tests.support.offices import office

Day = Callable[[Browser], Awaitable[None]]
_ID = "[0-9a-f-]{36}"
WORDS = {"rare": RARE, "few": FEW, "most": MOST}


@dataclass(frozen=True)
class Person:
    """Somebody at an office, what he may do there, and what he does."""

    subject: str
    office_code: str
    roles: frozenset[StaffRole]
    day: Day


async def at_the_desk(browser: Browser) -> None:
    """Look at the queue, narrow it, turn the page, search, read a case, and now and then claim it."""
    await browser.open("queue", "/desk")
    for _ in range(browser.random.randint(1, 3)):
        if path := browser.link(r"/desk\?[^\"#]+"):
            await browser.open("queue", path)
    for _ in range(browser.random.randint(1, 2)):
        kind = browser.random.choice([*WORDS])
        await browser.open(f"search_{kind}", "/desk", q=WORDS[kind])
        await _read_a_case(browser)


async def _read_a_case(browser: Browser) -> None:
    path = browser.link(rf"/desk/transfers/{_ID}(?:\?[^\"#]*)?")
    if path is None:
        return
    queue = browser.page
    await browser.open("case", path)
    if browser.random.random() < 0.3 and (claim := browser.link(rf"/desk/transfers/{_ID}/claim")):
        await browser.post("claim", claim)
        if release := browser.link(rf"/desk/transfers/{_ID}/release"):
            await browser.post("claim", release)
    browser.page = queue


async def at_the_board(browser: Browser) -> None:
    """Look at the board, at the list behind one of its numbers, and at the board of one sector or of other months."""
    await browser.open("board", "/board")
    board = browser.page
    for _ in range(browser.random.randint(1, 3)):
        browser.page = board
        if path := browser.link(r"/(?:leads|silence|undetermined|deadlines|letters)[^\"#]*"):
            await browser.open("list", path)
            if path := browser.link(rf"/leads/{_ID}"):
                await browser.open("lead", path)
        narrowed = {
            "sector": browser.random.choice(["", "market_supervision", "ecology", "drug"]),
            "from": f"2026-{browser.random.randint(1, 11):02d}",
        }
        await browser.open("board", "/board", **narrowed)


def _at(slug: str, subject: str, day: Day, *roles: StaffRole) -> Person:
    return Person(subject, office(slug).code, frozenset(roles), day)


_R = StaffRole
PEOPLE = (
    _at("city-procuratorate", "bench-1", at_the_desk, _R.REVIEWER),
    _at("city-procuratorate", "bench-2", at_the_desk, _R.REVIEWER),
    _at("city-procuratorate", "bench-3", at_the_desk, _R.CHIEF),
    _at("city-police", "bench-4", at_the_desk, _R.REVIEWER),
    _at("city-police", "bench-5", at_the_desk, _R.CHIEF),
    _at("county-procuratorate", "bench-6", at_the_desk, _R.REVIEWER),
    _at("city-procuratorate", "bench-7", at_the_board, _R.CHIEF, _R.SUPERVISOR),
    _at("county-procuratorate", "bench-8", at_the_board, _R.SUPERVISOR),
    _at("city-justice", "bench-9", at_the_board, _R.SUPERVISOR),
    Person("bench-10", province().code, frozenset({_R.SUPERVISOR}), at_the_board),
)
