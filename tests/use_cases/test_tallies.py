"""What is kept as things happen equals a count from the raw rows: written again, in SQL, from what was sent."""

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from adapters.postgres.overview import PostgresFigureReading
from contracts.appraisal import TALLIES
from service.appraisal import Appraisal, Asked
from service.domain.appraisal import STATES, month_of
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.packets import packet
from tests.support.register import case, day, firm, moment, sold
from tests.support.supervision import SupervisionScene

Counted = dict[tuple[str, str, str], int]

# `stated` holds the latest record of each case as it was sent: in the register it is sealed.
RAW = """
WITH file AS (
  SELECT c.agency_code AS agency, c.case_number, to_char(c.month, 'YYYY-MM') AS month, c.decided_on, c.entered_at,
         c.conclusion, c.undetermined, s.record AS r, t.id AS transfer_id,
         coalesce(t.received_at, (s.record->'transfer'->>'transferred_at')::timestamptz) AS transferred_at
    FROM cases c
    LEFT JOIN stated s ON s.agency_code = c.agency_code AND s.case_number = c.case_number
    LEFT JOIN transfers t ON t.agency_code = c.agency_code AND t.case_number = c.case_number
                         AND t.is_current AND t.status NOT IN ('withdrawn', 'held_below_threshold')
), active AS (
  SELECT agency_code AS agency, case_number, detector, status,
         detector IN ('X1', 'X2', 'X4', 'X5', 'X6') AS never
    FROM leads
   WHERE status IN ('open', 'supervised', 'transferred')
), told AS (
  SELECT f.agency, to_char(f.transferred_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
         r.r, r.ours,
         CASE WHEN r.ours THEN EXISTS (SELECT FROM deadlines d WHERE d.transfer_id = f.transfer_id
                                          AND d.clock LIKE 'T02%' AND d.met_at <= d.due_at)
              ELSE r.r->>'decision' = 'approved'
                   AND (r.r->>'transferred_at')::timestamptz <= (r.r->>'decided_at')::timestamptz + interval '25 hours'
         END AS in_time,
         CASE WHEN r.ours THEN EXISTS (SELECT FROM deadlines d WHERE d.transfer_id = f.transfer_id
                                          AND d.clock LIKE 'T06%' AND d.met_at <= d.due_at)
              ELSE coalesce((r.r->>'filed_at')::timestamptz, (r.r->>'not_filed_at')::timestamptz)
                   <= (r.r->>'accepted_at')::timestamptz + interval '3 days'
         END AS decided_in_time,
         array(SELECT kind FROM reports WHERE transfer_id = f.transfer_id) AS kinds
    FROM file f
   CROSS JOIN LATERAL (SELECT f.transfer_id IS NOT NULL AS ours, f.r->'transfer' AS r) r
   WHERE f.transferred_at IS NOT NULL
), step AS (
  SELECT *, CASE WHEN ours THEN 'accepted' = ANY (kinds) ELSE r ? 'accepted_at' END AS accepted,
         CASE WHEN ours THEN kinds && ARRAY['filed', 'reconsidered_changed'] ELSE r ? 'filed_at' END AS filed,
         r ? 'prosecuted_on' AS prosecuted, r ? 'convicted_on' AS convicted,
         CASE WHEN ours THEN kinds && ARRAY['reconsideration_requested', 'reconsidered_changed']
              ELSE r ? 'reconsideration_requested_at' OR (r->>'reconsideration_changed')::boolean END AS requested,
         CASE WHEN ours THEN 'reconsidered_changed' = ANY (kinds)
              ELSE (r->>'reconsideration_changed')::boolean END AS changed
    FROM told
), opinion AS (
  SELECT *, to_char(issued_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
         kind = 'penalty_opinion' AND reply = 'penalised' AS penalised
    FROM supervisions
   WHERE kind IN ('transfer_opinion', 'penalty_opinion')
), said (agency, month, name) AS (
            SELECT agency, month, 'conclusion:' || conclusion FROM file
  UNION ALL SELECT agency, month, 'decided' FROM file WHERE decided_on IS NOT NULL
  UNION ALL SELECT agency, month, 'decided:' || to_char(decided_on, 'DD') FROM file WHERE decided_on IS NOT NULL
  UNION ALL SELECT agency, month, 'entered' FROM file WHERE decided_on IS NOT NULL AND entered_at IS NOT NULL
  UNION ALL SELECT agency, month, 'entered_in_time' FROM file WHERE entered_at < decided_on + interval '9 days'
  UNION ALL SELECT agency, left(r->>'filed_on', 7), 'filed_cases' FROM file WHERE r ? 'filed_on'
  UNION ALL SELECT agency, month, 'penalised' FROM file
             WHERE r ? 'penalty' AND coalesce(r->'penalty'->>'status', 'effective') <> 'revoked'
  UNION ALL SELECT agency, month, 'suspected' FROM file f
             WHERE conclusion = 'meets' OR EXISTS (SELECT FROM active a WHERE a.never AND a.agency = f.agency
                                                      AND a.case_number = f.case_number)
  UNION ALL SELECT agency, f.month, 'lead:' || detector FROM file f JOIN active a USING (agency, case_number)
             WHERE a.status <> 'transferred'
  UNION ALL SELECT DISTINCT ON (agency, case_number) agency, f.month, 'never_transferred'
              FROM file f JOIN active a USING (agency, case_number) WHERE a.never AND a.status <> 'transferred'
  UNION ALL SELECT DISTINCT ON (agency, case_number) agency, f.month, 'never_transferred:' || to_char(decided_on, 'DD')
              FROM file f JOIN active a USING (agency, case_number)
             WHERE a.never AND a.status <> 'transferred' AND decided_on IS NOT NULL
  UNION ALL SELECT agency, month, 'undetermined' FROM file WHERE undetermined <> '[]'
  UNION ALL SELECT agency, month, 'transferred' FROM step
  UNION ALL SELECT agency, month, 'transferred_in_time' FROM step WHERE in_time
  UNION ALL SELECT agency, month, 'accepted' FROM step WHERE accepted OR decided_in_time OR filed OR prosecuted OR convicted
  UNION ALL SELECT agency, month, 'decided_in_time' FROM step WHERE decided_in_time
  UNION ALL SELECT agency, month, 'filed' FROM step WHERE filed OR prosecuted OR convicted
  UNION ALL SELECT agency, month, 'prosecuted' FROM step WHERE prosecuted OR convicted
  UNION ALL SELECT agency, month, 'convicted' FROM step WHERE convicted
  UNION ALL SELECT agency, month, 'reconsiderations_requested' FROM step WHERE requested
  UNION ALL SELECT agency, month, 'reconsiderations_changed' FROM step WHERE changed
  UNION ALL SELECT agency_code, month, 'opinions_issued' FROM opinion
  UNION ALL SELECT agency_code, month, 'opinions_replied' FROM opinion WHERE reply IS NOT NULL
  UNION ALL SELECT agency_code, month, 'opinions_adopted' FROM opinion
             WHERE outcome = 'adopted' OR penalised OR (kind = 'transfer_opinion' AND followed_at IS NOT NULL)
  UNION ALL SELECT agency_code, month, 'penalties_after_opinion' FROM opinion WHERE penalised
)
SELECT agency, month, name, count(*) AS count FROM said GROUP BY 1, 2, 3
"""


