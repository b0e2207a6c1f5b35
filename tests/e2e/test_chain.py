"""The whole chain through real processes: every good vector, every magic value, push and mailbox."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import asyncpg
from pydantic_core import to_json

from adapters.client import LinkageClient, Receipted
from adapters.sandbox.cases import make_case
from adapters.sandbox.magic import Script
from adapters.sandbox.offices import SandboxOffice, demo_offices
from adapters.sandbox.reporter import report_of
from adapters.sandbox.sandbox import Sandbox
from adapters.sandbox.stubborn import until_answered
from adapters.sandbox.vectors import load_vectors, post_vectors, rows_for, vector_sandbox
from contracts import jws
from contracts.jws import Typ
from contracts.report import ReportKind
from tests.e2e.town import Town, open_town
from tests.support.offices import key_of

_ASKED = "supplement_requested"
_ENDS = {
    Script.FILED: "filed",
    Script.NOT_FILED: "not_filed",
    Script.SUPPLEMENT: "filed",
    Script.ACCEPTED: "accepted",
    Script.SILENT: "acknowledged",
    Script.LATER: "filed",
    Script.NEVER: "delivered",
    Script.REFUSED: "undeliverable",
}


async def test_every_good_vector_reaches_each_of_its_addressees_once(
    pool: asyncpg.Pool, database: str, tmp_path: Path
) -> None:
    vectors = load_vectors()
    sandbox = vector_sandbox(vectors, key_of("platform"))
    async with open_town(
        sandbox, pool, database, tmp_path, rows=lambda: rows_for(vectors, sandbox)
    ) as town:
        counts = await post_vectors(vectors, sandbox, town.api.url, within=90)
        await town.check()

    assert counts.problems == []
    assert counts.packets >= 12
    assert {counts.receipts, counts.deliveries, counts.acknowledged} == {counts.packets}
    assert (counts.lost, counts.duplicated) == (0, 0)
    assert counts.dispatches == 2 * counts.packets


async def test_each_magic_value_plays_its_part_by_push_and_by_mailbox(
    pool: asyncpg.Pool, database: str, tmp_path: Path
) -> None:
    market, ecology, procuratorate, police = demo_offices()
    offices = [market, ecology, procuratorate.with_mailbox(), police]
    sandbox = Sandbox(offices, key_of("platform"), pace=0.1)
    async with open_town(sandbox, pool, database, tmp_path) as town:
        await sandbox.connect(town.api.url)
        client = await sandbox.client(town.api.url, market)
        posted = {script: await post(client, market, script) for script in Script}
        agency = asyncio.create_task(answer_as_agency(town, market, posted[Script.SUPPLEMENT]))
        ends = await settled_ends(town, posted)
        await agency
        for inbox in sandbox.inboxes.values():
            assert not inbox.doubled
            assert not inbox.unproven

    assert ends == _ENDS
    procuratorates = sandbox.inboxes[procuratorate.code]
    assert len(procuratorates.taken) == len(Script)


async def post(client: LinkageClient, agency: SandboxOffice, script: Script) -> Receipted:
    """Hand over a case that meets its threshold, with a magic value at the end of its title."""
    now = datetime.now(UTC)
    case = make_case(Random(1), agency.office, f"magic-{script.name}", now)
    title = f"某某案{script.value}"
    packet = case.packet | {
        "case": case.packet["case"] | {"title": title},
        "insistence": {"reason": "有其他严重情节"},
    }
    for file in case.files:
        await until_answered(client.put_material, file)
    raw = jws.sign(to_json(packet), Typ.TRANSFER_PACKET, agency.key, now)
    return await until_answered(client.send_packet, raw)


async def answer_as_agency(town: Town, agency: SandboxOffice, receipted: Receipted) -> None:
    """Supply what the police ask for, once they have asked."""
    async with LinkageClient(town.api.url, agency.code, agency.key) as client:
        async with asyncio.timeout(30):
            while (await client.transfer(receipted.transfer_id)).status != _ASKED:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        supplemented = report_of(agency, str(receipted.transfer_id), ReportKind.SUPPLEMENTED)
        await client.send_report(supplemented)


async def settled_ends(town: Town, posted: dict[Script, Receipted]) -> dict[Script, str]:
    """Wait until every case stands where its script ends, or for so long that it will not."""
    ends: dict[Script, str] = {}
    for _ in range(300):
        rows = await town.pool.fetch("SELECT id, status FROM transfers")
        statuses = {row["id"]: row["status"] for row in rows}
        ends = {script: statuses[one.transfer_id] for script, one in posted.items()}
        if ends == _ENDS:
            break
        await asyncio.sleep(0.1)
    return ends
