"""`linkage register generate`: the files of a made-up register are those that the platform takes in."""

import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters.imports.files import Format, open_export
from adapters.imports.mapper import Mapper
from adapters.imports.mapping import FLAT, find_mapping
from adapters.imports.records import as_it_is, chunks
from adapters.keys import read_private_key
from adapters.registry_file import read_registry, warnings
from adapters.sandbox.offices import agencies_of, judicial_office
from adapters.sandbox.register.generator import make_cases
from adapters.sandbox.register.places import register_offices
from contracts import jws
from contracts.case_record import CaseRecord, MonthlyCount
from contracts.office import OfficeKind
from service.domain.registry import EndpointKind
from tests.support.command_line import call
from tests.support.registers import (
    Found,
    compare,
    ends_of,
    inspected,
    leads_in,
    load_truth,
    read,
)

TODAY = date(2026, 11, 25)
AGENCIES = [one.office for one in agencies_of(register_offices())]
MADE = list(make_cases(5, 1_500, TODAY, AGENCIES, revised_share=0.1))


def generated(folder: Path, *more: object):
    words = ["--records", 1_500, "--seed", 5, "--today", TODAY, "--revised-share", 0.1]
    return call("register", "generate", "--out", folder, *words, *more)


def taken(path: Path, form: Format, agency: str) -> list[CaseRecord]:
    with open_export(path, form) as export:
        mapper = Mapper(find_mapping(FLAT), agency)
        if export.columns is not None:
            assert mapper.check(export.columns) == ()
        to_content = as_it_is if export.columns is None else mapper.content
        records = []
        for chunk in chunks(export.rows(), to_content, 1_000):
            assert not chunk.rejects
            records += chunk.records
    return records


@pytest.mark.parametrize("form", Format)
def test_every_format_is_imported_as_it_was_made(tmp_path, form):
    answer = generated(tmp_path, "--format", form, "--json").json

    assert answer["cases"] == 1_500
    assert answer["records"] == len(MADE)
    for agency, path in answer["files"].items():
        assert path == str(tmp_path / f"register-{agency}.{form}")
        made = [read(one) for one in MADE if one.agency == agency]
        assert taken(Path(path), form, agency) == made
    assert set(answer["files"]) == {one.agency for one in MADE}


def test_truth_stands_apart_and_says_what_is_planted(tmp_path):
    answer = generated(tmp_path, "--json").json
    truths = load_truth(tmp_path)

    assert truths == [one.truth for one in MADE if one.truth]
    assert sum(answer["planted"].values()) == sum(len(one.detectors) for one in truths)
    assert list(answer["planted"]) == [f"X{number}" for number in range(1, 12)]
    assert "detector" not in "".join(path.read_text() for path in tmp_path.glob("register-*"))


def test_counts_are_months_that_the_platform_takes(tmp_path):
    generated(tmp_path)
    told = json.loads((tmp_path / "counts.json").read_text())
    gap = json.loads((tmp_path / "truth-counts.json").read_text())

    counts = {agency: [MonthlyCount(**one) for one in months] for agency, months in told.items()}
    assert sum(one.filed for months in counts.values() for one in months) == 1_500
    fullest = next(one for one in counts[gap["agency"]] if one.month == gap["month"])
    assert fullest.decided == gap["reported"] > gap["entered"]


def test_registry_has_every_office_and_the_keys_are_its_owners_alone(tmp_path):
    generated(tmp_path)
    registry = read_registry(tmp_path / "registry.yaml")

    assert warnings(registry, datetime.now(UTC)) == []
    assert {one.code for one in registry.offices} == {one.code for one in register_offices()}
    kinds = {one.kind for one in registry.offices}
    assert {OfficeKind.PROCURATORATE, OfficeKind.JUDICIAL_ADMINISTRATION} < kinds
    for office in registry.offices:
        path = tmp_path / "keys" / f"{office.code}.jwk"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert office.keys[0].kid == jws.key_id(read_private_key(path))


def test_second_run_into_the_same_folder_keeps_the_keys(tmp_path):
    generated(tmp_path)
    first = (tmp_path / "registry.yaml").read_text()
    generated(tmp_path)

    assert (tmp_path / "registry.yaml").read_text() == first


def test_people_are_told_what_to_do_next(tmp_path):
    said = generated(tmp_path).out

    assert "1500 cases of 78 agencies" in said
    assert "linkage registry load" in said
    assert "linkage register import" in said


def test_judicial_office_of_the_demonstration_has_a_mailbox():
    office = judicial_office()

    assert office.office.kind is OfficeKind.JUDICIAL_ADMINISTRATION
    assert office.endpoint is EndpointKind.MAILBOX


# Holding leads against the truth.


def test_comparison_tells_missed_false_lost_and_silent_apart():
    truths = [one.truth for one in MADE if one.truth]
    first, second, third = [one for one in truths if one.detectors == ("X1",)][:3]
    torn = third._replace(facts_complete=False)
    lines = [
        json.dumps({"agency": first.agency, "case_number": first.case_number, "detector": "X1"}),
        json.dumps({"agency": first.agency, "case_number": first.case_number, "detector": "X9"}),
    ]

    found = compare([first, second, torn], leads_in(lines))
    assert found.missed == [Found(second.agency, second.case_number, "X1")]
    assert found.false == [Found(first.agency, first.case_number, "X9")]
    assert found.lost == found.silent == [Found(torn.agency, torn.case_number, "X1")]
    assert (found.recall("X1"), found.precision("X1"), found.precision("X9")) == (0.5, 1, 0)
    assert (found.recall("X5"), found.precision("X5")) == (1, 1)
    waits = [(torn.agency, torn.case_number)]
    assert compare([torn], [], waits).silent == []
    by_dates = torn._replace(detectors=("X8",))
    assert compare([by_dates], []).missed == [Found(torn.agency, torn.case_number, "X8")]


def test_inspection_of_a_written_register_is_that_of_the_one_in_memory(tmp_path):
    generated(tmp_path, "--removed-share", 0.2)
    torn = list(make_cases(5, 1_500, TODAY, AGENCIES, removed_share=0.2, revised_share=0.1))
    seen = inspected((one for one in torn if not one.is_earlier), ends_of(TODAY)[0])
    leads = [Found(*one.file.key, lead.detector) for one in seen for lead in one.suspicions]
    waits = [tuple(one.file.key) for one in seen if one.undetermined]

    found = compare(load_truth(tmp_path), leads, waits)
    assert (found.missed, found.false, found.silent) == ([], [], [])
    assert found.lost
