"""Who may do what: every page and every operation, with every role at every kind of office, against what is declared.

`authorisation.yaml` stands beside the code and not in it: a door that opens by a change of the code fails here.
"""

import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import yaml
from aiohttp import ClientSession, ClientTimeout, CookieJar

from adapters.clock import new_id
from adapters.keys import bearer_token
from adapters.main import Running
from adapters.web.app import build_app
from adapters.web.call import Services
from adapters.web.operation import Access
from adapters.web.operations import OPERATIONS
from adapters.web.pages.page import Page
from adapters.web.pages.services import PageServices
from adapters.web.pages.sign_in import DEMO_ISSUER
from adapters.web.pages.table import TABLE
from contracts.office import OfficeKind
from service.domain.staff import StaffRole
from service.staff import Staff
from tests.support.case_pages import CaseScene
from tests.support.chain import Chain, HeldClock
from tests.support.desk_pages import draft, enrol_desk, link_to
from tests.support.offices import key_of, office
from tests.support.packets import NOW
from tests.support.pages import SAME_ORIGIN, Visitor, pages_platform
from tests.support.supervision import SupervisionScene

OFFICES = {
    OfficeKind.AGENCY: "market",
    OfficeKind.JUDICIAL_ADMINISTRATION: "county-justice",
    OfficeKind.PROCURATORATE: "county-procuratorate",
    OfficeKind.PUBLIC_SECURITY: "county-police",
    OfficeKind.ANTI_SMUGGLING: "customs-police",
    OfficeKind.SUPERVISION_COMMISSION: "commission",
}
NOWHERE = str(UUID(int=1))
PLACES = {"digest": f"sha-256:{'0' * 64}", "part": "findings", "name": "openapi.yaml"}
LEAVING = {"/sign-out", "/sign-out/everywhere", "/sign-in/demo"}
DENIED = re.compile(r"is not for your roles")


@dataclass(frozen=True)
class Rule:
    """What the declared table says of one page; without roles it is for anybody."""

    roles: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    foreign: str | int | None = None

    def lets_in(self, role: str, kind: str) -> bool:
        return not self.roles or (role in self.roles and kind in self.kinds)


@cache
def declared() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "authorisation.yaml").read_text("utf-8"))


def rules() -> dict[str, Rule]:
    groups = declared()["groups"]
    return {
        address: Rule(frozenset(one["roles"]), frozenset(groups[one["at"]]), one.get("foreign"))
        if one
        else Rule()
        for address, one in declared()["pages"].items()
    }


def address_of(page: Page) -> str:
    return f"{page.method} {page.path}"


