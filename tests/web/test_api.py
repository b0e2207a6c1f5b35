"""The interface as offices use it: real use cases, a real database, a real server."""

import json
import os
from collections.abc import AsyncIterator
from hashlib import sha256
from http import HTTPStatus
from io import BytesIO
from uuid import uuid4

import psutil
import pytest

from contracts.answers import DeadlinesPage, EventsPage, MailboxPage, TransferView
from contracts.dispatch import Dispatch
from contracts.document import parse
from contracts.jws import Typ, digest_of, open_envelope
from contracts.packet import MaterialKind
from contracts.problem import catalogue
from service.domain.delivery import Answer
from tests.support.chain import Chain, acknowledgement, receipt_in, report
from tests.support.offices import key_of, office
from tests.support.packets import material, material_bytes, materials, packet, signed
from tests.support.web import Heard, Site, said, token

MATERIAL = material_bytes(MaterialKind.TRANSFER_LETTER)


async def transfer(site: Site, number: int = 1, agency: str = "market") -> str:
    """Post a packet that is accepted, and give the path of its transfer."""
    heard = await site.post("/v1/transfers", signed(packet(number, agency=agency), key_of(agency)))
    assert heard.status == HTTPStatus.CREATED, heard.body
    return heard.headers["Location"]


async def put(site: Site, content: bytes, slug: str = "market", digest: str = "") -> Heard:
    return await site.call(
        "PUT", f"/v1/materials/{digest or digest_of(content)}", slug, data=BytesIO(content)
    )


async def test_same_bytes_get_the_same_receipt(site: Site) -> None:
    raw = signed(packet(), key_of("market"))
    first, second = [await site.post("/v1/transfers", raw) for _ in range(2)]
    assert (first.status, second.status) == (201, 200)
    assert first.body == second.body
    assert first.headers["Location"] == second.headers["Location"]
    assert receipt_in(first.body).of.digest == digest_of(raw)


async def test_wrong_signature_is_a_problem(site: Site) -> None:
    raw = signed(packet(), key_of("tobacco"), kid=office("market").kid, alg="ES256")
    assert (await site.post("/v1/transfers", raw)).problem.code == "bad_signature"


async def test_packet_can_be_tried_without_being_stored(site: Site, chain: Chain) -> None:
    heard = await site.post("/v1/transfers:validate", signed(packet(), key_of("market")))
    assert (heard.status, heard.json["accepted"]) == (200, True)
    assert await chain.count("transfers") == 0


async def test_transfer_tells_its_state_and_whose_move_it_is(site: Site) -> None:
    heard = await site.call("GET", await transfer(site), "market")
    view = TransferView.model_validate_json(heard.body)
    assert (view.status, view.move) == ("dispatching", 1)
    assert view.whose_move_zh == "平台：送达各接收机关"
    assert [one.role.value for one in view.dispatches] == ["principal", "copy"]
    assert heard.headers["ETag"] == f'"{view.version}"'


async def test_version_that_is_known_is_not_sent_again(site: Site, chain: Chain) -> None:
    path = await transfer(site)
    tag = (await site.call("GET", path, "market")).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = await site.call("GET", path, "market", headers={"If-None-Match": known})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == tag
    await chain.deliver()
    moved = await site.call("GET", path, "market", headers={"If-None-Match": tag})
    assert (moved.status, moved.json["status"]) == (200, "acknowledged")


async def test_any_tag_matches_a_star_by_showing_the_transfer(site: Site) -> None:
    path = await transfer(site)
    assert (await site.call("GET", path, "market", headers={"If-None-Match": "*"})).status == 200


async def test_others_do_not_see_the_transfer(site: Site) -> None:
    path = await transfer(site)
    for slug in ("tobacco", "other-police", "commission"):
        assert (await site.call("GET", path, slug)).problem.code == "not_found"


@pytest.mark.parametrize("kind", ["packet", "receipt"])
async def test_signed_document_is_given_byte_for_byte(site: Site, kind: str) -> None:
    raw = signed(packet(), key_of("market"))
    posted = await site.post("/v1/transfers", raw)
    path = posted.headers["Location"]
    subject = path.rpartition("/")[2]
    heard = await site.call("GET", f"{path}/documents/{kind}/{subject}", "county-police")
    assert heard.body == {"packet": raw, "receipt": posted.body}[kind]
    assert heard.headers["Content-Type"] == "application/jose+json"


async def test_document_that_is_not_there_is_not_found(site: Site) -> None:
    path = await transfer(site)
    heard = await site.call("GET", f"{path}/documents/report/{uuid4()}", "market")
    assert heard.problem.code == "not_found"


async def test_material_is_stored_once_and_found(site: Site) -> None:
    content = b"a file of a case" * 1000
    path = f"/v1/materials/{digest_of(content)}"
    assert (await site.call("HEAD", path, "market")).status == 404
    assert (await put(site, content)).status == 201
    again = await put(site, content)
    assert (again.status, again.json["size"]) == (200, len(content))
    found = await site.call("HEAD", path, "market")
    assert (found.status, found.body) == (200, b"")
    assert (await site.call("HEAD", path, "tobacco")).status == 404


async def test_material_that_is_held_is_not_even_sent(site: Site) -> None:
    await put(site, b"content")
    head = (
        f"PUT /v1/materials/{digest_of(b'content')} HTTP/1.1\r\nHost: here\r\nContent-Length: 7\r\n"
        f"Authorization: Bearer {token()}\r\nExpect: 100-continue\r\n\r\n"
    )
    assert (await said(site, head.encode()))[0] == 200


