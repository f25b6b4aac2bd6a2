"""The nearest known spelling of a word that no page holds.

Pure: the words that are known come from the caller. Distance counts inserted, dropped, changed and swapped
letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4
_LONG = 8
_KEPT = 50


def allow_edits(word: str) -> int:
    """How many wrong letters a word may have: none below four letters, one below eight, else two."""
    if len(word) < SHORTEST:
        return 0
    return 1 if len(word) < _LONG else 2


def correct(word: str, vocabulary: Iterable[str] | Mapping[str, int]) -> str | None:
    """The known word that was most likely meant.

    Args:
        word: what was typed, case-folded (and stemmed, where the vocabulary is).
        vocabulary: known words, with the number of pages that hold each where that is known. Those that begin
            with the same letter are enough: people get the first letter right nearly always.

    Returns:
        the nearest word, among equally near ones the most frequent, then the one that shares the longest
        beginning; None when nothing is near enough, or when the word is no plain word or is known.
    """
    limit = allow_edits(word)
    if not limit or not word.isalpha():
        return None
    counts = vocabulary if isinstance(vocabulary, Mapping) else dict.fromkeys(vocabulary, 1)
    if word in counts:
        return None
    possible = [known for known in counts if abs(len(known) - len(word)) <= limit and known.isalpha()]
    near = process.extract(word, possible, scorer=OSA.distance, score_cutoff=limit, limit=_KEPT)
    if not near:
        return None
    best = min(near, key=lambda hit: (hit[1], -counts[hit[0]], -_shared_beginning(word, hit[0]), hit[0]))
    return str(best[0])


def _shared_beginning(one: str, other: str) -> int:
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return length
