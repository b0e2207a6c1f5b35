"""Self-signed certificates of test keys, the same bytes at every run."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.util import urlsafe_b64encode

from contracts import jws
from contracts.jws import SigningKey


def certificate(key: SigningKey) -> bytes:
    """Certify a key, in DER."""
    private = key.get_op_key("sign")
    assert isinstance(private, EllipticCurvePrivateKey | Ed25519PrivateKey)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, jws.key_id(key))])
    builder = (
        x509.CertificateBuilder(name, name, private.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
    )
    if isinstance(private, Ed25519PrivateKey):
        return builder.sign(private, None).public_bytes(Encoding.DER)
    signed = builder.sign(private, SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(Encoding.DER)


def header_for(key: SigningKey) -> dict[str, Any]:
    """Give the header members that carry the certificate of a key (RFC 7515 section 4.1.6, 4.1.8)."""
    der = certificate(key)
    thumbprint = urlsafe_b64encode(sha256(der).digest()).decode()
    return {"x5t#S256": thumbprint, "x5c": [b64encode(der).decode()]}