def filled(path: str, places: Mapping[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: places.get(found[1], NOWHERE), path)


@pytest.fixture
async def running(database: str, tmp_path: Path) -> AsyncIterator[Running]:
    vault = b64encode(b"v" * 32).decode()
    async with pages_platform(database, tmp_path, HeldClock(NOW), vault_key=vault) as running:
        yield running


async def enter(running: Running, slug: str, subject: str, *roles: StaffRole) -> None:
    ground = running.ground
    staff = Staff(ground.uow, ground.registry.now, ground.clock, new_id)
    await staff.enter(DEMO_ISSUER, subject, subject, office(slug).code, frozenset(roles))


async def status_of(session: ClientSession, url: str, method: str) -> tuple[int, str, str]:
    """Ask, and give the status, where it leads, and what is said; a stream of events is left at once."""
    sent = SAME_ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
    async with session.request(method, url, headers=sent, allow_redirects=False) as answer:
        streams = answer.content_type == "text/event-stream"
        text = "" if streams else (await answer.read()).decode("utf-8", "replace")
        return answer.status, answer.headers.get("Location", ""), text


def browser() -> ClientSession:
    return ClientSession(cookie_jar=CookieJar(unsafe=True), timeout=ClientTimeout(total=20))


# The tables agree.


def test_every_page_is_declared_as_it_is() -> None:
    found = {
        address_of(page): Rule() if page.is_public else Rule(page.roles, page.kinds)
        for page in TABLE
    }
    assert {name: Rule(one.roles, one.kinds) for name, one in rules().items()} == found


def test_every_address_that_names_something_says_who_else_may_see_it() -> None:
    for address, rule in rules().items():
        assert (rule.foreign is not None) == ("{" in address and bool(rule.roles)), address


def test_every_operation_is_declared_as_it_is() -> None:
    groups = declared()["groups"]
    found = {
        one.name: {"access": one.access.value}
        | ({"at": one.kinds} if one.access is Access.BEARER else {})
        for one in OPERATIONS
    }
    told = {
        name: one | ({"at": frozenset(groups[one["at"]])} if "at" in one else {})
        for name, one in declared()["operations"].items()
    }
    assert told == found


def test_there_is_no_other_route(services: Services) -> None:
    pages = PageServices(None, None, None, None, None, None)  # type: ignore[arg-type] # asked by nobody
    app = build_app(services, pages=pages)
    routes = {
        (route.method, route.resource.canonical) for route in app.router.routes() if route.resource
    }
    known = {(one.method, one.path) for one in (*OPERATIONS, *TABLE)}
    known |= {("HEAD", path) for method, path in known if method == "GET"}
    files = {tuple(one.split(" ", 1)) for one in declared()["static"]}
    files |= {("HEAD", path) for _, path in files}
    assert routes - known == files


# Every page, with every role alone, at every kind of office.


@pytest.mark.parametrize("kind", OFFICES)
async def test_page_lets_in_whom_it_is_declared_for(running: Running, kind: OfficeKind) -> None:
    wrong = []
    for role in StaffRole:
        subject = f"{kind}-{role}"
        await enter(running, OFFICES[kind], subject, role)
        async with Visitor(running.url) as visitor, browser() as session:
            await visitor.post("/sign-in/demo", person=subject, next="/account")
            cookie = {"linkage": visitor.cookies["linkage"]}
            for page in TABLE:
                if page.path in LEAVING:
                    continue
                session.cookie_jar.update_cookies(cookie)
                url = f"{running.url}{filled(page.path, PLACES)}"
                status, leads, text = await status_of(session, url, page.method)
                is_in = not DENIED.search(text)
                if is_in is not rules()[address_of(page)].lets_in(role, kind):
                    wrong.append(f"{role}: {address_of(page)} answers {status}")
                assert status < 500, (address_of(page), text)
                assert status == 403 or is_in
                assert not leads.startswith("/sign-in?next"), address_of(page)
    assert not wrong


async def test_nobody_is_let_in_but_where_it_is_public(running: Running) -> None:
    async with browser() as session:
        for page in TABLE:
            url = f"{running.url}{filled(page.path, PLACES)}"
            status, leads, _ = await status_of(session, url, page.method)
            if not rules()[address_of(page)].roles:
                assert status != 401, address_of(page)
                assert not leads.startswith("/sign-in?next"), address_of(page)
            elif page.method == "GET":
                assert (status, leads.partition("=")[0]) == (303, "/sign-in?next")
            else:
                assert status == 401, address_of(page)


@pytest.mark.parametrize("role", StaffRole)
async def test_who_is_signed_in_may_leave(running: Running, role: StaffRole) -> None:
    await enter(running, "market", f"leaves-{role}", role)
    for path in ("/sign-out", "/sign-out/everywhere"):
        async with Visitor(running.url) as visitor:
            await visitor.post("/sign-in/demo", person=f"leaves-{role}", next="/account")
            assert (await visitor.post(path)).path.startswith("/sign-in")


# Every address that names something, asked by an office that has no part in it.


@pytest.fixture
async def places(running: Running, pool: asyncpg.Pool) -> Mapping[str, str]:
    """One of each thing that an address can name: all belong to the county's procuratorate."""
    await enrol_desk(running, "county-procuratorate", "other-procuratorate")
    case, chain = CaseScene(running), Chain(pool, HeldClock(NOW))
    await chain.reload()
    supervision = SupervisionScene(chain)
    transfer_id = await case.post()
    lead = await supervision.suspected()
    receipt = await supervision.issue()
    digest = await pool.fetchval("SELECT digest FROM materials LIMIT 1")
    async with Visitor(running.url) as he:
        await he.post("/sign-in/demo", person="he2", next="/account")
        path = f"/desk/transfers/{transfer_id}"
        check = await draft(he, path, "supplement_requested", reason="缺", missing_more="照片")
        act = link_to(check, "/desk/acts/[0-9a-f-]+/confirm").split("/")[3]
        bulk = await he.post("/desk/bulk", [("transfer", str(transfer_id))], kind="acknowledge")
        group = link_to(bulk, "/desk/bulk/[0-9a-f-]+/confirm").split("/")[3]
        await he.post("/desk/views", name="我的", query="")
    view_id = await pool.fetchval("SELECT id FROM desk_views")
    return {
        "transfer_id": str(transfer_id),
        "digest": digest,
        "lead_id": str(lead["id"]),
        "supervision_id": str(receipt.supervision_id),
        "act": act,
        "group": group,
        "view_id": str(view_id),
    }


OWN = [address for address, rule in rules().items() if rule.foreign == 404]


async def test_what_belongs_to_another_office_is_not_there(
    running: Running, places: Mapping[str, str], pool: asyncpg.Pool
) -> None:
    before = await counts(pool)
    every = [role for role in StaffRole if role is not StaffRole.OPERATOR]
    await enter(running, "other-procuratorate", "stranger", *every)
    wrong = []
    async with Visitor(running.url) as stranger, Visitor(running.url) as insider:
        for who, name in ((stranger, "stranger"), (insider, "he2")):
            await who.post("/sign-in/demo", person=name, next="/account")
        for address in OWN:
            method, path = address.split(" ", 1)
            where = filled(path, places)
            assert NOWHERE not in where, f"{address}: the test names nothing for it"
            if method == "GET":
                seen = await stranger.get(where, follow=False)
            else:
                seen = await stranger.post(where, form_for(path).items(), follow=False)
            if seen.status != 404:
                wrong.append(f"{address} answers {seen.status}")
            if method == "GET":
                own = await insider.get(where, follow=False)
                assert own.status in {200, 303}, (address, own.words)
    assert not wrong
    assert await counts(pool) == before


def form_for(path: str) -> dict[str, str]:
    """Fill in what an act is asked for, so that it is not refused for its form."""
    kinds = {"/desk": "supplement_requested", "/leads": "dismissal", "/letters": "outcome"}
    kind = next(kind for begins, kind in kinds.items() if path.startswith(begins))
    told = {"reason": "x", "missing_more": "x", "text": "x", "result": "adopted"}
    return {"kind": kind, "seen_move": "1"} | told


async def counts(pool: asyncpg.Pool) -> dict[str, int]:
    """Count what a stranger must not have changed."""
    tables = (
        "desk_claims",
        "desk_acts",
        "desk_corrections",
        "desk_views",
        "supervisions",
        "reports",
    )
    return {name: await pool.fetchval(f"SELECT count(*) FROM {name}") for name in tables}


async def test_what_a_form_names_of_another_office_is_left_out(
    running: Running, places: Mapping[str, str], pool: asyncpg.Pool
) -> None:
    await enter(running, "other-procuratorate", "stranger", StaffRole.CHIEF)
    async with Visitor(running.url) as stranger:
        await stranger.post("/sign-in/demo", person="stranger", next="/account")
        chosen = [("transfer", places["transfer_id"])]
        seen = await stranger.post("/desk/bulk", chosen, kind="acknowledge")
        assert "示市监移" not in seen.words
        assert "核对 0 件" in seen.words
        drafted = "SELECT outcome FROM desk_acts WHERE office_code = $1"
        assert await pool.fetchval(drafted, office("other-procuratorate").code) == "not_found"
        seen = await stranger.post("/account/seat", office=office("county-procuratorate").code)
        assert seen.status == 404
        for page in ("/desk", "/leads", "/letters", "/transfers", "/deadlines", "/undetermined"):
            assert places["transfer_id"] not in (await stranger.get(page)).text
            assert places["lead_id"] not in (await stranger.get(page)).text


# Every operation, with a token of every kind of office.


def token_of(slug: str) -> str:
    return bearer_token(key_of(slug), office(slug).code, "linkage", NOW)


@pytest.mark.parametrize("kind", OFFICES)
async def test_operation_takes_a_token_of_the_kinds_it_is_declared_for(
    running: Running, kind: OfficeKind
) -> None:
    headers = {"Authorization": f"Bearer {token_of(OFFICES[kind])}"}
    async with ClientSession(headers=headers) as session:
        for one in OPERATIONS:
            if one.access is not Access.BEARER:
                continue
            url = f"{running.url}{filled(one.path, PLACES | {'kind': 'packet'})}"
            async with session.request(one.method, url) as answer:
                is_in = answer.status not in {401, 403}
                groups, rule = declared()["groups"], declared()["operations"][one.name]
                assert is_in is (kind in groups[rule["at"]]), (one.name, answer.status)
                assert answer.status < 500, one.name


async def test_operation_without_a_token_is_public_or_shut(running: Running) -> None:
    async with ClientSession() as session:
        for one in OPERATIONS:
            if one.access is Access.SIGNED:
                continue
            url = f"{running.url}{filled(one.path, PLACES | {'kind': 'packet'})}"
            async with session.request(one.method, url) as answer:
                assert (answer.status == 401) is (one.access is Access.BEARER), one.name


async def test_operation_does_not_tell_another_office_what_it_names(
    running: Running, places: Mapping[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {token_of('other-procuratorate')}"}
    names = places | {"dispatch_id": NOWHERE, "kind": "packet", "subject": places["transfer_id"]}
    async with ClientSession(headers=headers) as session:
        for one in OPERATIONS:
            is_asked = one.access is Access.BEARER and OfficeKind.PROCURATORATE in one.kinds
            if not is_asked or "{" not in one.path:
                continue
            async with session.request(one.method, running.url + filled(one.path, names)) as answer:
                assert answer.status == 404, one.name
