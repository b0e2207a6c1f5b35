"""The rule book over HTTP: for anybody, the same bytes for the same law, and not sent twice."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from adapters.web.call import Services
from contracts.facts import load_vocabulary
from contracts.rulebook import load_rulebook
from contracts.rulebook_views import FactsView, OffenceView, RuleBookView
from service.domain.articles import Articles
from service.domain.rulebook import compile_rulebook
from tests.support.web import site_of

BOOK = load_rulebook()
PATHS = ("/v1/rulebook", "/v1/rulebook/CL-214?on=2025-03-01", "/v1/facts")


@pytest.fixture(scope="module")
def articles() -> Articles:
    return Articles(compile_rulebook(BOOK, load_vocabulary()))


@pytest.fixture
async def site(services: Services, articles: Articles):
    """No database and no office: the law is everybody's."""
    evening = datetime(2025, 4, 25, 16, 30, tzinfo=UTC)  # in China it is the 26th
    async with site_of(replace(services, articles=lambda: articles, now=lambda: evening)) as site:
        yield site


async def test_list_names_the_book_and_leads_to_every_offence(site):
    heard = await site.call("GET", "/v1/rulebook")
    view = RuleBookView.model_validate_json(heard.body)
    assert (heard.status, view.rulebook.digest) == (200, BOOK.digest)
    assert view.rulebook.version == BOOK.version
    assert [entry.row for entry in view.offences] == [one.row for one in BOOK.offences]
    for entry in view.offences[::9]:
        told = OffenceView.model_validate_json((await site.call("GET", entry.href)).body)
        assert [row.row for row in told.rows] == [entry.row]


async def test_offence_is_told_as_on_the_day(site):
    heard = await site.call("GET", "/v1/rulebook/CL-214?on=2025-03-01")
    view = OffenceView.model_validate_json(heard.body)
    assert (view.offence, view.on, view.rulebook.digest) == (
        "CL-214",
        date(2025, 3, 1),
        BOOK.digest,
    )
    (row,) = view.rows
    assert [one.branch for one in row.branches] == ["B2", "B4"]
    assert {one.effective_from for one in row.history} >= {date(2025, 4, 26)}


async def test_today_is_the_day_in_china(site):
    view = OffenceView.model_validate_json((await site.call("GET", "/v1/rulebook/M13")).body)
    assert view.on == date(2025, 4, 26)
    assert len(view.rows[0].branches) == 5


async def test_vocabulary_is_whole(site):
    view = FactsView.model_validate_json((await site.call("GET", "/v1/facts")).body)
    assert view.facts == load_vocabulary().facts


@pytest.mark.parametrize("path", PATHS)
async def test_who_has_the_bytes_is_not_sent_them_again(site, path):
    first = await site.call("GET", path)
    tag = first.headers["ETag"]
    assert tag.startswith('"')  # strong
    assert first.headers["Cache-Control"] == "public, no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await site.call("GET", path, headers={"If-None-Match": known})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    other = await site.call("GET", path, headers={"If-None-Match": '"other"'})
    assert (other.status, other.body, other.headers["ETag"]) == (200, first.body, tag)
    headed = await site.call("HEAD", path)
    assert (headed.status, headed.body, headed.headers["ETag"]) == (200, b"", tag)


async def test_other_day_and_other_book_have_other_tags(site, services, articles):
    one, other = [
        (await site.call("GET", f"/v1/rulebook/M13?on={day}")).headers["ETag"]
        for day in ("2025-04-25", "2025-04-26")
    ]
    assert one != other
    newer = Articles(compile_rulebook(BOOK.model_copy(update={"version": "9"}), load_vocabulary()))
    async with site_of(replace(services, articles=lambda: newer)) as later:
        tag = (await later.call("GET", "/v1/rulebook")).headers["ETag"]
    assert tag != (await site.call("GET", "/v1/rulebook")).headers["ETag"]


@pytest.mark.parametrize("offence", ["CL-999", "M99", "..", "销售", "x" * 17, "CL_214", "m13"])
async def test_offence_that_the_book_has_not_is_not_found(site, offence):
    assert (await site.call("GET", f"/v1/rulebook/{offence}")).problem.code == "not_found"


@pytest.mark.parametrize("day", ["2025", "20250301", "2025-02-30", "yesterday", ""])
async def test_day_that_is_none_is_refused(site, day):
    found = (await site.call("GET", f"/v1/rulebook/CL-214?on={day}")).problem
    assert (found.code, [fault.pointer for fault in found.errors]) == ("malformed_request", ["/on"])
