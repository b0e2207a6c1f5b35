"""Supervision over HTTP: who may call what, and what comes back."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts.jws import MEDIA_TYPE
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.supervision import SupervisionScene
from tests.support.web import Heard, Site, services_of, site_of

LEAD_PATHS = ("/v1/leads", f"/v1/leads/{uuid4()}", "/v1/undetermined")


@pytest.fixture
async def scene(chain: Chain) -> SupervisionScene:
    scene = SupervisionScene(chain)
    await scene.suspected()
    return scene


async def issued(site: Site, scene: SupervisionScene, **changes: Any) -> Heard:
    return await site.post("/v1/supervisions", scene.letter(**changes))


async def test_letter_is_posted_taken_and_answered(site: Site, scene: SupervisionScene) -> None:
    raw = scene.letter()
    posted = await site.post("/v1/supervisions", raw)
    assert (posted.status, posted.response.content_type) == (201, MEDIA_TYPE)
    again = await site.post("/v1/supervisions", raw)
    assert (again.status, again.body) == (200, posted.body)
    place = posted.headers["Location"]
    waiting = await site.call("GET", "/v1/supervisions?state=waiting", "market")
    [listed] = waiting.json["supervisions"]
    assert f"/v1/supervisions/{listed['supervision_id']}" == place
    document = await site.call("GET", listed["document"], "market")
    assert (document.body, document.response.content_type) == (raw, MEDIA_TYPE)
    view = (await site.call("GET", place, "market")).json
    assert (view["status"], view["standing"], view["clock"]["clock"]) == (
        *("delivered", "open", "T15"),
    )
    reply = scene.answer(listed["supervision_id"], "transferred")
    answered = await site.post("/v1/supervision-replies", reply)
    assert (answered.status, answered.headers["Location"]) == (201, place)
    seen = (await site.call("GET", place, "county-justice")).json
    assert (seen["reply"], seen["standing"]) == ("transferred", "replied")


async def test_dismissal_has_no_place(site: Site, scene: SupervisionScene) -> None:
    lead = (await scene.register.leads())[scene.record["case_number"], "X2"]
    about = {"kind": "dismissal", "lead_id": str(lead["id"])}
    heard = await issued(site, scene, **about, agency=None, case_number=None)
    assert (heard.status, "Location" in heard.headers) == (201, False)


async def test_leads_are_shown_to_supervisors(site: Site, scene: SupervisionScene) -> None:
    listed = (await site.call("GET", "/v1/leads?detector=X2", "county-justice")).json
    [lead] = listed["leads"]
    assert (lead["detector"], lead["status"], listed["next"]) == ("X2", "open", None)
    found = (await site.call("GET", f"/v1/leads/{lead['lead_id']}", "city-procuratorate")).json
    assert found == {**lead, "reason": None, "supervisions": found["supervisions"]}
    for filtered in ("status=dismissed", f"agency={office('tax').code}", "detector=X8"):
        heard = await site.call("GET", f"/v1/leads?{filtered}", "county-justice")
        assert heard.json["leads"] == []
    undetermined = await site.call("GET", "/v1/undetermined", "county-justice")
    assert undetermined.json == {"suspicions": [], "next": None}


@pytest.mark.parametrize("slug", ["market", "county-police", "commission"])
async def test_leads_are_no_concern_of_others(site: Site, slug: str) -> None:
    for path in LEAD_PATHS:
        assert (await site.call("GET", path, slug)).problem.code == "not_permitted"


async def test_letters_are_no_concern_of_the_police(site: Site, scene: SupervisionScene) -> None:
    place = (await issued(site, scene)).headers["Location"]
    for path in ("/v1/supervisions", place, f"{place}/document"):
        assert (await site.call("GET", path, "county-police")).problem.code == "not_permitted"
        assert (await site.call("GET", path)).problem.code == "unauthenticated"
    assert (await site.call("GET", place, "tobacco")).problem.code == "not_found"


@pytest.mark.parametrize(
    "query", ["state=lost", "status=lost", "detector=X99", "limit=0", "after=nonsense"]
)
async def test_wrong_filter_is_named(site: Site, query: str) -> None:
    path = "/v1/leads" if query.startswith(("status", "detector")) else "/v1/supervisions"
    problem = (await site.call("GET", f"{path}?{query}", "county-justice")).problem
    assert problem.code == "malformed_request"
    assert problem.errors[0].pointer == f"/{query.partition('=')[0]}"


async def test_refusal_is_a_problem(site: Site, scene: SupervisionScene) -> None:
    unlawful = await issued(site, scene, kind="supervisory_letter")
    assert unlawful.problem.code == "not_permitted"
    mine = {"letter_id": "mine-1"}
    await issued(site, scene, **mine)
    assert (await issued(site, scene, **mine, text="另一份")).problem.code == "letter_id_reused"
    stray = await site.post("/v1/supervision-replies", scene.answer(str(uuid4())))
    assert stray.problem.code == "not_found"


async def test_letter_is_no_reply(site: Site, scene: SupervisionScene) -> None:
    heard = await site.post("/v1/supervision-replies", scene.letter())
    assert heard.problem.code == "wrong_typ"


async def test_letter_that_is_too_long_is_refused(chain: Chain, tmp_path: Path) -> None:
    scene = SupervisionScene(chain)
    async with site_of(services_of(chain, tmp_path), report=512) as site:
        assert (await issued(site, scene)).problem.code == "too_large"
