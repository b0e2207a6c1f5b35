"""An office at the command line, against the running service."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.clock import SystemClock
from adapters.keys import public_jwk, write_private_key
from adapters.main import Running
from contracts.packet import MaterialKind
from tests.support.command_line import Called, call
from tests.support.offices import key_of, office
from tests.support.packets import material_bytes, packet, signed
from tests.support.platform import platform

NOBODY = "http://127.0.0.1:9"


@dataclass
class Desk:
    """The market agency's machine."""

    running: Running
    folder: Path

    async def call(self, *words: object) -> Called:
        # The service runs in this loop, so the command, which has a loop of its own, runs beside it.
        return await asyncio.to_thread(
            call,
            *words,
            public_url=self.running.url,
            office_code=office("market").code,
            office_key_file=self.folder / "market.jwk",
        )

    def packet(self, number: int = 1, **changes: object) -> Path:
        path = self.folder / f"packet-{number}.jws"
        path.write_bytes(signed(packet(number, **changes), key_of("market"), at=datetime.now(UTC)))
        return path

    @property
    def materials(self) -> Path:
        folder = self.folder / "papers" / "of the case"
        folder.mkdir(parents=True, exist_ok=True)
        for kind in MaterialKind:
            (folder / f"{kind}.txt").write_bytes(material_bytes(kind))
        return self.folder / "papers"

    @property
    def platform_key(self) -> Path:
        path = self.folder / "platform-public.jwk"
        path.write_text(json.dumps(public_jwk(key_of("platform"))))
        return path


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    write_private_key(tmp_path / "market.jwk", key_of("market"))
    service = tmp_path / "service"
    service.mkdir()
    async with platform(database, service, SystemClock()) as running:
        yield Desk(running, tmp_path)


async def test_first_packet_goes_with_its_materials_and_comes_back_as_a_proved_receipt(desk):
    receipt = desk.folder / "receipt.jws"

    called = await desk.call(
        *("send", desk.packet(), "--materials", desk.materials),
        *("--platform-key", desk.platform_key, "--receipt", receipt),
    )

    assert called.code == 0
    assert "dispatching" in called.out
    assert "生产、销售伪劣产品罪: meets" in called.out
    assert "was not looked at" not in called.out
    assert call("verify", receipt, "--key", desk.platform_key, "--typ", "receipt+jws").code == 0


async def test_packet_sent_again_gets_the_same_receipt(desk):
    path = desk.packet()
    first = await desk.call("send", path, "--materials", desk.materials, "--json")
    second = await desk.call("send", path, "--json")

    assert (first.json["repeated"], second.json["repeated"]) == (False, True)
    assert first.json["receipt_id"] == second.json["receipt_id"]


async def test_material_that_changed_after_signing_is_told_before_anything_is_sent(desk):
    (desk.materials / "of the case" / "item_list.txt").unlink()
    folder = desk.folder / "papers"

    called = await desk.call("send", desk.packet(), "--materials", folder)

    assert called.code == 1
    assert "/materials/2: no file" in called.err


async def test_refusal_tells_code_pointer_and_advice(desk):
    called = await desk.call("send", desk.packet(), "--json")

    assert called.code == 1
    assert called.error["code"] == "material_not_uploaded"
    assert called.error["errors"][0]["pointer"].startswith("/materials/0")
    assert "PUT the materials" in called.error["advice"]


async def test_receipt_of_another_platform_is_not_believed(desk):
    path = desk.folder / "other.jwk"
    path.write_text(json.dumps(public_jwk(key_of("tobacco"))))

    called = await desk.call(
        "send", desk.packet(), "--materials", desk.materials, "--platform-key", path
    )

    assert called.code == 1
    assert "not the platform's receipt" in called.err


async def test_validation_stores_nothing_and_says_what_would_happen(desk):
    await desk.call("send", desk.packet(1), "--materials", desk.materials)

    called = await desk.call("validate", desk.packet(2))

    assert called.code == 0
    assert "accepted, would be dispatching" in called.out
    assert await desk.running.ground.pool.fetchval("SELECT count(*) FROM transfers") == 1


async def test_validation_of_a_wrong_packet_shows_every_fault(desk):
    called = await desk.call("validate", desk.packet(2, suspects=[], offences=[]), "--json")

    assert called.code == 1
    assert {fault["pointer"] for fault in called.json["errors"]} == {"/suspects", "/offences"}


async def test_status_shows_whose_move_it_is(desk):
    sent = await desk.call("send", desk.packet(), "--materials", desk.materials, "--json")

    called = await desk.call("status", sent.json["transfer_id"])

    assert called.code == 0
    assert called.out.startswith("dispatching since ")
    assert "procuratorate" in called.out


async def test_status_in_json_is_the_whole_view(desk):
    sent = await desk.call("send", desk.packet(), "--materials", desk.materials, "--json")

    called = await desk.call("status", sent.json["transfer_id"], "--json")

    assert called.json["transfer_id"] == sent.json["transfer_id"]
    assert len(called.json["dispatches"]) == 2


async def test_watched_status_ends_with_the_transfer(desk):
    sent = await desk.call("send", desk.packet(), "--materials", desk.materials, "--json")
    transfer_id = sent.json["transfer_id"]
    watching = asyncio.create_task(desk.call("status", transfer_id, "--watch"))
    await asyncio.sleep(0.5)
    report = desk.folder / "report.json"
    report.write_text(json.dumps(withdrawal(transfer_id)))
    signed_report = desk.folder / "report.jws"
    await desk.call("sign", report, "--out", signed_report)
    withdrawn = await desk.call("send", signed_report)

    called = await asyncio.wait_for(watching, 20)

    assert withdrawn.code == 0
    assert [line.split()[0] for line in called.out.splitlines() if " since " in line] == [
        "dispatching",
        "withdrawn",
    ]


def withdrawal(transfer_id: str) -> dict[str, str]:
    return {
        "document": "report",
        "version": "1",
        "report_id": "withdrawal-1",
        "transfer_id": transfer_id,
        "office": office("market").code,
        "kind": "withdrawn",
        "happened_at": datetime.now(UTC).isoformat(),
        "reason": "另案处理",
    }


async def test_transfer_of_nobody_is_not_found(desk):
    called = await desk.call("status", "01890a5d-ac96-774b-bcce-b302099a8057", "--json")

    assert called.code == 1
    assert called.error["code"] == "not_found"


def test_document_that_the_platform_sends_is_not_sent_to_it(tmp_path):
    path = tmp_path / "receipt.jws"
    path.write_bytes(signed({"document": "receipt"}, key_of("market"), typ="receipt+jws"))

    called = call("send", path, office_code=office("market").code)

    assert called.code == 1
    assert "not sent to the platform" in called.err


def test_platform_that_does_not_answer_is_told_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("adapters.cli.office.TRIES", 1)
    key_file, path = tmp_path / "market.jwk", tmp_path / "packet.jws"
    write_private_key(key_file, key_of("market"))
    path.write_bytes(signed(packet(), key_of("market")))

    called = call(
        "send", path, "--url", NOBODY, office_code=office("market").code, office_key_file=key_file
    )

    assert called.code == 1
    assert "does not answer" in called.err
    assert "may be repeated" in called.err
