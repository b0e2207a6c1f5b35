import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from adapters import keys
from adapters.keys import (
    AesVault,
    KeyFileError,
    PlatformSigner,
    ThreadedVerifier,
    generate_key,
    generate_vault_key,
    private_jwk,
    public_jwk,
    read_private_key,
    read_public_key,
    read_public_keys,
    read_vault,
    write_private_key,
    write_secret,
)
from contracts import jws
from contracts.jws import Typ
from service.domain.errors import Refusal
from service.domain.registry import OfficeKey, Registry
from tests.support import packets
from tests.support.offices import key_of, office
from tests.support.packets import NOW

ONE, TWO = b"1" * 32, b"2" * 32


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_written_key_is_read_back_and_only_its_owner_may_read_it(tmp_path: Path, algorithm):
    key, path = generate_key(algorithm, "agency-2026"), tmp_path / "agency.jwk"

    write_private_key(path, key)

    assert path.stat().st_mode & 0o777 == 0o600
    assert private_jwk(read_private_key(path)) == private_jwk(key)
    assert jws.key_id(read_private_key(path)) == "agency-2026"


def test_key_without_a_name_is_called_by_its_thumbprint():
    key = generate_key("ES256")

    assert jws.key_id(key) == key.thumbprint()


def test_public_jwk_has_no_private_part():
    assert "d" in private_jwk(generate_key("Ed25519"))
    assert "d" not in public_jwk(generate_key("Ed25519"))
    assert "d" not in public_jwk(generate_key("ES256"))


def test_key_file_is_never_overwritten(tmp_path: Path):
    path = tmp_path / "agency.jwk"
    write_private_key(path, generate_key("ES256"))
    before = path.read_bytes()

    with pytest.raises(KeyFileError, match="never overwritten"):
        write_private_key(path, generate_key("ES256"))

    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_private_key_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode):
    path = tmp_path / "agency.jwk"
    write_private_key(path, generate_key("ES256"))
    path.chmod(mode)

    with pytest.raises(KeyFileError, match=f"mode {mode:04o}.*chmod 600"):
        read_private_key(path)


@pytest.mark.parametrize("content", ["", "[]", "3", "{}", '{"kty": "EC", "crv": "P-256"}', "\xff"])
def test_file_that_holds_no_key_is_refused(tmp_path: Path, content):
    path = tmp_path / "agency.jwk"
    write_secret(path, content)

    with pytest.raises(KeyFileError, match="is not a JWK"):
        read_private_key(path)
    with pytest.raises(KeyFileError, match="is not a JWK"):
        read_public_key(path)


def test_public_key_does_not_pass_for_a_private_one(tmp_path: Path):
    path = tmp_path / "agency.jwk"
    write_secret(path, json.dumps(public_jwk(generate_key("ES256"))))

    with pytest.raises(KeyFileError, match="public key"):
        read_private_key(path)


def test_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(KeyFileError, match=r"nothing\.jwk cannot be read: No such file"):
        read_private_key(tmp_path / "nothing.jwk")


def test_public_key_of_a_private_file_cannot_sign(tmp_path: Path):
    path = tmp_path / "agency.jwk"
    write_private_key(path, generate_key("ES256"))

    assert not read_public_key(path).is_private


def test_former_keys_are_read_from_their_folder(tmp_path: Path):
    for number in (2, 1):
        write_private_key(tmp_path / f"{number}.jwk", generate_key("Ed25519", f"platform-{number}"))
    (tmp_path / "notes.txt").write_text("no key")

    found = read_public_keys(tmp_path)

    assert [(jws.key_id(key), key.is_private) for key in found] == [
        ("platform-1", False),
        ("platform-2", False),
    ]
    with pytest.raises(KeyFileError, match="not a folder"):
        read_public_keys(tmp_path / "nowhere")


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_platform_signature_verifies(algorithm):
    signer = PlatformSigner(generate_key(algorithm, "platform-2026"))

    raw = signer.sign(b"{}", Typ.RECEIPT, NOW)

    envelope = jws.open_envelope(raw)
    assert jws.verify(envelope, Typ.RECEIPT, signer.key) == b"{}"
    assert envelope.header.kid == "platform-2026"


def test_vault_gives_back_what_was_sealed():
    vault = AesVault({1: ONE})

    assert vault.open(vault.seal(b"content", b"here"), b"here") == b"content"


def test_sealed_content_shows_nothing_and_never_the_same_bytes_twice():
    vault = AesVault({1: ONE})

    first, second = vault.seal(b"content", b"here"), vault.seal(b"content", b"here")

    assert first != second
    assert b"content" not in first


def test_sealed_row_does_not_open_in_another_place():
    vault = AesVault({1: ONE})

    with pytest.raises(ValueError, match="changed, moved"):
        vault.open(vault.seal(b"content", b"here"), b"there")


def test_every_changed_byte_of_a_sealed_text_is_noticed():
    vault = AesVault({1: ONE})
    sealed = vault.seal(b"content", b"here")

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(ValueError, match=r"changed, moved|not in the vault"):
            vault.open(bytes(changed), b"here")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"0" * 12])
