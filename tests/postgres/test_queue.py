"""Reading a queue: every row once whichever way one pages, found by what it says, and never by another office."""

import asyncio

import asyncpg
import pytest

from adapters.clock import new_id
from adapters.postgres import queue as adapter
from adapters.postgres.guarded import Guard, transaction
from service import queue as use_case
from service import queue_pages
from service.domain.queue_filters import Claimed, Facet, Filters
from service.queue import Queue, read_step
from service.queue_keeping import QueueKeeping
from service.queue_ports import Count
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.queue_desk import CALENDARS, POLICE, PROCURATORATE, Desk, send


@pytest.fixture
async def chain(pool: asyncpg.Pool) -> Chain:
    return await Chain(pool).open()


@pytest.fixture
async def keeping(chain: Chain) -> QueueKeeping:
    return QueueKeeping(chain.uow, chain.clock, asyncio.to_thread)


@pytest.fixture
async def desk(chain: Chain) -> Desk:
    return await Desk(chain).sit()


async def test_every_row_is_on_one_page_and_on_one_only_whichever_way_one_goes(
    chain: Chain, keeping: QueueKeeping, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_case, "PAGE", 3)
    for number in range(1, 12):
        await send(chain, number)
        chain.clock.advance(minutes=1)
    await chain.deliver()
    await keeping.follow()
    for query in ("", "order=arrived", "q=电线", "scope=all"):
        pages = [await desk.page(query)]
        while pages[-1].after:
            pages.append(await desk.page(query, after=pages[-1].after))
        numbers = [[line.row.case_number for line in page.lines] for page in pages]
        assert [len(page) for page in numbers] == [3, 3, 3, 2]
        assert len({number for page in numbers for number in page}) == 11
        back = pages[-1]
        for expected in reversed(numbers[:-1]):
            assert back.before
            back = await desk.page(query, before=back.before)
            assert [line.row.case_number for line in back.lines] == expected
        assert back.before is None


async def test_what_runs_out_first_comes_first_and_groups_follow_the_clock(
    chain: Chain, keeping: QueueKeeping, desk: Desk
) -> None:
    ids = [await send(chain, number) for number in range(1, 4)]
    await chain.deliver()
    for transfer_id, hours in ((ids[1], 0), (ids[0], 30)):
        chain.clock.advance(hours=hours)
        happened = chain.clock.now().isoformat()
        await chain.report(
            str(transfer_id),
            *(POLICE, "accepted"),
            happened_at=happened,
            signed_at=chain.clock.now(),
        )
    await keeping.follow()
    lines = (await desk.page()).lines
    assert [line.row.transfer_id for line in lines] == [ids[1], ids[0], ids[2]]
    assert [line.urgency for line in lines] == ["soon", "soon", "none"]
    assert [line.row.transfer_id for line in (await desk.page("urgency=soon")).lines] == [
        *(ids[1], ids[0])
    ]
    chain.clock.advance(days=30)
    assert [group.urgency for group in (await desk.page()).groups] == ["severe", "none"]
    assert len((await desk.page("urgency=severe&urgency=none")).lines) == 3


async def test_own_cases_stand_first(chain: Chain, keeping: QueueKeeping, desk: Desk) -> None:
    ids = [await send(chain, number) for number in range(1, 5)]
    await keeping.follow()
    await desk.claim(ids[2])
    page = await desk.page()
    assert page.groups[0].mine
    assert [line.row.transfer_id for line in page.groups[0].lines] == [ids[2]]
    assert ids[2] not in {line.row.transfer_id for g in page.groups[1:] for line in g.lines}
    assert page.lines[0].row.claimed_name == "林检察官"
    chain.clock.advance(hours=5)
    assert not (await desk.page()).groups[0].mine


