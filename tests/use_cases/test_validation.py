"""Validation tells what intake would do, and leaves no trace."""

from typing import Any

from adapters.clock import new_id
from contracts.answers import ValidationAnswer
from service.validation import Validation
from tests.support.chain import VERIFY, Chain
from tests.support.offices import key_of
from tests.support.packets import packet, signed


async def validate(chain: Chain, raw: bytes) -> ValidationAnswer:
    validation = Validation(
        chain.uow, lambda: chain.registry, lambda: chain.standards, VERIFY, chain.clock, new_id
    )
    return await validation.validate(raw)


async def test_good_packet_is_explained_and_nothing_is_stored(chain: Chain) -> None:
    before = await chain.count("journal")
    answer = await validate(chain, signed(packet(), key_of("market")))
    assert (answer.accepted, answer.status) == (True, "dispatching")
    assert answer.screening["findings"][0]["explanation"]["at_act"]["branches"]
    assert len(answer.addressees) == 2
    assert await chain.count("transfers") == 0
    assert await chain.count("journal") == before


async def refused(chain: Chain, **changes: Any) -> tuple[str | None, list[str]]:
    answer = await validate(chain, signed(packet(**changes), key_of("market")))
    assert not answer.accepted
    return answer.problem, [fault.pointer for fault in answer.errors]


async def test_what_intake_would_refuse_is_told_with_its_place(chain: Chain) -> None:
    assert await refused(chain, suspects=[]) == ("schema", ["/suspects"])
    assert await refused(chain, supersedes="nothing") == ("supersedes_unknown", [])
    assert (await validate(chain, b"{}")).problem == "not_a_jws"


async def test_what_is_stored_already_is_seen(chain: Chain) -> None:
    await chain.send(1)
    assert (await refused(chain, packet_id="other"))[0] == "case_already_transferred"
    assert (await refused(chain, conduct={}))[0] == "packet_id_reused"
    same = await validate(chain, signed(packet(1), key_of("market"), at=chain.clock.at))
    assert same.accepted
    correction = signed(packet(1, packet_id="c", supersedes="packet-1"), key_of("market"))
    assert (await validate(chain, correction)).accepted


async def test_missing_material_is_pointed_at(chain: Chain) -> None:
    await chain.pool.execute("DELETE FROM materials")
    problem, pointers = await refused(chain)
    assert problem == "material_not_uploaded"
    assert pointers == [f"/materials/{place}/digest" for place in range(5)]
