"""Writing the dispatch: the agency's packet untouched, beside our signed and explained screening."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from contracts.dispatch import Addressee, AgencyKey, Dispatch
from contracts.document import SchemaError, parse, write
from contracts.facts import load_vocabulary
from contracts.jws import Typ, digest_of, open_envelope
from contracts.packet import TransferPacket
from contracts.receipt import Flag
from contracts.rulebook import RuleBook
from service.domain.admission import SignedDocument, Standards
from service.domain.assessment import assess
from service.domain.delivery import ClaimedDispatch
from service.domain.explanation import Explainer
from service.domain.registry import Registry
from service.domain.rulebook import CompiledRuleBook, compile_rulebook
from service.domain.working_days import SHANGHAI
from service.ports import Records, Signer, Source


@lru_cache(maxsize=4)
def explainer_of(book: CompiledRuleBook) -> Explainer:
    """Give the explainer of a rule book, made once."""
    return Explainer(book)


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
        written: dict[UUID, bytes] = {}
        failed: list[tuple[ClaimedDispatch, str]] = []
        ids = sorted({one.transfer_id for one in claimed})
        sources = {source.transfer_id: source for source in await records.transfers.sources(ids)}
        packets = await records.documents.find_many("packet", [(id_, id_) for id_ in ids])
        for one in claimed:
            packet = packets[one.transfer_id, one.transfer_id]
            try:
                source = sources[one.transfer_id]
                written[one.id] = await self._write(records, one, source, packet, at)
            except (LookupError, ValueError, SchemaError) as error:
                failed.append((one, f"{type(error).__name__}: {error}"))
        await self._keep(records, [one for one in claimed if one.id in written], written, at)
        return written, failed

    async def _keep(
        self,
        records: Records,
        claimed: Sequence[ClaimedDispatch],
        written: Mapping[UUID, bytes],
        at: datetime,
    ) -> None:
        named = [(one, written[one.id], digest_of(written[one.id])) for one in claimed]
        await records.documents.add(
            [
                SignedDocument(one.transfer_id, "dispatch", one.id, digest, text, at)
                for one, text, digest in named
            ]
        )
        await records.dispatches.compose([(one.id, one.claim, digest) for one, _, digest in named])

    async def _write(
        self,
        records: Records,
        claimed: ClaimedDispatch,
        source: Source,
        raw: bytes,
        at: datetime,
    ) -> bytes:
        packet = parse(TransferPacket, open_envelope(raw).payload)
        book = await self._book(records, source.rulebook_digest)
        received_on = source.received_at.astimezone(SHANGHAI).date()
        key = self.registry().keys[source.kid]
        dispatch = Dispatch(
            document="dispatch",
            version="1",
            dispatch_id=str(claimed.id),
            transfer_id=str(claimed.transfer_id),
            addressee=Addressee(office=claimed.office_code, kind=claimed.kind, role=claimed.role),
            packet=raw.decode(),
            packet_digest=source.packet_digest,
            agency_key=AgencyKey(kid=key.kid, jwk=dict(key.key.as_dict(private=False))),
            received_at=source.received_at,
            flags=[Flag.model_validate(flag) for flag in source.flags],
            screening=explainer_of(book).as_json(assess(packet, book, received_on, explain=True)),
            materials=packet.materials,
        )
        return self.signer.sign(write(dispatch), Typ.DISPATCH, at)

    async def _book(self, records: Records, digest: str) -> CompiledRuleBook:
        """Screen by the book that intake used, even if another is in use by now."""
        current = self.standards().book
        if current.digest == digest:
            return current
        text = await records.rulebooks.find(digest)
        if text is None:
            raise LookupError(f"the rule book {digest} is not kept")
        return compile_rulebook(RuleBook.from_json(text), load_vocabulary())
