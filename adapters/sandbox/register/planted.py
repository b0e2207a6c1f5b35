"""Planted cases: each story knows by its making which detectors hold of its cases (contracts/detectors.yaml)."""

from collections.abc import Callable
from itertools import accumulate

from adapters.sandbox.register import desk, ordinary
from adapters.sandbox.register.days import course
from adapters.sandbox.register.desk import decided_on
from adapters.sandbox.register.kinds import Facts, Kind
from adapters.sandbox.register.scene import RECENT, Scene
from adapters.sandbox.register.truth import Draft

Story = Callable[[Scene], list[Draft]]

_YEAR = 365


def met(scene: Scene, established: int | None = None) -> Draft:
    """A case that meets the threshold by its own facts; nothing has been done about it."""
    kind = scene.kind_for_planting()
    return opened(scene, kind, kind.met(scene.random), kind.needed, established)


def _near(scene: Scene) -> Draft | None:
    """A case from four fifths of the limit on, and under it; every fact of it counts."""
    kind = scene.kind_of(lambda one: one.near is not None)
    if kind is None:
        return None
    assert kind.near is not None
    facts = kind.within(kind.near, scene.random)
    return opened(scene, kind, facts, frozenset(facts), None)


def opened(
    scene: Scene, kind: Kind, facts: Facts, needed: frozenset[str], established: int | None
) -> Draft:
    """A case of a new party, whose facts were established on a day, or on one long ago."""
    ago = scene.long_ago(kind) if established is None else established
    agency = scene.agency_for(kind)
    party = scene.parties.next(scene.random, kind.party)
    record = scene.open_case(agency, kind, party, course(scene.random, ago), facts)
    desk.enter(scene, record, ago)
    return Draft(agency.code, record, needed=needed)


def established(scene: Scene, draft: Draft) -> int:
    """How long ago the facts of a case were established."""
    return scene.days.since_text(draft.record["established_on"])


def _decided(scene: Scene, draft: Draft) -> int:
    """Draw a day of decision after the facts were established."""
    ago = established(scene, draft)
    return max(1, ago - scene.between(2, 30))


def _holds(draft: Draft, *detectors: str) -> list[Draft]:
    draft.detectors = detectors
    return [draft]


def never_transferred(scene: Scene) -> list[Draft]:
    return _holds(met(scene), "X1")


def approved_and_kept(scene: Scene) -> list[Draft]:
    draft = met(scene)
    desk.decide(scene, draft.record, established(scene, draft) - 1, "approved")
    return _holds(draft, "X1")


def penalised_instead(scene: Scene) -> list[Draft]:
    draft = met(scene)
    desk.penalise(scene, draft.record, _decided(scene, draft))
    return _holds(draft, "X1", "X2")


def just_penalised(scene: Scene) -> list[Draft]:
    """The time to transfer still runs, and the penalty is there already."""
    draft = met(scene, 1)
    desk.penalise(scene, draft.record, 1)
    return _holds(draft, "X2")


def refused(scene: Scene) -> list[Draft]:
    draft = met(scene)
    reason = "情节轻微" if scene.chance(0.5) else None
    desk.decide(scene, draft.record, established(scene, draft) - 2, "refused", reason)
    return _holds(draft, "X1", "X6")


def refused_and_penalised(scene: Scene) -> list[Draft]:
    draft = refused(scene)[0]
    desk.penalise(scene, draft.record, max(1, established(scene, draft) - 10))
    return _holds(draft, "X1", "X2", "X6")


def just_refused(scene: Scene) -> list[Draft]:
    draft = met(scene, 1)
    desk.decide(scene, draft.record, 1, "refused", "证据不足")
    return _holds(draft, "X6")


def near_and_penalised(scene: Scene) -> list[Draft]:
    draft = _near(scene)
    if draft is None:
        return never_transferred(scene)
    if scene.chance(_MITIGATED):
        desk.penalise_below_floor(scene, draft.record, _decided(scene, draft), "主动消除危害后果")
    else:
        desk.penalise(scene, draft.record, _decided(scene, draft))
    return _holds(draft, "X3")


_MITIGATED = 0.2


def near_and_below_floor(scene: Scene) -> list[Draft]:
    draft = _near(scene)
    if draft is None:
        return never_transferred(scene)
    desk.penalise_below_floor(scene, draft.record, _decided(scene, draft))
    return _holds(draft, "X3", "X7")


def met_and_below_floor(scene: Scene) -> list[Draft]:
    draft = met(scene)
    desk.penalise_below_floor(scene, draft.record, _decided(scene, draft))
    return _holds(draft, "X1", "X2", "X7")


def repeated(scene: Scene) -> list[Draft]:
    """Not met alone; met with the penalties that other agencies imposed before the act (G7)."""
    kind = scene.kind_of(lambda one: one.repeat is not None)
    if kind is None:
        return never_transferred(scene)
    draft = repeat_of(scene, kind)
    priors = priors_of(scene, kind, draft, first=_started(scene, draft) + 20)
    return [*priors, *_holds(draft, "X4")]


def repeat_of(scene: Scene, kind: Kind) -> Draft:
    """A case in the band of those who were penalised before."""
    assert kind.repeat is not None
    facts = kind.within(kind.repeat.band, scene.random) | dict(kind.repeat.facts)
    draft = opened(scene, kind, facts, frozenset(facts), None)
    if scene.chance(0.6):
        desk.penalise(scene, draft.record, _decided(scene, draft))
    return draft


def priors_of(scene: Scene, kind: Kind, draft: Draft, first: int) -> list[Draft]:
    """As many earlier penalties of the party as the branch asks for, the latest so long ago, all inside the window."""
    assert kind.repeat is not None
    return [
        prior_of(scene, kind, draft, first + number * _A_SEASON + scene.between(0, _A_SEASON))
        for number in range(kind.repeat.penalties)
    ]


