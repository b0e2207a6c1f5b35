"""The indexes of appraisal: the table holds together, and names only what is counted."""

from importlib import resources

import pytest

from adapters.metrics import METRICS
from contracts.appraisal import COUNTS, DERIVED, TALLIES, load, read

TEXT = (resources.files("contracts") / "appraisal.yaml").read_text("utf-8")


def test_every_rate_is_of_two_counts_that_are_kept_or_reported() -> None:
    table = load()
    assert {one.numerator for one in table.indexes} <= {*COUNTS}
    assert {one.denominator for one in table.indexes} <= {*COUNTS}
    assert {*COUNTS} == {*TALLIES, *DERIVED}


def test_table_ships_thirteen_indexes_each_with_its_basis() -> None:
    table = load()
    assert len(table.indexes) == 13
    assert all(one.basis and one.zh and one.en for one in table.indexes)
    assert "排名" in table.caution.zh


def test_what_the_metric_shows_is_counted() -> None:
    (metric,) = (one for one in METRICS if one.name == "appraisal_count")
    assert {*metric.labels["name"]} <= {*COUNTS}


def test_rate_of_what_nobody_counts_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown count: convinced"):
        read(TEXT.replace("numerator: convicted", "numerator: convinced"))


def test_index_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        read(TEXT.replace("id: conviction", "id: prosecution"))


def test_count_without_a_row_is_refused() -> None:
    lines = [line for line in TEXT.splitlines() if not line.startswith("  filed_cases:")]
    with pytest.raises(ValueError, match="vocabulary"):
        read("\n".join(lines))