async def test_more_own_cases_than_a_page_holds_stand_among_the_others(
    chain: Chain, keeping: QueueKeeping, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_case, "PAGE", 3)
    ids = [await send(chain, number) for number in range(1, 9)]
    await keeping.follow()
    for transfer_id in ids[:5]:
        await desk.claim(transfer_id)
    for query, expected in (("", ids), ("claimed=mine", ids[:5]), ("q=电线", ids)):
        pages = [await desk.page(query)]
        while pages[-1].after:
            pages.append(await desk.page(query, after=pages[-1].after))
        shown = [line.row.transfer_id for page in pages for line in page.lines]
        assert sorted(shown) == sorted(expected), query
        assert pages[0].total == Count(len(expected))
    assert (await desk.page()).groups[0].size == Count(3, exact=False)


async def test_narrowing_by_who_works_on_it(
    chain: Chain, keeping: QueueKeeping, desk: Desk
) -> None:
    other = await Desk(chain).sit()
    ids = [await send(chain, number) for number in range(1, 4)]
    await keeping.follow()
    await desk.claim(ids[0])
    await desk.claim(ids[1], other.seat.staff_id)
    for claimed, expected in (("mine", ids[0]), ("others", ids[1]), ("nobody", ids[2])):
        page = await desk.page(f"claimed={claimed}")
        assert [line.row.transfer_id for line in page.lines] == [expected]
        assert page.total == Count(1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=药", ["销售假药案"]),
        ("q=销售 假药", ["销售假药案"]),
        ("q=测试人员", ["销售假药案", "销售不合格电线案"]),
        ("q=假酒", []),
        ("offence=CL-140", ["销售不合格电线案", "销售假药案"]),
        ("offence=CL-999", []),
        ("status=acknowledged&q=电线", ["销售不合格电线案"]),
        ("status=filed", []),
        ("agency=X", []),
        ("sector=market_supervision&role=principal", ["销售不合格电线案", "销售假药案"]),
        ("role=copy", []),
        ("urgency=none&urgency=soon", ["销售不合格电线案", "销售假药案"]),
        ("from=2026-11-24", []),
        ("from=today", ["销售不合格电线案", "销售假药案"]),
    ],
)
async def test_list_is_narrowed_and_searched(
    chain: Chain, keeping: QueueKeeping, desk: Desk, query: str, found: list[str]
) -> None:
    await send(chain, 1)
    await send(chain, 2, "销售假药案")
    await chain.deliver()
    await keeping.follow()
    page = await desk.page(query)
    assert sorted(line.row.title for line in page.lines) == sorted(found)
    assert page.total == Count(len(found))


async def test_wide_search_finds_the_same_row_by_row(
    chain: Chain, keeping: QueueKeeping, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 6):
        await send(chain, number, f"销售不合格{'电线' if number % 2 else '白酒'}案")
    await chain.deliver()
    await keeping.follow()
    queries = ("q=销售", "q=电线", "q=电线 白酒", "offence=CL-140&q=白酒", "flag=x")
    few = [await desk.titles(query) for query in queries]
    monkeypatch.setattr(use_case, "NARROW", 0)
    assert [await desk.titles(query) for query in queries] == few
    assert [len(found) for found in few] == [5, 3, 0, 2, 0]
    monkeypatch.setattr(use_case, "NARROW", 1)
    monkeypatch.setattr(
        use_case, "_SURELY", 1000
    )  # the first rows say nothing for sure: the hits decide
    assert [await desk.titles(query) for query in queries] == few
    monkeypatch.setattr(use_case, "NARROW", 0)
    monkeypatch.setattr(use_case, "PAGE", 2)
    assert (await desk.page("q=销售")).total == Count(5, exact=False)
    assert (await desk.page("q=白酒")).total == Count(2)
    monkeypatch.setattr(use_case, "_SCANNED", 3)
    assert (await desk.page("q=销售")).total == Count(3, exact=False)


