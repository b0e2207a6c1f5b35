import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.metrics import METRICS, PREFIX, PrometheusMeasure
from contracts.problem import catalogue
from service.domain.delivery import Outcome

ROOT = Path(__file__).parents[2]


def samples(measure: PrometheusMeasure) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(measure.exposition().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_counts_add_up():
    measure = PrometheusMeasure()
    measure.count("deliveries", outcome=Outcome.TAKEN)
    measure.count("deliveries", 2, outcome="taken")

    assert samples(measure)["linkage_deliveries_total", (("outcome", "taken"),)] == 3


def test_observation_falls_into_its_bucket():
    measure = PrometheusMeasure()
    measure.observe("intake_batch", 3)

    found = samples(measure)
    assert found["linkage_intake_batch_bucket", (("le", "2.0"),)] == 0
    assert found["linkage_intake_batch_bucket", (("le", "4.0"),)] == 1


def test_gauge_forgets_what_it_was():
    measure = PrometheusMeasure()
    measure.set("intake_waiting", 7)
    measure.set("intake_waiting", 2)

    assert samples(measure)["linkage_intake_waiting", ()] == 2


def test_gauge_is_shown_from_when_it_is_set_until_it_is_hidden():
    measure = PrometheusMeasure()
    assert ("linkage_intake_waiting", ()) not in samples(measure)

    measure.set("intake_waiting", 7)
    assert ("linkage_intake_waiting", ()) in samples(measure)

    measure.hide("intake_waiting")
    measure.hide("intake_waiting")
    assert ("linkage_intake_waiting", ()) not in samples(measure)


def test_value_that_is_not_listed_becomes_other_and_is_not_kept():
    measure = PrometheusMeasure()
    kept = len(measure._children)
    for number in range(1000):
        measure.count("refusals", code=f"张三 {number}")

    assert samples(measure)["linkage_refusals_total", (("code", "other"),)] == 1000
    assert "张三" not in measure.exposition().decode()
    assert len(measure._children) == kept


def test_series_are_there_before_their_first_event():
    found = samples(PrometheusMeasure())

    assert {labels[0][1] for name, labels in found if name == "linkage_refusals_total"} == set(
        catalogue()
    )


def test_number_of_series_stays_small():
    assert len(samples(PrometheusMeasure())) < 500


def test_name_that_is_not_in_the_table_is_a_fault_of_ours():
    with pytest.raises(KeyError):
        PrometheusMeasure().count("no_such_thing")


def test_two_measures_do_not_share_a_number():
    first, second = PrometheusMeasure(), PrometheusMeasure()
    first.count("batches_split")

    assert samples(second)["linkage_batches_split_total", ()] == 0


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_metric_is_told_in_both_languages(metric):
    measure = PrometheusMeasure()
    if metric.kind == "gauge":
        measure.set(metric.name, 1, **dict.fromkeys(metric.labels, "x"))

    assert f"# HELP {PREFIX}_{metric.name}" in measure.exposition().decode()
    assert metric.en.isascii()
    assert not metric.zh.isascii()


def test_version_of_the_program_is_told():
    assert any(name == "linkage_build_info" for name, _ in samples(PrometheusMeasure()))


def uses() -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Every call that counts, times or sets, with its place, method, metric and labels."""
    for folder in ("service", "adapters"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and is_measure_call(node.func):
                    assert isinstance(node.func, ast.Attribute)
                    labels = frozenset(keyword.arg or "" for keyword in node.keywords) - {"by"}
                    yield f"{path}:{node.lineno}", node.func.attr, *first_argument(node), labels


def first_argument(call: ast.Call) -> tuple[str]:
    argument = call.args[0]
    return (str(argument.value) if isinstance(argument, ast.Constant) else ast.unparse(argument),)


def is_measure_call(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and called.attr in {"count", "observe", "set"}
        and ast.unparse(called.value) in {"measure", "self._measure", "self.measure"}
    )


_METHOD = {"counter": "count", "histogram": "observe", "gauge": "set"}


def test_every_use_is_in_the_table_with_its_labels():
    """A misspelt name would be a KeyError at three in the morning."""
    table = {metric.name: metric for metric in METRICS}
    for place, method, name, labels in uses():
        assert name in table, place
        assert method == _METHOD[table[name].kind], place
        assert labels == set(table[name].labels), place


def test_every_metric_is_counted_somewhere():
    """A metric that nothing counts would say for ever that nothing happens."""
    assert {metric.name for metric in METRICS} == {name for _, _, name, _ in uses()}
