"""What most of a register is: small cases, dealt with in time, and parties that come back with trifles."""

from adapters.sandbox.register import desk
from adapters.sandbox.register.days import course
from adapters.sandbox.register.kinds import Kind
from adapters.sandbox.register.parties import Party
from adapters.sandbox.register.scene import Scene
from adapters.sandbox.register.truth import Draft
from contracts.office import Sector
from service.domain.registry import Office

_OLDEST = 900
_KNOWN = 0.55
_OPEN = 0.06
_WITHOUT_PENALTY = 0.04
_MOST_OF_A_PARTY = 12
_COMES_BACK = 0.55


def single(scene: Scene) -> list[Draft]:
    """A small case of a party that nobody else knows."""
    if scene.known and scene.chance(_KNOWN):
        return [known(scene, scene.one_of(scene.known))]
    return [plain(scene, scene.one_of(scene.agencies), scene.parties.next(scene.random))]


def regular(scene: Scene) -> list[Draft]:
    """A party with trifles at several agencies; the more there are, the rarer it is."""
    party = scene.parties.next(scene.random)
    times = 2
    while times < _MOST_OF_A_PARTY and scene.chance(_COMES_BACK):
        times += 1
    return [_trifle(scene, party) for _ in range(times)]


def _trifle(scene: Scene, party: Party) -> Draft:
    if not scene.tame or scene.chance(_KNOWN):
        return plain(scene, scene.one_of(scene.agencies), party)
    kind: Kind = scene.one_of(scene.tame)
    return known(scene, kind, party, is_small=True)


def known(
    scene: Scene,
    kind: Kind,
    party: Party | None = None,
    *,
    decided: int | None = None,
    is_small: bool = False,
) -> Draft:
    """A case of a kind that the law knows, far under its threshold, with all its facts."""
    facts = kind.small(scene.random) if is_small else kind.unmet(scene.random)
    party = party or scene.parties.next(scene.random, kind.party)
    ago = _drawn(scene) if decided is None else decided
    times = course(scene.random, ago + scene.between(2, 20))
    agency = scene.agency_for(kind)
    draft = Draft(agency.code, scene.open_case(agency, kind, party, times, facts))
    if decided is None:
        _settle(scene, draft, ago)
    else:
        desk.penalise(scene, draft.record, ago)
    return draft


def single_known(scene: Scene, decided: int) -> Draft:
    """A small case that was penalised so long ago; of a cause that the law does not know, where it knows none here."""
    if scene.known:
        return known(scene, scene.one_of(scene.known), decided=decided)
    draft = plain(scene, scene.one_of(scene.agencies), scene.parties.next(scene.random))
    desk.penalise(scene, draft.record, decided)
    return draft


def plain(scene: Scene, agency: Office, party: Party) -> Draft:
    """A case of a cause that says nothing to the rule book."""
    causes = scene.kinds.plain.get(agency.sector or Sector.OTHER) or scene.kinds.plain[Sector.OTHER]
    cause: str = scene.one_of(causes)
    ago = _drawn(scene)
    times = course(scene.random, ago + scene.between(2, 20))
    draft = Draft(agency.code, scene.open_plain(agency, cause, f"{cause}案", party, times))
    _settle(scene, draft, ago)
    return draft


def _drawn(scene: Scene) -> int:
    # A register has more of the last months than of the years before.
    return 1 + int(scene.random.random() * scene.random.random() * _OLDEST)


def _settle(scene: Scene, draft: Draft, ago: int) -> None:
    drawn = scene.random.random()
    if drawn < _OPEN:
        desk.enter(scene, draft.record, ago)
        return
    if drawn < _OPEN + _WITHOUT_PENALTY:
        draft.record["closed_on"] = scene.days.on(ago)
        desk.enter(scene, draft.record, ago)
        return
    desk.penalise(scene, draft.record, ago)
