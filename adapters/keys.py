"""Keys: JWK files, the platform's signature, the vault for what is stored, and verification off the event loop."""

import asyncio
import hmac
import json
import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b, sha256
from itertools import chain
from pathlib import Path
from secrets import token_bytes
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import serialize_compact
from typing_extensions import override

from contracts import jws
from contracts.identifiers import normalised
from contracts.jws import SigningKey, Typ, VerificationKey
from service.domain.errors import Refusal
from service.domain.registry import Registry
from service.domain.verification import verify
from service.ports import Signer, Vault, Verified

Algorithm = Literal["ES256", "Ed25519"]


class KeyFileError(Exception):
    """A key that cannot be used; the text says what to do about it."""


def generate_key(algorithm: Algorithm, kid: str | None = None) -> SigningKey:
    """Make a key; without a name it is called by its RFC 7638 thumbprint."""
    named = {"use": "sig", "alg": algorithm} | ({"kid": kid} if kid else {})
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", named, auto_kid=True)  # type: ignore[arg-type]
    return OKPKey.generate_key("Ed25519", named, auto_kid=True)  # type: ignore[arg-type]


def private_jwk(key: SigningKey) -> dict[str, Any]:
    return dict(key.as_dict(private=True)) | {"kid": jws.key_id(key)}


def public_jwk(key: SigningKey | VerificationKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False)) | {"kid": jws.key_id(key)}


def write_private_key(path: Path, key: SigningKey) -> None:
    """Write a key into a new file that only its owner may read; raises KeyFileError if there is one."""
    write_secret(path, json.dumps(private_jwk(key), indent=2) + "\n")


def write_secret(path: Path, text: str) -> None:
    """Write a new file of mode 0600, durably; raises KeyFileError if there is one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileError(
            f"{path} exists: a key is never overwritten, choose another name"
        ) from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_private_key(path: Path) -> SigningKey:
    """Read a private key; raises KeyFileError when others may read the file too, or it is no such key."""
    try:
        _check_private(path)
        jwk = json.loads(path.read_text("utf-8"))
        key = jws.import_key(jwk)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, AttributeError):
        raise KeyFileError(f"{path} is not a JWK: make one with `linkage keygen`") from None
    if not key.is_private:
        raise KeyFileError(f"{path} holds a public key: name the file of the private one")
    return key


def read_public_key(path: Path) -> VerificationKey:
    """Read a key to verify with; a private one serves, and its private part is dropped."""
    try:
        return jws.import_key(public_part(json.loads(path.read_text("utf-8"))))
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise KeyFileError(f"{path} is not a JWK: {error}") from None


def read_public_keys(folder: Path) -> list[VerificationKey]:
    """Read every `*.jwk` of a folder, in the order of their names; raises KeyFileError, for no such folder too."""
    if not folder.is_dir():
        raise KeyFileError(f"{folder} is not a folder: put the JWK files of former keys into one")
    return [read_public_key(path) for path in sorted(folder.glob("*.jwk"))]


def public_part(jwk: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name != "d"}


def _check_private(path: Path) -> None:
    mode = path.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(
            f"{path} may be read by others (mode {stat.S_IMODE(mode):04o}): chmod 600 {path}"
        )


class PlatformSigner(Signer):
    """Signs as the platform, ES256 or Ed25519 as its key is."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    @property
    def key(self) -> VerificationKey:
        return self._key

    @override
    def sign(self, payload: bytes, typ: Typ, at: datetime) -> bytes:
        return jws.sign(payload, typ, self._key, at)

    @override
    async def sign_all(self, payloads: Sequence[bytes], typ: Typ, at: datetime) -> list[bytes]:
        if len(payloads) < _WORTH_A_HOP:
            return [self.sign(payload, typ, at) for payload in payloads]
        return await asyncio.to_thread(
            lambda: [self.sign(payload, typ, at) for payload in payloads]
        )


TOKEN_LIFE = timedelta(minutes=4)


def bearer_token(key: SigningKey, office_code: str, audience: str, now: datetime) -> str:
    """Make a token (RFC 7519) by which an office shows who calls; it lives shorter than the five minutes allowed."""
    claims = {
        "iss": office_code,
        "aud": audience,
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LIFE).timestamp()),
    }
    header = {"alg": jws.algorithm_of(key), "kid": jws.key_id(key), "typ": "JWT"}
    return serialize_compact(header, json.dumps(claims), key, algorithms=[*jws.ALGORITHMS])


_KEY_BYTES = 32
_NONCE_BYTES = 12
_HEAD_BYTES = 1 + _NONCE_BYTES
_FINGERPRINT_INFO = b"linkage party fingerprint v1"
_SEARCH_INFO = b"linkage search token v1/"
_LARGEST_TOKEN = 2**63 - 1


