"""`linkage rules switch | progress`, and `diff --register`: rule books, and the register that is judged by them."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from adapters import main
from adapters.cli.bar import bar
from adapters.cli.books import OURS, find_book, ready
from adapters.cli.database import connected
from adapters.cli.output import Json, StopError, local, say, say_json, say_table, wait_for
from adapters.postgres.rescreenings import PostgresRescreenings
from adapters.postgres.rulebook_switch import PostgresRuleBookSwitch
from adapters.settings import read_settings
from contracts.facts import load_vocabulary
from contracts.rulebook import RuleBook
from contracts.rulebook_files import rulebook_with
from service.domain.book_faults import Severity
from service.domain.proofreading import proofread
from service.domain.rulebook import CompiledRuleBook
from service.foresight import Foreseen, ForeseenCase
from service.register_ports import BookName, RescreeningProgress
from service.rescreening import Switched

IN_FORCE: Final = "in-force"

Named = Annotated[
    str,
    typer.Argument(
        metavar="BOOK",
        help="A folder, a file, a digest, `in-force`, or `ours`: what this version ships.",
    ),
]


def switch(
    book: Named,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Put a rule book in force: new records are judged by it at once, the register in the background.

    `linkage rules diff in-force BOOK --register` says before what that changes.
    """
    found = _sound(_named(book))
    if not yes:
        _ask(found, as_json=as_json)
    switched = wait_for(_switch(found))
    if as_json:
        say_json(_switched_as_json(found, switched))
    elif switched is None:
        say(f"{found.version} is in force already: nothing was changed")
    else:
        before = switched.before.version if switched.before else "none"
        say(f"{before} → {found.version}: in force")
        say(f"{switched.cases} cases are judged anew; `linkage rules progress` says how far it is")


def _named(name: str) -> RuleBook:
    if name == OURS:
        return rulebook_with(read_settings().provinces_dir)
    if name != IN_FORCE:
        return find_book(name)
    in_force = wait_for(_in_force())
    if in_force is None:
        raise StopError(
            "no rule book is in force yet", "the service puts ours in force when it starts"
        )
    return find_book(in_force.digest)


async def _in_force() -> BookName | None:
    async with connected() as connection:
        return await PostgresRuleBookSwitch(connection).in_force()


def _sound(book: RuleBook) -> RuleBook:
    """Refuse a book by which every process would fail, or judge wrongly."""
    ready(book)
    faults = [one for one in proofread(book, load_vocabulary()) if one.severity is Severity.ERROR]
    if faults:
        raise StopError(
            "\n".join(f"{fault.where}: {fault.detail}" for fault in faults),
            "nothing was changed; `linkage rules check` says more",
        )
    return book


def _ask(book: RuleBook, *, as_json: bool) -> None:
    if as_json:
        raise StopError("nobody can be asked where JSON is wanted", "give --yes")
    in_force = wait_for(_in_force())
    before = in_force.version if in_force else "none"
    typer.confirm(f"Put {book.version} in force, over {before}?", abort=True)


async def _switch(book: RuleBook) -> Switched | None:
    async with main.rescreening(read_settings()) as (rescreening, _):
        try:
            return await rescreening.switch(book, _who())
        except TimeoutError:
            raise StopError(
                "somebody judges for too long: nothing was changed",
                "do it again, or wait longer for them: LINKAGE_DATABASE_TIMEOUT",
            ) from None


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in a container
        return "unknown"


def _switched_as_json(book: RuleBook, switched: Switched | None) -> Mapping[str, Any]:
    told: dict[str, Any] = {"switched": switched is not None, "rulebook": _name(book)}
    if switched is not None:
        before = switched.before
        told |= {
            "before": before and {"version": before.version, "digest": before.digest},
            "cases": switched.cases,
            "slices": switched.slices,
        }
    return told


def _name(book: RuleBook | CompiledRuleBook | BookName) -> Mapping[str, str]:
    return {"version": book.version, "digest": book.digest}


