"""Which untreated acts add up: each rule is of families, numbers and articles that exist."""

from contracts import causes, cumulation
from contracts.facts import load_vocabulary

RULES = cumulation.load()

BY_LAW = {
    "product_quality": None,
    "tobacco": None,
    "smuggling": None,
    "tax_evasion": None,
    "ip_trademark": None,
    "ip_patent": None,
    "ip_copyright": None,
    "forest_land": None,
    "timber_felling": None,
    "mining": 2,
    "wildlife": 2,
    "fishing": 2,
    "black_soil": 2,
    "land_use_right_transfer": 1,
}


def test_families_and_windows_are_those_of_the_articles() -> None:
    """G9: goods, smuggling, tax, IP and forest without a window; two years, and one for land."""
    assert {family: rule.within_years for family, rule in RULES.items()} == BY_LAW


def test_what_adds_up_is_a_number_of_the_vocabulary() -> None:
    vocabulary = load_vocabulary()
    for rule in RULES.values():
        assert rule.facts
        assert all(vocabulary.get(name).type.is_numeric for name in rule.facts)


def test_every_rule_has_its_basis_and_no_family_two_rules() -> None:
    assert all(rule.basis and rule.mark == "V" for rule in RULES.values())
    named = [family for rule in {*RULES.values()} for family in rule.families]
    assert sorted(named) == sorted(RULES)


def test_cause_of_a_family_that_adds_up_asks_for_a_number_that_does() -> None:
    """Else a sum would be lost without anyone being asked for it."""
    for row in causes.load().rows:
        if rule := RULES.get(row.family):
            assert {name for group in row.groups for name in group} & {*rule.facts}, row.words
