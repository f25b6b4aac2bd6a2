"""Words, numbers and names of a text, and whether it denies."""

from __future__ import annotations

import pytest

from host.chat.wording import denies, find_numbers, read_wording


def test_words_that_say_nothing_are_left_out_and_forms_of_a_word_are_one() -> None:
    assert read_wording("The ferries were carrying the cars").stems == read_wording("ferry carries car").stems


def test_accents_and_case_do_not_matter() -> None:
    assert read_wording("KRÜGER").stems == read_wording("kruger").stems


def test_names_have_a_capital_within_a_sentence() -> None:
    names = read_wording("Bridges were opened by Anna Krüger. Nobody from Leeds came.").names
    assert names == {"anna", "kruger", "leed"}


def test_a_possessive_is_the_name_itself() -> None:
    assert read_wording("in Anna's house").names == {"anna"}


@pytest.mark.parametrize("written", ["1,200", "1200", "1.200"])
def test_thousands_are_the_same_however_they_are_written(written: str) -> None:
    assert find_numbers(f"{written} tons") == {"1200"}


def test_decimals_stay() -> None:
    assert find_numbers("3.5 and 17,8 but not v") == {"3.5", "17,8"}


def test_scripts_without_spaces_have_words_too() -> None:
    assert set(read_wording("東京駅").stems) == {"東京", "京駅"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bridge is not open to lorries.", True),
        ("The bridge isn't open.", True),
        ("It did n't open .", True),
        ("Die Brücke ist für Lastwagen nicht offen.", True),
        ("El puente no está abierto a los camiones.", True),
        ("The bridge is open to lorries.", False),
        ("The sin of the miller was his greed.", False),
        ("", False),
    ],
)
def test_a_denial_is_known_in_its_language(text: str, expected: bool) -> None:
    assert denies(text) is expected
