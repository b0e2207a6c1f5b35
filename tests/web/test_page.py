"""The plain page: in a sandbox only, in Chinese, under a strict policy, and with nothing of a case."""

import re
from enum import Enum
from html.parser import HTMLParser

import asyncpg
import pytest

from adapters.web import page
from adapters.web.call import Services
from contracts.office import OfficeKind, Role
from service.domain.transfer import DispatchStatus, Status
from service.domain.whose_move import WHOSE_MOVE
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.web import Site, site_of


async def test_page_is_shown_in_a_sandbox_only(services: Services) -> None:
    async with site_of(services, sandbox=False) as site:
        assert (await site.call("GET", "/")).problem.code == "not_found"


async def test_page_shows_where_transfers_stand(site: Site, chain: Chain) -> None:
    transfer_id = (await chain.send()).transfer_id
    await chain.deliver()
    text = (await site.call("GET", "/")).body.decode()
    for word in (
        transfer_id[-8:],
        office("market").name,
        "生产、销售伪劣产品罪",
        "达到标准",
        "已回执",
        "下一步 接收机关: 决定是否受案",
        "公安机关 (移送)",
        "检察院 (抄送)",
        "2026-11-23 10:00:00",
        'lang="zh-CN"',
        'href="/v1/openapi.yaml"',
        'href="/v1/problems"',
    ):
        assert word in text


async def test_page_shows_nothing_of_a_case(site: Site, chain: Chain) -> None:
    await chain.send()
    text = (await site.call("GET", "/")).body.decode()
    for word in ("测试人员", "11010519491231002X", "60000", "某某食品店", "示市监案", "执法员"):
        assert word not in text


async def test_page_says_when_there_is_nothing(site: Site) -> None:
    assert "尚无移送" in (await site.call("GET", "/")).body.decode()


async def test_page_is_strict_and_kept_by_nobody(site: Site) -> None:
    headers = (await site.call("GET", "/")).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "text/html; charset=utf-8"


class _Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


async def test_page_runs_under_its_own_policy(site: Site, chain: Chain) -> None:
    """No script, no inline style, nothing from elsewhere."""
    await chain.send()
    parts = _Parts()
    parts.feed((await site.call("GET", "/")).body.decode())
    assert "table" in parts.tags
    assert not {"script", "style", "img", "iframe"} & set(parts.tags)
    assert not [name for name, _ in parts.attributes if name == "style" or name.startswith("on")]
    addresses = [value for name, value in parts.attributes if name in {"href", "src"} and value]
    assert all(re.match(r"/(?!/)", address) for address in addresses)
    for address in addresses:
        assert (await site.call("GET", address)).status == 200


async def test_names_cannot_become_markup(site: Site, chain: Chain, pool: asyncpg.Pool) -> None:
    await chain.send()
    await pool.execute("UPDATE offices SET name = '<b onclick=\"x\">局</b>'")
    text = (await site.call("GET", "/")).body.decode()
    assert "<b " not in text
    assert "&lt;b " in text


async def test_alarm_is_a_word_and_a_colour(site: Site, chain: Chain, pool: asyncpg.Pool) -> None:
    await chain.send()
    await pool.execute("UPDATE transfers SET status = 'undeliverable'")
    assert '<strong class="alarm">无法送达</strong>' in (await site.call("GET", "/")).body.decode()


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (page.STATUSES, Status),
        (page.DISPATCHES, DispatchStatus),
        (page.KINDS, OfficeKind),
        (page.ROLES, Role),
        (WHOSE_MOVE, Status),
    ],
    ids=["status", "dispatch", "kind", "role", "whose_move"],
)
def test_every_state_has_its_word(words: dict[Enum, object], kinds: type[Enum]) -> None:
    assert set(words) == set(kinds)
