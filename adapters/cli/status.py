"""`linkage status`."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from adapters.cli.office import KeyFile, Office, Sender, Url, sender
from adapters.cli.output import Json, local, say, say_json, say_table, wait_for
from contracts.answers import DeadlineView, DispatchView, TransferView

_LOOK_EVERY = 2.0
_ENDS = frozenset({"closed", "withdrawn"})


def status(
    transfer_id: Annotated[
        UUID, typer.Argument(help="Id of the transfer, as the receipt names it.")
    ],
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show every change until the transfer ends.")
    ] = False,
    url: Url = None,
    office: Office = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Show where a transfer stands, and whose move it is."""
    wait_for(_show(sender(url, office, key_file), transfer_id, watch=watch, as_json=as_json))


async def _show(who: Sender, transfer_id: UUID, *, watch: bool, as_json: bool) -> None:
    shown = None
    async with who.client() as client:
        while True:
            view = await client.transfer(transfer_id)
            if _state(view) != shown:
                _tell(view, as_json=as_json)
                shown = _state(view)
            if not watch or view.status in _ENDS:
                return
            await asyncio.sleep(_LOOK_EVERY)


def _state(view: TransferView) -> object:
    dispatches = [(one.dispatch_id, one.status, one.attempts) for one in view.dispatches]
    deadlines = [(one.deadline_id, one.state) for one in view.deadlines]
    return view.status, view.changed_at, dispatches, deadlines


def _tell(view: TransferView, *, as_json: bool) -> None:
    if as_json:
        say_json(view.model_dump(mode="json"))
        return
    say(
        f"{view.status} since {local(view.changed_at, seconds=True)}; the next move is: {view.whose_move}"
    )
    say_table(_DISPATCH, map(_dispatch, view.dispatches))
    say_table(_DEADLINE, map(_deadline, view.deadlines))


_DISPATCH = ("addressee", "role", "status", "attempts", "delivered", "acknowledged", "problem")
_DEADLINE = ("deadline", "actor", "state", "due", "basis")


def _dispatch(one: DispatchView) -> tuple[object, ...]:
    moments = (local(one.delivered_at, seconds=True), local(one.acknowledged_at, seconds=True))
    return (one.kind, one.role, one.status, one.attempts, *moments, one.problem)


def _deadline(one: DeadlineView) -> tuple[object, ...]:
    return (one.clock, one.actor, one.state, local(one.due_at, seconds=True), one.basis)
