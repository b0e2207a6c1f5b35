"""Texts that mark what is to be typed between backticks, as HTML."""

from markupsafe import Markup, escape


def coded(text: str) -> Markup:
    """Put what stands between backticks into <code>; all else is escaped, and a lone backtick stays."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    written = [
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    ]
    return Markup("").join(written)
