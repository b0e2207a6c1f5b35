"""Searching: what is found by which words, and that width, case and punctuation say nothing."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.searching import LONGEST, folded, question, tokens_of

_TEXT = st.text(st.sampled_from("某食品店销售AaＢb12（〔3〕〇 .-"), max_size=30)


def is_found(query: str, texts: list[str], numbers: list[str] | None = None) -> bool:
    return tokens_of(texts, numbers or []).issuperset(question(query).pairs)


def test_one_character_is_enough() -> None:
    assert is_found("电", ["某某食品店销售不合格电线案"])
    assert not is_found("药", ["某某食品店销售不合格电线案"])


def test_words_may_stand_in_different_fields_and_in_any_order() -> None:
    assert is_found("张三 电线", ["销售不合格电线案", "张三"])
    assert not is_found("线张", ["销售不合格电线", "张三"])


def test_width_case_spaces_and_punctuation_say_nothing() -> None:
    assert folded("示市监案〔2026〕１号") == folded("示市监案（2026）1 号") == "示市监案20261号"
    assert question("ABC").pairs == question("ａｂｃ").pairs == ("ab", "bc")


def test_number_is_found_whole_and_not_by_its_pieces_alone() -> None:
    found = tokens_of([], ["9133-0000 0000 0000 01"])
    assert question("9133000000000000 01").number in found
    assert question("913300000000000001").number in found
    assert question("9133").number not in found
    assert not found.issuperset(question("9133").pairs)


def test_question_of_nothing_is_empty() -> None:
    assert question("  （） ").is_empty
    assert question("").is_empty
    assert not question("案").is_empty


def test_long_question_is_cut() -> None:
    assert len(question("案" * 5 + "件款项" * 1000).pairs) < LONGEST


@given(_TEXT)
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(_TEXT, st.data())
def test_every_piece_of_a_text_finds_it(text: str, data: st.DataObject) -> None:
    plain = folded(text)
    start = data.draw(st.integers(0, len(plain)))
    end = data.draw(st.integers(start, len(plain)))
    assert is_found(plain[start:end], [text])
