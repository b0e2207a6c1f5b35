"""The files of the contract that engineers download: schemas, vectors, the README. Only what is listed is ever given."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from io import BytesIO
from types import MappingProxyType
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_ANY_DAY = (2026, 1, 1, 0, 0, 0)
README = "contracts.md"
VECTORS = "vectors.zip"


@dataclass(frozen=True, slots=True)
class ContractFile:
    """A file as it is answered."""

    content: bytes
    media_type: str
    charset: str | None = None


@cache
def files() -> Mapping[str, ContractFile]:
    """Give every file by its name; read once, and packed to the same bytes whenever the vectors are the same."""
    contracts = resources.files("contracts")
    found = {
        README: ContractFile((contracts / "README.md").read_bytes(), "text/plain", "utf-8"),
        VECTORS: ContractFile(_packed(contracts / "vectors"), "application/zip"),
    }
    for name in schemas():
        content = (contracts / "schemas" / name).read_bytes()
        found[name] = ContractFile(content, "application/schema+json")
    return MappingProxyType(found)


@cache
def schemas() -> tuple[str, ...]:
    folder = resources.files("contracts") / "schemas"
    return tuple(sorted(one.name for one in folder.iterdir() if one.name.endswith(".json")))


def _packed(folder: Traversable) -> bytes:
    kept = BytesIO()
    with ZipFile(kept, "w", ZIP_DEFLATED) as archive:
        _add(archive, folder, "vectors")
    return kept.getvalue()


def _add(archive: ZipFile, folder: Traversable, path: str) -> None:
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{path}/{one.name}"
        if one.is_dir():
            _add(archive, one, name)
        else:
            archive.writestr(ZipInfo(name, _ANY_DAY), one.read_bytes(), ZIP_DEFLATED)
