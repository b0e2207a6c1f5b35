"""Supervisors and an agency at the command line, against the running service."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters.cli.output import StopError
from adapters.cli.supervise import read_reply_by
from adapters.clock import SystemClock
from adapters.keys import write_private_key
from adapters.main import Running
from adapters.supervision_client import SupervisionClient
from contracts.case_record import CaseRecord
from tests.support.command_line import Called, call
from tests.support.offices import key_of, office
from tests.support.platform import platform
from tests.support.register import case, sold

SLUGS = ("market", "county-procuratorate", "county-justice")
CASE = "示市监罚〔2026〕7号"


@dataclass
class Town:
    """One county: a procuratorate, a justice office and an agency, each with its own key."""

    running: Running
    folder: Path

    async def call(self, slug: str, *words: object) -> Called:
        # The service runs in this loop, so the command, which has a loop of its own, runs beside it.
        return await asyncio.to_thread(
            call,
            *("supervise", *words),
            public_url=self.running.url,
            office_code=office(slug).code,
            office_key_file=self.folder / f"{slug}.jwk",
        )

    async def issue(self, slug: str = "county-procuratorate", *words: object) -> Any:
        about = ("--agency", office("market").code, "--case", CASE)
        kind = ("--kind", "reasons_demand", "--text", "请说明不移送理由。")
        return (await self.call(slug, *kind, *about, *words, "--json")).json

    def client(self, slug: str) -> SupervisionClient:
        return SupervisionClient(self.running.url, office(slug).code, key_of(slug))


@pytest.fixture
async def town(database: str, tmp_path: Path) -> AsyncIterator[Town]:
    for slug in SLUGS:
        write_private_key(tmp_path / f"{slug}.jwk", key_of(slug))
    service = tmp_path / "service"
    service.mkdir()
    async with platform(database, service, SystemClock()) as running:
        record = CaseRecord.model_validate(case(facts=sold(90_000), case_number=CASE))
        await running.use_cases.register.take(office("market").code, [record])
        yield Town(running, tmp_path)


async def test_letter_about_a_lead_is_issued_taken_answered_and_ended(town: Town) -> None:
    async with town.client("county-procuratorate") as client:
        lead = (await client.leads(detector="X2")).leads[0]
    issued = await town.call(
        *("county-procuratorate", "--lead", lead.lead_id, "--kind", "transfer_opinion"),
        *("--text", "请依法移送。", "--document-number", "示检意〔2026〕1号", "--json"),
    )
    letter = issued.json["supervision_id"]
    assert (issued.code, issued.json["status"]) == (0, "issued")
    async with town.client("market") as agency:
        assert await agency.letter(letter)
        assert (await agency.supervision(letter)).document_number == "示检意〔2026〕1号"
    replied = await town.call(
        *("market", "reply", letter, "--result", "will_transfer", "--text", "三日内移送。")
    )
    assert replied.out.startswith(f"supervision {letter}: replied")
    ended = await town.call(
        *("county-procuratorate", "outcome", letter, "--result", "adopted", "--text", "已采纳。")
    )
    assert ended.out.startswith(f"supervision {letter}: closed")
    async with town.client("county-justice") as client:
        assert (await client.lead(lead.lead_id)).supervisions == []


async def test_lead_is_put_aside_with_a_reason(town: Town) -> None:
    async with town.client("county-justice") as client:
        lead = (await client.leads()).leads[0]
        called = await town.call(
            "county-justice", "dismiss", lead.lead_id, "--reason", "证据不足。"
        )
        assert called.out.startswith(f"lead {lead.lead_id}: dismissed")
        [dismissed] = (await client.leads(status="dismissed")).leads
        assert dismissed.lead_id == lead.lead_id
        assert (await client.lead(lead.lead_id)).reason == "证据不足。"
        assert (await client.undetermined()).suspicions == []


async def test_letters_are_listed_for_both_sides(town: Town) -> None:
    first, second = [(await town.issue())["supervision_id"] for _ in range(2)]
    for slug in ("market", "county-justice"):
        listed = await town.call(slug, "list", "--json")
        assert [json.loads(line)["supervision_id"] for line in listed.out.splitlines()] == [
            *(first, second)
        ]
    told = (await town.call("market", "list", "--state", "waiting")).out
    assert "要求说明不移送理由" in told
    assert told.splitlines()[-1] == "2 letters"
    async with town.client("market") as agency:
        page = await agency.supervisions(limit=1)
        rest = [one async for one in agency.every_supervision()]
    assert page.next is not None
    assert len(rest) == 2


async def test_reply_by_is_the_end_of_a_day_in_china(town: Town) -> None:
    receipt = await town.issue("county-procuratorate", "--reply-by", "2099-12-10")
    async with town.client("county-justice") as client:
        found = await client.supervision(receipt["supervision_id"])
    assert found.reply_by == datetime(2099, 12, 10, 16, tzinfo=UTC)


def test_moment_is_read_with_its_zone() -> None:
    assert read_reply_by("2026-12-10T17:00:00+08:00") == datetime(2026, 12, 10, 9, tzinfo=UTC)
    for text in ("tomorrow", "2026-12-10T17:00:00"):
        with pytest.raises(StopError):
            read_reply_by(text)


async def test_letter_that_says_too_little_is_not_sent(town: Town) -> None:
    for words in (
        ("--kind", "transfer_opinion"),
        ("--kind", "dismissal", "--text", "理由"),
        ("--kind", "transfer_opinion", "--text", "理由", "--agency", office("market").code),
    ):
        called = await town.call("county-procuratorate", *words)
        assert called.code == 1
    async with town.client("market") as agency:
        assert (await agency.supervisions()).supervisions == []


async def test_what_the_platform_refuses_is_told(town: Town) -> None:
    refused = await town.call(
        *("market", "reply", uuid4(), "--result", "explained", "--text", "无。", "--json")
    )
    assert (refused.code, refused.error["code"]) == (1, "not_found")


async def test_signed_letter_of_a_file_is_sent(town: Town, tmp_path: Path) -> None:
    document = {
        "document": "supervision",
        "version": "1",
        "letter_id": "mine-1",
        "office": office("county-justice").code,
        "kind": "supervisory_letter",
        "agency": office("market").code,
        "case_number": CASE,
        "issued_at": datetime.now(UTC).isoformat(),
        "text": "请限期办理。",
    }
    (tmp_path / "letter.json").write_text(json.dumps(document))
    known = {
        "public_url": town.running.url,
        "office_code": office("county-justice").code,
        "office_key_file": town.folder / "county-justice.jwk",
    }
    signed = ("sign", tmp_path / "letter.json", "--out", tmp_path / "letter.jws")
    assert (await asyncio.to_thread(call, *signed, **known)).code == 0
    for times in range(2):
        sent = await asyncio.to_thread(call, "send", tmp_path / "letter.jws", **known)
        assert "supervision " in sent.out
        assert ("came before" in sent.out) == bool(times)
