"""The published vectors against the running service: good ones give receipts, bad ones their problem."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from adapters.main import Running
from contracts import jws
from contracts.case_record import RecordsReceipt
from contracts.jws import MEDIA_TYPE
from contracts.problem import catalogue
from tests.support.chain import receipt_in
from tests.support.platform import platform, upload_all
from tests.support.postgres import cloned_database
from tests.support.vectors import FOLDER

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = sorted(
    path.stem for path in (FOLDER / "good").glob("*.json") if ".expected" not in path.name
)
BAD = sorted(path.stem for path in (FOLDER / "bad").glob("*.json"))


@dataclass
class Client:
    database: str
    running: Running
    session: ClientSession

    async def post(self, body: bytes, content_type: str = MEDIA_TYPE) -> tuple[int, str, bytes]:
        headers = {"Content-Type": content_type}
        url = f"{self.running.url}/v1/transfers"
        async with self.session.post(url, data=BytesIO(body), headers=headers) as answer:
            return answer.status, answer.content_type, await answer.read()

    async def send_good(self, name: str) -> tuple[int, str, bytes]:
        for earlier in expected_of(name)["after"]:
            await self.send_good(earlier)
        return await self.post((FOLDER / "good" / f"{name}.json").read_bytes())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """One service for all vectors, with every material uploaded: no vector disturbs another."""
    folder = tmp_path_factory.mktemp("vectors")
    async with (
        cloned_database(server_url, template) as database,
        platform(database, folder) as running,
        ClientSession() as session,
    ):
        await upload_all(database)
        yield Client(database, running, session)


def expected_of(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / "good" / f"{name}.expected.json").read_text("utf-8"))


async def test_there_are_enough() -> None:
    assert len(GOOD) >= 12
    assert len(BAD) >= 40


@pytest.mark.parametrize("name", GOOD)
async def test_good_vector_gives_its_receipt(client: Client, name: str) -> None:
    status, content_type, body = await client.send_good(name)
    expected = expected_of(name)
    receipt = receipt_in(body)
    assert (status in (200, 201), content_type) == (True, MEDIA_TYPE)
    assert receipt.of.digest == expected["digest"]
    found = {(one.offence_code, one.conclusion) for one in receipt.screening.findings}
    assert {(one["code"], one["conclusion"]) for one in expected["offences"]} <= found
    flags = {flag.code for flag in receipt.flags} - {"transfer_late"}
    assert flags == set(expected["flags"])
    assert [one.model_dump(mode="json", exclude={"name"}) for one in receipt.addressees] == (
        expected["addressees"]
    )
    assert await client.send_good(name) == (200, MEDIA_TYPE, body)


@pytest.mark.parametrize("name", BAD)
async def test_bad_vector_gives_its_problem(client: Client, name: str) -> None:
    vector = json.loads((FOLDER / "bad" / f"{name}.json").read_text("utf-8"))
    if vector["given"]["uploaded"] != "all":
        await client.running.ground.pool.execute("DELETE FROM materials")
    for earlier in vector["given"]["after"]:
        await client.send_good(earlier)
    stored = await count_transfers(client)
    request = vector["request"]
    status, content_type, body = await client.post(body_of(request), request["content_type"])
    problem = json.loads(body)
    expected = vector["expected"]
    assert content_type == "application/problem+json"
    assert (problem["code"], status) == (expected["code"], catalogue()[expected["code"]].status)
    if "pointer" in expected:
        assert expected["pointer"] in [one["pointer"] for one in problem["errors"]]
    assert await count_transfers(client) == stored
    await upload_all(client.database)


def body_of(request: dict[str, Any]) -> bytes:
    if "body_base64" in request:
        return b64decode(request["body_base64"])
    if "body_repeat" in request:
        return request["body_repeat"]["text"].encode() * request["body_repeat"]["times"]
    return request["body"].encode()


async def count_transfers(client: Client) -> int:
    return await client.running.ground.pool.fetchval("SELECT count(*) FROM transfers")


POSTED = sorted(
    f"{folder}/{path.stem}"
    for folder in ("letters", "records")
    for path in (FOLDER / folder).glob("*.json")
)


def posted(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


async def post(client: Client, name: str) -> tuple[int, bytes]:
    told = posted(name)
    for earlier in told["given"]["after"]:
        await post(client, f"{name.split('/', maxsplit=1)[0]}/{earlier}")
    url = f"{client.running.url}{told['request']['path']}"
    headers = {"Content-Type": MEDIA_TYPE}
    async with client.session.post(url, data=told["request"]["body"], headers=headers) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize("name", POSTED)
async def test_posted_vector_gives_what_it_says(client: Client, name: str) -> None:
    expected = posted(name)["expected"]
    status, body = await post(client, name)
    if "code" not in expected:
        # Another vector may have sent it before: then the same receipt comes with 200.
        assert status in (200, expected["status"])
        receipt = json.loads(jws.open_envelope(body).payload)
        if "results" in expected:
            assert told_in(receipt) == expected["results"]
        else:
            assert receipt["status"] == "issued"
        return
    problem = json.loads(body)
    assert (problem["code"], status) == (expected["code"], catalogue()[expected["code"]].status)
    if "pointer" in expected:
        assert expected["pointer"] in {error["pointer"] for error in problem["errors"]}


def told_in(receipt: dict[str, Any]) -> list[dict[str, Any]]:
    """What became of each record, without the words of its errors and without what is empty."""
    results = RecordsReceipt.model_validate(receipt).results
    hidden = {"errors": {"__all__": {"detail"}}}
    told = [one.model_dump(mode="json", exclude_none=True, exclude=hidden) for one in results]
    return [{name: value for name, value in one.items() if value != []} for one in told]
