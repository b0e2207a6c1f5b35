"""The docket against a real database: what is in it, who sees it, and what is written down of that."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from contracts.office import Role
from contracts.packet import MaterialKind
from contracts.report import ReportKind
from service.domain.errors import Refusal
from service.domain.signatures import Standing
from service.domain.staff import StaffRole
from service.domain.transfer import Status
from tests.support.case_desk import CaseDesk, case_desk
from tests.support.chain import Chain
from tests.support.offices import key_of, office
from tests.support.packets import digest_of, material_bytes, packet, signed

PROCURATORATE, POLICE, CITY, ELSEWHERE = (
    *("county-procuratorate", "county-police"),
    *("city-procuratorate", "other-procuratorate"),
)
LETTER = material_bytes(MaterialKind.TRANSFER_LETTER)


@pytest.fixture
async def desk(chain: Chain, tmp_path: Path) -> CaseDesk:
    return await case_desk(chain, PROCURATORATE, tmp_path)


async def acknowledged(chain: Chain, number: int = 1, **changes: object) -> UUID:
    receipt = await chain.send(number, **changes)
    await chain.deliver()
    return UUID(receipt.transfer_id)


async def refused(asked: object) -> str:
    with pytest.raises(Refusal) as refusal:
        await asked  # type: ignore[misc]
    return refusal.value.code


async def test_docket_holds_the_whole_case(chain: Chain, desk: CaseDesk) -> None:
    transfer_id = await acknowledged(chain)
    await chain.report(str(transfer_id), POLICE, "supplement_requested", missing=["检验报告原件"])
    docket = await desk.cases.docket(desk.seat, transfer_id)
    assert docket.transfer.status is Status.SUPPLEMENT_REQUESTED
    assert docket.transfer.is_party
    assert docket.packet.case.title == "某某食品店销售不合格电线案"
    assert [one.material.kind for one in docket.materials] == list(MaterialKind)
    assert docket.screening is not None
    assert docket.screening.findings[0].at_act.deciding is not None
    assert docket.receipt is not None
    assert docket.receipt.transfer_id == str(transfer_id)
    assert {one.role for one in docket.dispatches} == {Role.PRINCIPAL, Role.COPY}
    assert len(docket.acknowledgements) == 2
    assert all(one.acknowledgement for one in docket.acknowledgements)
    (told,) = docket.reports
    assert told.report is not None
    assert (told.report.kind, told.report.missing) == (
        ReportKind.SUPPLEMENT_REQUESTED,
        ["检验报告原件"],
    )
    assert all(one.computation.agrees for one in docket.deadlines)
    assert docket.next_deadline is not None
    assert docket.next_deadline.deadline.clock.id == "T05"
    assert next(line.action for line in docket.history) == "packet.received"


async def test_every_signature_is_verified_again(chain: Chain, desk: CaseDesk) -> None:
    transfer_id = await acknowledged(chain)
    docket = await desk.cases.docket(desk.seat, transfer_id)
    assert {one.of.kind for one in docket.signatures} == {
        *("packet", "receipt", "dispatch", "acknowledgement")
    }
    assert {one.standing for one in docket.signatures} == {Standing.VALID}
    kids = {one.of.kind: one.kid for one in docket.signatures}
    assert kids["packet"] == "market-2026"


async def test_signature_of_a_key_revoked_since_says_so(chain: Chain, desk: CaseDesk) -> None:
    transfer_id = await acknowledged(chain)
    key = chain.registry.keys["market-2026"]
    keys = {**chain.registry.keys, key.kid: replace(key, revoked_at=chain.clock.now())}
    chain.registry = replace(chain.registry, keys=keys)
    standings = await standings_of(desk, transfer_id)
    assert standings["packet"] is Standing.KEY_REVOKED
    keys = {**keys, key.kid: replace(key, valid_until=chain.clock.now())}
    chain.registry = replace(chain.registry, keys=keys)
    assert (await standings_of(desk, transfer_id))["packet"] is Standing.KEY_EXPIRED
    chain.registry = replace(chain.registry, keys={})
    standings = await standings_of(desk, transfer_id)
    assert (standings["packet"], standings["receipt"]) == (Standing.UNKNOWN_KEY, Standing.VALID)


async def test_bytes_that_are_not_those_that_were_stored_are_broken(
    chain: Chain, desk: CaseDesk
) -> None:
    transfer_id = await acknowledged(chain)
    async with chain.pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE documents DISABLE TRIGGER ALL")
        await connection.execute("UPDATE documents SET digest = 'x' WHERE kind = 'dispatch'")
        await connection.execute(
            "UPDATE documents SET sealed = sealed || 'x'::bytea WHERE kind = 'acknowledgement'"
        )
    docket = await desk.cases.docket(desk.seat, transfer_id)
    broken = {one.of.kind for one in docket.signatures if one.standing is Standing.BROKEN}
    assert broken == {"dispatch", "acknowledgement"}
    assert all(one.acknowledgement is None for one in docket.acknowledgements)


async def standings_of(desk: CaseDesk, transfer_id: UUID) -> dict[str, Standing]:
    docket = await desk.cases.docket(desk.seat, transfer_id)
    return {one.of.kind: one.standing for one in docket.signatures}


async def test_office_elsewhere_finds_nothing(chain: Chain, tmp_path: Path) -> None:
    transfer_id = await acknowledged(chain)
    for slug in (ELSEWHERE, "other-police", "customs-police"):
        other = await case_desk(chain, slug, tmp_path)
        assert await refused(other.cases.docket(other.seat, transfer_id)) == "not_found"
        asked = other.cases.material(other.seat, transfer_id, digest_of(LETTER))
        assert await refused(asked) == "not_found"
        asked = other.corrections.add(other.seat, transfer_id, "/case/title", "x", "y")
        assert await refused(asked) == "not_found"
    assert await chain.journal("transfer.read", "material.read") == []


async def test_superior_reads_by_jurisdiction_and_corrects_nothing(
    chain: Chain, tmp_path: Path
) -> None:
    transfer_id = await acknowledged(chain)
    city = await case_desk(chain, CITY, tmp_path, role=StaffRole.SUPERVISOR)
    docket = await city.cases.docket(city.seat, transfer_id)
    assert not docket.transfer.is_party
    asked = city.corrections.add(city.seat, transfer_id, "/case/title", "x", "y")
    assert await refused(asked) == "not_permitted"
    assert await chain.count("desk_seen") == 0


async def test_reading_leaves_its_line_and_what_was_seen(chain: Chain, desk: CaseDesk) -> None:
    transfer_id = await acknowledged(chain)
    await desk.cases.docket(desk.seat, transfer_id)
    (line,) = await chain.journal("transfer.read")
    assert line["data"] == {"kid": f"desk:{desk.seat.staff_id}"}
    assert line["actor"] == office(PROCURATORATE).code
    move = await chain.pool.fetchval("SELECT move FROM transfers")
    assert await chain.pool.fetchval("SELECT move FROM desk_seen") == move
    docket = await desk.cases.docket(desk.seat, transfer_id)
    assert [docket.people[line.staff_id] for line in docket.readings if line.staff_id] == [
        "林检察官"
    ]


async def test_person_of_another_office_has_no_name(
    chain: Chain, desk: CaseDesk, tmp_path: Path
) -> None:
    transfer_id = await acknowledged(chain)
    police = await case_desk(chain, POLICE, tmp_path, name="王警官")
    await police.cases.docket(police.seat, transfer_id)
    docket = await desk.cases.docket(desk.seat, transfer_id)
    assert docket.people == {}
    assert docket.readings[0].staff_id == police.seat.staff_id


@pytest.fixture
async def transfer_id(chain: Chain, desk: CaseDesk) -> UUID:
    async def content() -> AsyncIterator[bytes]:
        yield LETTER

    store = desk.cases.materials
    await store.store(office("market").code, digest_of(LETTER), content(), 1000)
    return await acknowledged(chain)


async def test_file_that_is_fetched_in_pieces_leaves_one_line_an_hour(
    chain: Chain, desk: CaseDesk, transfer_id: UUID
) -> None:
    digest = digest_of(LETTER)
    for _ in range(3):
        opened, size = await desk.cases.material(desk.seat, transfer_id, digest)
        assert size == len(LETTER)
    pieces = [piece async for piece in desk.cases.content(opened, 3, 6)]
    assert b"".join(pieces) == LETTER[3:9]
    (line,) = await chain.journal("material.read")
    assert line["data"] == {"kid": f"desk:{desk.seat.staff_id}", "digest": digest}
    chain.clock.advance(hours=1, seconds=1)
    await desk.cases.material(desk.seat, transfer_id, digest)
    assert len(await chain.journal("material.read")) == 2


async def test_file_that_the_case_does_not_name_is_not_found(
    chain: Chain, desk: CaseDesk, transfer_id: UUID
) -> None:
    asked = desk.cases.material(desk.seat, transfer_id, digest_of(b"another"))
    assert await refused(asked) == "not_found"


async def test_file_that_the_disk_has_lost_is_not_found(
    chain: Chain, desk: CaseDesk, transfer_id: UUID
) -> None:
    other = digest_of(material_bytes(MaterialKind.ITEM_LIST))
    assert await refused(desk.cases.material(desk.seat, transfer_id, other)) == "not_found"
    docket = await desk.cases.docket(desk.seat, transfer_id)
    assert await desk.cases.sample(docket.materials[0], 6) == LETTER[:6]
    assert await desk.cases.sample(docket.materials[2], 6) is None


async def test_file_of_a_report_is_the_case_s_too(chain: Chain, desk: CaseDesk) -> None:
    transfer_id = await acknowledged(chain)
    await chain.report(str(transfer_id), POLICE, "supplement_requested")
    content = "补充的材料".encode()
    named = {
        "digest": digest_of(content),
        "kind": "other",
        "title": "补充说明",
        "media_type": "text/plain",
        "size": len(content),
    }
    async with chain.uow.begin() as records:
        await records.materials.add(
            office("market").code, named["digest"], len(content), chain.clock.now()
        )
    await chain.report(str(transfer_id), "market", "supplemented", materials=[named])
    docket = await desk.cases.docket(desk.seat, transfer_id)
    last = docket.materials[-1]
    assert (last.material.title, last.office_code) == ("补充说明", office("market").code)


async def test_versions_lead_back_from_the_one_that_counts(chain: Chain, desk: CaseDesk) -> None:
    first = await acknowledged(chain)
    document = packet(1) | {"packet_id": "packet-1b", "supersedes": "packet-1"}
    await chain.post(signed(document, key_of("market"), at=chain.clock.now()))
    await chain.deliver()
    docket = await desk.cases.docket(desk.seat, first)
    (later,) = docket.versions
    assert later.is_current
    assert not docket.transfer.is_current
    docket = await desk.cases.docket(desk.seat, later.id)
    assert [one.id for one in docket.versions] == [first]


async def test_correction_lies_over_the_field_with_its_author_and_reason(
    chain: Chain, desk: CaseDesk, tmp_path: Path
) -> None:
    transfer_id = await acknowledged(chain)
    await desk.corrections.add(desk.seat, transfer_id, "/suspects/0/name", " 李某 ", "身份证核对")
    docket = await desk.cases.docket(desk.seat, transfer_id)
    (over,) = docket.corrections["/suspects/0/name"]
    assert (over.value, over.reason, over.person) == ("李某", "身份证核对", "林检察官")
    assert docket.packet.suspects[0].name == "测试人员"
    (line,) = await chain.journal("desk.corrected")
    assert line["data"] == {
        "kid": f"desk:{desk.seat.staff_id}",
        "pointer": "/suspects/0/name",
    }
    assert line["agency_code"] is None
    sealed = await chain.pool.fetchval("SELECT sealed FROM desk_corrections")
    assert "李某".encode() not in sealed
    police = await case_desk(chain, POLICE, tmp_path)
    assert (await police.cases.docket(police.seat, transfer_id)).corrections == {}


async def test_correction_that_is_posted_twice_is_stored_once(
    chain: Chain, desk: CaseDesk, tmp_path: Path
) -> None:
    transfer_id = await acknowledged(chain)

    async def correct(value: str, reason: str, who: CaseDesk = desk) -> int:
        await who.corrections.add(who.seat, transfer_id, "/case/title", value, reason)
        return await chain.count("desk_corrections")

    twice = (correct("甲案", "笔误"), correct("甲案", "笔误 "))
    assert await asyncio.gather(*twice) == [1, 1]
    assert len(await chain.journal("desk.corrected")) == 1
    assert await correct("甲案", "核对原件") == 2
    assert await correct("乙案", "笔误") == 3
    assert await correct("甲案", "笔误") == 4  # it says something again, and not the same twice
    assert await correct("甲案", "笔误", await case_desk(chain, POLICE, tmp_path)) == 5


@pytest.mark.parametrize(
    ("pointer", "value", "reason"),
    [
        ("/case", "x", "y"),
        ("/case/nothing", "x", "y"),
        ("/suspects/7/name", "x", "y"),
        ("/case/title/0", "x", "y"),
        ("case", "x", "y"),
        ("/document_number/x", "x", "y"),
        ("/case/title", " ", "y"),
        ("/case/title", "x", ""),
        ("/case/title", "x" * 2001, "y"),
        ("/case/title", "x", "y" * 1001),
        ("/case/title", "a\u202eb", "y"),
        ("/case/title", "x", "a\u2066b"),
        ("/case/title", "a\x1bb", "y"),
        ("/case/title", "x", "\u200b"),
    ],
)
async def test_correction_of_nothing_is_refused(
    chain: Chain, desk: CaseDesk, pointer: str, value: str, reason: str
) -> None:
    transfer_id = await acknowledged(chain)
    asked = desk.corrections.add(desk.seat, transfer_id, pointer, value, reason)
    assert await refused(asked) == "schema"
    assert await chain.count("desk_corrections") == 0
