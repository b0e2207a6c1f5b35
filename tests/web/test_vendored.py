"""What we serve that others wrote: all of it is known, unchanged, licensed, and asks nothing of other hosts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.vendor import FOLDER, MANIFEST, folder_of, sha256_of

PACKAGES: list[dict[str, Any]] = yaml.safe_load(MANIFEST.read_text("utf-8"))["packages"]
# An address in a text or a name space is no request; these are what makes a browser go somewhere.
_ELSEWHERE = re.compile(
    rb"""@import\s+(?:url\()?["']?(?:https?:)?//"""
    rb"""|url\(\s*["']?(?:https?:)?//"""
    rb"""|sourceMappingURL=(?:https?:)?//"""
    rb"""|\bimport\s*\(?\s*["'](?:https?:)?//"""
    rb"""|\bimportScripts\(\s*["'](?:https?:)?//"""
    rb"""|\bfetch\(\s*["'`](?:https?:)?//"""
    rb"""|new Worker\(\s*["'`](?:https?:)?//"""
)

each = pytest.mark.parametrize("package", PACKAGES, ids=[one["name"] for one in PACKAGES])


def files() -> dict[str, Path]:
    return {
        str(path.relative_to(FOLDER)): path
        for path in FOLDER.rglob("*")
        if path.is_file() and path != MANIFEST
    }


def test_files_are_those_of_the_manifest() -> None:
    listed = {
        f"{folder_of(package)}/{name}": digest
        for package in PACKAGES
        for name, digest in package["files"].items()
    }
    assert {name: sha256_of(path) for name, path in files().items()} == listed


@each
def test_package_says_what_it_is_and_its_licence_lies_beside_it(package: dict[str, Any]) -> None:
    for member in ("name", "version", "licence", "used_for", "licence_files"):
        assert package[member], member
    assert set(package["licence_files"]) <= set(package["files"])


@each
def test_package_has_nothing_that_only_its_makers_need(package: dict[str, Any]) -> None:
    """No maps, no types: what is vendored is what is served."""
    assert not [name for name in package["files"] if name.endswith((".map", ".ts", ".mts"))]


def test_no_script_or_style_loads_from_elsewhere() -> None:
    served = [path for path in files().values() if path.suffix in {".js", ".mjs", ".css"}]
    assert len(served) > len(PACKAGES)
    found = {path.name: _ELSEWHERE.findall(path.read_bytes()) for path in served}
    assert not {name: what for name, what in found.items() if what}
