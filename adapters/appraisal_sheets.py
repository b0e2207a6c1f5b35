"""The appraisal as tables: indexes with both their numbers, their trend, the counts, and what must be read beside them."""

from collections.abc import Iterator

from adapters.sheets import Cell, Sheet
from contracts import appraisal as table_of_indexes
from contracts.appraisal import COUNTS
from contracts.appraisal_views import AppraisalRow, AppraisalView, IndexView, Rate


def each_index(view: AppraisalView) -> Iterator[tuple[AppraisalRow, IndexView]]:
    """Give every index of every row."""
    return ((row, index) for row in view.rows for index in row.indexes)


def who(row: AppraisalRow) -> tuple[Cell, ...]:
    """Whose row it is."""
    return row.key, row.name, row.division, row.sector


_WHO = ("编号", "名称", "地区", "领域")
_RATE = ("分子", "分母", "比率")


def indexes_of(view: AppraisalView) -> Sheet:
    """One row a group and index: the period, and the same a year before."""
    return Sheet(
        "指标",
        (*_WHO, "截至月份", "月数", "指标", *_RATE, "件数少", *(f"上年同期{one}" for one in _RATE)),
        [
            (
                *(*who(row), view.month, view.months, index.zh),
                *(
                    *_cells(index.rate),
                    "是" if index.rate.small else "",
                    *_cells(index.year_before),
                ),
            )
            for row, index in each_index(view)
        ],
        frozenset({9, 13}),
    )


def trend_of(view: AppraisalView) -> Sheet:
    """One row a group, index and month."""
    return Sheet(
        "走势",
        (*_WHO, "指标", "月份", *_RATE),
        [
            (*who(row), index.zh, one.month, *_cells(one))
            for row, index in each_index(view)
            for one in index.trend
        ],
        frozenset({8}),
    )


def counts_of(view: AppraisalView) -> Sheet:
    """One row a group, one column a count."""
    names = table_of_indexes.load().counts
    return Sheet(
        "件数",
        (*_WHO, *(names[name].zh for name in COUNTS)),
        [(*who(row), *(row.counts[name] for name in COUNTS)) for row in view.rows],
    )


def words_of(view: AppraisalView) -> Sheet:
    """What must be read beside the numbers."""
    table = table_of_indexes.load()
    rows = [
        (one.zh, one.basis, one.mark, one.note.zh if one.note else None) for one in table.indexes
    ]
    return Sheet(
        "说明",
        ("指标", "依据", "核实", "说明"),
        [("总说明", view.caution.basis, None, view.caution.zh), *rows],
    )


def _cells(rate: Rate) -> tuple[Cell, ...]:
    return rate.numerator, rate.denominator, rate.value
