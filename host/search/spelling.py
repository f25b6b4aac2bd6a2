"""INTERIM by the lead: replace wholesale (owner: ranking developer)."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein


def correct(word: str, vocabulary: Sequence[str]) -> str | None:
    """The nearest word."""
    found = process.extractOne(word, vocabulary, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=0.7)
    return found[0] if found else None
