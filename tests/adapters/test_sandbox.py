"""The simulated offices: what they take for proved, what they make up, and the parts they play."""

import asyncio
import json
import re
from collections import Counter
from random import Random

import pytest
from aiohttp import web
from pydantic_core import to_json

from adapters.client import LinkageClient
from adapters.endpoints.push import HttpCourier
from adapters.sandbox.behaviours import Behaviour, Temper, moody
from adapters.sandbox.cases import SandboxCase, incomplete, invalid, make_case
from adapters.sandbox.inbox import UnprovenDispatchError
from adapters.sandbox.magic import Script, phone_of, script_of, told_by
from adapters.sandbox.offices import agencies_of, demo_offices
from adapters.sandbox.pdf import Sheet, write_pdf
from adapters.sandbox.reporter import Reporter
from adapters.sandbox.sandbox import Sandbox
from adapters.sandbox.vectors import load_vectors, rows_for, vector_sandbox
from contracts import jws
from contracts.acknowledgement import AckResult
from contracts.document import parse
from contracts.facts import load_vocabulary
from contracts.identifiers import is_credit_code
from contracts.jws import Typ
from contracts.office import Role
from contracts.report import Report, ReportKind
from service.domain.admission import read_packet
from service.domain.assessment import assess, stays_below
from service.domain.errors import Refusal
from service.domain.phrases import Language, Phrases
from service.domain.registry import EndpointKind, Office
from tests.support.addressee import FaultyAddressee, dispatch_to, inbox_of, simulated
from tests.support.chain import STANDARDS
from tests.support.offices import key, key_of, office
from tests.support.packets import NOW, packet, signed
from tests.support.sending import acknowledgement_in, send
from tests.support.serving import served


def changed(**members: object) -> bytes:
    document = json.loads(jws.open_envelope(dispatch_to()).payload)
    return signed(document | members, key_of("platform"), typ=Typ.DISPATCH)


# What an addressee takes for proved.


def test_dispatch_is_proved_and_entered() -> None:
    taken = inbox_of("county-police").take(dispatch_to())

    assert taken.packet_digest == jws.digest_of(signed(packet(), key_of("market")))


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        dispatch_to("county-procuratorate"),
        signed(jws.open_envelope(dispatch_to()).payload, key("stranger"), typ=Typ.DISPATCH),
        signed(jws.open_envelope(dispatch_to()).payload, key_of("platform"), typ=Typ.RECEIPT),
        changed(packet_digest="sha-256:" + "0" * 64),
        changed(agency_key={"kid": "nobody", "jwk": {}}),
        changed(agency_key={"kid": "ecology-2026", "jwk": {}}),
        dispatch_to(agency="market").replace(b'"payload":"', b'"payload":"A'),
    ],
    ids=[
        "no document",
        "for another office",
        "signed by a stranger",
        "another kind of document",
        "another packet",
        "unknown agency",
        "another agency's key",
        "changed on the way",
    ],
)
def test_dispatch_that_proves_nothing_is_not_entered(raw: bytes) -> None:
    inbox = inbox_of("county-police")

    with pytest.raises(UnprovenDispatchError):
        inbox.take(raw)
    assert not inbox.taken
    assert len(inbox.unproven) == 1


def test_other_bytes_under_the_same_dispatch_id_are_noticed() -> None:
    inbox = inbox_of("county-police")
    inbox.take(dispatch_to())
    inbox.take(changed(flags=[]).replace(b" ", b"") + b"\n")

    assert len(inbox.taken) == 1
    assert inbox.changed == ["dispatch-1-county-police"]


def test_one_packet_as_two_dispatches_is_doubled() -> None:
    inbox = inbox_of("county-police")
    inbox.take(dispatch_to())
    assert not inbox.doubled
    inbox.take(changed(dispatch_id="dispatch-again"))

    assert len(inbox.doubled) == 1


async def test_unproven_dispatch_is_answered_with_its_reason(
    courier: HttpCourier, police: FaultyAddressee
) -> None:
    answer = await send(courier, police.url, dispatch_to("county-procuratorate"))

    assert (answer.status, json.loads(answer.body)) == (400, {"error": "it is for another office"})


# The parts that a title asks for.


@pytest.mark.parametrize("script", list(Script))
def test_magic_value_at_the_end_of_a_title_chooses_the_part(script: Script) -> None:
    assert script_of(f"某某案{script.value}", Role.PRINCIPAL) is script
    assert script_of(f"某某案{script.value}", Role.COPY) is Script.SILENT


