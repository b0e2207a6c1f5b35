"""The vectors are what the builder gives, and what they say of themselves is true of the contracts alone."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest

from contracts import jws
from contracts.document import SchemaError, parse
from contracts.facts import check_facts
from contracts.identifiers import is_credit_code
from contracts.jws import SignatureError, Typ
from contracts.office import OfficeKind
from contracts.packet import TransferPacket
from contracts.problem import catalogue
from tests.support import vectors
from tests.support.good_vectors import good_vectors
from tests.support.packets import NOW, digest_of
from tests.support.registered import read_registry, registered_keys

GOOD = {vector.name: vector for vector in good_vectors()}
BAD = {vector.name: vector for vector in vectors.bad_vectors()}


@dataclass(frozen=True)
class RefusedError(Exception):
    code: str
    pointers: tuple[str, ...] = ()


def accept(raw: bytes) -> TransferPacket:
    """Do with the contracts alone what intake does before it looks at what is stored."""
    try:
        return _accept(raw)
    except SignatureError as error:
        raise RefusedError(error.code) from None
    except SchemaError as error:
        raise RefusedError("schema", tuple(fault.pointer for fault in error.faults)) from None


def _accept(raw: bytes) -> TransferPacket:
    envelope = jws.open_envelope(raw)
    jws.check_header(envelope.header, Typ.TRANSFER_PACKET)
    if envelope.header.kid not in registered_keys():
        raise SignatureError("unknown_key", envelope.header.kid)
    known = registered_keys()[envelope.header.kid]
    jws.check_in_force(known, envelope.header.iat, NOW)
    packet = parse(TransferPacket, jws.verify(envelope, Typ.TRANSFER_PACKET, known.key))
    if packet.agency.code != known.office:
        raise SignatureError("signer_mismatch", packet.agency.code)
    if problems := check_facts(packet.facts, packet.bounds):
        raise RefusedError("schema", tuple(problem.pointer for problem in problems))
    return packet


def test_files_are_what_the_builder_gives(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-vectors", default=False):
        vectors.write()
    built, found = vectors.build(), vectors.read()
    assert found.keys() == built.keys()
    assert [name for name in built if built[name] != found[name]] == []


def test_there_is_a_vector_of_every_kind() -> None:
    assert len(GOOD) >= 14
    assert len(BAD) >= 45
    offences = {row for vector in GOOD.values() for row, _ in vector.conclusions}
    assert len(offences) >= 10
    conclusions = {each for vector in GOOD.values() for _, each in vector.conclusions}
    assert conclusions == {"meets", "near", "below", "undetermined"}


@pytest.mark.parametrize("name", GOOD)
def test_good_vector_is_accepted(name: str) -> None:
    packet = accept((vectors.FOLDER / "good" / f"{name}.json").read_bytes())
    expected = json.loads((vectors.FOLDER / "good" / f"{name}.expected.json").read_text("utf-8"))
    assert packet.packet_id == expected["packet_id"]
    assert [offence.code for offence in packet.offences] == [
        offence["code"] for offence in expected["offences"]
    ]


@pytest.mark.parametrize("name", GOOD)
def test_good_vector_names_materials_that_lie_beside_it(name: str) -> None:
    packet = accept(GOOD[name].raw)
    for material in packet.materials:
        file = vectors.FOLDER / "materials" / material.digest.removeprefix("sha-256:")
        content = file.read_bytes()
        assert digest_of(content) == material.digest
        assert len(content) == material.size


@pytest.mark.parametrize(
    "name", [name for name, vector in BAD.items() if vector.code not in vectors.NEEDS_THE_SERVICE]
)
def test_bad_vector_is_refused_for_what_it_says(name: str) -> None:
    vector = json.loads((vectors.FOLDER / "bad" / f"{name}.json").read_text("utf-8"))
    with pytest.raises(RefusedError) as caught:
        accept(_body(vector["request"]))
    assert caught.value.code == vector["expected"]["code"]
    if "pointer" in vector["expected"]:
        assert caught.value.pointers == (vector["expected"]["pointer"],)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, vector in BAD.items()
        if vector.code in vectors.NEEDS_THE_SERVICE and vector.body
    ],
)
def test_bad_vector_out_of_place_is_a_good_packet_otherwise(name: str) -> None:
    if BAD[name].content_type == jws.MEDIA_TYPE:
        assert accept(_body(BAD[name].described["request"]))


def _body(request: dict[str, Any]) -> bytes:
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"])
    return request["body"].encode()


def test_every_expected_code_is_in_the_catalogue() -> None:
    assert {vector.code for vector in BAD.values()} <= catalogue().keys()


def test_vectors_that_come_after_others_name_ones_that_exist() -> None:
    named = {name for vector in (*GOOD.values(), *BAD.values()) for name in vector.after}
    assert named <= GOOD.keys()


def test_offices_are_made_up_but_well_formed() -> None:
    offices = read_registry()["offices"]
    assert all(is_credit_code(office["code"]) for office in offices)
    assert {office["division"] for office in offices} == {"339900", "339921", "339922"}
    assert {office["kind"] for office in offices} == set(OfficeKind)
    sectors = {office["sector"] for office in offices if office["kind"] == "agency"}
    assert len(sectors) >= 6


def test_every_division_has_police_and_procuratorate() -> None:
    held = {(office["kind"], office["division"]) for office in read_registry()["offices"]}
    for division in ("339900", "339921", "339922"):
        assert {("public_security", division), ("procuratorate", division)} <= held


def test_private_keys_belong_to_the_registry() -> None:
    for kid, known in registered_keys().items():
        private = json.loads((vectors.FOLDER / "keys" / f"{kid}.json").read_text("utf-8"))
        assert jws.import_key(private).thumbprint() == known.key.thumbprint()
