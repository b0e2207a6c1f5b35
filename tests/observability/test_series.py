from math import prod

from adapters.metrics import METRICS, PREFIX, Metric, PrometheusMeasure

_MOST = 5000


def worst(metric: Metric) -> int:
    """The number of series once every label has had every value, one beyond the list among them."""
    values = prod(len({*map(str, listed)} | {"other"}) for listed in metric.labels.values())
    # A histogram also has its +Inf bucket, its sum and its count.
    return values * (len(metric.buckets) + 3 if metric.kind == "histogram" else 1)


def test_series_stay_few_however_many_cases_there_are():
    """Also at a hundred thousand cases, as no label is open: the table is all that there can be."""
    assert sum(map(worst, METRICS)) <= _MOST


def test_worst_case_is_what_a_process_can_really_show():
    measure = PrometheusMeasure(metric for metric in METRICS if metric.name == "appraisal_count")
    found = next(metric for metric in METRICS if metric.name == "appraisal_count")
    for name in (*found.labels["name"], "x"):
        for period in (*found.labels["period"], "x"):
            for sector in (*found.labels["sector"], "x"):
                measure.set("appraisal_count", 1, name=name, period=period, sector=str(sector))

    lines = measure.exposition().decode().splitlines()
    assert sum(line.startswith(f"{PREFIX}_appraisal_count{{") for line in lines) == worst(found)
