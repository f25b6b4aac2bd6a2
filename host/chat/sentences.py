"""Sentences of a text, each as it stands there.

The splitting is `sentencex`'s, which knows the abbreviations of many languages. What is done here is what
text of the web needs beside it: a line is the end of a sentence where the next one does not go on, a number
of a list or another scrap belongs to what stands beside it, and a table without full stops does not become
one sentence as long as itself. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import sentencex

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 600
# Fewer letters and digits than this say nothing by themselves: "1.", "e.g.", "No."
_SCRAP = 4
_LINE = re.compile(r"\n+")
_LETTER = re.compile(r"[^\W_]")
# What stands before an item of a list.
_NUMBERING = re.compile(r"\s*(?:\(?(?:\d{1,3}|[A-Za-z])[.)]|[•*–-])\s*")
# A letter and its point, as in "z. B.". Thai has no spaces before the word, and three letters at most.
_INITIAL = r"(?:(?<![^\W_])[^\W\d_]|[\u0e01-\u0e2e])\."
_ENDS_INITIAL, _BEGINS_INITIAL = re.compile(rf"{_INITIAL}\s*$"), re.compile(rf"\s*{_INITIAL}")
_ABBREVIATED = re.compile(rf"{_INITIAL}\s?{_INITIAL}\s*$|(?:^|[\s(.])[\u0e01-\u0e2e]{{1,3}}\.\s*$")
_TAIL = 16
# Where an overlong sentence may be cut, the best place first.
_BREAKS = (re.compile(r"[;:。！？]\s*"), re.compile(r"[,，、]\s*"), re.compile(r"\s+"))
_ENDS = (".", "!", "?", "…", "。", "！", "？", ":", ";", "”", '"', "»", ")")


@dataclass(frozen=True)
class Stretch:
    """A sentence of a text.

    Attributes:
        start: offset of its first character in the text.
        end: offset behind its last.
        text: what stands between.
    """

    start: int
    end: int
    text: str


def split_sentences(text: str, language: str | None = None) -> tuple[Stretch, ...]:
    """The sentences of a text, in order and apart; only white space stands between them.

    Args:
        text: any text.
        language: ISO 639 code of its language, English if that is unknown.

    Returns:
        none for a text without a character that can be seen. None is longer than `LONGEST` characters.
    """
    found: list[Stretch] = []
    for start, end in _find_lines(text):
        found += _split_line(text, start, end, language or "en")
    return tuple(found)


def _find_lines(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that no sentence goes beyond: lines, several where a sentence was only wrapped."""
    start = 0
    for gap in _LINE.finditer(text):
        before, after = text[start : gap.start()].rstrip(), text[gap.end() : gap.end() + 1]
        wrapped = gap[0] == "\n" and after.islower() and before and not before.endswith(_ENDS)
        if not wrapped:
            yield start, gap.start()
            start = gap.end()
    yield start, len(text)


def _split_line(text: str, start: int, end: int, language: str) -> list[Stretch]:
    borders = [start]
    for piece in sentencex.segment(language, text[start:end]):
        borders.append(borders[-1] + len(piece))
    if borders[-1] != end:
        # The library lost or added characters: the line is one sentence then.
        borders = [start, end]
    merged: list[tuple[int, int]] = []
    for left, right in pairwise(borders):
        if merged and _belongs(text, merged[-1], (left, right)):
            merged[-1] = (merged[-1][0], right)
        else:
            merged.append((left, right))
    return [piece for left, right in merged for piece in _cut(text, left, right)]


def _belongs(text: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two neighbours are one sentence: one of them is a scrap, or the second one goes on."""
    first, second = text[slice(*one)], text[slice(*other)]
    if _is_abbreviated(first[-_TAIL:], second):
        return True
    if _NUMBERING.fullmatch(second):
        return False
    if _is_scrap(first) or _NUMBERING.fullmatch(first) or _is_scrap(second):
        return True
    return second.lstrip()[:1].islower() and not first.rstrip().endswith(("!", "?", "。"))


def _is_abbreviated(first: str, second: str) -> bool:
    """Whether the point between two pieces belongs to an abbreviation such as "e. g." or a Thai era."""
    if _ENDS_INITIAL.search(first) and _BEGINS_INITIAL.match(second):
        return True
    following = second.lstrip()[:1]
    caseless = following.isalpha() and not following.isupper() and not following.islower()
    return (following.isdigit() or caseless) and _ABBREVIATED.search(first) is not None


def _is_scrap(text: str) -> bool:
    return sum(1 for _ in _LETTER.finditer(text)) < _SCRAP and text.isascii()


def _cut(text: str, start: int, end: int) -> Iterator[Stretch]:
    """A sentence without the white space around it, in pieces where it is too long."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if end - start <= LONGEST:
        if start < end:
            yield Stretch(start, end, text[start:end])
        return
    half, limit = start + LONGEST // 2, start + LONGEST
    places = ([found.end() for found in mark.finditer(text, half, limit)] for mark in _BREAKS)
    middle = next((found[-1] for found in places if found), limit)
    yield from _cut(text, start, middle)
    yield from _cut(text, middle, end)
