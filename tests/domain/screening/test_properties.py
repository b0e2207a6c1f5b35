"""What holds for every case, whatever the facts."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.facts import FactType, PartialDate, PriorPenalty, load_vocabulary
from contracts.rulebook import Conclusion, load_rulebook
from service.domain.case_facts import CaseFacts
from service.domain.conditions import Clause
from service.domain.groups import Exit
from service.domain.rulebook import compile_rulebook
from service.domain.screening import ScreeningCase, screen
from tests.domain.screening.conftest import TODAY

BOOK = compile_rulebook(load_rulebook(), load_vocabulary())
WORDS = load_vocabulary()
READ = sorted({fact for offence in BOOK.offences for fact in offence.offence.facts()})
FACTS = [
    WORDS.get(name)
    for name in READ
    if WORDS.get(name).type not in {FactType.LIST, FactType.DATE, FactType.TEXT}
]
NUMBERS = [fact.name for fact in FACTS if fact.type.is_numeric]
RANK = {
    Conclusion.BELOW: 0,
    Conclusion.NEAR: 1,
    Conclusion.UNDETERMINED: 2,
    Conclusion.MEETS: 3,
}

# A busy machine must not fail a test.
unhurried = settings(deadline=None)

AMOUNTS = st.one_of(
    st.integers(0, 400_000),
    st.sampled_from([0, 1, 2, 3, 5, 10, 12, 20, 50, 100, 500, 1_000, 10_000, 50_000, 100_000]),
    st.decimals(0, 200_000, places=2),
)
DAYS = st.dates(date(2005, 1, 1), TODAY)


def _values(fact) -> st.SearchStrategy:
    if fact.type is FactType.BOOLEAN:
        return st.booleans()
    if fact.type is FactType.ENUM:
        return st.sampled_from(fact.values)
    return AMOUNTS if fact.type is not FactType.COUNT else st.integers(0, 300_000)


@st.composite
def penalties(draw) -> PriorPenalty:
    families = ["ip_trademark", "tobacco", "smuggling", "tax_evasion", "pollution", "other"]
    return PriorPenalty(effective_on=draw(DAYS), offence_family=draw(st.sampled_from(families)))


@st.composite
def cases(draw) -> ScreeningCase:
    offence = draw(st.sampled_from(BOOK.offences))
    own = [fact for fact in FACTS if fact.name in offence.offence.facts()]
    stated = draw(st.lists(st.sampled_from(own), unique_by=lambda fact: fact.name))
    facts = {fact.name: draw(_values(fact)) for fact in stated}
    return ScreeningCase(
        facts=facts,
        prior_penalties=draw(st.none() | st.lists(penalties(), max_size=3).map(tuple)),
        party_type=draw(st.sampled_from([None, "person", "unit"])),
        province=draw(st.sampled_from([None, "340000"])),
        conduct_on=draw(st.none() | DAYS.map(PartialDate.parse)),
        offence_codes=draw(st.sampled_from([(), (offence.row,)])),
    )


def _changed(case: ScreeningCase, **facts) -> ScreeningCase:
    stated = {name: value for name, value in (case.facts | facts).items() if value is not None}
    return ScreeningCase(
        facts=stated,
        prior_penalties=case.prior_penalties,
        party_type=case.party_type,
        province=case.province,
        conduct_on=case.conduct_on,
        offence_codes=case.offence_codes,
    )


def _verdicts(case: ScreeningCase) -> dict[str, tuple[Conclusion, Conclusion]]:
    findings = screen(case, BOOK, on=TODAY, explain=False).findings
    return {finding.row: (finding.conclusion, finding.conclusion_current) for finding in findings}


def _clauses(case: ScreeningCase) -> dict[object, bool | None]:
    """The truth of every leaf of every rule, whoever addresses it."""
    facts = CaseFacts(case, TODAY)
    truths = {}
    for offence in BOOK.offences:
        for version in offence.versions:
            for branch in version.branches:
                _collect(branch.rule.condition.clause(facts), truths)
    return truths


def _collect(clause: Clause, truths: dict[object, bool | None]) -> None:
    for child in clause.children:
        _collect(child, truths)
    if not clause.children:
        truths[clause.condition] = clause.truth


@unhurried
@given(cases(), st.data())
def test_larger_amount_never_takes_a_verdict_back(case, data):
    """What meets goes on meeting; with a known record nothing falls at all.

    (An unknown record steps back where another branch comes near, so there open may become near.)
    """
    numbers = [name for name in case.facts if name in NUMBERS]
    if not numbers:
        return
    name = data.draw(st.sampled_from(numbers))
    if name == "state_tax_loss" or "minimum_capital" in name:
        return  # a larger loss opens an exit again, a larger minimum another band
    more = _changed(case, **{name: case.facts[name] + data.draw(st.integers(1, 100_000))})
    before, after = _verdicts(case), _verdicts(more)
    known = case.prior_penalties is not None
    for row, verdicts in before.items():
        # An offence that only generic facts called up may step back behind one that is shown now.
        assert row in after or Conclusion.MEETS not in verdicts
        for old, new in zip(verdicts, after.get(row, verdicts), strict=True):
            assert RANK[new] >= RANK[old] or (not known and old is Conclusion.UNDETERMINED), row


@unhurried
@given(cases())
def test_amounts_mean_the_same_however_they_are_written(case):
    """50000, 50000.00 and 5E+4 are one number."""
    for write in (lambda n: Decimal(n).quantize(Decimal("0.01")), lambda n: Decimal(n).normalize()):
        facts = {name: write(n) if name in NUMBERS else n for name, n in case.facts.items()}
        assert _verdicts(_changed(case, **facts)) == _verdicts(case)


@unhurried
@given(cases(), st.randoms(use_true_random=False))
def test_order_of_facts_and_penalties_does_not_matter(case, random):
    names = list(case.facts)
    random.shuffle(names)
    shuffled = ScreeningCase(
        facts={name: case.facts[name] for name in names},
        prior_penalties=case.prior_penalties and tuple(reversed(case.prior_penalties)),
        party_type=case.party_type,
        province=case.province,
        conduct_on=case.conduct_on,
        offence_codes=case.offence_codes,
    )
    one, other = screen(case, BOOK, on=TODAY), screen(shuffled, BOOK, on=TODAY)
    assert [f.row for f in one.findings] == [f.row for f in other.findings]
    assert [(f.at_act[:-1], f.current[:-1]) for f in one.findings] == [
        (f.at_act[:-1], f.current[:-1]) for f in other.findings
    ]


@unhurried
@given(cases(), st.data())
def test_removed_fact_makes_clauses_unknown_never_false(case, data):
    """Only a sum, which uses the summands that are given, may go on without one of them."""
    if not case.facts:
        return
    name = data.draw(st.sampled_from(sorted(case.facts)))
    before, after = _clauses(case), _clauses(_changed(case, **{name: None}))
    for condition, truth in after.items():
        if name not in condition.facts:
            assert truth is before[condition]
        elif len(condition.facts) == 1:
            assert truth is None


@unhurried
@given(cases(), st.data())
def test_removed_fact_never_turns_below_into_meets(case, data):
    if not case.facts:
        return
    name = data.draw(st.sampled_from(sorted(case.facts)))
    before, after = _verdicts(case), _verdicts(_changed(case, **{name: None}))
    for row, verdicts in before.items():
        for old, new in zip(verdicts, after.get(row, verdicts), strict=True):
            if old is Conclusion.BELOW and name not in _exit_and_scope_facts(row):
                assert new is not Conclusion.MEETS, row


def _exit_and_scope_facts(row: str) -> set[str]:
    """Facts that may speak for the party: taking one away takes a defence away."""
    (offence,) = BOOK.named(row)
    rules = [branch.rule for version in offence.versions for branch in version.branches]
    exits = [part for rule in rules for part in rule.condition.children if isinstance(part, Exit)]
    scope = () if offence.scope is None else offence.scope.facts
    return {fact for part in exits for fact in part.facts} | set(scope)


@unhurried
@given(cases())
def test_more_lenient_verdict_governs(case):
    """So a later, stricter version never reaches back, and a later, milder one always helps."""
    for finding in screen(case, BOOK, on=TODAY, explain=False).findings:
        ranks = [RANK[finding.conclusion], RANK[finding.conclusion_current]]
        assert RANK[finding.governing.conclusion] == min(ranks)


@unhurried
@given(cases(), DAYS)
def test_law_of_the_act_does_not_depend_on_today(case, today):
    if case.conduct_on is None:
        return
    then = {row: old for row, (old, _) in _verdicts(case).items()}
    findings = screen(case, BOOK, on=today, explain=False).findings
    for finding in findings:
        assert finding.conclusion is then.get(finding.row, finding.conclusion)


@unhurried
@given(cases())
def test_explanation_changes_no_verdict(case):
    told = screen(case, BOOK, on=TODAY).findings
    short = screen(case, BOOK, on=TODAY, explain=False).findings
    assert [(f.row, f.at_act[:-1], f.current[:-1]) for f in told] == [
        (f.row, f.at_act[:-1], f.current[:-1]) for f in short
    ]
