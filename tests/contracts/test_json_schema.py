"""The JSON Schemas on disk are those of the code, and say the same as the code does."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.util import urlsafe_b64decode
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from contracts import jws
from contracts.json_schema import MODELS, facts_schema, schema_files, schema_of
from tests.support import vectors
from tests.support.good_vectors import good_vectors

FOLDER = Path(__file__).parents[2] / "contracts" / "schemas"
SCHEMA_FAULTS = [vector for vector in vectors.bad_vectors() if vector.code == "schema"]
# What a schema cannot say: rules between members, the calendar, and the text before it is JSON.
BEYOND_SCHEMA = {
    "evidence-unlisted",
    "evidence-without-fact",
    "bound-without-fact",
    "date-impossible",
    "payload-not-json",
    "payload-not-utf8",
    "payload-member-twice",
    "payload-nan",
    "payload-half-a-character",
    "payload-too-deep",
    "amount-infinite",
}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(name), format_checker=FormatChecker())


def payload_of(raw: bytes) -> Any:
    return json.loads(urlsafe_b64decode(json.loads(raw)["payload"].encode()))


def test_files_are_what_the_code_gives(request: pytest.FixtureRequest) -> None:
    wanted = schema_files()
    if request.config.getoption("--update-schemas", default=False):
        FOLDER.mkdir(exist_ok=True)
        for name, text in wanted.items():
            (FOLDER / name).write_text(text, "utf-8")
    assert {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()} == wanted


@pytest.mark.parametrize("name", MODELS)
def test_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema_of(name))


@pytest.mark.parametrize("vector", good_vectors(), ids=lambda vector: vector.name)
def test_good_vector_fits_the_schemas(vector: Any) -> None:
    validator("flattened-jws").validate(json.loads(vector.raw))
    header = json.loads(urlsafe_b64decode(json.loads(vector.raw)["protected"].encode()))
    validator("protected-header").validate(header)
    validator("transfer-packet").validate(payload_of(vector.raw))


@pytest.mark.parametrize(
    "vector",
    [vector for vector in SCHEMA_FAULTS if vector.name not in BEYOND_SCHEMA],
    ids=lambda vector: vector.name,
)
def test_schema_refuses_what_the_code_refuses(vector: Any) -> None:
    with pytest.raises(ValidationError):
        validator("transfer-packet").validate(payload_of(vector.body))


def test_exceptions_are_real_ones() -> None:
    assert {vector.name for vector in SCHEMA_FAULTS} >= BEYOND_SCHEMA


@pytest.mark.parametrize("vector", tuple(vectors.bad_envelopes()), ids=lambda vector: vector.name)
def test_header_schema_refuses_no_less_than_the_code(vector: Any) -> None:
    """Whatever opens has a header that fits its schema."""
    try:
        envelope = jws.open_envelope(vector.body)
    except jws.SignatureError:
        return
    header = envelope.header.model_dump(by_alias=True, exclude_none=True)
    validator("protected-header").validate(header)


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("sales_amount", None),
        ("evaded_tax_ratio", -0.5),
        ("conduct_ended_on", "2026-03"),
        ("prior_administrative_penalties", [{"decided_on": None, "status": "effective"}]),
    ],
)
def test_facts_schema_takes_what_the_vocabulary_takes(name: str, fact: Any) -> None:
    Draft202012Validator(facts_schema()).validate({name: fact})
