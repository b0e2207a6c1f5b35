"""A small writer of PNG: a photo of shelves with goods that were never there."""

import struct
import zlib
from random import Random

_WIDTH, _HEIGHT = 480, 320
_SHELVES, _BOARD = 4, 6
_NARROWEST, _WIDEST = 28, 64
_WALL, _WOOD = b"\xd8\xd4\xcb", b"\x6b\x4f\x3a"


def write_photo(random: Random) -> bytes:
    """Write a photo: the same one for the same chance."""
    room = _HEIGHT // _SHELVES
    rows = [row for _ in range(_SHELVES) for row in _shelf(random, room)]
    return _file(b"".join(b"\x00" + row for row in rows))  # each row says that it is not filtered


def _shelf(random: Random, height: int) -> list[bytes]:
    boxes = _boxes(random)
    empty, goods = _WALL * _WIDTH, b"".join(colour * width for colour, width, _ in boxes)
    tops = sorted({top for _, _, top in boxes})
    rows = [empty] * 12
    for top in range(12, height - _BOARD):
        is_label = height - 30 < top < height - 16
        if top < 12 + tops[-1]:
            row = b"".join(
                (colour if top - 12 >= high else _WALL) * width for colour, width, high in boxes
            )
        elif is_label:
            row = b"".join(
                colour * 6 + b"\xff\xff\xff" * (width - 12) + colour * 6
                for colour, width, _ in boxes
            )
        else:
            row = goods
        rows.append(row)
    return rows + [_WOOD * _WIDTH] * _BOARD


def _boxes(random: Random) -> list[tuple[bytes, int, int]]:
    """Give each box of a shelf its colour, its width, and how far below the tallest it ends."""
    boxes, left = [], _WIDTH
    while left:
        width = min(random.randint(_NARROWEST, _WIDEST), left)
        width = left if left - width < _NARROWEST else width
        colour = bytes(random.randint(40, 210) for _ in range(3))
        boxes.append((colour, width, random.choice((0, 0, 6, 12))))
        left -= width
    return boxes


def _file(rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
