"""`linkage screen`: cases as JSON lines in, verdicts as JSON lines out, in the same order."""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn
from zoneinfo import ZoneInfo

import typer
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from adapters.cli.books import Book, Provinces, find_book, ready
from contracts.facts import PENALTIES, FactProblem, PartialDay, PriorPenalty, check_facts
from service.domain.explanation import Explainer
from service.domain.phrases import Language
from service.domain.rulebook import CompiledRuleBook
from service.domain.screening import Screening, ScreeningCase
from service.domain.screening import screen as screen_case

STANDARD_INPUT: Final = "-"
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


def _year_as_text(value: object) -> object:
    """A year may be written as the number that it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text_or_nothing(value: object) -> object:
    return value if isinstance(value, str) else None


class CaseLine(BaseModel):
    """One line of the input; keys that it does not name are ignored.

    `offence` is the charge as the agency wrote it: it tells rows of one article apart (CL-345 has
    theft-felling, over-felling and dealing), and what is no text there is ignored too.
    """

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    id: object = None
    facts: dict[str, Any]
    offence_code: str | None = None
    offence: Annotated[str | None, BeforeValidator(_text_or_nothing)] = None
    party_type: str | None = None
    conduct_on: Annotated[PartialDay | None, BeforeValidator(_year_as_text)] = None
    province: str | None = None
    agency_kind: str | None = None
    prior_penalties: tuple[PriorPenalty, ...] | None = None
    bounds: dict[str, str] | None = None

    def to_case(self) -> ScreeningCase:
        return ScreeningCase(
            facts=self.facts,
            bounds=self.bounds or {},
            party_type=self.party_type,
            prior_penalties=self.prior_penalties,
            conduct_on=self.conduct_on,
            province=self.province,
            offence_codes=() if self.offence_code is None else (self.offence_code,),
            charges=() if self.offence is None else (self.offence,),
            agency_kind=self.agency_kind,
        )


class UnreadableLineError(Exception):
    """A line that cannot be screened: a code for machines, a detail for people."""

    def __init__(self, code: str, detail: str, line_id: object = None) -> None:
        super().__init__(detail)
        self.code: Final = code
        self.detail: Final = detail
        self.line_id: Final = line_id


class Screener:
    """Screens lines by one rule book, with the law of one day as the current one."""

    def __init__(self, book: CompiledRuleBook, on: date) -> None:
        self._book: Final = book
        self._on: Final = on
        self._explainer: Final = Explainer(book)

    def answer(self, text: bytes) -> dict[str, Any]:
        """The answer to one line; raises UnreadableLineError."""
        line = read_line(text)
        screening = screen_case(line.to_case(), self._book, on=self._on)
        answer = {"id": line.id, **self._explainer.as_json(screening)}
        answer["offence_code"] = answer["offence_code"] or line.offence_code
        return answer

    def text(self, text: bytes, language: Language) -> str:
        """The answer to one line for reading; raises UnreadableLineError."""
        line = read_line(text)
        screening: Screening = screen_case(line.to_case(), self._book, on=self._on)
        return f"# {line.id}\n{self._explainer.as_text(screening, language)}\n"


def read_line(text: bytes) -> CaseLine:
    """Parse and check one line; raises UnreadableLineError."""
    content = _parse(text)
    line_id = content.get("id")
    try:
        line = CaseLine.model_validate(content)
    except ValidationError as error:
        raise UnreadableLineError("invalid_line", _first_error(error), line_id) from error
    problems = _problems(content, line)
    if problems:
        detail = "; ".join(f"{one.pointer}: {one.message}" for one in problems)
        raise UnreadableLineError("invalid_facts", detail, line_id)
    return line


def _parse(text: bytes) -> dict[str, Any]:
    try:
        content = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UnreadableLineError("not_json", f"the line is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise UnreadableLineError("not_an_object", "the line is not a JSON object")
    return content


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _first_error(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"/{'/'.join(map(str, first['loc']))}: {first['msg']}"


def _problems(content: dict[str, Any], line: CaseLine) -> list[FactProblem]:
    stated = {"party_type": line.party_type, "province": line.province}
    listed = {PENALTIES: content.get("prior_penalties")}
    given = {name: value for name, value in (stated | listed).items() if value is not None}
    return check_facts({**line.facts, **given}, line.bounds)


def screen(
    file: Annotated[Path, typer.Argument(help="JSON lines, or - for standard input.")],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line instead of text.")
    ] = False,
    lang: Annotated[Language, typer.Option(help="Language of the text.")] = Language.ZH,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day whose law is current; today if absent."),
    ] = None,
    rulebook: Book = None,
    provinces: Provinces = None,
) -> None:
    """Screen cases against the filing standards and say why.

    Every answer names the rule book by version and digest. A line that cannot be read is answered with
    its error; the exit code is 1 if there was one.
    """
    today = datetime.now(SHANGHAI).date() if on is None else on.date()
    screener = Screener(ready(find_book(rulebook), provinces), today)
    failed = 0
    for text in _lines(file):
        try:
            answer = _written(screener.answer(text)) if as_json else screener.text(text, lang)
        except UnreadableLineError as error:
            failed += 1
            answer = _written(_refusal(error))
        typer.echo(_in_utf8(answer))
    raise typer.Exit(code=1 if failed else 0)


def _refusal(error: UnreadableLineError) -> dict[str, Any]:
    return {"id": error.line_id, "error": {"code": error.code, "detail": error.detail}}


def _written(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


def _in_utf8(answer: str) -> bytes:
    """Whatever the terminal speaks; half a character in an id is written as JSON escapes it."""
    return answer.encode("utf-8", "backslashreplace")


def _lines(file: Path) -> Iterator[bytes]:
    """Lines as bytes: one that is not UTF-8 is one bad line, not the end of the file."""
    if str(file) == STANDARD_INPUT:
        yield from _not_blank(sys.stdin.buffer)
        return
    with file.open("rb") as lines:
        yield from _not_blank(lines)


def _not_blank(lines: Iterable[bytes]) -> Iterator[bytes]:
    return (line for line in lines if line.strip())
