"""The register: versions of cases, kept and journaled, and what a later one changes."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from contracts.case_record import CaseRecord, MonthlyCount, RecordAnswer, RecordResult
from service.domain.errors import Refusal
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.records_vectors import batch
from tests.support.register import RegisterScene, case, day, firm, moment, register_of, sold
from tests.support.register_invariants import check_register_invariants

MARKET = office("market").code


@pytest.fixture
async def scene(chain: Chain) -> AsyncIterator[RegisterScene]:
    scene = RegisterScene(chain)
    yield scene
    await check_register_invariants(chain, scene.casework)


def results(answers: list[RecordAnswer]) -> list[str]:
    return [answer.result.value for answer in answers]


async def contents(scene: RegisterScene, record: dict[str, Any]) -> dict[int, str]:
    """The digests of what stands in front and behind, by version."""
    row = await scene.case(record)
    rows = await scene.pool.fetch(
        "SELECT version, digest FROM earlier_records WHERE case_id = $1", row["id"]
    )
    return {one["version"]: one["digest"] for one in (*rows, row)}


async def test_case_is_stored_judged_and_journaled(scene: RegisterScene) -> None:
    record = case(facts=sold(60_000))
    [answer] = await scene.take(record)
    assert (answer.result, answer.version, answer.conclusion) == (RecordResult.STORED, 1, "meets")
    assert (answer.index, answer.case_number) == (0, record["case_number"])
    row = await scene.case(record)
    assert (row["offence_code"], row["family"]) == ("CL-140", "product_quality")
    assert (row["division"], row["sector"]) == (office("market").division, "market_supervision")
    assert record["party"]["name"].encode() not in row["sealed"]
    [line] = await scene.chain.journal("record.received")
    assert (line["agency_code"], line["subject_id"], line["actor"]) == (MARKET, row["id"], MARKET)
    assert line["data"]["version"] == 1
    assert await scene.detectors(record) == ["X1", "X2"]


async def test_undetermined_case_is_answered_with_what_is_missing(scene: RegisterScene) -> None:
    record = case(facts={"substandard_product": True, "sales_amount": 3_000})
    [answer] = await scene.take(record)
    assert (answer.conclusion, answer.missing) == ("undetermined", ["unsold_goods_value"])
    assert await scene.leads() == {}
    assert [one["detector"] for one in (await scene.case(record))["undetermined"]] == ["X1", "X2"]


async def test_later_version_stands_in_front_and_the_earlier_one_behind(
    scene: RegisterScene,
) -> None:
    record = case(facts=sold(60_000))
    await scene.take(record)
    first = (await scene.case(record))["digest"]
    corrected = record | {"facts": sold(6_000), "recorded_at": moment(2)}
    assert results(await scene.take(corrected)) == ["replaced"]
    row = await scene.case(record)
    assert (row["version"], row["conclusion"]) == (2, "below")
    assert await contents(scene, record) == {1: first, 2: row["digest"]}
    assert await scene.leads() == {}
    assert {lead["status"] for lead in (await scene.leads("resolved")).values()} == {"resolved"}
    assert [line["action"] for line in await scene.chain.journal("lead.closed")] != []


async def test_earlier_version_that_comes_late_stands_behind(scene: RegisterScene) -> None:
    record = case(recorded_at=moment(2))
    await scene.take(record)
    late = record | {"facts": sold(60_000), "recorded_at": moment(9)}
    [answer] = await scene.take(late)
    assert (answer.result, answer.version, answer.conclusion) == (RecordResult.STALE, 2, "below")
    assert results(await scene.take(late)) == ["stale"]
    assert (await scene.case(record))["version"] == 2
    assert await scene.leads() == {}
    assert len(await scene.chain.journal("record.received", "record.replaced")) == 2


@pytest.mark.parametrize("recorded_at", [None, moment(3)])
async def test_same_export_again_changes_nothing(
    scene: RegisterScene, recorded_at: str | None
) -> None:
    first = case(recorded_at=recorded_at)
    later = first | {"facts": sold(60_000)}
    others = [case(facts=sold(50_000 + number), party=firm(5)) for number in range(3)]
    export = [first, *others, later]
    assert results(await scene.take(*export)) == ["stored"] * 4 + ["replaced"]
    before = await everything(scene)
    assert results(await scene.take(*export)) == ["stale", *["unchanged"] * 4]
    assert await everything(scene) == before
    assert (await scene.case(first))["conclusion"] == "meets"


async def everything(scene: RegisterScene) -> list[Any]:
    tables = ("cases", "earlier_records", "leads", "tallies")
    rows = [await scene.pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]
    lines = await scene.chain.journal()
    return [*rows, [line["id"] for line in lines]]


async def test_two_versions_in_one_file_are_both_kept_and_told(scene: RegisterScene) -> None:
    record = case(recorded_at=moment(9))
    later = record | {"facts": sold(60_000), "recorded_at": moment(5)}
    stale = record | {"facts": sold(7_000), "recorded_at": moment(20)}
    answers = await scene.take(record, later, stale, record)
    assert results(answers) == ["stored", "replaced", "stale", "stale"]
    assert {answer.conclusion for answer in answers} == {"meets"}
    assert {answer.version for answer in answers} == {3}
    told = await scene.chain.journal("record.received", "record.replaced")
    assert sorted(line["data"]["result"] for line in told) == ["replaced", "stale", "stored"]
    kept = await contents(scene, record)
    assert {line["data"]["digest"] for line in told} == {*kept.values()}


async def test_stale_version_is_journaled_by_its_own_digest(scene: RegisterScene) -> None:
    record = case(recorded_at=moment(2))
    await scene.take(record)
    await scene.take(record | {"facts": sold(60_000), "recorded_at": moment(9)})
    first, second = await scene.chain.journal("record.received", "record.replaced")
    assert first["data"]["digest"] != second["data"]["digest"]


async def test_case_whose_party_changes_leaves_the_history_of_the_former_one(
    scene: RegisterScene,
) -> None:
    """A penalty that was written to the wrong firm is taken from its history again."""
    parts = [part(30_000, 100), part(25_000, 80)]
    await scene.take(*parts)
    assert await scene.detectors(parts[1]) == ["X5"]
    before = await scene.case(parts[0])
    await scene.take(parts[0] | {"party": firm(78), "recorded_at": moment(1)})
    assert await scene.leads() == {}
    after = await scene.case(parts[0])
    assert after["bucket"] != before["bucket"]
    await scene.take(parts[0] | {"recorded_at": moment(0.5)})
    assert await scene.detectors(parts[1]) == ["X5"]
    lead = (await scene.leads())[parts[1]["case_number"], "X5"]
    assert lead["move"] == 3


async def test_case_whose_party_is_taken_away_stands_alone(scene: RegisterScene) -> None:
    parts = [part(30_000, 100), part(25_000, 80)]
    await scene.take(*parts)
    nobody = {"kind": "unit", "name": "测试公司"}
    await scene.take(parts[1] | {"party": nobody, "recorded_at": moment(1)})
    assert await scene.leads() == {}


def part(amount: float, days_ago: int, **changes: Any) -> dict[str, Any]:
    conduct = {"started_on": day(days_ago), "ended_on": day(days_ago)}
    told = {"party": firm(77), "facts": sold(amount), "conduct": conduct, "penalty": None}
    return case(**told | changes)


async def test_record_of_an_office_that_is_not_registered_is_taken_with_what_it_says(
    scene: RegisterScene,
) -> None:
    """An import runs before the registry is complete; what the record does not say is unknown."""
    scene.chain.registry = type(scene.chain.registry)(0, {}, {})
    record = case()
    await scene.take(record)
    row = await scene.case(record)
    assert (row["division"], row["sector"]) == ("000000", "other")
    await scene.chain.reload()
    await scene.take(case(division="339922", sector="tax"))


async def test_agency_does_not_choose_who_supervises_it(scene: RegisterScene) -> None:
    record = case(division="339922")
    await scene.take(record)
    assert (await scene.case(record))["division"] == office("market").division


async def test_entry_is_timed_by_the_version_that_first_has_the_decision(
    scene: RegisterScene,
) -> None:
    open_case = case(penalty=None, entered_at=None, recorded_at=moment(5))
    await scene.take(open_case)
    scene.chain.clock.advance(days=20)
    decided = open_case | {
        "penalty": {"kinds": ["罚款"], "decided_on": day(-18)},
        "recorded_at": moment(-20),
    }
    await scene.take(decided)
    entered_at = (await scene.case(decided))["entered_at"]
    assert entered_at == scene.chain.clock.now()
    assert await scene.detectors(decided) == []
    scene.chain.clock.advance(days=30)
    await scene.take(decided | {"title": "另一标题", "recorded_at": moment(-50)})
    assert (await scene.case(decided))["entered_at"] == entered_at


async def test_decision_that_comes_late_is_a_late_entry(scene: RegisterScene) -> None:
    await scene.take(case())
    scene.chain.clock.advance(days=40)
    late = case(penalty={"kinds": ["罚款"], "decided_on": day(-20)}, entered_at=None)
    await scene.take(late)
    assert await scene.detectors(late) == ["X11"]


async def test_counts_that_an_agency_reports_are_kept_and_corrected(scene: RegisterScene) -> None:
    await scene.register.report_counts(MARKET, [MonthlyCount(month="2026-10", decided=7)])
    await scene.register.report_counts(MARKET, [MonthlyCount(month="2026-10", decided=9, filed=3)])
    [row] = await scene.pool.fetch("SELECT * FROM register_counts")
    assert (row["agency_code"], row["decided"], row["filed"]) == (MARKET, 9, 3)


async def test_counters_tell_what_became_of_records_and_leads(scene: RegisterScene) -> None:
    record = case(facts=sold(60_000))
    await scene.take(record, record, case())
    await scene.take(record | {"facts": sold(6_000), "recorded_at": moment(1)})
    await scene.take(record | {"facts": sold(70_000), "recorded_at": moment(0.5)})
    told = scene.measure.exposition().decode()
    for line in (
        'linkage_records_total{result="stored"} 2.0',
        'linkage_records_total{result="unchanged"} 1.0',
        'linkage_records_total{result="replaced"} 2.0',
        'linkage_leads_raised_total{detector="X1"} 1.0',
        'linkage_leads_raised_total{detector="X2"} 1.0',
        'linkage_leads_closed_total{how="resolved"} 2.0',
        "linkage_leads_reopened_total 2.0",
    ):
        assert line in told


async def in_force(chain: Chain, digest: str) -> None:
    await chain.pool.execute(
        "INSERT INTO rulebooks VALUES ($1, 'v', '{}', now()) ON CONFLICT DO NOTHING", digest
    )
    await chain.pool.execute(
        """INSERT INTO rulebook_in_force (digest, switched_at) VALUES ($1, now())
               ON CONFLICT (is_only) DO UPDATE SET digest = excluded.digest""",
        digest,
    )


async def test_rule_book_that_was_switched_is_fetched_and_the_records_are_taken(
    chain: Chain,
) -> None:
    await in_force(chain, "sha-256:other")
    scene = RegisterScene(chain)
    fetched = partial(in_force, chain, chain.standards.book.digest)
    register = register_of(chain, scene.measure, fetched)
    record = case(facts=sold(60_000))
    [answer] = await register.take(MARKET, [CaseRecord.model_validate(record)])
    assert (answer.result, answer.conclusion) == (RecordResult.STORED, "meets")
    await check_register_invariants(chain, scene.casework)


async def test_rule_book_that_is_switched_again_and_again_is_overload(scene: RegisterScene) -> None:
    await in_force(scene.chain, "sha-256:other")
    with pytest.raises(Refusal) as refused:
        await scene.take(case())
    assert refused.value.code == "overloaded"
    assert scene.fetched == 5
    assert await scene.chain.count("cases") == 0


async def test_overload_is_not_held_against_the_agency(scene: RegisterScene) -> None:
    await in_force(scene.chain, "sha-256:other")
    with pytest.raises(Refusal) as refused:
        await scene.register.receive(batch("good", case()))
    assert refused.value.code == "overloaded"
    assert await scene.chain.journal("document.refused") == []
