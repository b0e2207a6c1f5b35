"""Many different signed transfer packets of 4 KB, made before anything is measured.

One packet is built and checked against the contract; the others are the same bytes with other numbers in them: packet, case,
document and suspect. They meet a threshold, so each goes through screening, routing and every clock.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.document import parse
from contracts.jws import SigningKey, Typ, key_id
from contracts.packet import TransferPacket
from tests.bench.bodies import packed
from tests.bench.signing import Signer
from tests.support.offices import key_of
from tests.support.packets import packet, payload_of

AGENCY = "market"
PAYLOAD_BYTES = 4096

# As long as what takes their place, so that every packet has the same length.
_NUMBER, _PAPER, _CITIZEN = "case.....", "paper.", "citizen..........."
# 18 million different ones: no packet may have a higher number.
_BORN_FROM, _BORN_DAYS = date(1950, 1, 1), 18_000
_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_CHUNK = 5000
_SUMMARY = "某某食品店经营者购入无检验合格证明的产品后对外销售, 经抽样检验判定为不合格产品。"


def make_packets(
    n: int, key: SigningKey, first: int = 0, now: datetime | None = None
) -> Iterator[bytes]:
    """Give the signed packets numbered from `first` on; `now` is when the agency signs."""
    private = key.get_op_key("sign")
    assert isinstance(private, EllipticCurvePrivateKey | Ed25519PrivateKey)
    now = now or datetime.now(UTC)
    signer = Signer.of(private, key_id(key), Typ.TRANSFER_PACKET, int(now.timestamp()))
    template = _template(now)
    for number in range(first, first + n):
        yield signer.sign(template % _numbers(number))


def write_packets(path: Path, n: int, first: int = 0) -> None:
    """Write a file of packets, made on every core."""
    now = datetime.now(UTC)
    (pattern,) = make_packets(1, key_of(AGENCY), first, now)
    starts = range(first + 1, first + n, _CHUNK)
    with path.open("wb") as file, ProcessPoolExecutor() as pool:
        file.write(packed([pattern], b""))
        file.writelines(pool.map(partial(_chunk, first + n, now, pattern), starts))


def _chunk(end: int, now: datetime, pattern: bytes, start: int) -> bytes:
    packets = make_packets(min(_CHUNK, end - start), key_of(AGENCY), start, now)
    return packed(packets, pattern)


def _template(now: datetime) -> bytes:
    """Build one packet, check it, and leave open where its numbers go."""
    document = _document(now)
    filler = PAYLOAD_BYTES - len(payload_of(document))
    document["case"]["summary"] += Random(filler).randbytes(filler).hex()[:filler]
    payload = payload_of(document)
    parse(TransferPacket, payload)
    payload = payload.replace(b"%", b"%%")
    for place, name in ((_NUMBER, b"number"), (_PAPER, b"paper"), (_CITIZEN, b"citizen")):
        payload = payload.replace(place.encode(), b"%%(%b)b" % name)
    return payload


def _numbers(number: int) -> dict[bytes, bytes]:
    return {
        b"number": b"%09d" % number,
        b"paper": b"%06d" % (number % 10**6),
        b"citizen": _citizen_id(number),
    }


def _citizen_id(number: int) -> bytes:
    """Make a number that nobody has: right in form and check digit (GB 11643), of a division that does not exist."""
    born_on = _BORN_FROM + timedelta(days=number % _BORN_DAYS)
    first_17 = f"339900{born_on:%Y%m%d}{number // _BORN_DAYS:03d}"
    remainder = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return (first_17 + "10X98765432"[remainder % 11]).encode()


def _document(now: datetime) -> dict[str, Any]:
    base = packet(0, agency=AGENCY)
    return base | {
        "packet_id": f"bench-{_NUMBER}",
        "document_number": f"示市监案移〔2026〕{_PAPER}号",
        "case": base["case"] | {"case_number": f"示市监案〔2026〕{_NUMBER}号", "summary": _SUMMARY},
        "approvals": base["approvals"]
        | {
            "reported_at": (now - timedelta(days=1)).isoformat(),
            "approved_at": (now - timedelta(hours=1)).isoformat(),
        },
        "suspects": [
            {
                "kind": "person",
                "name": "测试人员",
                "identifier": {"type": "citizen_id", "value": _CITIZEN},
            }
        ],
    }