def progress(*, as_json: Json = False) -> None:
    """Show how far the register is judged by the book in force, and what came out otherwise."""
    found = wait_for(_progress())
    if as_json:
        say_json({"rescreening": found and _progress_as_json(found)})
    elif found is None:
        say("no rule book was switched yet: everything is judged by the one in force")
    else:
        _tell_progress(found)


async def _progress() -> RescreeningProgress | None:
    async with connected() as connection:
        return await PostgresRescreenings(connection).latest()


def _progress_as_json(found: RescreeningProgress) -> Mapping[str, Any]:
    return {
        "rulebook": _name(found.book),
        "started_at": found.started_at.isoformat(),
        "finished_at": found.finished_at and found.finished_at.isoformat(),
        "estimated_end": (end := found.estimated_end(datetime.now(UTC))) and end.isoformat(),
        "cases": found.cases,
        "slices": found.slices,
        "slices_left": found.slices_left,
        "screened": found.found.screened,
        "changed": found.found.changed,
        "differences": found.found.differences,
    }


def _tell_progress(found: RescreeningProgress) -> None:
    done = found.slices - found.slices_left
    say(f"{found.book.version}: {done} of {found.slices} parts, {found.found.screened} cases")
    if found.finished_at is not None:
        say(f"finished at {local(found.finished_at, seconds=True)}")
    elif end := found.estimated_end(datetime.now(UTC)):
        say(f"will be finished about {local(end, seconds=True)}")
    else:
        say("no part is done yet: is a worker running?")
    say_table(("what", "cases"), found.found.differences.items())


def foresee(old: str, new: str, limit: int, *, as_json: bool) -> bool:
    """Say what a book would change in the register, over another; gives whether anything."""
    books = ready(_named(old)), ready(_named(new))
    found = wait_for(_foresee(*books, limit))
    if as_json:
        names = dict(zip(("old", "new"), map(_name, books), strict=True))
        say_json({**names, **_foreseen_as_json(found)})
    else:
        _tell_foreseen(found)
        say(f"{books[0].version} → {books[1].version}: {found.looked_at} cases looked at")
    return bool(found.differences)


async def _foresee(old: CompiledRuleBook, new: CompiledRuleBook, limit: int) -> Foreseen:
    async with main.rescreening(read_settings()) as (_, foresight):
        with bar("register") as tell:
            return await foresight.of(old, new, limit, tell)


def _foreseen_as_json(found: Foreseen) -> Mapping[str, Any]:
    return {
        "cases": found.looked_at,
        "changed": found.changed,
        "conclusions": [
            {"from": before, "to": after, "cases": cases}
            for (before, after), cases in found.conclusions.most_common()
        ],
        "offences": [
            {"offence_code": offence, "from": before, "to": after, "cases": cases}
            for (offence, before, after), cases in found.offences.most_common()
        ],
        "leads": [
            {"detector": detector.value, "change": change.value, "leads": leads}
            for (change, detector), leads in found.leads.most_common()
        ],
        "first": [_case_as_json(case) for case in found.cases],
    }


def _case_as_json(case: ForeseenCase) -> Mapping[str, Any]:
    return {
        "agency": case.key.agency_code,
        "case_number": case.key.case_number,
        "from": case.before,
        "to": case.after,
        "offence_code": case.offence_code,
        "branch": case.branch,
        "article": case.article,
    }


def _tell_foreseen(found: Foreseen) -> None:
    tables: Sequence[tuple[Sequence[str], Sequence[Sequence[object]]]] = (
        (("from", "to", "cases"), [(*key, n) for key, n in found.conclusions.most_common()]),
        (
            ("offence", "from", "to", "cases"),
            [(*key, n) for key, n in found.offences.most_common()],
        ),
        (
            ("lead", "detector", "leads"),
            [(change.value, one.value, n) for (change, one), n in found.leads.most_common()],
        ),
        (
            ("agency", "case", "from", "to", "offence", "branch", "article"),
            [(*case.key, *case[1:]) for case in found.cases],
        ),
    )
    for columns, rows in tables:
        if rows:
            say_table(columns, rows)
            say()