class Town:
    """Registers, transfers and letters of a city, and what was sent of each case last."""

    def __init__(self, scene: SupervisionScene) -> None:
        self.scene = scene
        self.chain = scene.chain
        self.stated: dict[tuple[str, str], dict[str, Any]] = {}

    async def take(self, *records: dict[str, Any], agency: str = "market") -> None:
        await self.scene.register.take(*records, agency=agency)
        for record in records:
            self.stated[office(agency).code, record["case_number"]] = record

    async def transfer(self, number: int, *reports: tuple[str, str], **changes: Any) -> str:
        transfer_id = (await self.chain.send(number, **changes)).transfer_id
        await self.chain.deliver()
        for slug, kind in reports:
            self.chain.clock.advance(minutes=1)
            await self.chain.report(transfer_id, slug, kind)
        return transfer_id

    async def settle(self) -> None:
        await self.scene.register.detection.follow()
        await self.scene.register.detection.look()

    async def raw(self) -> Counted:
        rows = [(*key, json.dumps(record)) for key, record in self.stated.items()]
        async with self.chain.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "CREATE TEMP TABLE stated (agency_code text, case_number text, record jsonb) ON COMMIT DROP"
            )
            await connection.executemany("INSERT INTO stated VALUES ($1, $2, $3)", rows)
            return _counted(await connection.fetch(RAW))

    async def kept(self) -> Counted:
        return _counted(
            await self.chain.pool.fetch(
                "SELECT agency_code AS agency, to_char(month, 'YYYY-MM') AS month, name, count FROM tallies"
                " WHERE count <> 0"
            )
        )


def _counted(rows: list[asyncpg.Record]) -> Counted:
    return {(row["agency"], row["month"], row["name"]): row["count"] for row in rows}


def handed_over(**more: Any) -> dict[str, Any]:
    """What a register says of a transfer that was approved and made in time."""
    return {
        "decision": "approved",
        "decided_at": moment(34.5),
        "transferred_at": moment(34),
        "addressee": "public_security",
    } | more


