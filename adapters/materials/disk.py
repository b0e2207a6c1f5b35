"""Materials as files: `<agency>/<two digits>/<digest>`, on disk for good before anybody is told that they are.

A file is written beside its place, synced, renamed, and its folder synced. A crash leaves a file under
`incoming`, which `sweep` removes, or the whole file in its place; never a part under its name.
"""

import asyncio
import errno
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from io import FileIO
from pathlib import Path
from threading import Lock
from time import time
from uuid import uuid4

from typing_extensions import override

from service.domain.errors import Refusal
from service.ports import MaterialStore

_BLOCK = 1024**2
_AGENCY = re.compile(r"[0-9A-Z]{18}")
_DIGEST = re.compile(r"sha-256:([0-9a-f]{64})")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class DiskMaterials(MaterialStore):
    """A folder that all replicas see; `reserve` bytes of its disk are left free."""

    def __init__(self, folder: Path, reserve: int = 0) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._reserve = reserve

    @override
    async def store(
        self, agency_code: str, digest: str, chunks: AsyncIterator[bytes], limit: int
    ) -> int:
        place = self._place(agency_code, digest)
        upload = await asyncio.to_thread(self._begin)
        try:
            size = await _fill(upload, chunks, limit)
            if upload.digest != digest:
                raise Refusal("digest_mismatch", f"the content is {upload.digest}")
            await asyncio.to_thread(upload.keep, place)
        finally:
            # Shielded: a caller who goes away must not leave the file open behind him.
            await asyncio.shield(asyncio.to_thread(upload.discard))
        return size

    @override
    async def holds(self, agency_code: str, digest: str) -> bool:
        return await asyncio.to_thread(self._place(agency_code, digest).is_file)

    @override
    async def size(self, agency_code: str, digest: str) -> int | None:
        try:
            found = await asyncio.to_thread(self._place(agency_code, digest).stat)
        except FileNotFoundError:
            return None
        return found.st_size

    @override
    async def read(
        self, agency_code: str, digest: str, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        place, rest = self._place(agency_code, digest), length
        file = await asyncio.to_thread(_open_at, place, start)
        try:
            while block := await asyncio.to_thread(file.read, _next_block(rest)):
                yield block
                rest = None if rest is None else rest - len(block)
        finally:
            file.close()

    async def check(self) -> None:
        """Prove that a file can be written and synced; raises OSError or Refusal."""
        upload = await asyncio.to_thread(self._begin)
        try:
            await asyncio.to_thread(upload.sync)
        finally:
            await asyncio.to_thread(upload.discard)

    def sweep(self, older_than: float) -> int:
        """Remove uploads that a crash left behind, untouched for so many seconds; give how many."""
        gone = 0
        for path in self._incoming.glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time() - older_than:
                    path.unlink()
                    gone += 1
        return gone

    def _place(self, agency_code: str, digest: str) -> Path:
        found = _DIGEST.fullmatch(digest)
        # These become a path, so nothing but a code and a digest may pass, whoever asks.
        if found is None or not _AGENCY.fullmatch(agency_code):
            raise FileNotFoundError(errno.ENOENT, "no agency has such a material")
        return self._folder / agency_code / found[1][:2] / found[1]

    def _begin(self) -> "_Upload":
        with _room():
            _make_folder(self._incoming)
            return _Upload(self._incoming / uuid4().hex, self._check_reserve)

    def _check_reserve(self) -> None:
        disk = os.statvfs(self._incoming)
        if disk.f_bavail * disk.f_frsize < self._reserve:
            raise Refusal("storage_full")


class _Upload:
    """A file on its way in; its methods block and belong into a thread.

    They take turns: a caller who is cancelled leaves his thread writing, and a number of a file that is
    closed meanwhile may be another file's by then.
    """

    def __init__(self, path: Path, check_reserve: Callable[[], None]) -> None:
        check_reserve()
        self._check_reserve = check_reserve
        self._path = path
        self._turn = Lock()
        self._file = FileIO(path, "x", opener=_private)
        self._hash = sha256()

    @property
    def digest(self) -> str:
        return f"sha-256:{self._hash.hexdigest()}"

    def write(self, block: bytes) -> None:
        with self._turn, _room():
            self._check_reserve()
            self._hash.update(block)
            rest = memoryview(block)
            while rest:
                rest = rest[self._file.write(rest) :]

    def sync(self) -> None:
        with self._turn, _room():
            os.fsync(self._file.fileno())

    def keep(self, place: Path) -> None:
        """Put the file in its place. Two who bring the same content rename the same bytes over each other."""
        self.sync()
        with self._turn, _room():
            _make_folder(place.parent)
            self._path.rename(place)
            # Those above too: another upload may have made them a moment ago, and not be so far yet.
            for folder in place.parents[:3]:
                _sync_folder(folder)

    def discard(self) -> None:
        with self._turn:
            self._file.close()
            self._path.unlink(missing_ok=True)


def _open_at(place: Path, start: int) -> FileIO:
    file = FileIO(place)
    file.seek(start)
    return file


def _next_block(rest: int | None) -> int:
    return _BLOCK if rest is None else min(_BLOCK, rest)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def _fill(upload: _Upload, chunks: AsyncIterator[bytes], limit: int) -> int:
    """Write in blocks: one hop to a thread a megabyte, and never more than that in memory."""
    size, block = 0, bytearray()
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise Refusal("too_large", f"the limit is {limit} bytes")
        block += chunk
        if len(block) >= _BLOCK:
            await asyncio.to_thread(upload.write, bytes(block))
            block.clear()
    await asyncio.to_thread(upload.write, bytes(block))
    return size


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Refusal("storage_full") from error
        raise


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, for nobody else to enter."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
