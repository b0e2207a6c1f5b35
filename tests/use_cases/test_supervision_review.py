"""Who reads which lead and which letter, and the line that reading leaves."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts.supervision_views import SupervisionStanding
from service.domain.cursors import Place, write_cursor
from service.domain.register_glimpses import LeadFilter
from service.domain.supervision import standing_of
from service.review import Review
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.reading import reader
from tests.support.register import case, sold, without
from tests.support.scene import refusal_of
from tests.support.supervision import CASE, SupervisionScene

EVERY = LeadFilter()


@pytest.fixture
async def scene(chain: Chain) -> SupervisionScene:
    scene = SupervisionScene(chain)
    await scene.suspected()
    return scene


async def seen(
    scene: SupervisionScene, slug: str, state: SupervisionStanding | None = None
) -> list[UUID]:
    page = await scene.cases.review.supervisions(reader(slug), state, None, 100)
    return [one.supervision_id for one in page.supervisions]


async def test_letter_is_shown_to_its_agency_and_to_those_who_supervise_the_place(
    scene: SupervisionScene,
) -> None:
    letter = UUID((await scene.issue()).supervision_id or "")
    for slug in ("market", "county-procuratorate", "county-justice", "city-procuratorate"):
        assert await seen(scene, slug) == [letter]
        assert (await scene.cases.review.supervision(reader(slug), letter)).case_number == CASE
    for slug in ("tobacco", "other-procuratorate"):
        assert await seen(scene, slug) == []
        for look in (scene.cases.review.supervision, scene.cases.review.document):
            assert await refusal_of(look(reader(slug), letter)) == "not_found"
    assert await refusal_of(scene.cases.review.document(reader("market"), uuid4())) == "not_found"


async def test_agency_is_told_of_no_lead(scene: SupervisionScene) -> None:
    letter = UUID((await scene.issue()).supervision_id or "")
    assert (await scene.cases.review.supervision(reader("market"), letter)).lead_ids == []
    told = await scene.cases.review.supervision(reader("county-justice"), letter)
    assert told.lead_ids


async def test_file_of_a_letter_tells_all_that_happened_but_readings(
    scene: SupervisionScene,
) -> None:
    letter = UUID((await scene.issue()).supervision_id or "")
    before = await scene.cases.review.supervision(reader("market"), letter)
    assert (before.clock, before.standing, before.whose_move_zh[:2]) == (None, "waiting", "平台")
    await scene.cases.review.document(reader("market"), letter)
    after = await scene.cases.review.supervision(reader("market"), letter)
    assert after.clock is not None
    assert (after.clock.clock, after.clock.state) == ("T15", "open")
    assert [one.action for one in after.history] == ["supervision.issued", "supervision.delivered"]
    read = await scene.chain.journal("supervision.read")
    assert {one["subject_id"] for one in read} == {letter}
    assert len(read) == 3


async def test_both_sides_hear_of_a_letter_by_their_events(
    scene: SupervisionScene, review: Review
) -> None:
    letter = UUID((await scene.issue()).supervision_id or "")
    await scene.cases.review.document(reader("market"), letter)
    scene.chain.clock.advance(days=60)
    await scene.cases.watch.look()
    heard = {
        slug: [
            event.action
            for event in (await review.events(reader(slug), None, 100)).events
            if event.subject_id == letter
        ]
        for slug in ("market", "county-procuratorate", "city-procuratorate", "county-police")
    }
    told = ["supervision.issued", "supervision.delivered", "supervision.missed"]
    told += ["supervision.escalated", "supervision.notified"]
    assert heard["market"] == heard["county-procuratorate"] == heard["city-procuratorate"] == told
    assert heard["county-police"] == []


async def test_lists_go_on_page_by_page(scene: SupervisionScene) -> None:
    letters = [UUID((await scene.issue()).supervision_id or "") for _ in range(3)]
    found, after = [], None
    for _ in range(3):
        page = await scene.cases.review.supervisions(reader("market"), None, after, 1)
        found += [one.supervision_id for one in page.supervisions]
        after = page.next
    assert (found, after) == (letters, None)


async def test_mailbox_lists_what_the_agency_has_not_taken(scene: SupervisionScene) -> None:
    first, second = [UUID((await scene.issue()).supervision_id or "") for _ in range(2)]
    assert await seen(scene, "market", "waiting") == [first, second]
    await scene.cases.review.document(reader("market"), first)
    assert await seen(scene, "market", "waiting") == [second]
    assert await seen(scene, "market", "open") == [first]


async def test_standing_in_sql_is_that_of_the_domain(scene: SupervisionScene) -> None:
    letters = [(await scene.issue()).supervision_id for _ in range(5)]
    for letter in letters[1:]:
        await scene.cases.review.document(reader("market"), UUID(letter or ""))
    await scene.reply(letters[3])
    await scene.close(letters[4], "adopted")
    await scene.pool.execute(
        "UPDATE supervisions SET due_at = $2 WHERE id = $1",
        *(UUID(letters[2] or ""), scene.chain.clock.now() - timedelta(seconds=1)),
    )
    found: dict[UUID, str] = {}
    for state in ("waiting", "open", "overdue", "replied", "closed"):
        found |= dict.fromkeys(await seen(scene, "market", state), state)
    assert [found[UUID(letter or "")] for letter in letters] == [
        *("waiting", "open", "overdue", "replied", "closed")
    ]
    async with scene.chain.uow.begin() as records:
        for letter, told in found.items():
            state = await records.supervisions.find(letter)
            assert state is not None
            assert standing_of(state, scene.chain.clock.now()) == told


async def test_lead_is_shown_in_its_jurisdiction_and_the_reading_names_no_agency(
    scene: SupervisionScene,
) -> None:
    lead = (await scene.register.leads())[CASE, "X2"]
    letter = await scene.issue(lead_id=str(lead["id"]))
    found = await scene.cases.review.lead(reader("county-justice"), lead["id"])
    assert (found.detector, found.status, found.case_number) == ("X2", "supervised", CASE)
    assert [str(one.supervision_id) for one in found.supervisions] == [letter.supervision_id]
    [line] = await scene.chain.journal("lead.read")
    assert (line["subject_id"], line["agency_code"]) == (lead["id"], None)
    for slug in ("other-procuratorate", "market"):
        assert await refusal_of(scene.cases.review.lead(reader(slug), lead["id"])) == "not_found"
    unknown = scene.cases.review.lead(reader("county-justice"), uuid4())
    assert await refusal_of(unknown) == "not_found"


async def test_leads_are_listed_within_the_jurisdiction_the_highest_score_first(
    scene: SupervisionScene,
) -> None:
    await scene.suspected(case_number="示案〔2026〕800号", facts=sold(900_000))
    found, after = [], None
    for _ in range(20):
        page = await scene.cases.review.leads(reader("city-justice"), EVERY, after, 1)
        found += page.leads
        after = page.next
        if after is None:
            break
    assert {one.lead_id for one in found} == {
        one["id"] for one in (await scene.register.leads()).values()
    }
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    other = await scene.cases.review.leads(reader("other-procuratorate"), EVERY, None, 100)
    assert other.leads == []


async def test_leads_are_filtered(scene: SupervisionScene) -> None:
    async def listed(which: LeadFilter) -> set[str]:
        page = await scene.cases.review.leads(reader("county-justice"), which, None, 100)
        return {one.detector for one in page.leads}

    assert await listed(LeadFilter(detectors=["X2"])) == {"X2"}
    assert await listed(LeadFilter(agency_code=office("tobacco").code)) == set()
    assert await listed(LeadFilter(statuses=["dismissed"])) == set()


async def test_what_cannot_be_said_is_listed_page_by_page(scene: SupervisionScene) -> None:
    for number in range(3):
        facts = without(sold(90_000), "sales_amount", "unsold_goods_value")
        await scene.register.take(case(case_number=f"缺事实{number}", facts=facts))
    found, after = [], None
    for _ in range(20):
        page = await scene.cases.review.suspicions(reader("county-procuratorate"), EVERY, after, 1)
        found += page.suspicions
        after = page.next
        if after is None:
            break
    assert {one.case_number for one in found} == {f"缺事实{number}" for number in range(3)}
    assert all(one.missing for one in found)
    elsewhere = await scene.cases.review.suspicions(reader("other-procuratorate"), EVERY, None, 9)
    assert elsewhere.suspicions == []


async def test_place_beyond_every_score_is_the_beginning(scene: SupervisionScene) -> None:
    lead = await scene.suspected()
    after = write_cursor(Place(2**62, lead["id"]))
    page = await scene.cases.review.leads(reader("county-justice"), EVERY, after, 9)
    assert str(lead["id"]) in {str(one.lead_id) for one in page.leads}


@pytest.mark.parametrize("after", ["nonsense", "X.1.2"])
async def test_place_that_we_did_not_write_is_refused(scene: SupervisionScene, after: str) -> None:
    review = scene.cases.review
    for listed in (
        review.suspicions(reader("county-justice"), EVERY, after, 1),
        review.leads(reader("county-justice"), EVERY, after, 1),
        review.supervisions(reader("market"), None, after, 1),
    ):
        assert await refusal_of(listed) == "malformed_request"
