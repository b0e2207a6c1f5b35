"""What another rule book would change is said beforehand, and is what it then changes."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from adapters.clock import new_id
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.sandbox.register.generator import make_cases
from adapters.sandbox.register.places import register_offices
from contracts.case_record import CaseRecord
from contracts.detectors import Detector
from contracts.facts import load_vocabulary
from contracts.office import OfficeKind
from contracts.rulebook import RuleBook
from service.domain.leads import Change
from service.domain.rulebook import compile_rulebook
from service.foresight import Foreseen
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.packets import NOW
from tests.support.register import case, sold
from tests.support.rescreening import OURS, Desk, book_with, check_register

STRICTER = book_with(20_000)


@pytest.fixture
async def desk(chain: Chain) -> Desk:
    return await Desk(chain).open()


async def foreseen(desk: Desk, old=OURS, new=STRICTER, limit: int = 5) -> Foreseen:
    books = [compile_rulebook(book, load_vocabulary()) for book in (old, new)]
    told: list[tuple[int, int]] = []
    found = await desk.foresight.of(*books, limit, lambda *how_far: told.append(how_far))
    assert told[-1] == (found.looked_at, found.looked_at)
    return found


async def test_cases_are_named_with_the_branch_that_decides(desk):
    await desk.take(case(facts=sold(5_000)), case(facts=sold(80_000)))
    record = case(facts=sold(30_000))
    await desk.take(record)
    found = await foreseen(desk)

    assert (found.looked_at, found.changed) == (3, 1)
    assert found.conclusions == {("below", "meets"): 1}
    assert found.offences == {("CL-140", "below", "meets"): 1}
    # What was suspected before is suspected for going further over the number.
    assert found.leads == {
        (change, detector): 1
        for change in (Change.RAISED, Change.CHANGED)
        for detector in (Detector.X1, Detector.X2)
    }
    [one] = found.cases
    assert one.key == (office("market").code, record["case_number"])
    assert (one.before, one.after, one.offence_code) == ("below", "meets", "CL-140")
    assert (one.branch, one.article) == ("M01.B1", "CL 第一百四十条")


async def test_case_that_is_no_longer_suspected_closes_its_leads(desk):
    await desk.take(case(facts=sold(80_000)))
    found = await foreseen(desk, new=book_with(2_000_000))

    assert found.conclusions == {("meets", "below"): 1}
    assert found.leads == {(Change.CLOSED, Detector.X1): 1, (Change.CLOSED, Detector.X2): 1}
    assert found.cases[0].branch is None or found.cases[0].branch.startswith("M01.")


async def test_case_without_a_finding_names_no_branch(desk):
    await desk.take(case(facts=sold(80_000)))
    found = await foreseen(desk, new=without_substandard_goods())
    [one] = found.cases

    assert (one.before, one.offence_code) == ("meets", "CL-140")
    assert (one.branch, one.article) == (None, None)


def without_substandard_goods():
    kept = tuple(one for one in OURS.offences if one.row != "M01")
    return OURS.model_copy(update={"offences": kept, "version": "without-M01"})


async def test_only_the_first_cases_are_named(desk):
    await desk.take(*(case(facts=sold(30_000)) for _ in range(7)))
    found = await foreseen(desk, limit=2)
    assert (found.conclusions.total(), len(found.cases)) == (7, 2)


async def test_nothing_is_written_and_equal_books_change_nothing(desk):
    await desk.take(*(case(facts=sold(30_000)) for _ in range(7)))
    before = await desk.pool.fetch("SELECT xmin, * FROM cases ORDER BY id")
    lines = await desk.chain.count("journal")
    await foreseen(desk)
    same = await foreseen(desk, new=OURS)

    assert same.differences == Counter()
    assert await desk.pool.fetch("SELECT xmin, * FROM cases ORDER BY id") == before
    assert await desk.chain.count("journal") == lines
    assert await desk.chain.count("leads") == 0


async def test_what_time_alone_changes_is_no_difference_between_books(desk, chain: Chain):
    """The time to transfer runs out meanwhile, by either book."""
    young = {"established_on": NOW.date().isoformat(), "penalty": None}
    await desk.take(case(facts=sold(80_000), **young))
    assert await chain.count("leads") == 0
    chain.clock.at += timedelta(days=60)

    assert (await foreseen(desk, new=book_with(50_000))).differences == {}


async def test_book_that_is_not_in_force_can_be_the_old_one(desk):
    await desk.take(case(facts=sold(30_000)))
    found = await foreseen(desk, old=STRICTER, new=OURS)
    assert found.conclusions == {("meets", "below"): 1}
    assert found.leads == {(Change.CLOSED, Detector.X1): 1, (Change.CLOSED, Detector.X2): 1}


async def test_prediction_is_what_the_switch_then_does(desk, chain: Chain):
    """On a register with planted cases of every detector, repeated parties and near misses."""
    offices = [one.office for one in register_offices()]
    async with chain.pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).load(offices, [], [], NOW)
    await chain.reload()
    agencies = [one for one in offices if one.kind is OfficeKind.AGENCY]
    today = NOW.date()
    for made in make_cases(11, 1_500, today, agencies, removed_share=0.1):
        await desk.register.take(made.agency, [CaseRecord.model_validate(made.record)])
    await check_register(desk)
    new = much_stricter()
    predicted = await foreseen(desk, new=new)
    await desk.rescreening.switch(new, "alice")
    await desk.work()
    found = (await desk.progress()).found

    assert found.differences == predicted.differences
    assert (found.screened, found.changed) == (predicted.looked_at, predicted.changed)
    # A book that changes nothing would prove nothing.
    kinds = {name.partition(":")[0].partition(">")[0] for name in predicted.differences}
    assert kinds >= {"below", "raised"}
    await check_register(desk)


def much_stricter():
    """Our book in which every plain number is a third of what it is."""

    def lower(said: object) -> object:
        if isinstance(said, dict):
            cut = {name: lower(value) for name, value in said.items()}
            if isinstance(cut.get("at_least"), str) and "fact" in cut:
                cut["at_least"] = str(max(1, int(float(cut["at_least"])) // 3))
            return cut
        return [lower(one) for one in said] if isinstance(said, list) else said

    content = json.loads(OURS.to_json())
    offences = lower(content["offences"])
    return RuleBook.from_json(json.dumps(content | {"offences": offences, "version": "third"}))