def test_text_too_short_to_be_sealed_is_refused(sealed):
    with pytest.raises(ValueError, match=r"changed, moved|not in the vault"):
        AesVault({1: ONE}).open(sealed, b"here")


def test_changed_key_seals_anew_and_the_old_one_still_opens():
    before, after = AesVault({1: ONE}), AesVault({1: ONE, 2: TWO})

    assert after.open(before.seal(b"content", b"here"), b"here") == b"content"
    with pytest.raises(ValueError, match="key 02"):
        before.open(after.seal(b"content", b"here"), b"here")


def test_fingerprint_joins_the_ways_of_writing_and_outlives_a_change_of_keys():
    before, after = AesVault({1: ONE}), AesVault({1: ONE, 2: TWO})

    assert before.fingerprint("91330106MA2ABCDE1X") == after.fingerprint("91330106-ma2abcde1x ")
    assert before.fingerprint("91330106MA2ABCDE1X") != before.fingerprint("91330106MA2ABCDE2X")


def test_fingerprint_key_is_not_the_sealing_key():
    derived, same = AesVault({1: ONE}), AesVault({1: ONE}, fingerprint_key=ONE)

    assert derived.fingerprint("A") != same.fingerprint("A")


def test_vault_is_read_from_its_settings():
    one, two = generate_vault_key(), generate_vault_key()
    sealed = read_vault(one).seal(b"content", b"here")

    assert read_vault(f"1:{one},2:{two}").open(sealed, b"here") == b"content"
    assert read_vault(f"1:{one}").fingerprint("A") == read_vault(f"1:{one}, 2:{two}").fingerprint(
        "A"
    )
    assert read_vault(two, one).fingerprint("A") == read_vault(one, one).fingerprint("A")


@pytest.mark.parametrize(
    "written", ["", "short", "x:" + "A" * 44, f"256:{'A' * 43}=", f"0:{'A' * 43}=", "A" * 43]
)
def test_vault_key_that_is_none_says_how_to_make_one(written):
    with pytest.raises(KeyFileError, match=r"keygen --vault|numbered 1 to 255"):
        read_vault(written)


def test_two_vault_keys_under_one_number_are_refused():
    key = generate_vault_key()

    with pytest.raises(KeyFileError, match="one number to two keys"):
        read_vault(f"1:{key},1:{key}")


def registry() -> Registry:
    sender, key = office("market"), key_of("market")
    entry = OfficeKey(jws.key_id(key), sender.code, key, NOW - timedelta(days=30))
    return Registry.of(1, [], [entry])


async def test_batch_is_verified_in_order_and_each_failure_stays_in_its_place():
    good = [packets.signed(packets.packet(n), key_of("market")) for n in range(40)]
    raws = [*good[:20], b"not a packet", *good[20:]]
    verifier = ThreadedVerifier(3)

    results = await verifier(raws, Typ.TRANSFER_PACKET, registry(), NOW)

    verifier.close()
    refusal = results.pop(20)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "not_a_jws"
    assert [envelope.raw for envelope, _ in results] == good


async def test_nothing_to_verify_is_no_failure():
    verifier = ThreadedVerifier(2)

    assert await verifier([], Typ.TRANSFER_PACKET, registry(), NOW) == []
    verifier.close()


async def test_chunk_is_one_hop_away_from_the_event_loop(monkeypatch):
    hops: list[tuple[str, int]] = []
    real = keys.verify_chunk

    def counted(raws, *rest):
        hops.append((threading.current_thread().name, len(raws)))
        return real(raws, *rest)

    monkeypatch.setattr(keys, "verify_chunk", counted)
    verifier = ThreadedVerifier(2)
    await verifier([b"x"] * 5, Typ.REPORT, registry(), NOW)
    await verifier([b"x"] * 100, Typ.REPORT, registry(), NOW)
    verifier.close()

    assert [size for _, size in hops] == [5, 50, 50]
    assert all(name.startswith("verify") for name, _ in hops)


def test_secret_file_in_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(KeyFileError, match="cannot be written"):
        write_secret(tmp_path / "nowhere" / "key", "x")


def test_secret_file_is_not_written_through_a_link(tmp_path: Path):
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)

    with pytest.raises(KeyFileError):
        write_secret(link, "x")

    assert not target.exists()


def test_tokens_of_one_office_say_nothing_of_anothers() -> None:
    vault = AesVault({1: b"k" * 32})
    mine, theirs = (vault.fingerprints(["某某", "电线"], office) for office in ("A", "B"))
    assert vault.fingerprints(["某某", "电线"], "A") == mine
    assert not {*mine} & {*theirs}
    assert all(0 <= token < 2**63 for token in mine)


def test_tokens_outlive_a_change_of_keys() -> None:
    before, after = AesVault({1: b"k" * 32}), AesVault({1: b"k" * 32, 2: b"n" * 32})
    assert before.fingerprints(["某某"], "A") == after.fingerprints(["某某"], "A")
