"""Exports of one JSON object a line."""

import os
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from pydantic_core import PydanticSerializationError, to_json

from adapters.imports.rows import BadRow, Row, raw_lines, too_long
from contracts.document import read_json

_BOM = b"\xef\xbb\xbf"


class NdjsonExport:
    """Lines of JSON in UTF-8; blank ones are passed over."""

    columns = None

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.total = os.fstat(file.fileno()).st_size
        self.notes: Mapping[str, str] = {}

    @property
    def done(self) -> int:
        return self._file.tell()

    def rows(self) -> Iterator[Row | BadRow]:
        for number, line in raw_lines(self._file):
            if line is None:
                yield too_long(number)
            elif text := line.removeprefix(_BOM).strip():
                yield _row(number, text)


def _row(number: int, line: bytes) -> Row | BadRow:
    try:
        content = read_text(line)
    except (ValueError, RecursionError) as error:
        text = line.decode("utf-8", "backslashreplace")
        return BadRow(number, "json_invalid", f"the line is not JSON: {_reason(error)}", text)
    if not isinstance(content, dict):
        text = line.decode("utf-8")
        return BadRow(number, "not_an_object", "the line is not a JSON object", text)
    return Row(number, content)


def read_text(text: bytes) -> object:
    """Read JSON that can be written again; raises ValueError or RecursionError."""
    content = read_json(text)
    if b"\\ud" in text.lower():
        to_json(content)  # half a character can be escaped in JSON, but not be written down
    return content


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    if isinstance(error, PydanticSerializationError):
        return "half a character is escaped in it"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
