"""Files of ready-made request bodies, so that signing them is never part of what is measured.

One body after the other: four bytes of length, then the body deflated against the first body of the
file. Packets differ in a few hundred bytes, so a million of them take 0.5 GB instead of 6 GB and stay
out of the page cache that PostgreSQL needs. Only the standard library: the AS4 peer's interpreter reads
and writes these files too.
"""

import mmap
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_LENGTH = struct.Struct(">I")
_RAW_DEFLATE = -15


def write_bodies(path: Path, bodies: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        every = iter(bodies)
        pattern = next(every)
        file.write(packed([pattern], b"") + packed(every, pattern))


def packed(bodies: Iterable[bytes], pattern: bytes) -> bytes:
    """Pack bodies that are like `pattern`, the first body of their file."""
    return b"".join(_frame(body, pattern) for body in bodies)


def read_bodies(path: Path, first: int = 0, step: int = 1) -> Iterator[bytes]:
    """Give every `step`-th body from the one numbered `first` on."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        pattern = b""
        for number, content in enumerate(_frames(data)):
            if number == 0:
                pattern = _unpack(content, b"")
            if number >= first and (number - first) % step == 0:
                yield _unpack(content, pattern) if number else pattern


def _frames(data: mmap.mmap) -> Iterator[bytes]:
    at, end = 0, len(data)
    while at < end:
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size + length
        yield data[at - length : at]


def _frame(body: bytes, pattern: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=_RAW_DEFLATE, zdict=pattern)
    content = deflate.compress(body) + deflate.flush()
    return _LENGTH.pack(len(content)) + content


def _unpack(content: bytes, pattern: bytes) -> bytes:
    return zlib.decompressobj(wbits=_RAW_DEFLATE, zdict=pattern).decompress(content)
