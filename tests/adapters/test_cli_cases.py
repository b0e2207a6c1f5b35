"""The commands that show cases of the register and how they stand, on a real database."""

import json
from pathlib import Path

import pytest

from tests.support.offices import office
from tests.support.operator import MARKET, Operator, fetch, operator_of, ours
from tests.support.records import content, write_lines


@pytest.fixture
def operator(database: str, tmp_path: Path) -> Operator:
    return operator_of(database, tmp_path)


def test_cases_that_need_facts_are_listed_with_them(operator, tmp_path):
    path = write_lines(tmp_path / "cases.ndjson", [content(1), content(2, facts={})])
    operator.take(path)

    [told] = operator.lines("register", "undetermined")
    of_other = operator.lines("register", "undetermined", "--agency", office("tax").code)
    text = operator.call("register", "undetermined", "--agency", MARKET).out

    assert told["case_number"] == "示市监案〔2026〕2号"
    assert told["conclusion"] == "undetermined"
    assert "sales_amount" in told["missing"]
    assert of_other == []
    assert text.splitlines()[-1] == "1 cases need facts"


def test_case_is_shown_without_its_party(operator, tmp_path):
    operator.take(ours(tmp_path, 1))
    number = "示市监案〔2026〕1号"

    called = operator.call("register", "show", number, "--agency", MARKET, "--json")
    text = operator.call("register", "show", number, "--agency", MARKET).out

    shown = called.json
    assert (shown["version"], shown["conclusion"]) == (1, "meets")
    assert shown["record"]["party"] == {"kind": "unit"}
    assert "X2" in {lead["detector"] for lead in shown["leads"]}
    for said in (called.out, text):
        assert "示例1有限公司" not in said
        assert "91990101MA" not in said
    assert not fetch(operator.database, "SELECT FROM journal WHERE action = 'record.read'")


def test_texts_that_may_name_somebody_are_shown_on_demand(operator, tmp_path):
    penalty = content()["penalty"] | {"mitigation": "当事人张某主动退赃"}
    transfer = {"decision": "refused", "reason": "张某已达成和解"}
    path = write_lines(tmp_path / "c.ndjson", [content(1, penalty=penalty, transfer=transfer)])
    operator.take(path)
    shown = "register", "show", "示市监案〔2026〕1号", "--agency", MARKET

    assert "张某" not in operator.call(*shown).out + operator.call(*shown, "--json").out
    assert "张某" in operator.call(*shown, "--with-party", "--json").out


def test_party_is_shown_on_demand_and_the_journal_notes_it(operator, tmp_path):
    operator.take(ours(tmp_path, 1))
    number = "示市监案〔2026〕1号"

    shown = operator.call("register", "show", number, "--agency", MARKET, "--with-party", "--json")

    assert shown.json["record"]["party"]["name"] == "示例1有限公司"
    [line] = fetch(
        operator.database,
        "SELECT agency_code, subject_id, data::text FROM journal WHERE action = 'record.read'",
    )
    assert str(line["subject_id"]) == shown.json["case_id"]
    assert line["agency_code"] is None
    assert json.loads(line["data"]) == {"case_number": number, "version": 1}


def test_later_version_shows_the_earlier_one(operator, tmp_path):
    operator.take(ours(tmp_path, 1))
    path = write_lines(tmp_path / "later.ndjson", [content(1, closed_on="2026-07-01")])
    operator.take(path)

    shown = operator.call("register", "show", "示市监案〔2026〕1号", "--agency", MARKET, "--json")

    assert shown.json["version"] == 2
    assert [one["version"] for one in shown.json["earlier_versions"]] == [1]


def test_case_that_is_not_here_is_not_shown(operator):
    called = operator.call("register", "show", "no-such", "--agency", MARKET)

    assert called.code == 1
    assert "there is no case no-such" in called.err


def test_record_is_not_opened_without_the_vault(operator, tmp_path):
    operator.take(ours(tmp_path, 1))

    called = operator.call(
        *("register", "show", "示市监案〔2026〕1号", "--agency", MARKET), vault_key=""
    )

    assert called.code == 1
    assert "LINKAGE_VAULT_KEY is not set" in called.err


def test_status_tells_who_feeds_who_is_silent_and_how_cases_stand(operator, tmp_path):
    operator.take(ours(tmp_path))
    fed = operator.call("register", "status", "--json").json
    text = operator.call("register", "status").out
    fetch(
        operator.database,
        "UPDATE register_feeds SET last_received_at = now() - interval '8 days'",
    )
    silent = operator.call("register", "status").out

    [feed] = fed["feeds"]
    assert (feed["agency"], feed["cases"], feed["silent"]) == (MARKET, 3, False)
    assert fed["cases"]["meets"] == 3
    assert fed["rescreening"] is None
    assert "3 meets" in text
    assert "silent" not in text
    assert silent.splitlines()[1].endswith("silent")


def test_status_tells_how_far_a_rescreening_is(operator, tmp_path):
    operator.take(ours(tmp_path))
    fetch(
        operator.database,
        "WITH book AS (SELECT digest FROM rulebooks LIMIT 1), begun AS ("
        " INSERT INTO rescreenings (id, digest, started_at)"
        " SELECT gen_random_uuid(), digest, now() FROM book RETURNING id)"
        " INSERT INTO rescreening_slices (rescreening_id, first_bucket, last_bucket, done_at,"
        " screened, changed)"
        " SELECT id, slice * 512, slice * 512 + 511, CASE slice WHEN 0 THEN now() END, 40, 2"
        " FROM begun, generate_series(0, 1) AS slice",
    )

    text = operator.call("register", "status").out

    assert "re-screening: 1 of 2 parts, 80 cases, 4 came out otherwise" in text
