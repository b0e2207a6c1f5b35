"""A case with its files, sent through the use cases of a running service, for the tests of its page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.main import Running
from contracts.jws import Typ
from contracts.packet import MaterialKind
from service.domain.access import Reader
from tests.support.chain import acknowledgement, receipt_in, report
from tests.support.offices import MEMBERS, key_of, office
from tests.support.packets import digest_of, material, material_bytes, packet, signed
from tests.support.pdf import office_pdf

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c0f01f0005000301805d0d0a2d0000000049454e44ae426082"
)
PDF = office_pdf("涉嫌犯罪案件移送书")
HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
GBK = "现场检查笔录：当事人在场。".encode("gb18030")


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


@dataclass
class CaseScene:
    """Sends packets as an agency does, and answers as the addressees do."""

    running: Running

    async def bring(self, content: bytes, agency: str = "market") -> None:
        await self.running.use_cases.materials.add(
            office(agency).code, digest_of(content), _pieces(content)
        )

    async def post(self, number: int = 1, files: Any = (), **changes: Any) -> UUID:
        """Send a case; `files` are (content, changes of its description) beside the usual five."""
        named = []
        for kind in MaterialKind:
            await self.bring(material_bytes(kind))
            named.append(material(kind))
        for content, described in files:
            await self.bring(content)
            named.append(material(MaterialKind.OTHER, content, **described))
        if "facts" in changes:
            changes = {"evidence": {}} | changes
        document = packet(number, **({"materials": named} | changes))
        at = self.running.ground.clock.now()
        [result] = await self.running.use_cases.intake.receive(
            [signed(document, key_of("market"), at=at)]
        )
        assert not isinstance(result, Exception), result
        return UUID(receipt_in(result.receipt).transfer_id)

    async def acknowledge(self, transfer_id: UUID) -> None:
        """Have every addressee take its dispatch out and acknowledge it."""
        rows = await self.running.ground.pool.fetch(
            "SELECT id, office_code FROM dispatches WHERE transfer_id = $1 ORDER BY id", transfer_id
        )
        for row in rows:
            member = next(one for one in MEMBERS if one.code == row["office_code"])
            reader = Reader(member.code, member.kind, member.kid)
            text = await self.running.use_cases.review.mailbox_dispatch(reader, row["id"])
            told = acknowledgement(str(row["id"]), digest_of(text), member.slug)
            raw = signed(told, key_of(member.slug), typ=Typ.ACKNOWLEDGEMENT)
            await self.running.use_cases.acknowledgements.acknowledge(raw)

    async def tell(self, transfer_id: UUID, slug: str, kind: str, **changes: Any) -> None:
        raw = report(str(transfer_id), slug, kind, **changes)
        await self.running.use_cases.reports.report(raw)
