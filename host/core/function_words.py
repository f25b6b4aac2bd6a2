"""Words that every text of a language is full of: "the", "wie", "por". They say nothing about one page.

Pure. A question's "what" is rare on pages, so counting pages alone would take it for the word that matters.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PUNCTUATION = ".,;:!?¿¡'’\"()[]"
_FILE = Path(__file__).with_name("function_words.json")


@cache
def _read_lists() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    lists = {language: frozenset(words.split()) for language, words in data["languages"].items()}
    return lists, frozenset(data["also_content"].split())


def find_function_words(words: Sequence[str]) -> frozenset[str]:
    """Those of a query's words that carry no content, in the language that the query seems to be in.

    A word such as "war" or "die" is a function word in one language and content in another. It never decides
    which language a query is in, and is left out only when other words have decided.

    Args:
        words: the words of the query, in any case.

    Returns:
        the function words among them, case-folded; none when nothing else would be left.
    """
    lists, _ = _read_lists()
    folded = frozenset(_fold(word) for word in words)
    spoken = frozenset[str]().union(*(lists[language] for language in find_languages(words)))
    return frozenset() if folded - {""} <= spoken else folded & spoken


def find_languages(words: Sequence[str]) -> tuple[str, ...]:
    """The languages that most of the words' function words belong to; several that are even, or none.

    Args:
        words: in any case.

    Returns:
        two-letter codes.
    """
    lists, also_content = _read_lists()
    folded = frozenset(_fold(word) for word in words)
    counts = {language: len((folded & known) - also_content) for language, known in lists.items()}
    most = max(counts.values())
    return tuple(language for language, count in counts.items() if count == most) if most else ()


def read_function_words(language: str) -> frozenset[str]:
    """Every function word that is known of a language, case-folded; none of one that is not known."""
    return _read_lists()[0].get(language, frozenset())


@cache
def read_all_function_words() -> frozenset[str]:
    """Those of all languages together, case-folded."""
    return frozenset().union(*_read_lists()[0].values())


def is_function_word(word: str, found: frozenset[str]) -> bool:
    """Whether `word` is among those that `find_function_words` found."""
    return _fold(word) in found


def _fold(word: str) -> str:
    return word.casefold().strip(_PUNCTUATION)
