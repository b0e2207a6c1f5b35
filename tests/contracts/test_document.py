"""How signed documents are read: strictly, with a pointer for each fault and never the value itself."""

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from contracts.document import (
    WHOLE,
    Document,
    Line,
    Moment,
    PartialDate,
    SchemaError,
    Text,
    parse,
    pointer,
    write,
)
from contracts.office import OfficeKind


class Sample(Document):
    """One member of each kind."""

    line: Line | None = None
    text: Text | None = None
    at: Moment | None = None
    on: PartialDate | None = None
    count: Annotated[int | None, Field(ge=0, le=9), WHOLE] = None
    kind: Literal[OfficeKind.AGENCY, OfficeKind.PROCURATORATE] | None = None
    names: dict[Annotated[str, Field(pattern="^[a-z]+$")], int] | None = None
    parts: list["Sample"] | None = None


def read(**members: object) -> Sample:
    return parse(Sample, json.dumps(members).encode())


def faults(payload: bytes) -> list[tuple[str, str]]:
    with pytest.raises(SchemaError) as caught:
        parse(Sample, payload)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def fault_of(**members: object) -> tuple[str, str]:
    (found,) = faults(json.dumps(members).encode())
    return found


@pytest.mark.parametrize("value", [1, 1.0])
def test_whole_number_may_be_written_with_a_point(value: float) -> None:
    assert read(count=value).count == 1


@pytest.mark.parametrize("value", [1.5, "1", True, -1, 10, [1], 1e30])
def test_what_is_no_small_whole_number_is_refused(value: object) -> None:
    assert fault_of(count=value)[0] == "/count"


def test_infinite_number_is_no_whole_number() -> None:
    assert faults(b'{"count":1e999}')[0][0] == "/count"


@pytest.mark.parametrize(
    "value",
    ["2026-03-09T10:00:00+08:00", "2026-03-09T02:00:00Z", "2026-03-09T02:00:00.000000Z"],
)
def test_moment_is_read_with_its_zone(value: str) -> None:
    assert read(at=value).at == datetime(2026, 3, 9, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-09T10:00:00",
        "2026-03-09 10:00:00Z",
        "2026-03-09T10:00Z",
        "2026-03-09",
        "2026-02-30T10:00:00Z",
        "2026-03-09T24:00:00Z",
        "2026-03-09T10:00:00+24:00",
        "0001-01-01T00:00:00+14:00",
        "2126-03-09T10:00:00Z",
        "1773050400",
        "２026-03-09T10:00:00Z",
        1773050400,
    ],
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    assert fault_of(at=value)[0] == "/at"


@given(st.integers(-2_208_000_000, 4_102_000_000), st.integers(0, 999_999))
def test_moment_is_written_as_it_is_read(seconds: int, microseconds: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=microseconds)
    for zone in (UTC, timezone(timedelta(hours=8))):
        written = write(Sample(at=at.astimezone(zone)))
        assert parse(Sample, written).at == at


@pytest.mark.parametrize("value", ["2026", "2026-03", "2026-03-09", "2024-02-29"])
def test_date_may_be_known_in_part(value: str) -> None:
    assert read(on=value).on == value


@pytest.mark.parametrize("value", ["2026-02-30", "2025-02-29", "2026-13", "26", "2026-3-9", ""])
def test_what_is_no_date_is_refused(value: str) -> None:
    assert fault_of(on=value)[0] == "/on"


@pytest.mark.parametrize(
    "char", ["\x00", "\x1b", "\n", "\x7f", "\x9b", "\u2028", "\u202e", "\u2067"]
)
def test_line_has_no_control_character(char: str) -> None:
    assert fault_of(line=f"a{char}b") == ("/line", "string_pattern_mismatch")


def test_text_has_line_feeds_and_tabs_but_no_other_control() -> None:
    assert read(text="a\n\tb").text == "a\n\tb"
    assert fault_of(text="a\x1bb")[0] == "/text"
    assert fault_of(text="a\u202eb")[0] == "/text"


@pytest.mark.parametrize("value", ["", "x" * 201])
def test_line_has_a_length(value: str) -> None:
    assert fault_of(line=value)[0] == "/line"


def test_member_named_twice_is_refused_at_any_depth() -> None:
    assert faults(b'{"line":"a","line":"b"}') == [("", "json_invalid")]
    assert faults(b'{"parts":[{"line":"a","line":"b"}]}') == [("", "json_invalid")]


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"\xff", b'{"line":NaN}', b'{"line":"\\ud800"}', b"[" * 100_000, b"{}{}"],
)
def test_what_is_no_json_is_refused(payload: bytes) -> None:
    assert faults(payload) == [("", "json_invalid")]


@given(st.binary())
def test_no_bytes_break_the_reader(payload: bytes) -> None:
    with contextlib.suppress(SchemaError):
        assert isinstance(parse(Sample, payload), Sample)


def test_each_fault_has_its_pointer() -> None:
    payload = json.dumps({"extra/~": 1, "parts": [{"line": "a"}, {"line": 7}]}).encode()
    assert sorted(faults(payload)) == [
        ("/extra~1~0", "extra_forbidden"),
        ("/parts/1/line", "string_type"),
    ]


def test_fault_in_a_name_points_at_the_member() -> None:
    assert fault_of(names={"A": 1}) == ("/names/A", "string_pattern_mismatch")


def test_answer_has_no_more_than_a_hundred_faults() -> None:
    assert len(faults(json.dumps({"parts": [7] * 500}).encode())) == 100


def test_faults_never_repeat_the_value() -> None:
    payload = json.dumps(
        {"line": "王某某\x00", "at": "王某某", "kind": "王某某", "count": "王某某"}
    )
    with pytest.raises(SchemaError) as caught:
        parse(Sample, payload.encode())
    assert len(caught.value.faults) == 4
    assert "王" not in str(caught.value)


def test_choices_are_shown_as_json() -> None:
    with pytest.raises(SchemaError, match="/kind Input should be 'agency' or 'procuratorate'"):
        read(kind="nobody")


def test_own_words_come_without_pydantic_s() -> None:
    with pytest.raises(SchemaError, match=r"^/at a moment is written like"):
        read(at="today")


def test_absent_members_stay_absent() -> None:
    assert write(Sample(line="a")) == b'{"line":"a"}'


@pytest.mark.parametrize(
    ("parts", "text"), [((), ""), (("a", 0, "b"), "/a/0/b"), (("a/b", "c~d"), "/a~1b/c~0d")]
)
def test_pointer_follows_rfc_6901(parts: tuple[str | int, ...], text: str) -> None:
    assert pointer(*parts) == text
