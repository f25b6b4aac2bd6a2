"""The words of a question or a sentence, as the full-text index knows them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from host.core.text import UNSPACED, split_unspaced
from host.search.function_words import find_function_words, is_function_word
from host.search.word_spans import fold_text, stem_word

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n]['\"“”»)\]]*\s+|``\s*|[\"“„«(]\s*)$")
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True)
class Wording:
    """What a text is made of.

    Attributes:
        stems: of every word that says something, in order, with repetitions.
        numbers: those in it, without separators of thousands.
        names: stems of words with a capital letter that do not begin a sentence.
    """

    stems: tuple[str, ...]
    numbers: frozenset[str]
    names: frozenset[str]


def read_wording(text: str) -> Wording:
    """Take a text apart."""
    found = [(match.start(), _POSSESSIVE.sub("", match[0])) for match in _WORD.finditer(text)]
    words = [word for _, word in found]
    silent = find_function_words(words)
    stems: list[str] = []
    names: set[str] = set()
    for start, word in found:
        if is_function_word(word, silent) or (len(word) == 1 and word.isascii() and not word.isdigit()):
            continue
        own = [fold_stem(piece) for piece in split_unspaced(word)]
        stems += own
        if word[0].isupper() and not _SENTENCE_START.search(text, max(0, start - 8), start):
            names.update(own)
    return Wording(tuple(stems), find_numbers(text), frozenset(names))


def find_numbers(text: str) -> frozenset[str]:
    """The numbers of a text, without what separates thousands: "1,200" and "1200" are the same."""
    if not _DIGIT.search(text):
        return frozenset()
    return frozenset(re.sub(r"[.,](?=\d{3}(?:\D|$))", "", match[0]) for match in _NUMBER.finditer(text))


@lru_cache(maxsize=16384)
def fold_stem(word: str) -> str:
    """The stem of a word in lower case, without accents."""
    folded = fold_text(word)
    return folded if UNSPACED.search(folded) else stem_word(folded)
