"""Every page that can be got, with real ids: what the rules are tried on, and what screenshots are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from playwright.async_api import Page

from adapters.web.pages.table import TABLE
from contracts.office import OfficeKind
from tests.browser.support.stage import Stage
from tests.support.pages import Visitor

NO_PAGES = {
    "home": "leads on",
    "sign_in_oidc": "leads to the provider",
    "desk_events": "a stream",
    "board_events": "a stream",
    "operations_part": "a part of a page",
    "case_material": "a file",
    "case_material_view": "a file",
    "letter_document": "a file",
    "docs_file": "a file",
}
"""What is got and is no page, and why."""


@dataclass(frozen=True)
class Stop:
    """A page by its name in the table, and who looks at it; `title` tells apart several of one name."""

    page: str
    path: str
    person: str | None
    title: str = ""

    @property
    def file(self) -> str:
        return f"{self.page}-{self.title}" if self.title else self.page


async def drawn(page: Page) -> None:
    """Wait until what scripts draw is there: the document of a case, the operations of the API."""
    if await page.locator(".viewer[data-src]").count():
        await page.locator(".viewer[data-drawn]").wait_for()
    if page.url.endswith("/docs/try"):
        await page.locator(".opblock").first.wait_for()


def pages_to_see() -> set[str]:
    """Name the pages of the table that a person sees."""
    got = {page.name for page in TABLE if page.method == "GET"}
    assert got >= NO_PAGES.keys(), f"no page any more: {sorted(NO_PAGES.keys() - got)}"
    return got - NO_PAGES.keys()


async def stops_of(stage: Stage) -> list[Stop]:
    """Give every page with something on it; for that, somebody drafts an act and puts a bulk action together."""
    found = await _Found.on(stage)
    return [*_of_everybody(), *_of_the_desk(found), *_of_the_board(found), *_of_operators(found)]


@dataclass(frozen=True)
class _Found:
    case: UUID
    filed: UUID
    lead: UUID
    letter: UUID
    dispatch: UUID
    act: str
    bulk: str

    @classmethod
    async def on(cls, stage: Stage) -> "_Found":
        pool = stage.running.ground.pool
        desk = stage.office(OfficeKind.PROCURATORATE).code
        case = await pool.fetchval(
            "SELECT transfer_id FROM desk_items JOIN transfers ON id = transfer_id WHERE desk_items.office_code = $1"
            " AND transfers.status = 'acknowledged' ORDER BY received_at DESC LIMIT 1",
            desk,
        )
        filed = await pool.fetchval(
            "SELECT transfer_id FROM journal WHERE transfer_id IN"
            " (SELECT id FROM transfers WHERE status = 'filed') GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        )
        lead = await pool.fetchval(
            "SELECT id FROM leads WHERE status = 'open' ORDER BY score DESC, id LIMIT 1"
        )
        letter = await pool.fetchval("SELECT id FROM supervisions ORDER BY issued_at LIMIT 1")
        dispatch = await pool.fetchval("SELECT id FROM dispatches WHERE status = 'refused' LIMIT 1")
        async with Visitor(stage.url) as visitor:
            await visitor.sign_in("lin")
            act, bulk = await _drafted(visitor, stage, case), await _bulk(visitor, stage)
        return cls(case, filed, lead, letter, dispatch, act, bulk)


async def _drafted(visitor: Visitor, stage: Stage, case: UUID) -> str:
    move = await stage.running.ground.pool.fetchval(
        "SELECT move FROM transfers WHERE id = $1", case
    )
    await visitor.get(f"/desk/transfers/{case}")
    seen = await visitor.post(
        f"/desk/transfers/{case}/acts",
        kind="supplement_requested",
        seen_move=str(move),
        missing_more="抽样记录原件\n检验机构资质证明",
        reason="检验报告未附抽样记录，无法确认样品来源。请补充后径送本院案件管理部门。",
    )
    assert seen.path.startswith("/desk/acts/"), seen.words
    return seen.path


async def _bulk(visitor: Visitor, stage: Stage) -> str:
    chosen = await stage.running.ground.pool.fetch(
        "SELECT transfer_id FROM desk_items WHERE office_code = $1 ORDER BY arrived_at DESC LIMIT 6",
        stage.office(OfficeKind.PROCURATORATE).code,
    )
    fields = [("transfer", str(row["transfer_id"])) for row in chosen]
    seen = await visitor.post("/desk/bulk", [("kind", "claim"), ("next", "/desk"), *fields])
    assert seen.path.startswith("/desk/bulk/"), seen.words
    return seen.path


def _of_everybody() -> Sequence[Stop]:
    return (
        Stop("sign_in", "/sign-in", None),
        Stop("sign_in_callback", "/sign-in/callback?state=gone&code=none", None),
        Stop("account", "/account", "lin"),
        Stop("docs", "/docs", None),
        Stop("docs_try", "/docs/try", None),
        Stop("docs_problems", "/docs/problems", None),
        Stop("docs_facts", "/docs/facts?q=tax", None),
    )


def _of_the_desk(found: _Found) -> Sequence[Stop]:
    case = f"/desk/transfers/{found.case}"
    return (
        Stop("desk", "/desk", "lin"),
        Stop("desk", "/desk?q=%E9%94%80%E5%94%AE&status=acknowledged", "lin", "found"),
        Stop("desk", "/desk?q=%E4%B9%8C%E6%9C%89", "lin", "nothing"),
        Stop("desk_export", "/desk/export?", "lin"),
        Stop("case", case, "lin"),
        Stop("case", f"/desk/transfers/{found.filed}", "lin", "filed"),
        Stop("case", f"{case}?correct=/case/title", "lin", "correcting"),
        Stop("case_record", f"/desk/transfers/{found.filed}/record", "lin"),
        Stop("act", found.act, "lin"),
        Stop("edit_act", f"{found.act}/edit", "lin"),
        Stop("bulk_group", found.bulk, "lin"),
    )


def _of_the_board(found: _Found) -> Sequence[Stop]:
    return (
        Stop("board", "/board", "gu"),
        Stop("leads", "/leads", "gu"),
        Stop("lead", f"/leads/{found.lead}", "gu"),
        Stop("undetermined", "/undetermined", "gu"),
        Stop("letters", "/letters", "gu"),
        Stop("letter", f"/letters/{found.letter}", "gu"),
        Stop("silence", "/silence", "gu"),
        Stop("reconciliation", "/reconciliation", "gu"),
        Stop("board_deadlines", "/deadlines", "gu"),
        Stop("board_transfers", "/transfers", "gu"),
        Stop("appraisal_page", "/appraisal", "gu"),
    )


def _of_operators(found: _Found) -> Sequence[Stop]:
    return (
        Stop("operations", "/operations", "yun"),
        Stop("operations_dispatch", f"/operations/dispatches/{found.dispatch}", "yun"),
        Stop("operations_letter", f"/operations/letters/{found.letter}", "yun"),
    )
