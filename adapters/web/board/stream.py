"""The board by server-sent events: the tiles anew whenever they say something else, and the moment that they are of."""

from aiohttp import web

from adapters.web.board.address import asked_of
from adapters.web.board.overview import fresh_tiles, written_tiles
from adapters.web.pages.listening import keep_telling
from adapters.web.pages.visit import Visit


async def get_events(visit: Visit) -> web.StreamResponse:
    """Send the tiles whenever they change, until the reader leaves."""
    asked = asked_of(visit)
    return await keep_telling(
        visit,
        "tiles",
        look=lambda: fresh_tiles(visit, asked),
        write=lambda tiles: written_tiles(visit, asked, tiles),
    )
