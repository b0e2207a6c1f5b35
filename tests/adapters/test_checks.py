"""Checks of the doctor that need a moment, or a server, that a test cannot have."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.findings import Severity
from adapters.main.doctor.database import check_server
from adapters.main.doctor.installation import check_standards
from adapters.postgres.inspection import Server
from adapters.settings import Settings

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def told(findings) -> dict[Severity, str]:
    return {finding.severity: f"{finding.about}: {finding.what}" for finding in findings}


@pytest.mark.parametrize("version", [15, 18])
def test_supported_server_is_fine(version):
    assert set(told(check_server(Server(version, NOW, fsync=True, waits=True), NOW))) == {
        Severity.OK
    }


@pytest.mark.parametrize("version", [14, 19])
def test_other_server_is_not_supported(version):
    findings = told(check_server(Server(version, NOW, fsync=True, waits=True), NOW))

    assert findings[Severity.ERROR] == f"database: PostgreSQL {version}"


@pytest.mark.parametrize("skew", [timedelta(seconds=-6), timedelta(minutes=3)])
def test_clocks_that_differ_are_found(skew):
    findings = told(check_server(Server(15, NOW + skew, fsync=True, waits=True), NOW))

    assert "differ by" in findings[Severity.ERROR]


@pytest.mark.parametrize(("fsync", "waits"), [(False, True), (True, False)])
def test_server_that_may_lose_a_commit_is_found(fsync, waits):
    findings = told(check_server(Server(15, NOW, fsync=fsync, waits=waits), NOW))

    assert "power cut" in findings[Severity.ERROR]


def test_year_without_a_notice_is_warned_of_from_december():
    """The notice for a year comes in November of the one before."""
    november, december = NOW, NOW.replace(month=12)

    assert Severity.WARNING not in told(check_standards(Settings(), november))
    assert "2027" in told(check_standards(Settings(), december))[Severity.WARNING]


@pytest.mark.parametrize(("value", "severity"), [(10_000, None), (30_000, Severity.ERROR)])
def test_provincial_number_outside_its_range_is_found(tmp_path, value, severity):
    number = f"{{parameter: S06-one-worker, value: {value}, document: 文, from: 2013-06-01}}"
    (tmp_path / "zhejiang.yaml").write_text(f"{{province: '330000', numbers: [{number}]}}")

    findings = told(check_standards(Settings(provinces_dir=tmp_path), NOW))

    assert findings.get(Severity.ERROR) == (
        severity and "rule book: 330000/S06-one-worker: 30000 is not within 5000 to 20000"
    )


def test_pack_that_was_corrected_meanwhile_is_read_again(tmp_path):
    number = "{{parameter: S06-one-worker, value: {}, document: 文, from: 2013-06-01}}"
    for value, is_wrong in ((30_000, True), (10_000, False), (40_000, True)):
        text = f"{{province: '330000', numbers: [{number.format(value)}]}}"
        (tmp_path / "zhejiang.yaml").write_text(text)
        findings = told(check_standards(Settings(provinces_dir=tmp_path), NOW))
        assert (Severity.ERROR in findings) is is_wrong


def test_pack_that_cannot_be_read_is_found(tmp_path):
    (tmp_path / "zhejiang.yaml").write_text("province: [")

    findings = told(check_standards(Settings(provinces_dir=tmp_path), NOW))

    assert "zhejiang.yaml is not YAML" in findings[Severity.ERROR]


def test_calendar_that_cannot_be_right_is_found(tmp_path):
    (tmp_path / "2027.yaml").write_text("year: 2026")

    findings = told(check_standards(Settings(calendars_dir=tmp_path), NOW))

    assert "2027.yaml" in findings[Severity.ERROR]
