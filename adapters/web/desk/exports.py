"""A list to be taken away: one question first, whether it leaves the house, and then without what names anybody."""

import asyncio
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

from aiohttp import web

from adapters.sheets import Cell, Sheet, to_csv, to_xlsx
from adapters.web.desk.panel import address
from adapters.web.desk.telling import Telling
from adapters.web.pages import words
from adapters.web.pages.templates import moment
from adapters.web.pages.visit import Visit
from service.domain.errors import Refusal
from service.domain.queue_filters import Filters
from service.queue import EXPORTED
from service.queue_pages import Line

_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
INSIDE = ("案号", "移送文号", "案件名称", "案由", "嫌疑人", "承办人")
"""What leaves the house with nobody: numbers, free text and names."""


async def get_export(visit: Visit) -> web.Response:
    """Ask whether the list is for outside, and in which format."""
    filters = Filters.read(visit.request.query.items())
    count = await visit.office.queue.count(visit.seat, filters)
    return visit.render(
        "desk/export.html",
        filters=filters,
        count=Telling(visit).count(count),
        most=EXPORTED,
        dropped=[visit.say(name) for name in INSIDE],
        back=address(filters.query),
        fault=visit.request.query.get("fault", ""),
    )


async def post_export(visit: Visit) -> web.Response:
    """Give the file; who has not said whether it is for outside is asked again."""
    form = await visit.form()
    filters = Filters.read_query(form.get("query", ""))
    file_format, outside = form.get("format", "xlsx"), form.get("outside", "")
    if file_format not in _MEDIA_TYPES:
        raise Refusal("malformed_request", "a list is given as csv or xlsx")
    if outside not in ("yes", "no"):
        return visit.go(f"/desk/export?{urlencode([*filters.pairs(), ('fault', 'outside')])}")
    is_outside = outside == "yes"
    lines = await visit.office.queue.export(visit.seat, filters, file_format, outside=is_outside)
    sheet = sheet_of(Telling(visit), lines, outside=is_outside)
    write = partial(to_csv, sheet) if file_format == "csv" else partial(to_xlsx, [sheet])
    name = f"linkage-desk-{visit.pages.now():%Y%m%d%H%M}.{file_format}"
    return web.Response(
        body=await asyncio.to_thread(write),
        headers={
            "Content-Type": _MEDIA_TYPES[file_format],
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def sheet_of(tell: Telling, lines: Sequence[Line], *, outside: bool) -> Sheet:
    """Lay lines out as a table."""
    say = tell.visit.say
    columns = [
        *(
            "案号",
            "移送文号",
            "案件名称",
            "案由",
            "嫌疑人",
            "移送机关",
            "领域",
            "罪名",
            "筛查结论",
            "状态",
        ),
        *("轮到", "移送或者抄送", "收到时间", "到期", "期限", "剩余", "提示", "承办人"),
    ]
    kept = [number for number, name in enumerate(columns) if not outside or name not in INSIDE]
    rows = [_cells(tell, line) for line in lines]
    return Sheet(
        say("移送案件"),
        [say(columns[number]) for number in kept],
        [[row[number] for number in kept] for row in rows],
    )


def _cells(tell: Telling, line: Line) -> list[Cell]:
    row, say = line.row, tell.visit.say
    offences = "; ".join(
        f"{tell.offence(code)}: {say(words.word('conclusion', conclusion))}"
        for code, conclusion in row.offences
    )
    return [
        *(row.case_number, row.document_number, row.title, row.cause, tell.names(line)),
        tell.agency(row.agency_code),
        say(words.word("sector", row.sector)),
        offences,
        say(words.word("conclusion", row.conclusion)),
        say(words.word("status", row.status)),
        tell.move(row.status),
        say(words.word("role", row.role)),
        moment(row.arrived_at),
        tell.due(line),
        tell.clock(line),
        tell.remaining(line.remaining),
        "; ".join(say(words.word("flag", flag)) for flag in row.flags),
        row.claimed_name or "",
    ]