def test_title_without_a_magic_value_is_filed() -> None:
    assert script_of("某某案", Role.PRINCIPAL) is Script.FILED
    assert told_by(Script.FILED) == (ReportKind.ACCEPTED, ReportKind.FILED)


@pytest.mark.parametrize(
    ("script", "status", "is_taken"),
    [(Script.LATER, 202, True), (Script.NEVER, 202, True), (Script.REFUSED, 200, False)],
)
async def test_part_decides_how_a_dispatch_is_answered(
    courier: HttpCourier,
    police: FaultyAddressee,
    script: Script,
    status: int,
    is_taken: bool,  # noqa: FBT001 (a column of the table above)
) -> None:
    text = packet(case=packet()["case"] | {"title": f"某某案{script.value}"})
    raw = signed(text, key_of("market"))
    document = changed(packet=raw.decode(), packet_digest=jws.digest_of(raw))
    answer = await send(courier, police.url, document)

    assert (answer.status, bool(police.inbox.taken)) == (status, is_taken)
    if script is Script.REFUSED:
        assert acknowledgement_in(answer).result is AckResult.REFUSED
    else:
        assert json.loads(answer.body) == {"digest": jws.digest_of(document)}


async def test_reports_follow_in_order_and_are_repeated_until_heard() -> None:
    heard: list[tuple[str, bytes]] = []
    done = asyncio.Event()

    async def platform(request: web.Request) -> web.Response:
        heard.append((request.path, await request.read()))
        if len(heard) == 3:
            done.set()
        return web.Response(status=503 if len(heard) == 1 else 201, body=receipt(heard[-1][1]))

    taken = inbox_of("county-police").take(dispatch_to())
    async with served(platform) as url, plain_client(url) as client:
        reporter = Reporter(simulated("county-police"), client, pace=0.0)
        reporter.tell(taken)
        await asyncio.wait_for(done.wait(), 10)
        await reporter.close()
    kinds = [parse(Report, jws.open_envelope(raw).payload).kind for _, raw in heard]

    assert kinds == [ReportKind.ACCEPTED, ReportKind.ACCEPTED, ReportKind.FILED]
    assert heard[0] == heard[1]


def receipt(of: bytes) -> bytes:
    document = {
        "document": "receipt",
        "version": "1",
        "receipt_id": "receipt-1",
        "of": {"document": "report", "id": "report-1", "digest": jws.digest_of(of)},
        "office": office("county-police").code,
        "transfer_id": "transfer-1",
        "received_at": NOW.isoformat(),
        "status": "accepted",
    }
    return signed(document, key_of("platform"), typ=Typ.RECEIPT)


def plain_client(url: str) -> LinkageClient:
    return LinkageClient(url, office("county-police").code, key_of("county-police"))


def test_temper_is_the_same_for_the_same_seed() -> None:
    one, other, third = (moody(seed) for seed in (7, 7, 8))
    first, second, different = ([t.draw() for _ in range(50)] for t in (one, other, third))

    assert first == second != different
    assert set(first) == {Behaviour.ANSWERS, Behaviour.IS_SLOW, Behaviour.LOSES_ANSWER}
    assert {Temper().draw() for _ in range(10)} == {Behaviour.ANSWERS}


# The cases that agencies make up.


def made(count: int, seed: int = 1) -> list[tuple[Office, SandboxCase]]:
    random = Random(seed)
    agencies = [one.office for one in agencies_of(OFFICES)]
    return [
        (agency, make_case(random, agency, f"case-{number}", NOW))
        for number in range(count)
        for agency in agencies
    ]


OFFICES = demo_offices()


def test_cases_are_the_same_for_the_same_seed() -> None:
    assert made(10, seed=3) == made(10, seed=3) != made(10, seed=4)


def test_cases_are_accepted_and_lie_on_both_sides_of_their_thresholds() -> None:
    verdicts: Counter[tuple[str, str]] = Counter()
    held = 0
    for agency, case in made(60):
        read = read_packet(to_json(case.packet), agency.code)
        screening = assess(read, STANDARDS.book, NOW.date())
        held += stays_below(read, screening)
        verdicts[read.offences[0].code, screening.findings[0].conclusion.value] += 1

    assert held > 5
    for offence in ("CL-140", "CL-213", "CL-338"):
        assert verdicts[offence, "meets"]
        assert verdicts[offence, "below"] or verdicts[offence, "near"]


def test_files_are_those_that_the_packet_names() -> None:
    for _, case in made(3):
        named = {one["digest"] for one in case.packet["materials"]}
        assert named == {jws.digest_of(file) for file in case.files}


