"""What an agency does with a case: penalises, enters, approves, refuses, transfers; and what it hears then."""

from typing import Any

from adapters.sandbox.register.scene import Scene

Record = dict[str, Any]

_IN_TIME = 6
_KINDS = (["罚款"], ["罚款", "没收违法所得"], ["警告", "罚款"])
_FLOORS = (2_000, 5_000, 10_000, 20_000)


def enter(scene: Scene, record: Record, ago: int) -> None:
    """Enter a case in time after a day: on that day or one of the six after it, and not in the future."""
    entered = max(1, ago - int(scene.random.random() * (_IN_TIME + 1)))
    enter_on(scene, record, entered, 20)


def enter_on(scene: Scene, record: Record, ago: int, hour: int) -> None:
    minute = int(scene.random.random() * 60)
    record["entered_at"] = record["recorded_at"] = scene.days.at(ago, hour, minute)


def penalise(scene: Scene, record: Record, ago: int) -> None:
    """Decide a penalty that is not under its floor, and enter it in time."""
    floor = scene.one_of(_FLOORS)
    _penalise(scene, record, ago, floor * scene.between(1, 5), floor)
    enter(scene, record, ago)


def penalise_below_floor(
    scene: Scene, record: Record, ago: int, mitigation: str | None = None
) -> None:
    """Decide a fine that is under its floor, with or without a reason."""
    floor = scene.one_of(_FLOORS)
    _penalise(scene, record, ago, floor // scene.between(2, 8), floor)
    if mitigation is not None:
        record["penalty"]["mitigation"] = mitigation
    enter(scene, record, ago)


def _penalise(scene: Scene, record: Record, ago: int, amount: int, floor: int) -> None:
    day = scene.days.on(ago)
    record["penalty"] = {
        "decision_number": record["case_number"].replace("立", "决"),
        "kinds": scene.one_of(_KINDS),
        "decided_on": day,
        "effective_on": day,
        "amount": amount,
        "floor": floor,
    }
    if scene.chance(_REVIEWED):
        record["legal_review"] = {"held_on": day, "opinion": "penalise"}


_REVIEWED = 0.2


def decide(
    scene: Scene, record: Record, ago: int, decision: str, reason: str | None = None
) -> None:
    """Let the chief approve or refuse the transfer, and enter that in time (D310 Art 5(2))."""
    record["transfer"] = {"decision": decision, "decided_at": scene.days.at(ago, 10)}
    if reason is not None:
        record["transfer"]["reason"] = reason
    enter(scene, record, ago)


def transfer(scene: Scene, record: Record, ago: int) -> None:
    """Approve a transfer and make it, five hours later."""
    decide(scene, record, ago, "approved")
    record["transfer"] |= {
        "document_number": record["case_number"].replace("罚立", "移"),
        "transferred_at": scene.days.at(ago, 15),
        "addressee": "public_security",
    }


def accept(scene: Scene, record: Record, ago: int) -> None:
    """Let the police sign and accept what was transferred the day before."""
    record["transfer"] |= {
        "acknowledged_at": scene.days.at(ago, 9),
        "accepted_at": scene.days.at(ago, 9, 30),
    }
    _note(record, scene.days.at(ago, 12))


def transfer_and(scene: Scene, record: Record, ago: int, outcome: str) -> None:
    """Transfer, have it accepted on the next day, and decided on the day after: `filed_at` or `not_filed_at`."""
    transfer(scene, record, ago)
    accept(scene, record, ago - 1)
    record["transfer"][outcome] = scene.days.at(ago - 2, 16)
    _note(record, scene.days.at(ago - 2, 21))


def hand_back(scene: Scene, record: Record, ago: int) -> None:
    """Let the procuratorate prosecute nobody and ask for a penalty (CPL Art 177(3))."""
    record["reverse"] = {
        "non_prosecution_on": scene.days.on(ago + 2),
        "opinion_number": f"示检意〔{scene.days.on(ago)[:4]}〕{scene.between(1, 900)}号",
        "opinion_received_at": scene.days.at(ago, 11),
    }
    _note(record, scene.days.at(ago, 13))


def reply(scene: Scene, record: Record, ago: int) -> None:
    """Answer the procuratorate."""
    record["reverse"]["replied_at"] = scene.days.at(ago, 14)
    _note(record, scene.days.at(ago, 15))


def ask_again(scene: Scene, record: Record, ago: int) -> None:
    """Ask the police to reconsider that they do not file (D310 Art 9)."""
    record["transfer"]["reconsideration_requested_at"] = scene.days.at(ago, 10)
    _note(record, scene.days.at(ago, 11))


def decided_on(record: Record) -> str | None:
    """The day of the agency's decision: the penalty, else yes or no to a transfer."""
    if "penalty" in record:
        return str(record["penalty"]["decided_on"])
    decided_at = record.get("transfer", {}).get("decided_at")
    return None if decided_at is None else str(decided_at)[:10]


def _note(record: Record, at: str) -> None:
    # Moments of one zone, written alike, compare as text.
    record["recorded_at"] = max(record["recorded_at"], at)
