"""Taking lists out as files: who is it for, and then without free text and identifiers; a line notes each."""

import asyncio
from collections.abc import Sequence
from functools import partial

from aiohttp import hdrs, web

from adapters.sheets import Sheet, to_csv, to_xlsx
from adapters.web.board.address import Address, asked_in, malformed
from adapters.web.board.leads import which_leads
from adapters.web.board.telling import Teller
from adapters.web.pages.templates import day
from adapters.web.pages.visit import Visit
from service.domain.board_rows import ListedLead
from service.domain.urgency import due_day

FORMATS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST = 10_000
"""Rows of a file."""


async def post_leads(visit: Visit) -> web.Response:
    """Give the list of leads as a file, with the filters of its page.

    One for outside has neither the number of a case nor what its evidence says in words: whoever reads it cannot tell
    whose case it is, nor what anybody is called.
    """
    form = await visit.form()
    kind, external = form.get("format", "xlsx"), form.get("external")
    if kind not in FORMATS or external not in ("yes", "no"):
        raise malformed("external", "say for whom the file is, and in which format")
    asked = asked_in(visit, Address.read("/leads", form.get("query", "")))
    found = await visit.office.board.leads(which_leads(visit, asked), None, MOST)
    tell = Teller(visit, found.as_of)
    sheet = _sheet(tell, found.rows, external=external == "yes")
    await noted(visit, "leads", len(found.rows), external=external == "yes")
    return await file_answer(kind, f"leads-{day(found.as_of)}", [sheet])


def _sheet(tell: Teller, rows: Sequence[ListedLead], *, external: bool) -> Sheet:
    say = tell.visit.say
    inner = () if external else (say("案号"), say("依据与数额"))
    columns = (
        *(
            say("线索"),
            say("状态"),
            say("分值"),
            say("单位"),
            say("地区"),
            say("领域"),
            say("罪名"),
        ),
        *(say("到期日"), say("期限情况"), *inner),
    )
    return Sheet(say("线索"), columns, [_row(tell, one, external=external) for one in rows])


def _row(tell: Teller, one: ListedLead, *, external: bool) -> tuple[str | int | None, ...]:
    lead = one.row
    clock = lead.clock
    return (
        f"{lead.detector} {tell.detector(lead.detector)}",
        tell.word("lead_status", lead.status),
        lead.score,
        tell.office(lead.agency),
        lead.division,
        tell.word("sector", lead.sector),
        tell.offence(lead.offence_code),
        day(due_day(clock.due_at)) if clock else None,
        tell.left(clock.due_at) if clock else None,
        *(() if external else (lead.case_number, tell.sentence(lead.evidence))),
    )


async def noted(visit: Visit, what: str, rows: int, *, external: bool) -> None:
    """Write down that a list was taken out, by whom and for whom; not a word of what is in it."""
    await visit.office.board.note_export(visit.seat.reader, what, rows, external=external)


async def file_answer(kind: str, name: str, sheets: Sequence[Sheet]) -> web.Response:
    """Answer with a file, which is written where it keeps nobody waiting; a CSV has the first table alone."""
    write = partial(to_csv, sheets[0]) if kind == "csv" else partial(to_xlsx, sheets)
    body = await asyncio.to_thread(write)
    return web.Response(
        body=body,
        content_type=FORMATS[kind],
        headers={hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}.{kind}"'},
    )
