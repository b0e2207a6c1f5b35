"""What a file is by its own first bytes: what its sender calls it is believed of nothing that a browser would show."""

import re
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import quote

SAMPLE = 64 * 1024
"""Bytes that are looked at, and the most of a text that stands in a page."""


class FileKind(StrEnum):
    """What can be shown; everything else is for downloading only."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    GIF = "gif"
    WEBP = "webp"
    TEXT = "text"
    OTHER = "other"

    @property
    def is_image(self) -> bool:
        return self in _IMAGES

    @property
    def media_type(self) -> str:
        """The type under which we serve it, which is never the sender's own."""
        return _MEDIA_TYPES[self]


_IMAGES = frozenset({FileKind.PNG, FileKind.JPEG, FileKind.GIF, FileKind.WEBP})
_SIGNATURES = (
    (b"%PDF-", FileKind.PDF),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"GIF87a", FileKind.GIF),
    (b"GIF89a", FileKind.GIF),
)
_MEDIA_TYPES: Mapping[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.GIF: "image/gif",
    FileKind.WEBP: "image/webp",
    FileKind.TEXT: "text/plain",
    FileKind.OTHER: "application/octet-stream",
}
_ENDINGS: Mapping[FileKind, str] = {
    FileKind.PDF: ".pdf",
    FileKind.PNG: ".png",
    FileKind.JPEG: ".jpg",
    FileKind.GIF: ".gif",
    FileKind.WEBP: ".webp",
    FileKind.TEXT: ".txt",
}
# Of other files, endings of what people work with; a program or a web page is not among them.
_OFFICE_ENDINGS: Mapping[str, str] = {
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/ofd": ".ofd",
    "application/zip": ".zip",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "image/tiff": ".tif",
    "image/bmp": ".bmp",
    "video/mp4": ".mp4",
}
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_BOM = b"\xef\xbb\xbf"


def kind_of(head: bytes, declared: str) -> FileKind:
    """Tell what a file is from its first bytes; text only where it is declared as plain text and reads as such."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.WEBP
    is_text = declared == "text/plain" and not _CONTROLS.search(head)
    return FileKind.TEXT if is_text and charset_of(head) else FileKind.OTHER


def charset_of(head: bytes) -> str | None:
    """Tell how a text is written: UTF-8, else GB 18030; None where it is neither. Its end may be cut."""
    for charset, longest in (("utf-8", 4), ("gb18030", 4)):
        try:
            head.decode(charset)
        except UnicodeDecodeError as error:
            if len(head) == SAMPLE and error.start > len(head) - longest:
                return charset
        else:
            return charset
    return None


def text_of(head: bytes) -> str:
    """Read the first part of a text."""
    return head.removeprefix(_BOM).decode(charset_of(head) or "utf-8", "ignore")


def disposition(title: str, kind: FileKind, declared: str) -> str:
    """Give the header that makes a browser keep a file (RFC 6266), under its title (RFC 8187)."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f]', "_", title).strip(". ")[:120] or "material"
    ending = _ENDINGS.get(kind) or _OFFICE_ENDINGS.get(declared, ".bin")
    if not name.lower().endswith(ending):
        name += ending
    return f"attachment; filename=\"material{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
