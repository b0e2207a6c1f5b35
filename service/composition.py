"""Writing the dispatch: the agency's packet untouched, beside our signed and explained screening."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from contracts.dispatch import Addressee, AgencyKey, Dispatch
from contracts.document import SchemaError, parse, write
from contracts.facts import load_vocabulary
from contracts.jws import Typ, digest_of, open_envelope
from contracts.packet import Material, TransferPacket
from contracts.receipt import Flag
from contracts.rulebook import RuleBook
from service.domain.admission import SignedDocument, Standards
from service.domain.assessment import assess
from service.domain.delivery import ClaimedDispatch
from service.domain.explanation import Explainer
from service.domain.registry import Registry
from service.domain.rulebook import CompiledRuleBook, compile_rulebook
from service.domain.working_days import SHANGHAI
from service.ports import Records, Signer
from service.stored import Source


@lru_cache(maxsize=4)
def explainer_of(book: CompiledRuleBook) -> Explainer:
    """Give the explainer of a rule book, made once."""
    return Explainer(book)


@lru_cache(maxsize=4)
def _compiled(text: str) -> CompiledRuleBook:
    return compile_rulebook(RuleBook.from_json(text), load_vocabulary())


class Shelf:
    """Rule books by their digests, each compiled once: a case is explained by the book that judged it."""

    def __init__(self, standards: Callable[[], Standards]) -> None:
        self._standards = standards
        self._kept: dict[str, CompiledRuleBook] = {}

    async def find(self, records: Records, digest: str) -> CompiledRuleBook | None:
        """Give a rule book, the one in use without asking the database; None where it was not kept."""
        current = self._standards().book
        if current.digest == digest:
            return current
        if digest not in self._kept:
            text = await records.rulebooks.find(digest)
            if text is None:
                return None
            self._kept = dict(list(self._kept.items())[1 - _BOOKS_AT_HAND :])
            self._kept[digest] = _compiled(text)
        return self._kept[digest]


_BOOKS_AT_HAND = 4


@dataclass(frozen=True, slots=True)
class _Content:
    """What the dispatches of one transfer have in common."""

    source: Source
    packet: str
    materials: list[Material]
    screening: dict[str, Any]
    agency_key: AgencyKey


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes and signs dispatches, once each: what is sent again is the text that was kept."""

    registry: Callable[[], Registry]
    standards: Callable[[], Standards]
    signer: Signer

    async def compose(
        self, records: Records, claimed: Sequence[ClaimedDispatch], at: datetime
    ) -> tuple[list[tuple[ClaimedDispatch, bytes]], list[tuple[ClaimedDispatch, str]]]:
        """Give each claimed dispatch its document; a new one is stored in the caller's transaction.

        Those that cannot be written are given apart, with the reason: they must not hold up the others.
        """
        kept = await records.documents.find_many(
            "dispatch", [(one.transfer_id, one.id) for one in claimed if one.digest]
        )
        new, failed = await self._write_new(records, [one for one in claimed if not one.digest], at)
        documents = {key[1]: text for key, text in kept.items()} | new
        composed = [
            (replace(one, digest=digest_of(documents[one.id])), documents[one.id])
            for one in claimed
            if one.id in documents
        ]
        return composed, failed

    async def compose_one(self, records: Records, claimed: ClaimedDispatch, at: datetime) -> bytes:
        """Give one dispatch its document; raises LookupError when it cannot be written."""
        composed, failed = await self.compose(records, [claimed], at)
        for _, problem in failed:
            raise LookupError(problem)
        return composed[0][1]

    async def _write_new(
        self, records: Records, claimed: Sequence[ClaimedDispatch], at: datetime
    ) -> tuple[dict[UUID, bytes], list[tuple[ClaimedDispatch, str]]]:
        if not claimed:
            return {}, []
        contents, problems = await self._contents(records, {one.transfer_id for one in claimed})
        writable = [one for one in claimed if one.transfer_id in contents]
        payloads = [write(_dispatch(one, contents[one.transfer_id])) for one in writable]
        signed = await self.signer.sign_all(payloads, Typ.DISPATCH, at)
        await _keep(records, list(zip(writable, signed, strict=True)), at)
        failed = [
            (one, problems[one.transfer_id]) for one in claimed if one.transfer_id in problems
        ]
        return {one.id: text for one, text in zip(writable, signed, strict=True)}, failed

    async def _contents(
        self, records: Records, transfer_ids: Iterable[UUID]
    ) -> tuple[dict[UUID, _Content], dict[UUID, str]]:
        """Explain each transfer once, however many addressees it has."""
        ids = sorted(transfer_ids)
        sources = await records.transfers.sources(ids)
        packets = await records.documents.find_many("packet", [(id_, id_) for id_ in ids])
        contents: dict[UUID, _Content] = {}
        problems: dict[UUID, str] = {}
        for source in sources:
            id_ = source.transfer_id
            try:
                contents[id_] = await self._content(records, source, packets[id_, id_])
            except (LookupError, ValueError, SchemaError) as error:
                problems[id_] = f"{type(error).__name__}: {error}"
        return contents, problems

    async def _content(self, records: Records, source: Source, raw: bytes) -> _Content:
        packet = parse(TransferPacket, open_envelope(raw).payload)
        book = await self._book(records, source.rulebook_digest)
        received_on = source.received_at.astimezone(SHANGHAI).date()
        key = self.registry().keys[source.kid]
        return _Content(
            source=source,
            packet=raw.decode(),
            materials=packet.materials,
            screening=explainer_of(book).as_json(assess(packet, book, received_on, explain=True)),
            agency_key=AgencyKey(kid=key.kid, jwk=dict(key.key.as_dict(private=False))),
        )

    async def _book(self, records: Records, digest: str) -> CompiledRuleBook:
        """Screen by the book that intake used, even if another is in use by now."""
        current = self.standards().book
        if current.digest == digest:
            return current
        text = await records.rulebooks.find(digest)
        if text is None:
            raise LookupError(f"the rule book {digest} is not kept")
        return _compiled(text)


def _dispatch(claimed: ClaimedDispatch, content: _Content) -> Dispatch:
    source = content.source
    return Dispatch(
        document="dispatch",
        version="1",
        dispatch_id=str(claimed.id),
        transfer_id=str(claimed.transfer_id),
        addressee=Addressee(office=claimed.office_code, kind=claimed.kind, role=claimed.role),
        packet=content.packet,
        packet_digest=source.packet_digest,
        agency_key=content.agency_key,
        received_at=source.received_at,
        flags=[Flag.model_validate(flag) for flag in source.flags],
        screening=content.screening,
        materials=content.materials,
    )


async def _keep(
    records: Records, written: Sequence[tuple[ClaimedDispatch, bytes]], at: datetime
) -> None:
    named = [(one, text, digest_of(text)) for one, text in written]
    await records.documents.add(
        [
            SignedDocument(one.transfer_id, "dispatch", one.id, digest, text, at)
            for one, text, digest in named
        ]
    )
    await records.dispatches.compose([(one.id, one.claim, digest) for one, _, digest in named])