def test_title_and_suspect_say_enough_to_be_found_by() -> None:
    titles = {case.packet["case"]["title"] for _, case in made(30)}
    names = {case.packet["suspects"][0]["name"] for _, case in made(30)}
    assert len(titles) > 30
    assert len(names) > 20
    assert all(title.endswith("案") for title in titles)


def test_papers_are_what_they_say_and_state_each_fact_on_its_page() -> None:
    for agency, case in made(5):
        read = read_packet(to_json(case.packet), agency.code)
        files = {jws.digest_of(file): file for file in case.files}
        for one in read.materials:
            begins = b"%PDF-" if one.media_type == "application/pdf" else b"\x89PNG"
            assert files[one.digest].startswith(begins)
        for name, (place,) in read.evidence.items():
            pages = pages_of(files[place.material])
            stated = read.facts[name]
            words = Phrases(load_vocabulary(), Language.ZH)
            assert words.fact(name) in pages[place.page - 1]
            assert words.value(name, stated) in pages[place.page - 1]


def pages_of(file: bytes) -> list[str]:
    """Read back what a written page shows, its lines as one."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", file, re.DOTALL)
    return [
        "".join(
            bytes.fromhex(shown.decode()).decode("utf-16-be")
            for shown in re.findall(rb"<([0-9a-f]*)> Tj", stream)
        )
        for stream in streams
    ]


def test_page_that_is_too_full_is_an_error() -> None:
    with pytest.raises(ValueError, match="more than a page"):
        write_pdf([Sheet("", ["字" * 2000])], "")


def test_part_may_be_asked_for_by_a_telephone_number_that_is_nobodys() -> None:
    for script in Script:
        assert script_of("某某案", Role.PRINCIPAL, phone_of(script)) is script
    assert script_of("某某案#silent", Role.PRINCIPAL, phone_of(Script.FILED)) is Script.SILENT


def test_incomplete_case_is_still_a_packet_and_an_invalid_one_is_not() -> None:
    agency, case = made(1)[0]

    assert len(read_packet(to_json(incomplete(case).packet), agency.code).materials) == 5
    with pytest.raises(Refusal) as caught:
        read_packet(to_json(invalid(case).packet), agency.code)
    assert caught.value.code == "schema"


def test_demo_offices_have_codes_that_pass_and_keys_of_their_own() -> None:
    again = demo_offices()

    assert all(is_credit_code(one.code) for one in OFFICES)
    assert [one.code for one in OFFICES] == [one.code for one in again]
    kids = {jws.key_id(one.key) for one in (*OFFICES, *again)}
    assert len(kids) == 8
    assert not any(one.registered_key.key.is_private for one in OFFICES)


# All of it together.


async def test_sandbox_starts_listening_and_says_what_to_register() -> None:
    async with Sandbox(OFFICES, key_of("platform")) as sandbox:
        rows = sandbox.rows
        urls = [one.url for one in rows.endpoints if one.kind is EndpointKind.PUSH]

    assert (len(rows.offices), len(rows.keys), len(rows.endpoints)) == (4, 4, 2)
    assert all(url and url.startswith("http://127.0.0.1:") for url in urls)
    assert len(set(urls)) == 2


async def test_sandbox_stops_although_the_service_is_gone() -> None:
    async with Sandbox(demo_offices(), key_of("platform")) as sandbox:
        await sandbox.hand_over("http://127.0.0.1:9", pace=0.01, seed=1, run="gone")
        await asyncio.sleep(0.05)
        assert not await sandbox.stop_handing_over(within=0.1)


async def test_agency_that_has_its_answers_stops_at_once() -> None:
    async with Sandbox(demo_offices(), key_of("platform")) as sandbox:
        await sandbox.hand_over("http://127.0.0.1:9", pace=0.01, seed=1, run="none", cases=0)
        assert await sandbox.stop_handing_over(within=10)


async def test_vectors_are_read_with_their_files_offices_and_keys() -> None:
    vectors = load_vectors(NOW)
    sandbox = vector_sandbox(vectors, key_of("platform"))
    names = {vector.name for vector in vectors.good}

    assert len(vectors.good) >= 12
    for vector in vectors.good:
        assert vector.files
        assert set(vector.after) <= names
        assert set(vector.addressees) <= sandbox.inboxes.keys()
    async with sandbox:
        rows = rows_for(vectors, sandbox)
    assert {one.code for one in rows.offices} >= {vector.agency for vector in vectors.good}
    assert {jws.key_id(one.key) for one in vectors.offices} <= {one.kid for one in rows.keys}
