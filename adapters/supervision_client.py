"""The HTTP client of those who supervise and of agencies that are supervised: leads, letters, how they stand."""

from collections.abc import AsyncIterator
from uuid import UUID

from adapters.client import LinkageClient
from contracts.supervision_views import (
    LeadFile,
    LeadsPage,
    SupervisionFile,
    SupervisionsPage,
    SupervisionStanding,
    SupervisionView,
    SuspicionsPage,
)


class SupervisionClient(LinkageClient):
    """An office's way to leads and letters; what the platform does not let it see is a ProblemError `not_found`."""

    async def supervisions(
        self, state: SupervisionStanding | None = None, after: str | None = None, limit: int = 100
    ) -> SupervisionsPage:
        params = _given(state=state, after=after, limit=limit)
        return SupervisionsPage.model_validate_json(await self._get("/v1/supervisions", params))

    async def every_supervision(
        self, state: SupervisionStanding | None = None
    ) -> AsyncIterator[SupervisionView]:
        """Give all letters that concern the office, page by page."""
        after = None
        while True:
            page = await self.supervisions(state, after)
            for one in page.supervisions:
                yield one
            after = page.next
            if after is None:
                return

    async def supervision(self, supervision_id: UUID | str) -> SupervisionFile:
        found = await self._get(f"/v1/supervisions/{supervision_id}")
        return SupervisionFile.model_validate_json(found)

    async def letter(self, supervision_id: UUID | str) -> bytes:
        """Take a letter, byte for byte; an agency has it from then on."""
        return await self._get(f"/v1/supervisions/{supervision_id}/document")

    async def leads(
        self,
        detector: str | None = None,
        status: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> LeadsPage:
        params = _given(detector=detector, status=status, after=after, limit=limit)
        return LeadsPage.model_validate_json(await self._get("/v1/leads", params))

    async def lead(self, lead_id: UUID | str) -> LeadFile:
        return LeadFile.model_validate_json(await self._get(f"/v1/leads/{lead_id}"))

    async def undetermined(
        self, detector: str | None = None, after: str | None = None, limit: int = 100
    ) -> SuspicionsPage:
        params = _given(detector=detector, after=after, limit=limit)
        return SuspicionsPage.model_validate_json(await self._get("/v1/undetermined", params))

    async def _get(self, path: str, params: dict[str, str] | None = None) -> bytes:
        return (await self._call("GET", path, params=params)).body


def _given(**members: object) -> dict[str, str]:
    return {name: str(value) for name, value in members.items() if value is not None}
