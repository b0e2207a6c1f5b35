"""Files of cases on disk: whole and synced under their digest, or not there at all."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from adapters.materials.disk import DiskMaterials
from service.domain.errors import Refusal
from tests.support.offices import office
from tests.support.packets import digest_of

MARKET, TOBACCO = office("market").code, office("tobacco").code
CONTENT = b"a file of a case " * 100_000
DIGEST = digest_of(CONTENT)
LIMIT = 10 * 1024**2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "materials"


@pytest.fixture
def disk(folder: Path) -> DiskMaterials:
    return DiskMaterials(folder)


async def pieces(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def broken(content: bytes) -> AsyncIterator[bytes]:
    yield content
    raise ConnectionResetError


async def content_of(disk: DiskMaterials, agency: str = MARKET, digest: str = DIGEST) -> bytes:
    return b"".join([piece async for piece in disk.read(agency, digest)])


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def refused(store: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        await store
    return refusal.value.code


@pytest.mark.parametrize("size", [0, 1, 1024**2 - 1, 1024**2, 1024**2 + 1, 3 * 1024**2])
async def test_what_is_stored_is_read_again(disk: DiskMaterials, size: int) -> None:
    content = os.urandom(size)
    digest = digest_of(content)
    assert await disk.store(MARKET, digest, pieces(content), LIMIT) == size
    assert await content_of(disk, digest=digest) == content


async def test_file_lies_under_its_agency_for_nobody_else(
    disk: DiskMaterials, folder: Path
) -> None:
    await disk.store(MARKET, DIGEST, pieces(CONTENT), LIMIT)
    name = DIGEST.removeprefix("sha-256:")
    [path] = files(folder)
    assert path == folder / MARKET / name[:2] / name
    assert path.stat().st_mode & 0o777 == 0o600
    assert {one.stat().st_mode & 0o777 for one in path.parents[:3]} == {0o700}


async def test_agencies_do_not_share_files(disk: DiskMaterials) -> None:
    await disk.store(MARKET, DIGEST, pieces(CONTENT), LIMIT)
    with pytest.raises(FileNotFoundError):
        await content_of(disk, TOBACCO)


async def test_storing_again_is_no_harm(disk: DiskMaterials, folder: Path) -> None:
    for _ in range(2):
        await disk.store(MARKET, DIGEST, pieces(CONTENT), LIMIT)
    assert len(files(folder)) == 1


async def test_two_at_once_leave_one_whole_file(disk: DiskMaterials, folder: Path) -> None:
    await asyncio.gather(
        *(disk.store(MARKET, DIGEST, pieces(CONTENT, size), LIMIT) for size in (1000, 9999, 65536))
    )
    assert len(files(folder)) == 1
    assert await content_of(disk) == CONTENT


async def test_other_content_leaves_nothing(disk: DiskMaterials, folder: Path) -> None:
    stored = disk.store(MARKET, digest_of(b"other"), pieces(CONTENT), LIMIT)
    assert await refused(stored) == "digest_mismatch"
    assert files(folder) == []


async def test_too_large_leaves_nothing(disk: DiskMaterials, folder: Path) -> None:
    stored = disk.store(MARKET, DIGEST, pieces(CONTENT), len(CONTENT) - 1)
    assert await refused(stored) == "too_large"
    assert files(folder) == []


async def test_upload_that_breaks_off_leaves_nothing(disk: DiskMaterials, folder: Path) -> None:
    with pytest.raises(ConnectionResetError):
        await disk.store(MARKET, DIGEST, broken(CONTENT), LIMIT)
    assert files(folder) == []


async def test_upload_that_is_cancelled_leaves_nothing(disk: DiskMaterials, folder: Path) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield CONTENT
        begun.set()
        await asyncio.sleep(60)

    upload = asyncio.create_task(disk.store(MARKET, DIGEST, endless(), LIMIT))
    await begun.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert files(folder) == []


@pytest.mark.parametrize(
    ("agency", "digest"),
    [
        (MARKET, "sha-256:../../../../etc/passwd"),
        (MARKET, DIGEST.upper()),
        (MARKET, DIGEST + "0"),
        ("../../../../tmp/xyz", DIGEST),
        ("", DIGEST),
    ],
)
async def test_nothing_but_codes_and_digests_becomes_a_path(
    disk: DiskMaterials, agency: str, digest: str
) -> None:
    with pytest.raises(FileNotFoundError):
        await disk.store(agency, digest, pieces(CONTENT), LIMIT)
    with pytest.raises(FileNotFoundError):
        await content_of(disk, agency, digest)


def _failing(number: int) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("step", ["fsync", "write"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_full_disk_is_said_and_leaves_nothing(
    disk: DiskMaterials, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    full = _failing(number)
    if step == "fsync":
        monkeypatch.setattr("adapters.materials.disk.os.fsync", full)
    else:
        monkeypatch.setattr("adapters.materials.disk.sha256", lambda: _Failing(full))
    assert await refused(disk.store(MARKET, DIGEST, pieces(CONTENT), LIMIT)) == "storage_full"
    assert files(folder) == []


class _Failing:
    """A hash whose first block fails, as a write to a full disk does."""

    def __init__(self, update: Callable[..., Any]) -> None:
        self.update = update


async def test_broken_disk_is_not_taken_for_a_full_one(
    disk: DiskMaterials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.materials.disk.os.fsync", _failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        await disk.store(MARKET, DIGEST, pieces(CONTENT), LIMIT)


async def test_reserve_is_left_free(folder: Path) -> None:
    disk = DiskMaterials(folder, reserve=2**62)
    assert await refused(disk.store(MARKET, DIGEST, pieces(CONTENT), LIMIT)) == "storage_full"
    assert await refused(disk.check()) == "storage_full"
    assert files(folder) == []


async def test_file_is_synced_before_it_has_its_name_and_its_folders_after(
    disk: DiskMaterials, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a power cut leaves: the file whole under its name, or a name that nobody was told."""
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def noting_fsync(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        steps.append("folder" if path.is_dir() else "file")
        fsync(handle)

    def noting_rename(path: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(path, target)

    monkeypatch.setattr("adapters.materials.disk.os.fsync", noting_fsync)
    monkeypatch.setattr(Path, "rename", noting_rename)
    await disk.store(MARKET, DIGEST, pieces(CONTENT), LIMIT)
    assert steps == ["file", "rename", "folder", "folder", "folder"]


async def test_loop_stays_awake_while_a_file_comes_in(disk: DiskMaterials) -> None:
    longest, last = 0.0, asyncio.get_running_loop().time()

    async def watch() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.001)
            now = asyncio.get_running_loop().time()
            longest, last = max(longest, now - last), now

    watching = asyncio.create_task(watch())
    content = bytes(64 * 1024**2)
    await disk.store(MARKET, digest_of(content), pieces(content, 1024**2), 2**30)
    watching.cancel()
    assert longest < 0.5


async def test_check_proves_that_the_folder_takes_files(disk: DiskMaterials, folder: Path) -> None:
    await disk.check()
    assert files(folder) == []
    _take_away(folder)
    with pytest.raises(FileExistsError):
        await disk.check()


async def test_sweep_removes_what_a_crash_left(disk: DiskMaterials, folder: Path) -> None:
    await disk.store(MARKET, DIGEST, pieces(CONTENT), LIMIT)
    old, new = folder / "incoming" / "old", folder / "incoming" / "new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert disk.sweep(3600) == 1
    assert _names(files(folder)) == {"new", DIGEST.removeprefix("sha-256:")}


def _names(paths: Iterable[Path]) -> set[str]:
    return {path.name for path in paths}


def _take_away(folder: Path) -> None:
    folder.rename(folder.with_name("gone"))
    folder.write_text("a file stands where the folder was")