async def test_exact_number_leads_to_its_case(
    chain: Chain, keeping: QueueKeeping, desk: Desk
) -> None:
    first, second = await send(chain, 1), await send(chain, 2)
    await keeping.follow()
    for text, expected in (
        ("示市监案〔2026〕1号", first),
        ("示市监案移（2026） 2号", second),
        ("packet-2", second),
        (str(first), first),
        ("11010519491231002X", None),  # the same party in both
        ("示市监案〔2026〕3号", None),
        ("", None),
    ):
        assert await desk.queue.find_number(desk.seat, Filters(text=text)) == expected


@pytest.mark.parametrize("text", ["！！！", "%", "_", "'"])
async def test_text_without_a_word_finds_nothing_whatever_is_done_with_the_list(
    chain: Chain, keeping: QueueKeeping, desk: Desk, text: str
) -> None:
    transfer_id = await send(chain, 1)
    await desk.claim(transfer_id)
    await keeping.follow()
    everything = Filters(text=text, everything=True)
    chosen = Filters({Facet.OFFENCE: ("CL-140",)}, text, Claimed.MINE)
    for filters in (Filters(text=text), everything, chosen):
        page = await desk.queue.page(desk.seat, filters, read_step(None, None))
        assert (page.lines, page.total) == ([], Count(0))
        assert await desk.queue.find_number(desk.seat, filters) is None
        assert await desk.queue.count(desk.seat, filters) == Count(0)
        assert await desk.queue.ids(desk.seat, filters, 10) == []
        assert await desk.queue.export(desk.seat, filters, "csv", outside=False) == []


async def test_counts_beside_a_list_are_those_of_its_rows(
    chain: Chain, keeping: QueueKeeping, desk: Desk
) -> None:
    await send(chain, 1)
    await send(chain, 2, "销售假药案")
    await chain.deliver()
    await keeping.follow()
    plain, narrow = await desk.page(), await desk.page("q=假药")
    assert plain.facets[Facet.STATUS] == {"acknowledged": Count(2)}
    assert narrow.facets[Facet.STATUS] == {"acknowledged": Count(1)}
    assert plain.facets[Facet.OFFENCE]["CL-140"] == Count(2)
    group = plain.groups[0]
    assert plain.facets[Facet.URGENCY][group.urgency] == Count(2)
    assert narrow.facets[Facet.URGENCY][group.urgency] == Count(1)


async def test_long_list_is_counted_no_further_than_it_matters(
    chain: Chain, keeping: QueueKeeping, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 6):
        await send(chain, number)
    await chain.deliver()
    await keeping.follow()
    for module in (use_case, queue_pages):
        monkeypatch.setattr(module, "COUNTED", 3)
    page = await desk.page("status=acknowledged")
    assert page.total.exact is False
    assert page.facets[Facet.STATUS]["acknowledged"].exact is False


async def test_what_somebody_has_seen_is_unread_again_when_it_moves(
    chain: Chain, keeping: QueueKeeping, desk: Desk
) -> None:
    transfer_id = await send(chain, 1)
    await chain.deliver()
    await keeping.follow()
    assert await desk.queue.unread(desk.seat) == Count(1)
    [line] = (await desk.page()).lines
    assert line.row.is_unread
    await chain.pool.execute(
        "INSERT INTO desk_seen VALUES ($1, $2, $3, $4, now())",
        *(desk.seat.staff_id, desk.office.code, transfer_id, line.row.move),
    )
    assert await desk.queue.unread(desk.seat) == Count(0)
    assert not (await desk.page()).lines[0].row.is_unread
    await chain.report(str(transfer_id), POLICE, "accepted")
    await keeping.follow()
    assert await desk.queue.unread(desk.seat) == Count(1)


async def test_arrivals_are_numbered_in_the_order_in_which_they_come(
    chain: Chain, keeping: QueueKeeping, desk: Desk
) -> None:
    await send(chain, 1)
    await keeping.follow()
    before = await desk.queue.newest(desk.seat)
    await send(chain, 2)
    await keeping.follow()
    after = await desk.queue.newest(desk.seat)
    assert after[1:] == before
    assert after[0] > before[0] == (await desk.page()).newest - (after[0] - before[0])


