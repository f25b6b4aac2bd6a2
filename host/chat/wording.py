"""The words of a question or a sentence, as the full-text index knows them. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from host.core.function_words import find_function_words, find_languages, is_function_word
from host.core.stems import fold_text, stem_word
from host.core.text import UNSPACED, split_unspaced

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n]['\"“”»)\]]*\s+|``\s*|[\"“„«(]\s*)$")
_NEGATED = re.compile(r"n't\b")
_NEGATIONS = Path(__file__).with_name("negations.json")
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


def denies(text: str) -> bool:
    """Whether a sentence says that something is not so, in a language of negations.json."""
    words = _NEGATED.sub(r" \g<0>", text.lower().replace("’", "'")).split()
    bare = {word.strip('.,;:!?¡¿"()[]`') for word in words}
    known = _read_negations()
    return any(not bare.isdisjoint(known.get(language, ())) for language in find_languages(words)[:1])


@cache
def _read_negations() -> dict[str, frozenset[str]]:
    data = json.loads(_NEGATIONS.read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in data.items()}
