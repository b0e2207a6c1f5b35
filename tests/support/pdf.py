"""A PDF as office software and fax machines made them: fonts are named, and not embedded; a scan is packed the old way."""

from collections.abc import Sequence


def office_pdf(text: str) -> bytes:
    """Make a page with the text in STSong-Light, a number after it in Helvetica, and below it a black square as a fax."""
    content = (
        f"BT /F1 28 Tf 40 120 Td <{text.encode('utf-16-be').hex()}> Tj"
        " /F2 28 Tf 320 0 Td ( 1) Tj ET q 80 0 0 80 40 20 cm /Fax Do Q"
    )
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        """<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 200]/Contents 4 0 R
        /Resources<</Font<</F1 5 0 R/F2 8 0 R>>/XObject<</Fax 9 0 R>>>>>>""",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
        """<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H
        /DescendantFonts[6 0 R]>>""",
        """<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 7 0 R/DW 1000
        /CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>""",
        """<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]
        /ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>""",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        # Eight rows that are like the one above, the first like white, and the end of a fax of group 4.
        """<</Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 1
        /Filter[/ASCIIHexDecode/CCITTFaxDecode]
        /DecodeParms[null<</K -1/Columns 8/Rows 8/BlackIs1 true>>]/Length 9>>
        stream\nFF001001>\nendstream""",
    )
    return _written(objects)


def pages_pdf(*texts: str) -> bytes:
    """Make a page of each text, upright, in a font that is named and not embedded."""
    font, first = 3, 7
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(texts)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(texts)}>>",
        "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>",
        """<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 5 0 R/DW 1000
        /CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>""",
        """<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]
        /ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>""",
        "null",
    ]
    for number, text in enumerate(texts):
        content = f"BT /F1 24 Tf 40 700 Td <{text.encode('utf-16-be').hex()}> Tj ET"
        objects += [
            (
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {first + 2 * number + 1} 0 R"
                f"/Resources<</Font<</F1 {font} 0 R>>>>>>"
            ),
            f"<</Length {len(content)}>>stream\n{content}\nendstream",
        ]
    return _written(objects)


def _written(objects: Sequence[str]) -> bytes:
    written, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(written)}\n%%EOF\n"
    )
    return written + end.encode()
