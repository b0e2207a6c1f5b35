"""Who reads: an office that proved itself by its key."""

from dataclasses import dataclass

from contracts.office import OfficeKind


@dataclass(frozen=True, slots=True)
class Reader:
    """An office that authenticated with its key; what it may see follows from what it is and has sent or got."""

    office_code: str
    kind: OfficeKind
    kid: str

    @property
    def is_agency(self) -> bool:
        return self.kind is OfficeKind.AGENCY
