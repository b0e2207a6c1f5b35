"""`linkage rules check | show | diff | test | switch | progress`: for people who keep the rule book."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from adapters.cli import rules_register
from adapters.cli.app import new_app
from adapters.cli.books import Book, Provinces, find_book, folder_of, ready
from adapters.cli.output import FAILED, Json, StopError, guarded, say, say_json
from contracts.facts import load_vocabulary
from contracts.rulebook import RuleBook
from contracts.rulebook_files import faults_of_folder
from service.domain.article_text import article_as_text
from service.domain.articles import Articles
from service.domain.book_faults import BookFault, Severity
from service.domain.differences import Difference, differences
from service.domain.examples import is_withheld
from service.domain.phrases import TRUTHS, Language
from service.domain.proofreading import proofread
from service.domain.rulebook import CompiledRuleBook
from service.domain.trials import Trial, trials_of
from service.domain.working_days import SHANGHAI

app = new_app(help="Check, show, compare, try and switch the filing standards.")
app.command()(guarded(rules_register.switch))
app.command()(guarded(rules_register.progress))

Named = Annotated[
    str | None,
    typer.Argument(metavar="[BOOK]", help="A folder, a file or a digest; ours if absent."),
]


@app.command()
@guarded
def check(book: Named = None, *, as_json: Json = False) -> None:
    """Proofread a rule book: schema, history, facts, units, dead branches, examples.

    The exit code is 1 if there is an error; warnings leave it at 0.
    """
    found, faults = _examined(book)
    failed = any(fault.severity is Severity.ERROR for fault in faults)
    if as_json:
        told = {"sound": not failed, "faults": [asdict(fault) for fault in faults]}
        say_json({**_size(found), **told})
    else:
        _tell_faults(found, faults)
    raise typer.Exit(FAILED if failed else 0)


def _examined(name: str | None) -> tuple[RuleBook | None, list[BookFault]]:
    """The book, if it can be read at all, and what is wrong with it."""
    folder = folder_of(name)
    unread = faults_of_folder(folder) if folder is not None else []
    if unread:
        return None, [BookFault(f"{one.file}{one.pointer}", "schema", one.detail) for one in unread]
    found = find_book(name)
    return found, proofread(found, load_vocabulary())


def _tell_faults(found: RuleBook | None, faults: Sequence[BookFault]) -> None:
    for fault in faults:
        say(f"{fault.severity:>7}  {fault.where}: {fault.detail} ({fault.code})")
    if found is None:
        say("the book cannot be read")
        return
    size = _size(found)
    counted = ", ".join(f"{size[name]} {name}" for name in ("offences", "branches", "editions"))
    say(f"{found.version} {found.digest}: {counted}, {len(faults)} faults")


def _size(book: RuleBook | None) -> Mapping[str, Any]:
    if book is None:
        return {"rulebook": None}
    branches = [branch for offence in book.offences for branch in offence.branches]
    return {
        "rulebook": {"version": book.version, "digest": book.digest},
        "offences": len(book.offences),
        "branches": len(branches),
        "editions": sum(len(branch.editions) for branch in branches),
    }


@app.command()
@guarded
def show(
    offence: Annotated[str, typer.Argument(help="An offence (CL-214) or one row of it (M13).")],
    *,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As in force on this day; today if absent."),
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language of the text.")] = Language.ZH,
    rulebook: Book = None,
    provinces: Provinces = None,
    as_json: Json = False,
) -> None:
    """Show an offence as in force on a day: branches, numbers, documents, marks, doubts, history."""
    articles = Articles(ready(find_book(rulebook), provinces))
    day = datetime.now(SHANGHAI).date() if on is None else on.date()
    try:
        view = articles.offence(offence, day)
    except KeyError:
        raise StopError(
            f"the rule book has no offence {offence}",
            "offences are named like CL-214, rows like M13: contracts/rulebook/TABLE.md has all",
        ) from None
    if as_json:
        say_json(view.model_dump(mode="json"))
    else:
        say(article_as_text(view, lang))


@app.command()
@guarded
def diff(
    old: Annotated[
        str,
        typer.Argument(
            help="A folder, a file, a digest, or `ours`; with --register `in-force` too."
        ),
    ],
    new: Annotated[str, typer.Argument(help="Another one.")],
    *,
    lang: Annotated[Language, typer.Option(help="Language of the text.")] = Language.ZH,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where the books differ.")
    ] = False,
    register: Annotated[
        bool, typer.Option("--register", help="Say what it changes in the register instead.")
    ] = False,
    limit: Annotated[int, typer.Option(min=0, help="With --register: cases that are named.")] = 20,
    as_json: Json = False,
) -> None:
    """Compare two rule books: added, removed and changed offences, branches and numbers.

    With --register both judge every case of the register, and nothing is written. The exit code is 0
    whether they differ or not, unless --exit-code is given.
    """
    if register:
        differ = rules_register.foresee(old, new, limit, as_json=as_json)
        raise typer.Exit(FAILED if differ and exit_code else 0)
    books = find_book(old), find_book(new)
    try:
        found = differences(*books, load_vocabulary())
    except ValueError as error:
        raise StopError(str(error), "`linkage rules check` says more") from error
    if as_json:
        names = [{"version": one.version, "digest": one.digest} for one in books]
        told = [_difference_as_json(one) for one in found]
        say_json({"old": names[0], "new": names[1], "differences": told})
    else:
        for one in found:
            say(_difference_as_text(one, lang))
        say(f"{books[0].version} → {books[1].version}: {len(found)}")
    raise typer.Exit(FAILED if found and exit_code else 0)


def _difference_as_json(one: Difference) -> Mapping[str, Any]:
    was, now = (said.model_dump() if said is not None else None for said in (one.was, one.now))
    return {"kind": one.kind, "where": one.where, "what": one.what, "was": was, "now": now}


def _difference_as_text(one: Difference, lang: Language) -> str:
    sides = (getattr(said, lang) for said in (one.was, one.now) if said is not None)
    return f"{one.kind:>7}  {one.where} {one.what}: {' → '.join(sides)}"


@app.command("test")
@guarded
def try_rules(book: Named = None, *, as_json: Json = False) -> None:
    """Try every branch from both sides of its limits, with cases made from the rules.

    The exit code is 1 if a case comes out otherwise than its rule says.
    """
    compiled = ready(find_book(book))
    trials = list(trials_of(compiled))
    failed = [trial for trial in trials if not trial.passes]
    counts = {
        "branches": len({(trial.row, trial.branch.id) for trial in trials}),
        "rules": len({trial.branch.rule for trial in trials}),
        "trials": len(trials),
        "withheld": list(_withheld(compiled)),
    }
    if as_json:
        book_name = {"version": compiled.version, "digest": compiled.digest}
        told = [_trial_as_json(trial) for trial in failed]
        say_json({"rulebook": book_name, **counts, "failed": told})
    else:
        _tell_trials(failed, counts)
    raise typer.Exit(FAILED if failed else 0)


def _withheld(book: CompiledRuleBook) -> Iterator[str]:
    for offence in book.offences:
        for branch in offence.versions[-1].branches:
            if is_withheld(branch.rule.condition):
                yield f"{offence.row}.{branch.id}"


def _trial_as_json(trial: Trial) -> Mapping[str, Any]:
    return {
        "branch": trial.name,
        "limit_of": trial.leaf.facts,
        "side": trial.side,
        "party": trial.party,
        "facts": trial.draft.facts,
        "expected": sorted(TRUTHS[truth] for truth in trial.expected),
        "found": TRUTHS[trial.truth()],
    }


def _tell_trials(failed: Sequence[Trial], counts: Mapping[str, Any]) -> None:
    for trial in failed:
        told = _trial_as_json(trial)
        say(f"FAILED  {trial.name} {'+'.join(trial.leaf.facts)}, {trial.side}: {told['found']}")
        say(f"        expected {' or '.join(told['expected'])} of {dict(trial.draft.facts)}")
    withheld = ", ".join(counts["withheld"])
    say(f"{counts['trials']} cases of {counts['branches']} branches: {len(failed)} failed")
    if withheld:
        say(f"not tried, since their numbers are not known yet: {withheld}")
