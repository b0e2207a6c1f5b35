"""What a supervising office and an agency write to each other, and who may write what."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from contracts import clocks, jws
from contracts.document import SchemaError, parse
from contracts.json_schema import schema_of
from contracts.office import SUPERVISORS, OfficeKind
from contracts.supervision import RULES, Supervision, SupervisionKind, SupervisionReply
from tests.support.letter_vectors import REPLIES, letter_vectors
from tests.support.posted import Posted

LETTERS = [kind for kind in SupervisionKind if kind.is_letter]


def letter(**changes: Any) -> dict[str, Any]:
    """Write a letter; None takes a member away."""
    members = {
        "document": "supervision",
        "version": "1",
        "letter_id": "letter-1",
        "office": "113399210000000098",
        "kind": "transfer_opinion",
        "agency": "11339921900000007D",
        "case_number": "示市监案〔2026〕1号",
        "issued_at": "2026-11-23T10:00:00+08:00",
        "text": "请依法移送。",
    } | changes
    return {name: value for name, value in members.items() if value is not None}


def read(document: dict[str, Any]) -> Supervision:
    return parse(Supervision, json.dumps(document).encode())


@pytest.mark.parametrize("kind", LETTERS)
def test_letter_names_agency_and_case(kind: SupervisionKind) -> None:
    assert read(letter(kind=kind.value)).kind is kind
    with pytest.raises(SchemaError, match="case_number: missing"):
        read(letter(kind=kind.value, case_number=None))


def test_decision_of_the_office_names_what_it_is_about() -> None:
    nobody = {"agency": None, "case_number": None}
    assert read(letter(kind="dismissal", lead_id="lead-1", **nobody)).lead_id == "lead-1"
    ended = letter(kind="outcome", supervision_id="s-1", result="adopted", **nobody)
    assert read(ended).result == "adopted"
    with pytest.raises(SchemaError, match="lead_id: missing"):
        read(letter(kind="dismissal", **nobody))
    with pytest.raises(SchemaError, match="result, supervision_id: missing"):
        read(letter(kind="outcome", **nobody))


def test_what_a_kind_does_not_say_is_refused() -> None:
    with pytest.raises(SchemaError, match="says nothing of result"):
        read(letter(result="adopted"))
    with pytest.raises(SchemaError, match="says nothing of agency, case_number"):
        read(letter(kind="dismissal", lead_id="lead-1"))


def test_reply_is_asked_for_after_the_letter() -> None:
    assert read(letter(reply_by="2026-12-01T00:00:00+08:00")).reply_by is not None
    with pytest.raises(SchemaError, match="reply_by lies after issued_at"):
        read(letter(reply_by="2026-11-23T10:00:00+08:00"))


@pytest.mark.parametrize("kind", SupervisionKind)
def test_every_kind_has_its_rule(kind: SupervisionKind) -> None:
    rule = RULES[kind]
    assert rule.issuers
    assert rule.issuers <= SUPERVISORS
    assert (rule.received is not None) == kind.is_letter


def test_agency_supervises_nobody() -> None:
    assert not any(OfficeKind.AGENCY in rule.issuers for rule in RULES.values())


@pytest.mark.parametrize("kind", LETTERS)
def test_receipt_of_every_letter_starts_one_clock_that_a_reply_ends(kind: SupervisionKind) -> None:
    table = clocks.load()
    event = RULES[kind].received
    started = [clock for clock in table.clocks if event in clock.starts]
    assert len({clock.family for clock in started}) == 1
    assert all(clock.ends == ("supervision_replied",) for clock in started)


@pytest.mark.parametrize("vector", letter_vectors(), ids=lambda one: one.name)
def test_vector_says_of_its_shape_what_the_model_and_the_schema_say(vector: Posted) -> None:
    is_reply = vector.path == REPLIES
    model = SupervisionReply if is_reply else Supervision
    payload = jws.open_envelope(vector.body).payload
    # Between the law's clock, the present moment and the letter only the service can judge.
    is_shape = vector.code == "schema" and vector.pointer not in ("/reply_by", "/issued_at")
    found = faults_of(model, payload)
    assert (vector.pointer in found) == is_shape
    if not is_shape:
        name = "supervision-reply" if is_reply else "supervision"
        Draft202012Validator(schema_of(name)).validate(json.loads(payload))


def faults_of(model: type[BaseModel], payload: bytes) -> set[str]:
    try:
        parse(model, payload)
    except SchemaError as error:
        return {fault.pointer for fault in error.faults}
    return set()


def test_there_is_a_vector_for_every_kind_of_letter() -> None:
    taken = [one for one in letter_vectors() if one.code is None]
    kinds = {parse(Supervision, jws.open_envelope(one.body).payload).kind for one in taken}
    assert kinds == set(LETTERS)


def test_reply_is_read() -> None:
    reply = {
        "document": "supervision-reply",
        "version": "1",
        "reply_id": "reply-1",
        "supervision_id": "s-1",
        "office": "11339921900000007D",
        "result": "will_transfer",
        "replied_at": "2026-11-24T10:00:00+08:00",
        "text": "三日内移送。",
    }
    assert parse(SupervisionReply, json.dumps(reply).encode()).result == "will_transfer"
