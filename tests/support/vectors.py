"""The test vectors as files: built here, kept in contracts/vectors, reviewed as a difference between files."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from contracts.packet import MaterialKind
from tests.support.bad import Bad
from tests.support.bad_documents import bad_documents
from tests.support.bad_envelopes import bad_envelopes
from tests.support.good_vectors import good_vectors
from tests.support.letter_vectors import letter_vectors
from tests.support.offices import (
    EXPIRED_KID,
    FUTURE_KID,
    MEMBERS,
    PLATFORM_CODE,
    REVOKED_KID,
    Member,
    private_jwk,
    public_jwk,
)
from tests.support.packets import digest_of, material_bytes
from tests.support.posted import files_of
from tests.support.records_vectors import records_vectors

FOLDER = Path(__file__).parents[2] / "contracts" / "vectors"
PLATFORM_KID = "platform-2026"
# What only the service can tell, because it depends on what was stored before or on the request around it.
NEEDS_THE_SERVICE = {
    "material_not_uploaded",
    "packet_id_reused",
    "case_already_transferred",
    "supersedes_unknown",
    "unsupported_media_type",
    "too_large",
}

_BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
_REGISTRY_HEAD = """\
# The offices of the test vectors. They belong to nobody: divisions 339900 示例市, 339921 示例县 and
# 339922 示范县 do not exist, and the credit codes pass GB 32100's check but are in no register.
# Their private keys lie open in keys/: never register them on a platform that is real.
"""


def bad_vectors() -> tuple[Bad, ...]:
    return (*bad_envelopes(), *bad_documents())


def build() -> dict[str, bytes]:
    """Give every file of the vectors by its path in the folder."""
    posted = files_of("letters", letter_vectors()) | files_of("records", records_vectors())
    requests = _good() | _bad() | posted
    return {"registry.yaml": _registry(), **_keys(), **_materials(), **requests}


def read(folder: Path = FOLDER) -> dict[str, bytes]:
    """Give the files as they are."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def write(folder: Path = FOLDER) -> None:
    """Bring the folder to what `build` gives; files that are not built any more go."""
    wanted = build()
    for name in read(folder).keys() - wanted.keys():
        (folder / name).unlink()
    for name, content in wanted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _good() -> dict[str, bytes]:
    built = {}
    for vector in good_vectors():
        built[f"good/{vector.name}.json"] = vector.raw
        built[f"good/{vector.name}.expected.json"] = _json(vector.expected)
    return built


def _bad() -> dict[str, bytes]:
    return {f"bad/{vector.name}.json": _json(vector.described) for vector in bad_vectors()}


def _materials() -> dict[str, bytes]:
    ours = [content for vector in good_vectors() for content in vector.contents]
    contents = [*ours, *map(material_bytes, MaterialKind)]
    return {f"materials/{digest_of(one).removeprefix('sha-256:')}": one for one in contents}


def _keys() -> dict[str, bytes]:
    jwks = [
        private_jwk(PLATFORM_KID),
        *(private_jwk(kid) for kid in (EXPIRED_KID, FUTURE_KID, REVOKED_KID)),
        *(private_jwk(member.kid, member.algorithm) for member in MEMBERS),
    ]
    return {f"keys/{jwk['kid']}.json": _json(jwk) for jwk in jwks}


def _registry() -> bytes:
    content = {
        "platform": {
            "code": PLATFORM_CODE,
            "name": "行刑衔接测试平台",
            "keys": [_key(public_jwk(PLATFORM_KID))],
        },
        "offices": [_office(member) for member in MEMBERS],
    }
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
    return (_REGISTRY_HEAD + text).encode()


def _office(member: Member) -> dict[str, Any]:
    described = {
        "code": member.code,
        "name": member.name,
        "kind": member.kind.value,
        "division": member.division,
        "level": member.level.value,
        "sector": member.sector.value if member.sector else None,
        "causes": list(member.causes) if member.causes else None,
        "keys": [_key(public_jwk(member.kid, member.algorithm)), *_former_keys(member)],
        "endpoint": _endpoint(member),
    }
    return {name: value for name, value in described.items() if value is not None}


def _former_keys(member: Member) -> list[dict[str, Any]]:
    if member.slug != "market":
        return []
    return [
        _key(public_jwk(EXPIRED_KID), until=datetime(2025, 1, 1, tzinfo=UTC)),
        _key(public_jwk(REVOKED_KID), revoked=datetime(2025, 6, 30, 8, tzinfo=UTC)),
        _key(public_jwk(FUTURE_KID), start=datetime(2099, 1, 1, tzinfo=UTC)),
    ]


def _key(
    jwk: dict[str, Any],
    start: datetime = _BEGINNING,
    until: datetime | None = None,
    revoked: datetime | None = None,
) -> dict[str, Any]:
    times = {"valid_from": start, "valid_until": until, "revoked_at": revoked}
    return {"jwk": jwk} | {name: at.isoformat() if at else None for name, at in times.items()}


def _endpoint(member: Member) -> dict[str, str] | None:
    if member.endpoint == "none":
        return None
    if member.endpoint == "mailbox":
        return {"kind": "mailbox"} if member.sector is None else None
    return {"kind": "push", "url": f"https://{member.slug}.example/v1/dispatches"}


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
