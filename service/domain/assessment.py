"""A packet's facts as screening takes them, and what the verdict means for the transfer."""

from datetime import date

from contracts.facts import PartialDate
from contracts.packet import TransferPacket
from contracts.receipt import FindingSummary, ScreeningSummary
from contracts.rulebook import Conclusion
from service.domain.rulebook import CompiledRuleBook
from service.domain.screening import Evidence, Finding, Screening, ScreeningCase, screen

_UNDER = frozenset({Conclusion.BELOW, Conclusion.NEAR})
# Findings of the authority that open a transfer without a number (D310 Art 3(2); the open clauses, G15).
_OPENINGS = ("ip_reasonable_suspicion", "other_grave_circumstance")


def assess(
    packet: TransferPacket, book: CompiledRuleBook, on: date, *, explain: bool = False
) -> Screening:
    """Screen a packet's facts as of a day; with `explain` every clause is told."""
    return screen(screening_case(packet), book, on=on, explain=explain)


def screening_case(packet: TransferPacket) -> ScreeningCase:
    """Say a packet's case in the words of screening; what the packet does not say stays unknown."""
    ended = packet.conduct.ended_on or packet.conduct.started_on
    return ScreeningCase(
        facts=_facts(packet),
        bounds=packet.bounds,
        party_type=packet.facts.get("party_type") or packet.suspects[0].kind,
        conduct_on=PartialDate.parse(ended) if ended else None,
        province=packet.facts.get("province") or packet.case.division[:2] + "0000",
        offence_codes=tuple(offence.code for offence in packet.offences),
        charges=tuple(offence.name for offence in packet.offences if offence.name),
        evidence={
            name: tuple(Evidence(place.material, place.page) for place in places)
            for name, places in packet.evidence.items()
        },
    )


def _facts(packet: TransferPacket) -> dict[str, object]:
    """The days of the act stand in the packet's own part; windows of repeat branches count to them."""
    days = {
        "conduct_started_on": packet.conduct.started_on,
        "conduct_ended_on": packet.conduct.ended_on,
    }
    return {**{name: day for name, day in days.items() if day}, **packet.facts}


def stays_below(packet: TransferPacket, screening: Screening) -> bool:
    """Tell whether every offence named was judged below its threshold, and no other is met.

    An offence without a rule, or with facts missing, may yet be a crime: then nothing is held.
    """
    verdicts = [(finding.is_named, finding.governing.conclusion) for finding in screening.findings]
    named = [conclusion for is_named, conclusion in verdicts if is_named]
    return (
        bool(named)
        and not screening.unknown_offences
        and all(conclusion in _UNDER for conclusion in named)
        and all(conclusion is not Conclusion.MEETS for _, conclusion in verdicts)
        and not any(packet.facts.get(opening) is True for opening in _OPENINGS)
    )


def summary_of(screening: Screening) -> ScreeningSummary:
    """Shorten a screening to its verdicts, for the receipt and for lists."""
    return ScreeningSummary(
        rulebook_version=screening.rulebook_version,
        rulebook_digest=screening.rulebook_digest,
        findings=[_summary(finding) for finding in screening.findings],
    )


def _summary(finding: Finding) -> FindingSummary:
    return FindingSummary(
        offence_code=finding.offence_code,
        offence=finding.offence.offence.name.zh,
        conclusion=finding.conclusion.value,
        conclusion_current=finding.conclusion_current.value,
        branch=finding.branch,
        missing=list(finding.missing),
        unverified=finding.is_unverified,
    )
