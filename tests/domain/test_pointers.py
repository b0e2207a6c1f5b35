"""Pointers into a document: a value, or none; never more than that."""

import pytest

from service.domain.pointers import find_leaf

DOCUMENT = {"a/b": [1, {"c": "d"}], "e": None}


@pytest.mark.parametrize(
    ("pointer", "value"), [("/a~1b/0", 1), ("/a~1b/1/c", "d"), ("/e", None), ("/a~1b/00", 1)]
)
def test_pointer_names_a_value(pointer: str, value: object) -> None:
    assert find_leaf(DOCUMENT, pointer) == value


@pytest.mark.parametrize(
    "pointer",
    ["", "a", "/", "/a~1b", "/a~1b/2", "/a~1b/-1", "/a~1b/x", "/a~1b/1/c/d", f"/a~1b/{'9' * 5000}"],
)
def test_pointer_that_names_none_is_looked_up_in_vain(pointer: str) -> None:
    with pytest.raises(LookupError):
        find_leaf(DOCUMENT, pointer)