@pytest.fixture
async def town(chain: Chain) -> AsyncIterator[Town]:
    """Every kind of case, and whatever may happen to one."""
    town = Town(SupervisionScene(chain))
    filed = handed_over(accepted_at=moment(33), filed_at=moment(31))
    await town.take(
        case(),
        case(facts={"substandard_product": True}),  # its amounts are not stated
        case(entered_at=moment(20)),
        case(penalty=None, closed_on=day(10)),
        case(
            penalty={"kinds": ["罚款"], "decided_on": day(41), "amount": 1.0, "status": "revoked"}
        ),
        case(facts=sold(45_000)),
        case(facts=sold(80_000)),
        case(facts=sold(70_000), transfer={"decision": "refused", "decided_at": moment(39)}),
        case(facts=sold(90_000), transfer=filed),
        case(facts=sold(91_000), transfer=filed | {"prosecuted_on": day(9)}),
        case(facts=sold(92_000), transfer=filed | {"convicted_on": day(2), "filed_at": None}),
        case(facts=sold(93_000), transfer=handed_over(decided_at=moment(38))),
    )
    refused = {"not_filed_at": moment(20), "accepted_at": moment(33)}
    asked = {"reconsideration_requested_at": moment(19)}
    await town.take(
        case(facts=sold(95_000), transfer=handed_over(**refused)),
        case(facts=sold(96_000), transfer=handed_over(**refused, **asked)),
        case(facts=sold(97_000), transfer=handed_over(**refused, reconsideration_changed=True)),
        agency="fishery",
    )
    split = [case(party=firm(7), facts=sold(20_000), penalty=None) for _ in range(3)]
    await town.take(*split[:2])
    await town.take(split[2], agency="tobacco")
    await town.transfer(1, ("county-police", "accepted"), ("county-police", "filed"))
    await town.transfer(2, ("county-police", "not_filed"), ("market", "reconsideration_requested"))
    await town.transfer(3, ("market", "withdrawn"))
    await town.transfer(4, agency="fishery")
    await town.settle()
    return town


async def test_nothing_of_the_vocabulary_is_left_untried(town: Town) -> None:
    """Else what follows would hold for the names that it happens to meet."""
    await supervise(town)
    names = {name for _, _, name in await town.kept()}
    assert {*TALLIES} <= names
    assert {one for one in STATES if one.startswith("conclusion:")} - names <= {
        "conclusion:unjudged"
    }
    assert {"never_transferred", "undetermined", "lead:X1", "lead:X5", "lead:X6"} <= names


async def test_tallies_equal_a_count_from_the_raw_rows(town: Town) -> None:
    assert await town.kept() == await town.raw()


async def test_tallies_follow_what_happens_to_a_case(town: Town) -> None:
    before = await town.kept()
    code, number = next(key for key, one in town.stated.items() if one["facts"] == sold(80_000))
    changed = town.stated[code, number] | {"facts": sold(3_000), "recorded_at": moment(1)}
    await town.take(changed)
    assert await town.kept() == await town.raw() != before


async def test_tallies_follow_a_transfer_of_what_the_register_has(town: Town) -> None:
    sent = packet(9)
    record = case(facts=sold(85_000), case_number=sent["case"]["case_number"])
    await town.take(record)
    before = await town.kept()
    await town.transfer(9, ("county-police", "accepted"))
    await town.settle()
    after = await town.kept()
    assert after == await town.raw()
    market = office("market").code
    assert after[market, "2026-10", "lead:X1"] == before[market, "2026-10", "lead:X1"] - 1


async def test_tallies_follow_time(town: Town) -> None:
    """A clock that runs out makes a lead, though nobody says anything."""
    before = await town.kept()
    town.chain.clock.advance(days=40)
    await town.settle()
    assert await town.kept() == await town.raw() != before


async def supervise(town: Town) -> None:
    """Put one lead aside, and write two opinions that are answered, and one that is not."""
    leads = await town.scene.register.leads()
    (first, detector), *others = sorted(leads)
    await town.scene.dismiss(leads[first, detector]["id"], "city-procuratorate")
    numbers = sorted({number for number, _ in others} - {first})
    for number, kind, result in zip(
        numbers,
        ("transfer_opinion", "penalty_opinion", "transfer_opinion"),
        ("will_transfer", "penalised", None),
        strict=False,
    ):
        receipt = await town.scene.issue(
            "city-procuratorate", kind=kind, case_number=number, agency=_agency(town, number)
        )
        town.chain.clock.advance(minutes=5)
        if result is not None:
            slug = "market" if _agency(town, number) == office("market").code else "fishery"
            await town.scene.reply(receipt.supervision_id, result, slug)


def _agency(town: Town, case_number: str) -> str:
    return next(code for code, number in town.stated if number == case_number)


async def test_tallies_follow_supervision(town: Town) -> None:
    before = await town.kept()
    await supervise(town)
    assert await town.kept() == await town.raw() != before


async def test_table_of_appraisal_is_a_sum_of_the_raw_rows(town: Town) -> None:
    figures = PostgresFigureReading(town.chain.pool)
    appraisal = Appraisal(figures, lambda: town.chain.registry, town.chain.clock)
    view = await appraisal.table(asked=Asked(month=month_of("2026-11"), months=24))
    told = {
        (row.key, name): count for row in view.rows for name, count in row.counts.items() if count
    }
    expected: dict[tuple[str, str], int] = {}
    for (agency, _, name), count in (await town.raw()).items():
        if name in TALLIES:
            expected[agency, name] = expected.get((agency, name), 0) + count
    assert told == expected
