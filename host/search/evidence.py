"""How much the words of a query can prove, and how much of it a page proves.

Pure numbers: no SQL, no text of pages. Rare words prove more than frequent ones (inverse document frequency,
as SQLite's FTS5 computes it in `bm25`), and a word that no page holds still counts as asked for: a page that
has half of what was asked for is half covered, however few pages have more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

# FTS5's constant: no word's share of a score exceeds its weight times k1 + 1.
_K1 = 1.2
# FTS5's floor for words on more than half of the pages.
_SMALLEST_WEIGHT = 1e-6
# Asking full text for more neighbours than this costs time and tells nothing new.
_MOST_PAIRS = 12


@dataclass(frozen=True)
class Evidence:
    """What the words of a query weigh.

    Attributes:
        weights: of each word, its inverse document frequency.
        ceiling: the largest BM25 that any page could have.
        strength: the square root of how many rarest-possible words they amount to. Independent hints add up
            as the square root of their number, so four rare words prove twice what one does.
    """

    weights: tuple[float, ...]
    ceiling: float
    strength: float


def weigh_word(page_count: int, holding: int) -> float:
    """The inverse document frequency of a word, as FTS5 computes it.

    Args:
        page_count: pages in the history.
        holding: pages that hold the word; 0 weighs as much as anything can.
    """
    return max(_SMALLEST_WEIGHT, math.log((page_count - holding + 0.5) / (holding + 0.5)))


def weigh_words(page_count: int, holding: Sequence[int]) -> Evidence:
    """What the words of a query weigh in a history.

    Args:
        page_count: pages in the history.
        holding: for each word, the pages that hold it.
    """
    page_count = max(1, page_count)
    weights = tuple(weigh_word(page_count, min(count, page_count)) for count in holding)
    total = sum(weights)
    return Evidence(weights, total * (_K1 + 1), math.sqrt(total / weigh_word(page_count, 0)))


def measure_coverage(evidence: Evidence, matched: Mapping[int, float]) -> float:
    """The share of the query's weight that a page holds, 0 to 1.

    Args:
        evidence: the words' weights.
        matched: by index of the word, how well the page matches it, 0 to 1 (a corrected spelling less).
    """
    total = sum(evidence.weights)
    if total <= 0:
        return 0.0
    return min(1.0, sum(evidence.weights[index] * credit for index, credit in matched.items()) / total)


def find_neighbours(says_nothing: Sequence[bool]) -> list[tuple[int, int]]:
    """Words that stand side by side in a query: (index, next index), at most twelve.

    Args:
        says_nothing: for each word of the query in its order, whether it is a function word; two of them side
            by side prove nothing.
    """
    pairs = [
        (index, index + 1)
        for index in range(len(says_nothing) - 1)
        if not (says_nothing[index] and says_nothing[index + 1])
    ]
    return pairs[:_MOST_PAIRS]


def measure_phrases(pair_weights: Sequence[float], found: Collection[int]) -> float:
    """The share of the neighbours of a query that stand side by side on a page too, 0 to 1.

    Args:
        pair_weights: of each pair of `find_neighbours`, the sum of its words' weights.
        found: indices of the pairs that the page holds.
    """
    total = sum(pair_weights)
    return sum(pair_weights[index] for index in set(found)) / total if total > 0 else 0.0
