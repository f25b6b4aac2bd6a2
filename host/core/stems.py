"""Words as the full-text index knows them: lower case, accents removed, English stems (Porter). Pure."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("porter")


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0].lower()
    return base if len(base) == 1 else letter


def fold_text(text: str) -> str:
    """The text in lower case and without accents, of the same length, so that offsets stay."""
    folded = text.lower()
    if folded.isascii():
        return folded
    if len(folded) != len(text):
        folded = "".join(map(_fold_letter, text))
    for letter in set(folded):
        if (base := _fold_letter(letter)) != letter:
            folded = folded.replace(letter, base)
    return folded


@lru_cache(maxsize=4096)
def stem_word(word: str) -> str:
    """The stem that full text knows a word by (Porter 1980, as in FTS5)."""
    return str(_STEMMER.stemWord(word))