async def test_memory_stays_flat_while_a_large_file_comes_in(site: Site) -> None:
    block, count = os.urandom(1024**2), 192
    whole = sha256()
    for _ in range(count):
        whole.update(block)

    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield block

    before = psutil.Process().memory_info().rss
    path = f"/v1/materials/sha-256:{whole.hexdigest()}"
    assert (await site.call("PUT", path, "market", data=blocks())).status == 201
    assert psutil.Process().memory_info().rss - before < 48 * 1024**2


async def test_material_with_other_content_is_refused(site: Site) -> None:
    heard = await put(site, b"other", digest=digest_of(b"content"))
    assert heard.problem.code == "digest_mismatch"


async def test_materials_are_brought_by_agencies_only(site: Site) -> None:
    assert (await put(site, b"content", "county-police")).problem.code == "not_permitted"


async def test_party_reads_the_files_of_its_case(site: Site) -> None:
    content = b"%PDF-1.7" + b"0" * 3_000_000
    await put(site, content)
    named = material(MaterialKind.OTHER, content, media_type="application/pdf")
    posted = await site.post(
        "/v1/transfers", signed(packet(materials=[*materials(), named]), key_of("market"))
    )
    path = f"{posted.headers['Location']}/materials/{digest_of(content)}"
    heard = await site.call("GET", path, "county-police")
    assert (heard.status, heard.body) == (200, content)
    assert heard.headers["Content-Type"] == "application/pdf"
    assert heard.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in heard.headers["Content-Security-Policy"]
    assert heard.headers["X-Request-Id"]
    headed = await site.call("HEAD", path, "county-police")
    assert (headed.status, headed.body) == (200, b"")


async def test_file_that_is_no_part_of_the_case_is_not_found(site: Site) -> None:
    await put(site, b"of another case")
    path = f"{await transfer(site)}/materials/{digest_of(b'of another case')}"
    assert (await site.call("GET", path, "market")).problem.code == "not_found"


async def test_file_that_the_disk_lost_is_a_problem_and_not_half_an_answer(site: Site) -> None:
    path = f"{await transfer(site)}/materials/{digest_of(MATERIAL)}"
    assert (await site.call("GET", path, "market")).problem.code == "internal"


async def test_mailbox_gives_the_same_bytes_until_they_are_acknowledged(site: Site) -> None:
    await transfer(site, agency="fishery")
    slug = "other-procuratorate"
    page = MailboxPage.model_validate_json((await site.call("GET", "/v1/mailbox", slug)).body)
    [item] = page.items
    first, second = [await site.call("GET", item.href, slug) for _ in range(2)]
    assert first.body == second.body
    dispatch = parse(Dispatch, open_envelope(first.body).payload)
    assert dispatch.dispatch_id == str(item.dispatch_id)

    answer = acknowledgement(dispatch.dispatch_id, digest_of(first.body), slug)
    taken = signed(answer, key_of(slug), typ=Typ.ACKNOWLEDGEMENT)
    assert (await site.post("/v1/acknowledgements", taken)).status == 201
    assert (await site.post("/v1/acknowledgements", taken)).status == 200
    assert (await site.call("GET", "/v1/mailbox", slug)).json == {"items": []}


async def test_report_is_receipted(site: Site, chain: Chain) -> None:
    path = await transfer(site)
    await chain.deliver()
    told = report(path.rpartition("/")[2], "county-police", "accepted")
    assert (await site.post("/v1/reports", told)).status == 201
    assert (await site.post("/v1/reports", told)).status == 200
    assert (await site.call("GET", path, "market")).json["status"] == "accepted"


async def test_events_go_on_where_the_last_page_ended(site: Site, chain: Chain) -> None:
    for number in range(1, 4):
        await transfer(site, number)
    seen, after = [], ""
    for _ in range(4):
        heard = await site.call("GET", f"/v1/events?limit=1{after}", "market")
        page = EventsPage.model_validate_json(heard.body)
        seen += [event.transfer_id for event in page.events]
        after = f"&after={page.next}"
    assert len(set(seen)) == len(seen) == 3
    await chain.deliver()
    page = (await site.call("GET", f"/v1/events?limit=500{after}", "market")).json
    assert {"delivery.attempted", "transfer.moved"} <= {one["action"] for one in page["events"]}


@pytest.mark.parametrize("after", ["x", "AAAA", "é", "MS5h"])
async def test_cursor_that_is_not_ours_is_refused(site: Site, after: str) -> None:
    for path in ("/v1/events", "/v1/deadlines"):
        found = (await site.call("GET", f"{path}?after={after}", "market")).problem
        assert [fault.pointer for fault in found.errors] == ["/after"]


async def test_deadlines_are_listed_by_state(site: Site, chain: Chain) -> None:
    await transfer(site)
    chain.addressees.answer = lambda _, document: Answer(
        200, "application/json", json.dumps({"digest": digest_of(document)}).encode()
    )
    await chain.deliver()
    chain.clock.advance(days=60)
    headers = {"Authorization": f"Bearer {token('county-police', at=chain.clock.now())}"}
    heard = await site.call("GET", "/v1/deadlines?state=overdue", headers=headers)
    page = DeadlinesPage.model_validate_json(heard.body)
    assert [(one.clock, one.state) for one in page.deadlines] == [("P01", "overdue")]


async def test_catalogue_and_description_are_public(site: Site) -> None:
    assert (await site.call("GET", "/v1/problems")).json.keys() == catalogue().keys()
    described = await site.call("GET", "/v1/openapi.yaml")
    assert described.body.decode().startswith("# Written by")
    assert described.headers["Content-Type"] == "application/yaml"
