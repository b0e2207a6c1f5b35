"""A small writer of PDF: pages of Chinese text in a font that is named and not embedded, as office software makes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT, _MARGIN = 595, 842, 72
_SIZE, _LEADING, _TITLE = 12, 22, 20
_ROOM = (_WIDTH - 2 * _MARGIN) / _SIZE
_FONT = (
    "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>",
    # Letters and digits, the first ninety-five of the collection, are half as wide as what else there is.
    (
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 5 0 R/DW 1000"
        "/W[1 95 500]/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>"
    ),
    (
        "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]"
        "/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>"
    ),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: a heading, if it has one, and its paragraphs."""

    heading: str
    paragraphs: Sequence[str]


def write_pdf(sheets: Sequence[Sheet], footer: str) -> bytes:
    """Write pages; each says which of how many it is. A paragraph that is too long for its page is an error."""
    contents = [
        _content(sheet, f"{footer}    第 {number} 页 共 {len(sheets)} 页")
        for number, sheet in enumerate(sheets, 1)
    ]
    first = 6
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(sheets)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(sheets)}>>",
        *_FONT,
    ]
    for index, content in enumerate(contents):
        objects += [
            (
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {_WIDTH} {_HEIGHT}]"
                f"/Contents {first + 2 * index + 1} 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
            ),
            f"<</Length {len(content)}>>stream\n{content}\nendstream",
        ]
    return _file(objects)


def _file(objects: Iterable[str]) -> bytes:
    written, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{one}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = (
        f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}"
        f"trailer<</Size {len(places) + 1}/Root 1 0 R>>\nstartxref\n{len(written)}\n%%EOF\n"
    )
    return bytes(written) + end.encode("ascii")


def _content(sheet: Sheet, footer: str) -> str:
    top = _HEIGHT - _MARGIN
    shown = []
    if sheet.heading:
        left = (_WIDTH - _columns(sheet.heading) * _TITLE) / 2
        shown.append(_text(sheet.heading, left, top, _TITLE))
        top -= 2 * _LEADING
    for line in (line for one in sheet.paragraphs for line in wrapped(one)):
        shown.append(_text(line, _MARGIN, top, _SIZE))
        top -= _LEADING
    if top < _MARGIN:
        raise ValueError(f"{sheet.heading}: more than a page")
    return "\n".join([*shown, _text(footer, _MARGIN, _MARGIN / 2, 9)])


def _text(text: str, left: float, bottom: float, size: int) -> str:
    return f"BT /F1 {size} Tf {left:.0f} {bottom:.0f} Td <{text.encode('utf-16-be').hex()}> Tj ET"


def wrapped(paragraph: str) -> list[str]:
    """Break a paragraph into lines that fit, two letters being as wide as one character."""
    lines, room = [""], _ROOM
    for char in paragraph:
        room -= _columns(char)
        if room < 0:
            lines.append("")
            room = _ROOM - _columns(char)
        lines[-1] += char
    return lines


def _columns(text: str) -> float:
    return sum(0.5 if char.isascii() else 1.0 for char in text)
