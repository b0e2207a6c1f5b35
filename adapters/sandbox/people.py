"""People of the sandbox: made-up names at each of its offices, who come in by the door of the sign-in page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contracts.office import OfficeKind
from service.domain.registry import Office
from service.domain.staff import StaffRole


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who does not exist; `subject` is what the door knows him by."""

    subject: str
    name: str
    office_code: str
    roles: frozenset[StaffRole]


_R = StaffRole
_PEOPLE: dict[OfficeKind, tuple[tuple[str, str, frozenset[StaffRole]], ...]] = {
    OfficeKind.PROCURATORATE: (
        ("lin", "林检察官", frozenset({_R.REVIEWER})),
        ("zhou", "周检察官", frozenset({_R.REVIEWER})),
        ("he", "何主任", frozenset({_R.CHIEF, _R.SUPERVISOR})),
        ("xu", "许审计", frozenset({_R.AUDITOR})),
        ("yun", "云运维", frozenset({_R.OPERATOR})),
    ),
    OfficeKind.PUBLIC_SECURITY: (
        ("qin", "秦警官", frozenset({_R.REVIEWER})),
        ("tang", "唐队长", frozenset({_R.CHIEF})),
    ),
    OfficeKind.JUDICIAL_ADMINISTRATION: (
        ("shen", "沈监督", frozenset({_R.SUPERVISOR})),
        ("gu", "顾处长", frozenset({_R.CHIEF, _R.SUPERVISOR})),
    ),
}


def demo_people(offices: Iterable[Office]) -> Iterator[DemoPerson]:
    """Give the people of some offices; of several of one kind, those of the first one have the plain names."""
    seen: dict[OfficeKind, int] = {}
    for office in offices:
        number = seen[office.kind] = seen.get(office.kind, 0) + 1
        for subject, name, roles in _PEOPLE.get(office.kind, ()):
            suffix = "" if number == 1 else str(number)
            yield DemoPerson(f"{subject}{suffix}", f"{name}{suffix}", office.code, roles)
