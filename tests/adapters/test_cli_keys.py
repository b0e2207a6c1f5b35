"""What an engineer does before the first packet: a key, a signature, a look at what is wrong with it."""

import json
from pathlib import Path

import pytest
import yaml
from joserfc.jws import deserialize_compact

from adapters.keys import read_private_key, write_private_key
from adapters.registry_file import KeyEntry
from contracts import jws
from contracts.jws import Typ
from tests.support.command_line import call
from tests.support.offices import key_of, office
from tests.support.packets import packet, payload_of

VECTORS = Path(__file__).parents[2] / "contracts" / "vectors"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "market.jwk"
    write_private_key(path, key_of("market"))
    return path


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "packet.json"
    path.write_bytes(payload_of(packet()))
    return path


@pytest.fixture
def signed(tmp_path: Path, key_file: Path, document: Path) -> Path:
    path = tmp_path / "packet.jws"
    assert call("sign", document, "--key", key_file, "--out", path).code == 0
    return path


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_made_key_is_private_and_what_is_printed_fits_the_registry(tmp_path, algorithm):
    path = tmp_path / "agency.jwk"

    called = call("keygen", "--out", path, "--alg", algorithm, "--kid", "agency-2026")

    assert called.code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    (entry,) = yaml.safe_load(called.out)
    assert KeyEntry.model_validate(entry).kid == "agency-2026"
    assert jws.algorithm_of(read_private_key(path)) == algorithm
    assert json.loads(path.read_text())["d"] not in called.out


def test_made_key_is_told_in_json(tmp_path):
    called = call("keygen", "--out", tmp_path / "agency.jwk", "--json")

    assert called.json["kid"] == called.json["registry"]["jwk"]["kid"]


def test_key_is_not_made_over_another(tmp_path, key_file):
    called = call("keygen", "--out", key_file)

    assert called.code == 1
    assert "never overwritten" in called.err


def test_vault_key_is_taken_by_the_settings(tmp_path):
    path = tmp_path / "vault.key"

    assert call("keygen", "--vault", "--out", path).code == 0

    assert path.stat().st_mode & 0o777 == 0o600
    assert call("doctor", "--json", vault_key_file=path).out.count("the vault has its key") == 1


def test_signed_packet_verifies_and_its_bytes_are_as_they_were(signed, document):
    envelope = jws.open_envelope(signed.read_bytes())

    assert jws.verify(envelope, Typ.TRANSFER_PACKET, key_of("market")) == document.read_bytes()


def test_signed_document_goes_to_standard_output_without_another_byte(key_file, document):
    called = call("sign", document, "--key", key_file)

    assert jws.open_envelope(called.out.encode()).header.typ == Typ.TRANSFER_PACKET


def test_signed_file_is_not_overwritten(signed, key_file, document):
    called = call("sign", document, "--key", key_file, "--out", signed)

    assert called.code == 1
    assert "exists" in called.err


def test_wrong_shape_is_told_before_signing(tmp_path, key_file):
    document = tmp_path / "packet.json"
    document.write_bytes(payload_of(packet() | {"suspects": []}))

    called = call("sign", document, "--key", key_file)

    assert called.code == 1
    assert "/suspects" in called.err
    assert call("sign", document, "--key", key_file, "--no-check").code == 0


@pytest.mark.parametrize(
    ("content", "told"), [(b"{", "not JSON"), (b"[]", "None"), (b'{"document": "will"}', "will")]
)
def test_document_of_no_known_kind_is_refused(tmp_path, key_file, content, told):
    document = tmp_path / "document.json"
    document.write_bytes(content)

    called = call("sign", document, "--key", key_file)

    assert called.code == 1
    assert told in called.err


def test_any_kind_can_be_signed_when_it_is_named(tmp_path, key_file):
    document = tmp_path / "records.json"
    document.write_bytes(b'{"receipt": "of another platform"}')

    called = call("sign", document, "--key", key_file, "--typ", "receipt+jws")

    assert jws.open_envelope(called.out.encode()).header.typ == Typ.RECEIPT


def test_batch_is_looked_at_before_it_is_signed(tmp_path, key_file):
    document = tmp_path / "records.json"
    document.write_bytes(b'{"document": "case-records", "records": []}')

    called = call("sign", document, "--key", key_file)

    assert called.code == 1
    assert "/batch_id" in called.err


def test_key_that_nobody_named_is_asked_for(document):
    called = call("sign", document)

    assert called.code == 1
    assert "LINKAGE_OFFICE_KEY_FILE" in called.err


def test_verify_tells_every_step(signed, key_file):
    called = call("verify", signed, "--key", key_file, "--explain")

    assert called.code == 0
    assert called.out.count("    ok ") == 9
    assert called.out.endswith("verified\n")


def test_verify_finds_the_key_in_a_registry(signed):
    assert call("verify", signed, "--registry", VECTORS / "registry.yaml").code == 0


def test_changed_byte_is_shown(tmp_path, signed, key_file):
    copy = tmp_path / "copy.jws"
    envelope = json.loads(signed.read_bytes())
    envelope["payload"] = envelope["payload"][:-4] + "AAAA"
    copy.write_text(json.dumps(envelope))

    called = call("verify", copy, "--key", key_file, "--compare", signed)

    assert called.code == 1
    assert "[bad_signature]" in called.out
    assert "The copies part at byte" in called.out


def test_verify_in_json_has_code_and_steps(tmp_path, key_file):
    broken = tmp_path / "broken.jws"
    broken.write_text("{}")

    called = call("verify", broken, "--key", key_file, "--json")

    assert called.code == 1
    assert called.json["verified"] is False
    assert called.json["steps"][0]["code"] == "not_a_jws"


def test_signature_without_a_key_is_not_called_verified(signed):
    called = call("verify", signed)

    assert called.code == 1
    assert "give --key or --registry" in called.out


def test_token_proves_the_office(key_file):
    code = office("market").code

    called = call("token", "--json", office_code=code, office_key_file=key_file)

    token = deserialize_compact(called.json["token"], key_of("market"), algorithms=["ES256"])
    claims = json.loads(token.payload)
    assert (claims["iss"], claims["aud"]) == (code, "linkage")
    assert 0 < claims["exp"] - claims["iat"] <= 300


def test_token_is_all_that_is_printed(key_file):
    called = call("token", "--office", office("market").code, "--key", key_file)

    assert called.out.count(".") == 2
    assert " " not in called.out


def test_office_that_nobody_named_is_asked_for(key_file):
    called = call("token", "--key", key_file)

    assert called.code == 1
    assert "LINKAGE_OFFICE_CODE" in called.err
