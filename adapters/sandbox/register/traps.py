"""Near misses: cases that look like planted ones, and of which no detector holds."""

from adapters.sandbox.register import desk, ordinary, planted
from adapters.sandbox.register.planted import Story, established, met
from adapters.sandbox.register.scene import Scene
from adapters.sandbox.register.truth import Draft

_YEAR = 365
_TWO = 2  # parts of a split case


def transferred_in_time(scene: Scene) -> list[Draft]:
    draft = met(scene)
    desk.transfer_and(scene, draft.record, established(scene, draft) - 1, "filed_at")
    return [draft]


def transferred_with_a_penalty(scene: Scene) -> list[Draft]:
    """A warning beside a transfer is no penalty instead of it (D310 Art 11)."""
    draft = transferred_in_time(scene)[0]
    desk.penalise(scene, draft.record, established(scene, draft) - 4)
    return [draft]


def time_still_runs(scene: Scene) -> list[Draft]:
    return [met(scene, 1)]


def decision_still_runs(scene: Scene) -> list[Draft]:
    """Transferred two days ago, accepted yesterday."""
    draft = met(scene, 3)
    desk.transfer(scene, draft.record, 2)
    desk.accept(scene, draft.record, 1)
    return [draft]


def contested_in_time(scene: Scene) -> list[Draft]:
    draft = met(scene)
    ago = established(scene, draft) - 1
    desk.transfer_and(scene, draft.record, ago, "not_filed_at")
    desk.ask_again(scene, draft.record, ago - 4)
    return [draft]


def excused(scene: Scene) -> list[Draft]:
    """Over the limit, and still below: what was found makes it none."""
    kind = scene.kind_of(lambda one: bool(one.excused))
    if kind is None:
        return time_still_runs(scene)
    facts = kind.met(scene.random) | dict(kind.excused)
    draft = planted.opened(scene, kind, facts, frozenset(), None)
    desk.penalise(scene, draft.record, established(scene, draft) - 5)
    return [draft]


def penalties_too_old(scene: Scene) -> list[Draft]:
    """Penalised before, and the window of the branch was over when the act began (G7)."""
    kind = scene.kind_of(lambda one: one.repeat is not None and one.repeat.years is not None)
    if kind is None:
        return time_still_runs(scene)
    assert kind.repeat is not None
    draft = planted.repeat_of(scene, kind)
    first = _started(scene, draft) + (kind.repeat.years or 0) * _YEAR + scene.between(5, 60)
    return [*planted.priors_of(scene, kind, draft, first), draft]


def penalty_of_another_kind(scene: Scene) -> list[Draft]:
    kind = scene.kind_of(lambda one: one.repeat is not None and one.repeat.penalties == 1)
    if kind is None:
        return time_still_runs(scene)
    draft = planted.repeat_of(scene, kind)
    others = [one for one in scene.tame if one.family != kind.family]
    decided = _started(scene, draft) + scene.between(20, 300)
    party = draft.record["party"]
    priors = [ordinary.known(scene, scene.one_of(others), party, decided=decided)] if others else []
    return [*priors, draft]


def penalty_revoked(scene: Scene) -> list[Draft]:
    return _with_one_prior(scene, 30, "revoked")


def began_before_the_penalty(scene: Scene) -> list[Draft]:
    """The new act had begun when the penalty came, so that it is no act after a penalty."""
    return _with_one_prior(scene, -1, "effective")


def _with_one_prior(scene: Scene, before: int, status: str) -> list[Draft]:
    kind = scene.kind_of(lambda one: one.repeat is not None and one.repeat.penalties == 1)
    if kind is None:
        return time_still_runs(scene)
    draft = planted.repeat_of(scene, kind)
    decided = _started(scene, draft) + before
    prior = planted.prior_of(scene, kind, draft, decided, is_small=True)
    prior.record["penalty"]["status"] = status
    return [prior, draft]


def split_too_far_apart(scene: Scene) -> list[Draft]:
    """Acts between which more time lies than the article adds up."""
    kind = scene.kind_of(lambda one: _TWO in one.split and one.adds_up_within is not None)
    if kind is None:
        return time_still_runs(scene)
    drafts = planted.parts_of(scene, kind, _TWO)
    days = scene.days.since_text(drafts[1].record["conduct"]["ended_on"])
    far = days + (kind.adds_up_within or 0) * _YEAR + scene.between(5, 60)
    drafts[0].record["conduct"] = {
        "started_on": scene.days.on(far + 3),
        "ended_on": scene.days.on(far),
    }
    return drafts


def split_dealt_with(scene: Scene) -> list[Draft]:
    """The first act was penalised before the second began: it is treated, and adds to nothing."""
    kind = scene.kind_of(lambda one: _TWO in one.split and one.repeat is None)
    if kind is None:
        return time_still_runs(scene)
    earlier, later = planted.parts_of(scene, kind, _TWO)
    decided = established(scene, earlier) - 2
    later.record["conduct"]["started_on"] = scene.days.on(decided - 3)
    later.record["conduct"]["ended_on"] = scene.days.on(decided - 4)
    desk.penalise(scene, earlier.record, decided)
    return [earlier, later]


def split_and_transferred(scene: Scene) -> list[Draft]:
    kind = scene.kind_of(lambda one: _TWO in one.split)
    if kind is None:
        return time_still_runs(scene)
    drafts = planted.parts_of(scene, kind, _TWO)
    ago = established(scene, drafts[0]) - 1
    desk.transfer_and(scene, drafts[0].record, ago, "filed_at")
    return drafts


def entered_on_the_last_day(scene: Scene) -> list[Draft]:
    decided = scene.between(30, 2 * _YEAR)
    draft = ordinary.single_known(scene, decided)
    desk.enter_on(scene, draft.record, scene.days.last_to_enter(decided), 23)
    return [draft]


def replied(scene: Scene) -> list[Draft]:
    draft = planted.handed_back(scene)
    received = scene.days.since_text(draft.record["reverse"]["opinion_received_at"][:10])
    desk.reply(scene, draft.record, received - scene.between(10, 50))
    return [draft]


def reply_still_runs(scene: Scene) -> list[Draft]:
    return [planted.handed_back(scene, least=5)]


def _started(scene: Scene, draft: Draft) -> int:
    return scene.days.since_text(draft.record["conduct"]["started_on"])


TRAPS: tuple[Story, ...] = (
    transferred_in_time,
    transferred_with_a_penalty,
    time_still_runs,
    decision_still_runs,
    contested_in_time,
    excused,
    penalties_too_old,
    penalty_of_another_kind,
    penalty_revoked,
    began_before_the_penalty,
    split_too_far_apart,
    split_dealt_with,
    split_and_transferred,
    entered_on_the_last_day,
    replied,
    reply_still_runs,
)
