"""The piece of a page that shows why it was found, with the matches marked.

Pure. Highlights count UTF-16 units, as JavaScript does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from host.core.function_words import find_function_words, is_function_word
from host.search.word_spans import WordFinder, WordSpan

if TYPE_CHECKING:
    from collections.abc import Sequence

# Further down a page than this nothing is looked for: a snippet must cost less than a millisecond or two.
_SEARCHED_CHARACTERS = 60_000
_SPACES = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?…。！？]['\")\]”’»]*\s+|\n")
# What belongs to the character before it: accents, joiners, variation selectors, skin tones.
_CONTINUES = re.compile("[\u0300-\u036f\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
_PHRASE_VALUE = 4.0
_REPEAT_VALUE = 0.1
_ELLIPSIS = "…"

Spans = list[tuple[int, int]]


def make_snippet(
    text: str, terms: Sequence[str], phrases: Sequence[str], max_chars: int, *, prefix: bool = False
) -> tuple[str, Spans]:
    """The stretch of a text that holds most of what was asked for.

    Args:
        text: the text of a page or passage.
        terms: the words of the query; every inflected form of them is marked, function words are not.
        phrases: words that must stand side by side; worth more than single words.
        max_chars: the most characters of the snippet, at least 2.
        prefix: whether the last of `terms` may be the beginning of a word.

    Returns:
        (the snippet on one line, with an ellipsis where text was left out; [start, end) of each match in
        UTF-16 units, in order and apart). Without a match, the beginning of the text.
    """
    says_nothing = find_function_words(terms)
    terms = [term for term in terms if not is_function_word(term, says_nothing)]
    finder = WordFinder(terms, phrases, prefix=prefix)
    searched = text[:_SEARCHED_CHARACTERS]
    spans = finder.find(searched) if finder.count else []
    start = _choose_start(searched, spans, len(terms), max_chars)
    snippet = _cut(text, start, max_chars)
    return snippet, _to_utf16(snippet, finder.find(snippet)) if finder.count else []


def _choose_start(text: str, spans: Sequence[WordSpan], term_count: int, max_chars: int) -> int:
    """Where the best window begins: at the start of its first match's sentence when that is near."""
    if not spans:
        return 0
    # Room for the words before the first match, so that a person can read into it.
    room = max(1, max_chars * 3 // 4)
    first = _find_best(spans, term_count, room)
    begin, end = spans[first].start, spans[first].end
    for span in spans[first:]:
        if span.end - begin > room:
            break
        end = span.end
    earliest = max(0, end - max_chars + 2)
    lead = text[earliest:begin]
    breaks = list(_SENTENCE_END.finditer(lead))
    if breaks:
        return earliest + breaks[-1].end()
    if earliest == 0:
        return 0
    start = max(earliest, begin - max_chars // 4)
    space = text.find(" ", start, begin)
    return space + 1 if space >= 0 else start


def _find_best(spans: Sequence[WordSpan], term_count: int, room: int) -> int:
    """Index of the span that begins the window of `room` characters worth most; the earliest of equals."""
    counts: dict[int, int] = {}
    worth = best_worth = 0.0
    best = tail = 0

    def value(term: int, count: int) -> float:
        if count == 0:
            return 0.0
        return (1.0 if term < term_count else _PHRASE_VALUE) + _REPEAT_VALUE * min(count - 1, 3)

    for span in spans:
        count = counts.get(span.term, 0)
        counts[span.term] = count + 1
        worth += value(span.term, count + 1) - value(span.term, count)
        while span.end - spans[tail].start > room and spans[tail] is not span:
            left = spans[tail].term
            worth -= value(left, counts[left]) - value(left, counts[left] - 1)
            counts[left] -= 1
            tail += 1
        if worth > best_worth + 1e-9:
            best, best_worth = tail, worth
    return best


def _cut(text: str, start: int, max_chars: int) -> str:
    """At most `max_chars` characters from `start`, spaces made one, cut between words where one ends near."""
    # Runs of spaces shrink, so more than the limit may be needed; four times is enough for real text.
    piece = _SPACES.sub(" ", text[start : start + 4 * max_chars]).strip()
    begins = _ELLIPSIS if text[:start].strip() else ""
    room = max_chars - len(begins)
    if len(piece) <= room and not text[start + 4 * max_chars :].strip():
        return begins + piece
    cut = min(room - 1, len(piece))
    if cut < len(piece):
        space = piece.rfind(" ", 0, cut + 1)
        if space > cut * 3 // 4:
            cut = space
        while cut > 0 and (_CONTINUES.match(piece, cut) or piece[cut - 1] == "\u200d"):
            cut -= 1
    return begins + piece[:cut].rstrip() + _ELLIPSIS


def _to_utf16(text: str, spans: Sequence[WordSpan]) -> Spans:
    """Offsets in UTF-16 units, in which characters beyond the basic plane count twice."""
    if text.isascii():
        return [(span.start, span.end) for span in spans]
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if ord(character) > 0xFFFF else 1))
    return [(offsets[span.start], offsets[span.end]) for span in spans]
