"""The one error family: every refusal carries a code of the problem catalogue and what the caller may know."""

from collections.abc import Sequence

from contracts.document import Fault


class Refusal(Exception):  # noqa: N818 (it is the word of the design, not an accident)
    """We will not do what was asked; `code` stands in contracts/problems.yaml."""

    def __init__(self, code: str, detail: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)


class OutcomeUnknownError(Exception):
    """A commit was cut off: it may or may not have happened, and only a look-up can tell."""


class CollisionError(Exception):
    """Two transactions waited for each other, and this one was ended: nothing of it is stored; it may be done again."""


class IllegalMoveError(Exception):
    """A status was to change in a way that the table of moves does not have: a fault of ours."""


def check_fresh(seen_move: int | None, move: int) -> None:
    """Refuse what was decided on an older state than the present one; raises Refusal `stale`.

    Asked under the lock of what moves, and after a repeat was answered: what took effect once is never stale.
    """
    if seen_move is not None and seen_move != move:
        raise Refusal("stale", f"decided at move {seen_move}, it stands at move {move}")
