"""`linkage desk` on a real database: a desk gets its key, and a new one when it is asked for again."""

from pathlib import Path

import pytest

from tests.support.offices import office
from tests.support.operator import Operator, operator_of

DESK = office("county-procuratorate").code


@pytest.fixture
def operator(database: str, tmp_path: Path) -> Operator:
    return operator_of(database, tmp_path)


def test_desk_that_is_enrolled_is_listed_with_its_key(operator: Operator) -> None:
    assert operator.call("desk", "list", "--json").json == []
    enrolled = operator.call("desk", "enrol", "--office", DESK, "--json").json
    (found,) = operator.call("desk", "list", "--json").json
    assert (found["office_code"], found["kid"]) == (DESK, enrolled["kid"])
    assert enrolled["kid"] in operator.call("registry", "show").out


def test_enrolling_again_makes_another_key_and_keeps_the_first_in_the_registry(
    operator: Operator,
) -> None:
    first = operator.call("desk", "enrol", "--office", DESK, "--json").json
    told = operator.call("desk", "enrol", "--office", DESK).out
    (found,) = operator.call("desk", "list", "--json").json
    assert found["kid"] in told
    assert found["kid"] != first["kid"]
    assert first["kid"] in operator.call("registry", "show").out


def test_key_that_is_revoked_is_shown_so(operator: Operator) -> None:
    kid = operator.call("desk", "enrol", "--office", DESK, "--json").json["kid"]
    assert operator.call("registry", "revoke", kid, "--reason", "stolen").code == 0
    assert operator.call("desk", "list", "--json").json[0]["revoked_at"]


def test_desk_of_an_office_that_is_not_registered_gets_no_key(operator: Operator) -> None:
    called = operator.call("desk", "enrol", "--office", "113399210000000000", "--json")
    assert called.code == 1
    assert called.error["code"] == "not_found"


def test_without_a_vault_key_nothing_is_sealed(operator: Operator) -> None:
    called = operator.call("desk", "enrol", "--office", DESK, vault_key="")
    assert called.code == 1
    assert "LINKAGE_VAULT_KEY" in called.err
