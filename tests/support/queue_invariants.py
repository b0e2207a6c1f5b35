"""What must hold of the queues after every test: each row recomputed from the tables of record, and none missing."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from contracts import jws
from service.domain.transfer import Status
from service.ports import Vault

_RANK = ("meets", "undetermined", "near", "below")
_ENDS = (Status.CLOSED, Status.WITHDRAWN)
_COPIED = (
    *("agency_code", "division", "sector", "case_number", "document_number", "status", "move"),
    "changed_at",
)
_NEVER = datetime.max  # noqa: DTZ901 (as the driver gives infinity)


async def check_queue_invariants(pool: asyncpg.Pool, vault: Vault) -> int:
    """Hold every queue against the record; fails naming every difference, and gives how many rows there are."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        tables = {
            name: await connection.fetch(f"SELECT * FROM {name}")
            for name in (
                *("transfers", "dispatches", "deadlines", "documents"),
                *("desk_items", "desk_texts", "desk_counts"),
            )
        }
    wanted = dict(_wanted(tables))
    found = {(row["office_code"], row["transfer_id"]): row for row in tables["desk_items"]}
    texts = {(row["office_code"], row["transfer_id"]): row for row in tables["desk_texts"]}
    faults = [
        *(f"{key} lacks" for key in wanted.keys() - found.keys()),
        *(f"{key} should not be" for key in found.keys() - wanted.keys()),
        *(f"{key} has no text of its own" for key in found.keys() ^ texts.keys()),
        *(
            f"{key}: {name} is {found[key][name]!r} and should be {value!r}"
            for key in wanted.keys() & found.keys()
            for name, value in wanted[key].items()
            if found[key][name] != value
        ),
        *_texts_are_theirs(texts, tables, vault),
        *_counts_are_sums(tables),
    ]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:40])
    return len(found)


def _wanted(tables: dict[str, list[Any]]) -> Iterator[tuple[tuple[str, UUID], dict[str, Any]]]:
    transfers = {row["id"]: row for row in tables["transfers"]}
    parties: dict[tuple[str, UUID], list[Any]] = {}
    for row in tables["dispatches"]:
        is_party = row["delivered_at"] or row["status"] not in ("held", "recalled")
        if row["office_code"] and is_party:
            parties.setdefault((row["office_code"], row["transfer_id"]), []).append(row)
    for key, dispatches in parties.items():
        dispatch = max(dispatches, key=lambda one: (one["role"] == "principal", one["id"]))
        yield key, _row(transfers[key[1]], dispatch, tables["deadlines"])


def _row(transfer: Any, dispatch: Any, deadlines: list[Any]) -> dict[str, Any]:
    running = [
        one
        for one in deadlines
        if one["transfer_id"] == transfer["id"]
        and one["nature"] == "duty"
        and one["met_at"] is None
        and one["voided_at"] is None
    ]
    first = min(running, key=lambda one: (one["due_at"], one["id"]), default=None)
    findings = transfer["screening"]["findings"]
    found = [one["conclusion"] for one in findings]
    return {name: transfer[name] for name in _COPIED} | {
        "dispatch_id": dispatch["id"],
        "role": dispatch["role"],
        "dispatch_status": dispatch["status"],
        "is_open": transfer["status"] not in _ENDS,
        "arrived_at": transfer["received_at"],
        "due_at": first["due_at"] if first else _NEVER,
        "deadline_id": first and first["id"],
        "clock": first and first["clock"],
        "provisional": bool(first and first["provisional"]),
        "conclusion": min(found, key=_RANK.index, default="unjudged"),
        "offences": [one["offence_code"] for one in findings],
        "conclusions": found,
        "flags": sorted({one["code"] for one in transfer["flags"]}),
    }


def _texts_are_theirs(
    texts: dict[tuple[str, UUID], Any], tables: dict[str, list[Any]], vault: Vault
) -> Iterator[str]:
    packets = {
        row["transfer_id"]: row["sealed"] for row in tables["documents"] if row["kind"] == "packet"
    }
    for (office, transfer_id), row in texts.items():
        place = f"{transfer_id}/packet/{transfer_id}".encode()
        raw = vault.open(packets[transfer_id], place)
        packet = json.loads(jws.open_envelope(raw).payload)
        shown = json.loads(vault.open(row["sealed"], f"desk/{office}/{transfer_id}".encode()))
        if shown["title"] != packet["case"]["title"]:
            yield f"{transfer_id} is shown to {office} under another title"
        title = [packet["case"]["title"][at : at + 2] for at in (0, 2)]
        if not {*vault.fingerprints(title, office)} <= {*row["tokens"]}:
            yield f"{transfer_id} is not found by {title} at {office}"


def _counts_are_sums(tables: dict[str, list[Any]]) -> Iterator[str]:
    sums: Counter[tuple[Any, ...]] = Counter()
    for row in tables["desk_items"]:
        facets = {("all", ""), ("role", row["role"]), ("sector", row["sector"])}
        facets |= {("status", row["status"]), ("conclusion", row["conclusion"])}
        facets |= {("agency", row["agency_code"])}
        facets |= {("offence", code) for code in row["offences"]}
        facets |= {("flag", code) for code in row["flags"]}
        sums.update((row["office_code"], *facet, row["is_open"]) for facet in facets)
    counted = {
        (row["office_code"], row["facet"], row["value"], row["is_open"]): row["count"]
        for row in tables["desk_counts"]
    }
    for key in {*sums, *counted}:
        if sums[key] != counted.get(key, 0):
            yield f"{key} is counted as {counted.get(key, 0)}, and is {sums[key]}"
