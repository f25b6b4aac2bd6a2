"""Function words of a query."""

from __future__ import annotations

import pytest

from host.core.function_words import find_function_words, find_languages, is_function_word


def content(query: str) -> list[str]:
    words = query.split()
    found = find_function_words(words)
    return [word for word in words if not is_function_word(word, found)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("What is the capital of Canada?", ["capital", "Canada?"]),
        ("Wann war die Schlacht bei Leipzig", ["Schlacht", "Leipzig"]),
        ("¿Cuántos jugadores tiene el equipo?", ["jugadores", "equipo?"]),
        ("где находится самый большой музей", ["находится", "самый", "большой", "музей"]),
        ("quelle est la capitale du Canada", ["capitale", "Canada"]),
    ],
)
def test_questions_are_reduced_to_what_they_are_about(query: str, expected: list[str]) -> None:
    assert content(query) == expected


@pytest.mark.parametrize(
    "query",
    ["vietnam war", "die cast", "hat", "north sea", "oxy pure delhi", "who", "to be or not to be", ""],
)
def test_words_are_kept_where_they_may_be_what_is_looked_for(query: str) -> None:
    assert content(query) == query.split()


def test_a_word_of_another_language_is_kept_once_the_language_is_clear() -> None:
    assert content("who won the world war") == ["won", "world", "war"]


def test_the_language_is_that_of_most_function_words() -> None:
    assert find_languages(["wann", "wurde", "die", "Brücke", "über", "den", "Fluss", "gebaut"]) == ("de",)
    assert find_languages(["when", "was", "the", "bridge", "opened"]) == ("en",)
    assert find_languages(["bridge", "1878"]) == ()
