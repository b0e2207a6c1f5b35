"""`linkage overview` and `linkage appraisal` on a real database."""

import asyncio
import csv
from pathlib import Path

import asyncpg
import pytest
from python_calamine import CalamineWorkbook

from contracts.appraisal_views import AppraisalView, OverviewView
from tests.support.chain import Chain
from tests.support.command_line import Called, call
from tests.support.figures import LONG_AGO, add_deadline, add_lead, add_tallies
from tests.support.offices import office

OCTOBER = ("--month", "2026-10")


@pytest.fixture
async def figures(pool: asyncpg.Pool) -> None:
    await Chain(pool).open()
    await add_tallies(pool, "market", "2026-10", transferred=12, transferred_in_time=9)
    await add_tallies(pool, "tax", "2026-10", transferred=4, never_transferred=3, lead__X1=3)
    await add_lead(pool, "tax", 1)
    await add_deadline(pool, "market", LONG_AGO)


async def linkage(database: str, *words: object, **more: object) -> Called:
    return await asyncio.to_thread(call, *words, database_url=database, **more)


@pytest.mark.usefixtures("figures")
async def test_overview_says_the_two_that_matter_first(database: str) -> None:
    told = await linkage(database, "overview")
    assert told.out.splitlines()[0] == "1 件逾期 · 3 件应移送未移送"
    assert "达到追诉标准而未移送" in told.out


@pytest.mark.usefixtures("figures")
async def test_overview_is_one_object_for_programs(database: str) -> None:
    told = await linkage(database, "overview", "--json", register_expected_every="10m")
    view = OverviewView.model_validate(told.json)
    assert (view.overdue, view.never_transferred, view.leads["X1"]) == (1, 3, 3)
    assert view.silent_agencies == 8


@pytest.mark.usefixtures("figures")
async def test_appraisal_shows_rates_with_their_numbers_and_the_caution(database: str) -> None:
    told = await linkage(database, "appraisal", *OCTOBER)
    (line,) = (one for one in told.out.splitlines() if "及时移送率" in one and "市场" in one)
    assert line.split()[-4:] == ["9/12", "75.0%", "0/0", "-"]
    (few,) = (one for one in told.out.splitlines() if "立案率" in one and "税务" in one)
    assert few.split()[-5:] == ["0/4", "0.0%", "*", "0/0", "-"]
    assert "不作单位之间的排名" in told.out
    assert "CL-140: 1 open under leads" in told.out


@pytest.mark.usefixtures("figures")
async def test_appraisal_by_sector_and_region_for_programs(database: str) -> None:
    words = ("appraisal", *OCTOBER, "--months", 12, "--json")
    by_sector = AppraisalView.model_validate(
        (await linkage(database, *words, "--by", "sector")).json
    )
    counts = {one.key: one.counts["transferred"] for one in by_sector.rows}
    assert (counts["market_supervision"], counts["tax"], by_sector.months) == (12, 4, 12)
    told = await linkage(database, *words, "--by", "region", "--level", "county")
    assert [one["key"] for one in told.json["rows"]] == ["339900", "339921", "339922"]


@pytest.mark.usefixtures("figures")
async def test_appraisal_writes_files_that_spreadsheets_open(
    database: str, tmp_path: Path, pool: asyncpg.Pool
) -> None:
    await pool.execute("UPDATE offices SET name = '=1+1' WHERE code = $1", office("tax").code)
    table, book = tmp_path / "a.csv", tmp_path / "a.xlsx"
    told = await linkage(database, "appraisal", *OCTOBER, "--csv", table, "--xlsx", book)
    assert (told.code, told.out) == (0, "")

    with table.open(encoding="utf-8-sig", newline="") as file:
        lines = [*csv.DictReader(file)]
    (line,) = (one for one in lines if one["指标"] == "及时移送率" and one["领域"] == "tax")
    assert (line["名称"], line["分子"], line["分母"], line["比率"]) == ("'=1+1", "0", "4", "0.0")
    assert line["件数少"] == "是"

    sheets = CalamineWorkbook.from_path(book)
    assert sheets.sheet_names == ["指标", "走势", "件数", "说明"]
    head, *rows = sheets.get_sheet_by_name("件数").to_python()
    (row,) = (one for one in rows if one[0] == office("tax").code)
    assert dict(zip(head, row, strict=True))["移送案件"] == 4.0
    assert row[1] == "=1+1"
    trend = sheets.get_sheet_by_name("走势").to_python()
    assert len(trend) == 1 + 8 * 13 * 12
    assert "排名" in str(sheets.get_sheet_by_name("说明").to_python()[1])


async def test_month_that_is_none_is_said(database: str) -> None:
    told = await linkage(database, "appraisal", "--month", "2026-13", "--json")
    assert (told.code, told.error["advice"]) == (1, "write it as 2026-10")


async def test_file_that_cannot_be_written_is_said(database: str, tmp_path: Path) -> None:
    for option in ("--csv", "--xlsx"):
        told = await linkage(database, "appraisal", option, tmp_path / "none" / "a")
        assert told.code == 1
        assert "No such file or directory" in told.err
