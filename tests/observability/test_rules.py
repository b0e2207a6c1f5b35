import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.appraisal import load as load_appraisal
from tests.observability.watched import ALERTS, PROMETHEUS, RECORDED, RUNBOOKS, known_names, names

UNIT_TESTS = PROMETHEUS / "tests"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)


def unit_tests(alert: str) -> list[dict[str, Any]]:
    text = (UNIT_TESTS / f"{alert}.yaml").read_text("utf-8")
    return [case for group in yaml.safe_load(text)["tests"] for case in group["alert_rule_test"]]


def test_rules_and_the_example_of_a_configuration_are_sound(promtool: Path):
    checked = run(promtool, "check", "config", "--lint-fatal", PROMETHEUS / "prometheus.yml")

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "2 rule files found" in checked.stdout


def test_every_rule_does_what_its_unit_test_says(promtool: Path):
    tested = run(promtool, "test", "rules", *sorted(UNIT_TESTS.glob("*.yaml")))

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert tested.stdout.count("SUCCESS") == len(ALERTS) + 1


@pytest.mark.parametrize("alert", ALERTS)
def test_alert_is_shown_firing_and_silent(alert):
    cases = unit_tests(alert)

    assert {case["alertname"] for case in cases} == {alert}
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}


@pytest.mark.parametrize("alert", ALERTS)
def test_alert_says_what_is_wrong_in_both_languages_and_where_to_read_on(alert):
    rule = ALERTS[alert]
    for name in ("summary", "description"):
        zh, _, en = rule["annotations"][name].partition("/ ")
        assert not zh.isascii()
        assert en.isascii()
        assert en
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["labels"]["reader"] in {"supervisor", "operator"}
    assert rule["annotations"]["runbook_url"].endswith(f"/deploy/runbooks/{alert}.md")
    assert (RUNBOOKS / f"{alert}.md").is_file()


def test_nothing_is_left_of_an_alert_that_is_gone():
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == {*ALERTS}
    assert {path.stem for path in UNIT_TESTS.glob("*.yaml")} == {*ALERTS, "recording"}


@pytest.mark.parametrize("rule", [*ALERTS.values(), *RECORDED], ids=lambda rule: str(rule)[:60])
def test_rule_looks_at_series_that_there_are(rule):
    assert names(rule["expr"])
    assert names(rule["expr"]) <= known_names()


def test_indexes_are_those_of_the_law_table():
    recorded = {
        (rule["labels"]["index"], rule["record"].rpartition(":")[2], rule["expr"].split('"')[1])
        for rule in RECORDED
        if "labels" in rule
    }
    written = {
        (index.id, part, count)
        for index in load_appraisal().indexes
        for part, count in (("part", index.numerator), ("n", index.denominator))
    }
    assert recorded == written
