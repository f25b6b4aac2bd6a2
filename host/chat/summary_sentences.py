"""The one or two sentences of a page that say best what it is about. Pure, and for any language.

A sentence is worth what it has in common with the others (its centrality), what it has in common with the
title, and its place: writers put first what matters most. Where the first sentences are about something else,
as those of a menu or a notice are, the first two outweigh the place. The weights were found on one half of a
set of pages and checked on the other; see docs/decisions/summaries.md.

Centrality is degree centrality of the graph of sentences: Erkan and Radev, LexRank, JAIR 22 (2004), section
3.1, with cosines of sentence vectors instead of words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from host.chat.cleaning import clean_passage, clean_statement
from host.chat.sentences import split_sentences
from host.core.text import UNSPACED, clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# The widest summary, in letters; characters of Chinese and the like are two letters wide.
WIDEST = 240
# A single sentence may be a little wider: it is cut, since the best one often is the longest.
WIDEST_SENTENCE = 320
NARROWEST_SENTENCE = 30
# How many sentences are compared: those at the beginning, and as many more from all over the rest.
FIRST, SPREAD = 24, 16
_READ_CHARACTERS = 200_000

_PLACE_WEIGHT = 0.6
_TITLE_SHARE = 0.5
_SAME_PENALTY = 0.3
_NEIGHBOUR_BONUS = 0.2
_QUOTE_PENALTY = 0.15
# A second sentence is better left out than one that says little.
_SECOND_LEAST = 0.6
_SAME_AS_TITLE = 0.97
_OUT = 10.0

_END = re.compile(r"[.!?…。！？।۔።։][\"'”’»)\]）」』]*$")
_CRUMBS = re.compile(r"[|©®›•→▸▼]|\s[/>·»]\s.*\s[/>·»]\s|(?:^|\s)@\w|#\w+\s+#\w")
_WIDE_ENDS = ("。", "！", "？", "」", "』")
_QUOTED = re.compile(r"^[\"“”„«‘「『]")
_WORD = re.compile(r"\w+")
_MOST_CAPITALS, _MOST_DIGITS, _MOST_COMMAS = 0.7, 0.3, 0.34
_FEW_WORDS = 6


def find_candidates(text: str, language: str | None = None) -> list[str]:
    """Sentences of a page that may stand for it, in order: whole, neither too short nor too long, no crumbs.

    Args:
        text: the page's.
        language: ISO 639 code of it.

    Returns:
        each on one line, without addresses and markup. Where no sentence ends as one, as in scripts without
        full stops and in lists, whatever is long enough.
    """
    stretches = split_sentences(clean_passage(text[:_READ_CHARACTERS]), language)
    lines = [clean_line(clean_statement(stretch.text)) for stretch in stretches]
    lines = [line for line in dict.fromkeys(lines) if _is_telling(line)]
    whole = [line for line in lines if _END.search(line)]
    return _spread(whole or lines)


def choose_summary(
    candidates: Sequence[str],
    vectors: NDArray[np.float32],
    title_vector: NDArray[np.float32] | None = None,
    widest: int = WIDEST,
) -> str:
    """The best sentence, and a second one where there is room and it has something to add.

    Args:
        candidates: at least one sentence, in the order of the page.
        vectors: of them, float32 of shape (len(candidates), dimensions), each row of length 1.
        title_vector: of the page's title, of shape (dimensions,); None when it has none.
        widest: the most letters.

    Returns:
        sentences of the page in its order; the only one is cut at a word when it is too wide.
    """
    relevance = _measure_relevance(vectors, title_vector)
    places = 1.0 / (1.0 + np.arange(len(candidates)))
    quoted = np.array([bool(_QUOTED.match(line)) for line in candidates])
    scores = relevance + _PLACE_WEIGHT * places - _QUOTE_PENALTY * quoted
    if title_vector is not None:
        # The title stands above the summary already.
        scores[vectors @ title_vector > _SAME_AS_TITLE] -= _OUT
    first = int(np.argmax(scores))
    second = _find_second(candidates, vectors, scores, relevance, first, widest)
    chosen = [first] if second is None else sorted((first, second))
    return _cut(_join([candidates[index] for index in chosen]), widest)


def measure_width(text: str) -> int:
    """How wide a text is in letters: a character of a script without spaces counts two."""
    return len(text) if text.isascii() else len(text) + len(UNSPACED.findall(text))


def _measure_relevance(
    vectors: NDArray[np.float32], title_vector: NDArray[np.float32] | None
) -> NDArray[np.float64]:
    """Of each sentence, 0 for the least relevant of the page to 1."""
    near = np.clip(vectors @ vectors.T, 0.0, None).astype(np.float64)
    np.fill_diagonal(near, 0.0)
    centrality = _stretch(near.sum(axis=1))
    if title_vector is None:
        return centrality
    title = _stretch(np.clip(vectors @ title_vector, 0.0, None).astype(np.float64))
    return (1.0 - _TITLE_SHARE) * centrality + _TITLE_SHARE * title


def _find_second(
    candidates: Sequence[str],
    vectors: NDArray[np.float32],
    scores: NDArray[np.float64],
    relevance: NDArray[np.float64],
    first: int,
    widest: int,
) -> int | None:
    room = widest - measure_width(candidates[first]) - 1
    best, best_score = None, -_OUT / 2
    for index, line in enumerate(candidates):
        if index == first or measure_width(line) > room or relevance[index] < _SECOND_LEAST:
            continue
        score = float(scores[index] - _SAME_PENALTY * (vectors[index] @ vectors[first]))
        if abs(index - first) == 1:
            score += _NEIGHBOUR_BONUS
        if score > best_score:
            best, best_score = index, score
    return best


def _stretch(values: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high - low > 1e-6 else np.ones_like(values)


def _is_telling(line: str) -> bool:
    """Whether a line can be a sentence that says something: no crumbs, no table row, no list of names."""
    if not NARROWEST_SENTENCE <= measure_width(line) <= WIDEST_SENTENCE or _CRUMBS.search(line):
        return False
    letters = sum(character.isalpha() for character in line)
    digits = sum(character.isdigit() for character in line)
    words = _WORD.findall(line)
    capitals = sum(word[0].isupper() for word in words)
    many = len(words) >= _FEW_WORDS
    return (
        letters > 0
        and digits <= _MOST_DIGITS * (letters + digits)
        and not (many and capitals > _MOST_CAPITALS * len(words))
        and not (many and line.count(",") > _MOST_COMMAS * len(words))
    )


def _join(sentences: Sequence[str]) -> str:
    """Sentences side by side, with a space between them where their script has any."""
    joined = ""
    for sentence in sentences:
        spaced = joined and not joined.endswith(_WIDE_ENDS)
        joined += f" {sentence}" if spaced else sentence
    return joined


def _spread(lines: list[str]) -> list[str]:
    rest = lines[FIRST:]
    if len(rest) <= SPREAD:
        return lines
    places = np.linspace(0, len(rest) - 1, SPREAD).round().astype(int)
    return lines[:FIRST] + [rest[place] for place in places]


def _cut(text: str, widest: int) -> str:
    if measure_width(text) <= widest:
        return text
    room = widest - 1
    end = 0
    for end, character in enumerate(text):  # noqa: B007 - read below
        room -= measure_width(character)
        if room < 0:
            break
    cut = text[:end]
    space = cut.rfind(" ")
    if space > len(cut) // 2:
        cut = cut[:space]
    return cut.rstrip(" ,;:-–—") + "…"
