"""The table of detectors: complete, cited, and refused where it is not."""

import re
from importlib import resources

import pytest

from contracts import clocks, cumulation, detectors
from contracts.detectors import Detector, Signal
from contracts.rulebook import load_rulebook

TABLE = detectors.load()
NEVER = {"X1", "X2", "X4", "X5", "X6"}


def test_every_detector_and_every_signal_has_its_row() -> None:
    assert {*TABLE.detectors} == {*Detector}
    assert {*TABLE.score.signals} == {*Signal}
    for row in TABLE.detectors.values():
        assert "" not in (row.zh, row.en, row.basis)
        assert row.mark in {"V", "V2", "K", "U", "practice"}
        assert 0 < row.base <= 100
    assert all("" not in (row.zh, row.en) for row in TABLE.score.signals.values())


def test_never_transferred_is_what_should_have_been() -> None:
    assert TABLE.never_transferred == {Detector(one) for one in NEVER}


def test_clocks_are_of_the_table_of_clocks() -> None:
    known = {clock.family for clock in clocks.load().clocks} | {
        clock.id for clock in clocks.load().clocks
    }
    named = {clock for row in TABLE.detectors.values() for clock in row.clocks}
    assert named <= known
    assert TABLE.detectors[Detector.X1].clocks == ("T01", "T02")
    until_transfer = [Detector.X1, Detector.X2, Detector.X4, Detector.X5, Detector.X6]
    assert {TABLE.detectors[one].clocks for one in until_transfer} == {("T01", "T02")}


def test_documents_are_named_as_everywhere_else() -> None:
    known = {*clocks.load().documents, *load_rulebook().documents}
    # No clock and no limit in force stands in these; they are named as the law dossier names them.
    known |= {"APL", "JI 2000-14"}
    cited = [row.basis for row in TABLE.detectors.values() if row.basis.isascii()]
    cited += [rule.basis for rule in cumulation.load().values()]
    for basis in cited:
        for part in basis.split("; "):
            assert re.sub(r" Art .*$", "", part) in known, part


def test_table_without_a_row_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (resources.files("contracts") / "detectors.yaml").read_text("utf-8")
    read = detectors.read_yaml
    short = read(text)
    del short["detectors"]["X11"]
    monkeypatch.setattr(detectors, "read_yaml", lambda _: short)
    detectors.load.cache_clear()
    try:
        with pytest.raises(ValueError, match="differ"):
            detectors.load()
    finally:
        detectors.load.cache_clear()
