"""The books at hand: cases with their transfers, opinions and leads, as one look at them finds them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts import causes
from contracts.detectors import Detector
from service.domain.case_files import (
    CaseFile,
    CaseKey,
    CaseOpinion,
    CaseTransfer,
    Provenance,
    open_file,
)
from service.domain.leads import Lead
from service.domain.registry import Registry
from service.register_ports import StoredCase


@dataclass(frozen=True, slots=True)
class Books:
    """The cases at hand and all that is joined about them; `fed` says since when agencies feed their registers."""

    before: Mapping[CaseKey, StoredCase]
    now: Mapping[CaseKey, StoredCase]
    transfers: Mapping[CaseKey, CaseTransfer]
    opinions: Mapping[CaseKey, CaseOpinion]
    leads: Mapping[CaseKey, dict[Detector, Lead]]
    fed: Mapping[str, datetime]


NOTHING_JOINED = Books({}, {}, {}, {}, {}, {})


def files_by_party(books: Books, registry: Registry) -> list[list[CaseFile]]:
    """Lay all files open, those of one party together; a case of a party that nobody knows stands alone.

    Those of a party in the order of their keys: what is found of them must not depend on how they were read.
    """
    parties: defaultdict[object, list[CaseFile]] = defaultdict(list)
    for key, case in sorted(books.now.items()):
        parties[case.party_hash or key].append(file_of(case, books, registry))
    return list(parties.values())


def file_of(case: StoredCase, books: Books, registry: Registry) -> CaseFile:
    """Lay the file of a stored case open."""
    transfer, code = books.transfers.get(case.key), case.key.agency_code
    office = registry.offices.get(code)
    agency_name = office.name if office else code
    if case.record is None:
        fed_since = books.fed.get(code)
        return CaseFile(
            key=case.key,
            record=None,
            division=case.division,
            sector=case.sector,
            agency_name=agency_name,
            is_fed=transfer is not None
            and fed_since is not None
            and fed_since <= transfer.received_at,
            transfer=transfer,
            opinion=books.opinions.get(case.key),
            month=case.month,
        )
    assert case.first_received_at is not None
    known = Provenance(
        key=case.key,
        agency_name=agency_name,
        division=case.division,
        sector=case.sector,
        party_hash=case.party_hash,
        arrived_at=case.first_received_at,
        entered_at=case.entered_at,
    )
    file = open_file(case.record, known, causes.load(), transfer)
    opinion = books.opinions.get(case.key)
    return file if opinion is None else file._replace(opinion=opinion)
