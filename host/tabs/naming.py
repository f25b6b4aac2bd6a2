"""Short names for groups of tabs, out of the tabs' own words.

A word names a group when many of its titles have it and few others do: the contrast of c-TF-IDF
(Grootendorst 2022, https://arxiv.org/abs/2203.05794), counted in titles, because a title repeats no word.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.core.text import UNSPACED
from host.tabs.title_words import read_segments, site_label, write_site

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from host.tabs.exchange import Tab
    from host.tabs.title_words import Word

NAME_CHARACTERS = 24
_MOST_WORDS = 3
_UNSPACED_CHARACTERS = range(2, 9)
# Each further word of a phrase says more than the first alone, when as many titles have it.
_PER_WORD = 0.35
# A second word is added to a name that less than this share of the titles bear out.
_ENOUGH = 0.6
_HIRAGANA = re.compile("[\u3041-\u309f]")
_NAMELESS = "Tabs"

Key = tuple[str, ...]


@dataclass
class _Phrase:
    """A phrase in the titles of a group: which of the tabs have it, and how it is written there."""

    tabs: set[int] = field(default_factory=set)
    written: Counter[str] = field(default_factory=Counter)


def name_topic(members: Sequence[Tab], others: Sequence[Tab], taken: Collection[str] = ()) -> str:
    """A name for a group of tabs.

    Args:
        members: its tabs; at least one.
        others: the other tabs that are open; what they have, too, says nothing of this group.
        taken: names that others have.

    Returns:
        One to three words of at most `NAME_CHARACTERS` characters, that are not in `taken` in any case.
    """
    used = {name.casefold() for name in taken}
    candidates = [*_ranked_phrases(members, others)]
    sites = {site_label(tab) for tab in members}
    site = write_site(members[0]) if len(sites) == 1 and sites != {""} else ""
    names = ([site] if site else []) + [_write(name) for name in candidates]
    names += [_write(write_site(tab)) for tab in members if site_label(tab)]
    for name in names:
        if 0 < len(name) <= NAME_CHARACTERS and name.casefold() not in used:
            return name
    stem = names[0][: NAME_CHARACTERS - 4].strip() if names and names[0] else _NAMELESS
    if stem.casefold() not in used:
        return stem
    return next(
        name for number in range(2, len(used) + 3) if (name := f"{stem} {number}").casefold() not in used
    )


def _ranked_phrases(members: Sequence[Tab], others: Sequence[Tab]) -> list[str]:
    """Names made of the members' phrases, the best first."""
    phrases: defaultdict[Key, _Phrase] = defaultdict(_Phrase)
    for number, tab in enumerate(members):
        for key, written in _find_phrases(tab):
            phrases[key].tabs.add(number)
            phrases[key].written[written] += 1
    elsewhere = Counter(key for tab in others for key in {key for key, _ in _find_phrases(tab)})
    total = len(members) + len(others)

    def rate(key: Key) -> float:
        phrase = phrases[key]
        share = len(phrase.tabs) / len(members)
        contrast = math.log(1 + total / (len(phrase.tabs) + 4 * elsewhere[key]))
        length = _length(key)
        return share * contrast * (1 + _PER_WORD * (length - 1) if len(phrase.tabs) > 1 else 1 / length)

    ranked = sorted(phrases, key=lambda key: (-rate(key), key))
    written = [_most_written(phrases[key]) for key in ranked]
    if not ranked:
        return []
    first = phrases[ranked[0]].tabs
    if len(first) / len(members) < _ENOUGH:
        for key, second in zip(ranked[1:20], written[1:20], strict=False):
            new = len(phrases[key].tabs - first)
            both = f"{_write(written[0])} & {_write(second)}"
            fits = len(both) <= NAME_CHARACTERS and not set(key) & set(ranked[0])
            if fits and new >= max(2, len(first) / 2):
                return [both, *written]
    return written


def _find_phrases(tab: Tab) -> Iterator[tuple[Key, str]]:
    """The phrases of a title by their stems and as they are written; a telling word begins and ends them."""
    for segment in read_segments(tab):
        for start, first in enumerate(segment):
            if first.silent:
                continue
            if UNSPACED.match(first.text):
                yield from (((piece,), piece) for piece in _find_pieces(first.text))
                continue
            for end in range(start + 1, min(len(segment), start + _MOST_WORDS) + 1):
                words = segment[start:end]
                if UNSPACED.match(words[-1].text):
                    break
                if not words[-1].silent:
                    yield tuple(word.stem for word in words), _join(words)


def _join(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _find_pieces(run: str) -> Iterator[str]:
    """Pieces of a run of an unspaced script that may be words: none with grammar (hiragana) at an end."""
    for length in _UNSPACED_CHARACTERS:
        for start in range(len(run) - length + 1):
            piece = run[start : start + length]
            if not _HIRAGANA.match(piece[0]) and not _HIRAGANA.match(piece[-1]):
                yield piece


def _length(key: Key) -> float:
    """How many words a phrase has; two characters of an unspaced script count as one."""
    return len(key[0]) / 2 if len(key) == 1 and UNSPACED.match(key[0]) else len(key)


def _most_written(phrase: _Phrase) -> str:
    """How most titles write it; what is written all in capitals or small only where nothing else is known."""
    return min(phrase.written, key=lambda text: (-phrase.written[text], text.islower(), text.isupper(), text))


def _write(name: str) -> str:
    """A name begins with a capital letter, unless it is written in a way of its own, such as "iPhone"."""
    return name[:1].upper() + name[1:] if name.islower() else name
