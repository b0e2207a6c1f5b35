"""The timeline in words: whatever can occur has them, and nothing of the codes behind it is left."""

from types import SimpleNamespace
from typing import Any

import pytest

from adapters.web.case import words
from adapters.web.case.timeline import Entry, Timeline
from adapters.web.pages.words import word
from contracts import clocks
from contracts.packet import IdentifierType, MaterialKind
from service.domain.docket import HistoryLine
from service.domain.journal import Action
from service.domain.signatures import Standing
from tests.support.packets import NOW

OFFICES = {"A": "甲检察院", "B": "乙检察院"}


def told(action: Action, **data: Any) -> Entry:
    docket: Any = SimpleNamespace(people={}, materials=())
    timeline = Timeline(
        docket,
        lambda text, **values: text % values if values else text,
        word,
        lambda code: OFFICES.get(code or "", code or ""),
        clocks.load(),
        is_chinese=True,
    )
    return timeline.entries([HistoryLine(NOW, action, "A", None, data)])[0]


@pytest.mark.parametrize("action", Action)
def test_every_action_has_words(action: Action) -> None:
    assert told(action).what != action.value
    assert told(action).who == "甲检察院"


@pytest.mark.parametrize(
    ("known", "codes"),
    [
        (words.MATERIAL, MaterialKind),
        (words.IDENTIFIER, IdentifierType),
        (words.STANDING, Standing),
    ],
)
def test_every_code_has_a_word(known: Any, codes: Any) -> None:
    assert set(known) == set(codes)


def test_move_is_told_by_its_statuses_and_another_way_by_its_offices() -> None:
    assert told(Action.TRANSFER_MOVED, **{"from": "delivered", "to": "acknowledged"}).details == (
        "已送达 → 已回执",
    )
    assert told(Action.DELIVERY_REROUTED, **{"from": "A", "to": "B"}).details == (
        "甲检察院 → 乙检察院",
    )


def test_decision_of_a_person_and_report_of_an_office_have_their_own_words() -> None:
    assert told(Action.DESK_DECIDED, act="x", kind="acknowledge").details == ("出具回执",)
    report = told(Action.REPORT_RECEIVED, kind="filed", happened_at="2026-11-23T10:00:00+08:00")
    assert report.details == ("立案", "办理时间 2026-11-23 10:00")


def test_moved_deadline_says_from_where_to_where() -> None:
    entry = told(
        Action.DEADLINE_RECOMPUTED,
        clock="T05",
        due_at="2026-11-26T16:00:00+00:00",
        moved_to="2026-11-27T16:00:00+00:00",
    )
    assert entry.details == ("补充材料", "原定 2026-11-27 00:00", "改为 2026-11-28 00:00")
    assert told(Action.DEADLINE_MISSED, clock="T05", due_at="2026-11-26T16:00:00+00:00").is_alarm
