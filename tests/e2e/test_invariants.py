"""The comparison of the books sees what it is there to see: each thing that is wrong on purpose is named."""

from collections.abc import Callable
from dataclasses import replace

import asyncpg
import pytest

from contracts.jws import Typ
from contracts.receipt import Receipt
from tests.support.offices import key_of
from tests.support.packets import payload_of, signed
from tests.support.scene import Scene, open_scene

_FOREIGN = "01890a5d-ac96-774b-bcce-b302099a8057"
_ORPHAN_DOCUMENT = f"""
INSERT INTO documents (transfer_id, kind, subject, digest, sealed, stored_at)
SELECT transfer_id, kind, '{_FOREIGN}', digest, sealed, stored_at FROM documents WHERE kind = 'packet'
"""
_ORPHAN_LINE = f"""
INSERT INTO journal (id, transfer_id, action, actor, at, data)
SELECT gen_random_uuid(), '{_FOREIGN}', action, actor, at, data FROM journal WHERE move = 1
"""
_MOVE_TWICE = """
INSERT INTO journal (id, transfer_id, action, actor, at, move, data)
SELECT gen_random_uuid(), transfer_id, action, actor, at, move, data FROM journal WHERE move = 1
"""


@pytest.mark.parametrize(
    ("tampering", "named"),
    [
        ("UPDATE transfers SET status = 'filed'", "the journal ends with acknowledged"),
        ("UPDATE transfers SET move = move + 1", "is at move"),
        ("UPDATE dispatches SET status = 'waiting'", "its parts say dispatching"),
        ("UPDATE dispatches SET attempts = attempts + 1", "2 attempts, 1 in the journal"),
        ("UPDATE dispatches SET digest = 'sha-256:0'", "is not kept as it was sent"),
        ("UPDATE dispatches SET office_code = 'X'", "by another office"),
        ("UPDATE transfers SET packet_digest = 'sha-256:0'", "have different digests"),
        ("DELETE FROM deadlines; DELETE FROM dispatches", "goes to nobody"),
        (_ORPHAN_DOCUMENT, "was changed, moved"),
        (_ORPHAN_LINE, "the journal speaks of"),
        (_MOVE_TWICE, "the journal has [1, 1"),
    ],
)
async def test_tampering_with_the_database_is_seen(
    pool: asyncpg.Pool, tampering: str, named: str
) -> None:
    async with open_scene(pool, checks=False) as scene:
        await delivered(scene)
        await pool.execute(tampering)
        with pytest.raises((AssertionError, ValueError)) as caught:
            await scene.check()

    assert named in str(caught.value)


def forge_receipt(scene: Scene, receipt: Receipt) -> None:
    scene.receipts.add(_sign(receipt.model_copy(update={"transfer_id": _FOREIGN})))


def sign_again(scene: Scene, receipt: Receipt) -> None:
    scene.receipts.add(_sign(receipt))


def enter_twice(scene: Scene, _: Receipt) -> None:
    [taken] = scene.police.inbox.taken.values()
    scene.police.inbox.taken[_FOREIGN] = replace(taken, dispatch_id=_FOREIGN)


def forget(scene: Scene, _: Receipt) -> None:
    scene.police.inbox.taken.clear()


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (forge_receipt, "which is not stored"),
        (sign_again, "is not the one stored"),
        (enter_twice, "twice"),
        (forget, "never took it"),
    ],
)
async def test_books_that_do_not_agree_are_seen(
    pool: asyncpg.Pool, spoil: Callable[[Scene, Receipt], None], named: str
) -> None:
    async with open_scene(pool, checks=False) as scene:
        spoil(scene, await delivered(scene))
        with pytest.raises(AssertionError, match=named):
            await scene.check()


async def test_unfinished_work_is_seen_where_there_should_be_none(pool: asyncpg.Pool) -> None:
    async with open_scene(pool) as scene:
        await scene.post()
        with pytest.raises(AssertionError, match="is still waiting"):
            await scene.check(is_at_rest=True)


async def delivered(scene: Scene) -> Receipt:
    receipt = await scene.post()
    await scene.deliver_until_quiet()
    return receipt


def _sign(receipt: Receipt) -> bytes:
    document = receipt.model_dump(mode="json", exclude_none=True)
    return signed(payload_of(document), key_of("platform"), typ=Typ.RECEIPT)
