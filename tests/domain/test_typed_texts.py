"""What people type: invisible signs say nothing, and signs that no act may have are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.document import Text
from service.domain.typed_texts import fault_of

_TEXT: TypeAdapter[str] = TypeAdapter(Text)


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "\u3164\ufe0f\u2060", "\x07", "\n\t\u3000"])
def test_text_of_invisible_signs_is_none(text: str) -> None:
    assert fault_of(text, 10) == "missing"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        *(("林检察官休假", None), ("第一行\r\n\t第二行\n", None), ("👨\u200d👩", None)),
        *(("a\u202eb", "sign"), ("a\u2069", "sign"), ("a\x1b", "sign"), ("a\x85", "sign")),
        ("x" * 11, "too_long"),
    ],
)
def test_text_is_held_to_its_length_and_its_signs(text: str, fault: str | None) -> None:
    assert fault_of(text, 10) == fault


@given(st.text(min_size=1, max_size=20))
def test_signs_are_those_of_documents(text: str) -> None:
    """What is taken here is taken there, and what has a sign of its own that is not is refused there too."""
    try:
        _TEXT.validate_python(text)
    except ValidationError:
        assert fault_of(text, 20)
    else:
        assert fault_of(text, 20) in (None, "missing")