class AesVault(Vault):
    """AES-256-GCM. A sealed text is the number of its key, a random nonce, and the ciphertext with its tag.

    The key with the highest number seals and all of them open, so that a key can be changed while the
    service runs. Random nonces are safe for 2^32 seals a key (NIST SP 800-38D 8.3): change it before.
    """

    def __init__(self, keys: Mapping[int, bytes], fingerprint_key: bytes | None = None) -> None:
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._newest = max(keys)
        # Fingerprints must outlive a change of keys, or no party would be found again.
        self._fingerprint_key = fingerprint_key or _derived(keys[min(keys)], _FINGERPRINT_INFO)

    @override
    def seal(self, content: bytes, context: bytes) -> bytes:
        nonce = token_bytes(_NONCE_BYTES)
        sealed = self._ciphers[self._newest].encrypt(nonce, content, context)
        return b"%c%b%b" % (self._newest, nonce, sealed)

    @override
    def open(self, sealed: bytes, context: bytes) -> bytes:
        number, nonce, ciphertext = sealed[:1], sealed[1:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        cipher = self._ciphers.get(number[0]) if number else None
        if cipher is None:
            raise ValueError(f"sealed by key {number.hex() or 'none'}, which is not in the vault")
        try:
            return cipher.decrypt(nonce, ciphertext, context)
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            raise ValueError("it was changed, moved, or sealed by another key") from None

    @override
    def fingerprint(self, identifier: str) -> bytes:
        return hmac.digest(self._fingerprint_key, normalised(identifier).encode(), sha256)

    @override
    def fingerprints(self, texts: Collection[str], context: str) -> list[int]:
        key = _search_key(self._fingerprint_key, context)
        hashes = (blake2b(text.encode(), digest_size=8, key=key).digest() for text in texts)
        return [int.from_bytes(hashed) & _LARGEST_TOKEN for hashed in hashes]


@lru_cache(maxsize=4096)
def _search_key(fingerprint_key: bytes, context: str) -> bytes:
    return _derived(fingerprint_key, _SEARCH_INFO + context.encode())


def _derived(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(key)


def generate_vault_key() -> str:
    """Make a vault key as the settings take it."""
    return b64encode(token_bytes(_KEY_BYTES)).decode()


def read_vault(vault_key: str, fingerprint_key: str | None = None) -> AesVault:
    """Read a vault from its settings: one key, or `1:<key>,2:<key>`; raises KeyFileError."""
    written = [part.strip() for part in vault_key.split(",")]
    keys = dict(_numbered(part) for part in written)
    if len(keys) != len(written):
        raise KeyFileError("LINKAGE_VAULT_KEY gives one number to two keys: number them 1, 2, 3 …")
    derived = _read_secret("LINKAGE_FINGERPRINT_KEY", fingerprint_key) if fingerprint_key else None
    return AesVault(keys, derived)


_NUMBERS = range(1, 256)  # of a vault key: one byte


def _numbered(written: str) -> tuple[int, bytes]:
    number, colon, secret = written.rpartition(":")
    if colon and not (number.isdecimal() and int(number) in _NUMBERS):
        raise KeyFileError("LINKAGE_VAULT_KEY: keys are numbered 1 to 255")
    return int(number) if colon else 1, _read_secret("LINKAGE_VAULT_KEY", secret)


def _read_secret(variable: str, written: str) -> bytes:
    try:
        key = b64decode(written, validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise KeyFileError(
            f"{variable} is not 32 bytes in base64: `linkage keygen --vault` makes one"
        )
    return key


_LEAST_CHUNK = 8
_WORTH_A_HOP = 3


class ThreadedVerifier:
    """Verifies batches in a few threads: a signature's arithmetic runs outside the interpreter's lock.

    A hop to a thread costs about what a verification does, so a chunk is one hop and never a small one.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="verify")

    async def __call__(
        self, raws: Sequence[bytes], typ: Typ, registry: Registry, now: datetime
    ) -> list[Verified]:
        if len(raws) < _WORTH_A_HOP:
            return verify_chunk(raws, typ, registry, now)
        size = max(-(-len(raws) // self._threads), _LEAST_CHUNK)
        chunks = [raws[start : start + size] for start in range(0, len(raws), size)]
        loop = asyncio.get_running_loop()
        done = await asyncio.gather(
            *(loop.run_in_executor(self._pool, verify_chunk, c, typ, registry, now) for c in chunks)
        )
        return list(chain.from_iterable(done))

    def close(self) -> None:
        self._pool.shutdown()


def verify_chunk(
    raws: Sequence[bytes], typ: Typ, registry: Registry, now: datetime
) -> list[Verified]:
    """Verify one after the other; a document that fails is a Refusal in its place."""
    return [_verify_one(raw, typ, registry, now) for raw in raws]


def _verify_one(raw: bytes, typ: Typ, registry: Registry, now: datetime) -> Verified:
    try:
        return verify(raw, typ, registry, now)
    except Refusal as refusal:
        return refusal
