"""Where the words of a query stand in a text: any case, with or without accents, in any inflected form.

Pure. Follows the full-text index: lower case, accents removed, English stems (Porter), and no borders between
the characters of scripts that write without spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from host.core.stems import fold_text, stem_word
from host.core.text import UNSPACED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FIND_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_MARK = re.compile("[\u0300-\u036f]")
# Stemming is slow, so only words that begin like a word of the query are stemmed.
_BEGINNING = 3
_MOST_TERMS = 32
_MOST_MATCHES = 2000


@dataclass(frozen=True)
class WordSpan:
    """A piece of text that a query's word or phrase matches; `term` counts words first, then phrases."""

    start: int
    end: int
    term: int


class WordFinder:
    """Finds the words and phrases of one query in any number of texts."""

    def __init__(self, terms: Sequence[str], phrases: Sequence[str] = (), *, prefix: bool = False) -> None:
        """Prepare.

        Args:
            terms: words as typed; one with several parts ("three-day") is a phrase.
            phrases: words that must stand side by side.
            prefix: whether the last of `terms` may be the beginning of a word.
        """
        wanted = [*terms[:_MOST_TERMS], *phrases[:_MOST_TERMS]]
        self.count = len(wanted)
        self._stems: dict[str, int] = {}
        self._beginnings: list[tuple[str, int]] = []
        self._runs: list[tuple[re.Pattern[str], int]] = []
        begins: set[str] = set()
        for number, term in enumerate(wanted):
            words = _FIND_WORD.findall(fold_text(term))
            if len(words) != 1 or UNSPACED.search(term):
                if words:
                    gap = r"[\s\W_]{0,3}" if UNSPACED.search(term) else r"[\W_]{1,3}"
                    self._runs.append((re.compile(gap.join(map(_write_pattern, words))), number))
                continue
            word = _MARK.sub("", words[0])
            if prefix and number == len(terms) - 1:
                self._beginnings.append((word, number))
                begins.add(word[:_BEGINNING])
                continue
            stem = stem_word(word)
            self._stems.setdefault(stem, number)
            # The last letter of a stem may be another one in the word: "cri" for "cries" and "crying".
            begins.add(stem[: max(1, min(_BEGINNING, len(stem) - 1))])
        self._begins = [
            begin
            for begin in begins
            if not any(begin != other and begin.startswith(other) for other in begins)
        ]

    def find(self, text: str) -> list[WordSpan]:
        """The matches in `text`, in order and apart; of two that overlap the earlier, then the longer."""
        folded = fold_text(text)
        spans = [
            WordSpan(match.start(), match.end(), number)
            for pattern, number in self._runs
            for match in islice(pattern.finditer(folded), _MOST_MATCHES)
        ]
        spans.extend(islice(self._find_words(folded), _MOST_MATCHES))
        spans.sort(key=lambda span: (span.start, -span.end))
        apart: list[WordSpan] = []
        for span in spans:
            if not apart or span.start >= apart[-1].end:
                apart.append(span)
        return apart

    def _find_words(self, folded: str) -> Iterator[WordSpan]:
        # Looking for a few letters and then at the word around them is ten times quicker than a pattern.
        for begin in self._begins:
            at = folded.find(begin)
            while at >= 0:
                match = None if at and folded[at - 1].isalnum() else _FIND_WORD.match(folded, at)
                if match and (number := self._recognise(_MARK.sub("", match[0]))) is not None:
                    yield WordSpan(match.start(), match.end(), number)
                at = folded.find(begin, match.end() if match else at + 1)

    def _recognise(self, word: str) -> int | None:
        number = self._stems.get(stem_word(word)) if self._stems else None
        if number is None:
            number = next((number for begin, number in self._beginnings if word.startswith(begin)), None)
        return number


def _write_pattern(word: str) -> str:
    """A word of a phrase in any inflected form."""
    plain = _MARK.sub("", word)
    if UNSPACED.search(plain):
        return re.escape(plain)
    stem = stem_word(plain)
    shared = stem if plain.startswith(stem) else stem[:-1]
    return rf"(?<![^\W_]){re.escape(shared)}[^\W\d_]{{0,4}}(?![^\W_])"