async def test_export_is_a_line_of_the_journal_without_a_word_that_was_searched_for(
    chain: Chain, keeping: QueueKeeping, desk: Desk
) -> None:
    await send(chain, 1)
    await keeping.follow()
    found = await desk.queue.export(desk.seat, Filters(text="电线"), "csv", outside=True)
    assert len(found) == 1
    [line] = await chain.journal("desk.exported")
    assert line["actor"] == desk.office.code
    assert line["data"] == {
        "staff": str(desk.seat.staff_id),
        "format": "csv",
        "outside": True,
        "rows": 1,
        "filters": ["q"],
    }


async def test_other_office_sees_nothing_whatever_the_query_says(
    chain: Chain, keeping: QueueKeeping
) -> None:
    """The queries of one office under the guard of another: row-level security, and not the query, keeps it out."""
    transfer_id = await send(chain, 1)
    await keeping.follow()
    mine, other = Desk(chain), Desk(chain, "other-police")
    assert len((await mine.page()).lines) == 1
    thief = Queue(other.reading, lambda: CALENDARS, chain.clock, new_id)
    for query in ("", "scope=all", "q=电线", "offence=CL-140", "claimed=nobody"):
        page = await thief.page(mine.seat, Filters.read_query(query), use_case.Step())
        assert (page.lines, page.total, page.newest) == ([], Count(0), 0)
        assert await thief.ids(mine.seat, Filters.read_query(query), 10) == []
    assert await thief.find_number(mine.seat, Filters(text=str(transfer_id))) is None
    assert await thief.unread(mine.seat) == Count(0)
    assert await thief.newest(mine.seat) == []


async def test_tokens_of_another_office_hit_nothing(chain: Chain, keeping: QueueKeeping) -> None:
    await send(chain, 1)
    await keeping.follow()
    tokens = chain.vault.fingerprints(["电"], office(POLICE).code)
    for slug, expected in ((POLICE, 1), (PROCURATORATE, 0)):
        async with transaction(chain.pool, Desk(chain, slug).reading._guard) as connection:
            found = await connection.fetch("SELECT desk_hits($1, NULL, NULL, 10)", tokens)
            assert len(found) == expected
    assert await chain.pool.fetch("SELECT desk_hits($1, NULL, NULL, 10)", tokens) == []


async def test_search_is_for_desks_alone(pool: asyncpg.Pool) -> None:
    rights = await pool.fetchval(
        "SELECT proacl::text FROM pg_proc WHERE proname = 'desk_hits'",
    )
    assert "linkage_desk=X" in rights
    assert not rights.startswith("{=X")


async def test_indexes_serve_a_list_under_row_level_security(chain: Chain) -> None:
    """What is not leakproof would be a filter over the whole queue: only such conditions are used that an index takes."""
    await chain.pool.execute("SET enable_seqscan = off")
    member = office(POLICE)
    async with transaction(chain.pool, Guard(member.code, "")) as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        for condition, index in (
            ("status = 'delivered' AND due_at > now()", "desk_items_by_status"),
            ("agency_code = 'x' AND due_at > now()", "desk_items_by_agency"),
            ("is_open AND due_at > now()", "desk_items_open"),
        ):
            plan = await connection.fetch(
                f"EXPLAIN SELECT FROM desk_items WHERE office_code = '{member.code}' AND {condition}"
                " ORDER BY due_at LIMIT 5"
            )
            text = "\n".join(row[0] for row in plan)
            assert index in text
            assert "due_at > now()" in text.partition("Index Cond")[2].partition("\n")[0]


def test_every_query_says_what_it_is_for() -> None:
    assert all(text.startswith("--") for text in adapter._SQL.values())
