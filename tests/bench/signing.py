"""Flattened JWS by bare `cryptography`: the cheapest lawful way, for the ceiling and for making many packets."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

Algorithm = Literal["ES256", "Ed25519"]
PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey
PublicKey = EllipticCurvePublicKey | Ed25519PublicKey

_ES256 = ECDSA(SHA256())


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs payloads under one protected header."""

    key: PrivateKey
    protected: bytes

    @classmethod
    def fresh(cls, kid: str, algorithm: Algorithm, typ: str, iat: int = 0) -> "Signer":
        key: PrivateKey = (
            generate_private_key(SECP256R1())
            if algorithm == "ES256"
            else Ed25519PrivateKey.generate()
        )
        return cls.of(key, kid, typ, iat)

    @classmethod
    def of(cls, key: PrivateKey, kid: str, typ: str, iat: int) -> "Signer":
        algorithm = "ES256" if isinstance(key, EllipticCurvePrivateKey) else "Ed25519"
        header = {"alg": algorithm, "typ": typ, "kid": kid, "iat": iat}
        return cls(key, _encode(json.dumps(header).encode()))

    def sign(self, payload: bytes) -> bytes:
        encoded = _encode(payload)
        signature = _encode(_sign(self.key, self.protected + b"." + encoded))
        return b'{"payload":"%b","protected":"%b","signature":"%b"}' % (
            encoded,
            self.protected,
            signature,
        )


@dataclass(frozen=True, slots=True)
class Verifier:
    """Knows public keys by their `kid`."""

    keys: Mapping[str, PublicKey]

    def knows(self, document: bytes) -> bool:
        """Say whether a known key signed the document."""
        try:
            self.verify(document)
        except (InvalidSignature, ValueError, KeyError):
            return False
        return True

    def verify(self, document: bytes) -> None:
        """Raise InvalidSignature unless a known key signed the document."""
        members = json.loads(document)
        protected, payload = members["protected"], members["payload"]
        key = self.keys.get(_kid(protected))
        if key is None:
            raise InvalidSignature
        _verify(key, _decode(members["signature"]), f"{protected}.{payload}".encode())


@lru_cache(maxsize=1024)
def _kid(protected: str) -> str:
    return str(json.loads(_decode(protected))["kid"])


def _sign(key: PrivateKey, message: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    r, s = decode_dss_signature(key.sign(message, _ES256))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    if isinstance(key, Ed25519PublicKey):
        key.verify(signature, message)
        return
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(encode_dss_signature(r, s), message, _ES256)


def _encode(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")


def _decode(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