_A_SEASON = 100


def prior_of(
    scene: Scene, kind: Kind, draft: Draft, decided: int, *, is_small: bool = False
) -> Draft:
    """A case of the same party and family that ended with a penalty, so long ago; a small one is of the same kind."""
    alike = [kind] if is_small else [one for one in scene.known if one.family == kind.family]
    chosen: Kind = scene.one_of(alike)
    party = draft.record["party"]
    return ordinary.known(scene, chosen, party, decided=decided, is_small=is_small)


def _started(scene: Scene, draft: Draft) -> int:
    return scene.days.since_text(draft.record["conduct"]["started_on"])


def split(scene: Scene) -> list[Draft]:
    """Several cases of one party, none of which meets the limit that they meet together (G9)."""
    kind = scene.kind_of(lambda one: bool(one.split))
    if kind is None:
        return never_transferred(scene)
    drafts = parts_of(scene, kind, scene.one_of(tuple(kind.split)))
    for draft in drafts:
        if scene.chance(0.6):
            # Not before the last act began, or the part would count as dealt with.
            desk.penalise(scene, draft.record, scene.between(2, RECENT - 2))
    drafts[-1].others = tuple(drafts[:-1])
    drafts[-1].detectors = ("X5",)
    return drafts


def parts_of(scene: Scene, kind: Kind, count: int) -> list[Draft]:
    """Open cases of one party, the earliest act first, whose numbers add up to the limit with the last."""
    party = scene.parties.next(scene.random, kind.party)
    gaps = [scene.between(*_APART) for _ in range(count - 1)]
    latest = scene.long_ago(kind)
    days = [*accumulate([latest, *gaps])]
    return [_part(scene, kind, party, count, ago) for ago in reversed(days)]


_APART = (
    40,
    70,
)  # days: more than the courses of two cases differ, so that the acts end in this order


def _part(scene: Scene, kind: Kind, party: dict[str, object], count: int, ago: int) -> Draft:
    agency = scene.agency_for(kind)
    facts = kind.within(kind.split[count], scene.random)
    record = scene.open_case(agency, kind, party, course(scene.random, ago), facts)
    desk.enter(scene, record, ago)
    return Draft(agency.code, record, needed=kind.needed)


def without_receipt(scene: Scene) -> list[Draft]:
    draft = met(scene)
    desk.transfer(scene, draft.record, established(scene, draft) - 1)
    return _holds(draft, "X8")


def without_decision(scene: Scene) -> list[Draft]:
    draft = met(scene)
    ago = established(scene, draft) - 1
    desk.transfer(scene, draft.record, ago)
    desk.accept(scene, draft.record, ago - 1)
    return _holds(draft, "X8")


def not_contested(scene: Scene) -> list[Draft]:
    draft = met(scene)
    desk.transfer_and(scene, draft.record, established(scene, draft) - 1, "not_filed_at")
    return _holds(draft, "X9")


_LONGER_THAN_TWO_MONTHS = 75


def handed_back(scene: Scene, least: int = _LONGER_THAN_TWO_MONTHS) -> Draft:
    """A case that was transferred and filed, and came back for a penalty at least so long ago."""
    draft = met(scene, least + 60 + scene.between(0, 200))
    desk.transfer_and(scene, draft.record, established(scene, draft) - 1, "filed_at")
    desk.hand_back(scene, draft.record, least + scene.between(0, 30))
    return draft


def not_replied(scene: Scene) -> list[Draft]:
    return _holds(handed_back(scene), "X10")


def entered_late(scene: Scene) -> list[Draft]:
    """A small case, penalised in time and entered too late."""
    draft = ordinary.single_known(scene, _long_past(scene))
    _enter_late(scene, draft)
    return _holds(draft, "X11")


def met_and_entered_late(scene: Scene) -> list[Draft]:
    draft = penalised_instead(scene)[0]
    if scene.days.since_text(draft.record["penalty"]["decided_on"]) < RECENT:
        return _holds(draft, "X1", "X2")
    _enter_late(scene, draft)
    return _holds(draft, "X1", "X2", "X11")


def transferred_and_entered_late(scene: Scene) -> list[Draft]:
    draft = met(scene, RECENT + scene.between(30, 300))
    desk.transfer_and(scene, draft.record, established(scene, draft) - 1, "filed_at")
    _enter_late(scene, draft)
    return _holds(draft, "X11")


_IN_THE_NIGHT = 0.3


def _long_past(scene: Scene) -> int:
    return scene.between(RECENT, 2 * _YEAR)


def _enter_late(scene: Scene, draft: Draft) -> None:
    """Enter a case after its last day, now and then in the night after it."""
    day = decided_on(draft.record)
    assert day is not None
    last = scene.days.last_to_enter(scene.days.since_text(day))
    if scene.chance(_IN_THE_NIGHT):
        desk.enter_on(scene, draft.record, last - 1, 1)
    else:
        desk.enter_on(scene, draft.record, scene.between(1, last - 1), 14)


PLANTED: tuple[Story, ...] = (
    never_transferred,
    penalised_instead,
    repeated,
    split,
    refused,
    without_receipt,
    entered_late,
    near_and_penalised,
    approved_and_kept,
    repeated,
    split,
    refused_and_penalised,
    without_decision,
    met_and_entered_late,
    not_contested,
    not_replied,
    just_penalised,
    repeated,
    split,
    just_refused,
    transferred_and_entered_late,
    near_and_below_floor,
    met_and_below_floor,
)
"""Every way in which a case is planted; those that stand twice are as many again."""
