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

from host.core.text import UNSPACED, truncate_text
from host.tabs.title_words import read_segments, site_label, write_site

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from host.tabs.exchange import Tab
    from host.tabs.title_words import Word

NAME_CHARACTERS = 24
_MOST_WORDS = 3
_MOST_PHRASES = 20
_UNSPACED_CHARACTERS = range(2, 9)
# Each further word of a phrase says more than the first alone, when as many titles have it.
_PER_WORD = 0.25
# A title of another group counts against a phrase as much as so many of its own titles.
_ELSEWHERE = 4
# The share of titles that have a phrase weighs more than how rare it is elsewhere.
_COVERAGE = 1.5
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
    """A name for a group of tabs; see `name_topics`."""
    return name_topics([members], others, taken)[0]


def name_topics(
    groups: Sequence[Sequence[Tab]], others: Sequence[Tab], taken: Collection[str] = ()
) -> list[str]:
    """A name for each group of tabs.

    Args:
        groups: their tabs; at least one each. Where two want the same name, the larger group has it.
        others: the other tabs that are open; what the titles of other groups and of these have, too, says
            nothing of a group.
        taken: names that others have.

    Returns:
        One to three words for each group, or two such joined by "&"; at most `NAME_CHARACTERS` characters,
        never in `taken` nor the name of another group, whatever the case of their letters.
    """
    phrases = [[list(_find_phrases(tab)) for tab in members] for members in groups]
    counts = Counter(key for tab in others for key in {key for key, _ in _find_phrases(tab)})
    counts.update(key for group in phrases for found in group for key in {key for key, _ in found})
    total = len(others) + sum(map(len, groups))
    used = {name.casefold() for name in taken}
    names = [""] * len(groups)
    titles = [sorted(tab.title for tab in members) for members in groups]
    for number in sorted(range(len(groups)), key=lambda number: (-len(groups[number]), titles[number])):
        ranked, sure = _rank_phrases(phrases[number], counts, total)
        names[number] = _choose_name(groups[number], ranked, sure, used)
        used.add(names[number].casefold())
    return names


def _choose_name(members: Sequence[Tab], phrases: list[str], sure: bool, used: set[str]) -> str:
    """The best name that is free: what most titles say, the one site that all are of, else what some say."""
    sites = Counter(write_site(tab) for tab in members if site_label(tab))
    own = sorted(sites, key=lambda name: (-sites[name], name))
    one_site = own[:1] if len({site_label(tab) for tab in members}) == 1 else []
    ordered = [*phrases[:1], *one_site, *phrases[1:], *own] if sure else [*one_site, *phrases, *own]
    names = [_write(name) for name in ordered if name]
    for name in names:
        if len(name) <= NAME_CHARACTERS and name.casefold() not in used:
            return name
    stem = truncate_text(names[0], NAME_CHARACTERS - 4) if names else _NAMELESS
    tries = (stem, *(f"{stem} {number}" for number in range(2, len(used) + 3)))
    return next(name for name in tries if name.casefold() not in used)


def _rank_phrases(
    found: Sequence[Sequence[tuple[Key, str]]], counts: Counter[Key], total: int
) -> tuple[list[str], bool]:
    """Names made of a group's phrases, the best first; and whether most titles bear out the first.

    Args:
        found: the phrases of each title of the group.
        counts: in how many titles a phrase is, those of the group included.
        total: how many titles there are.
    """
    phrases: defaultdict[Key, _Phrase] = defaultdict(_Phrase)
    for number, title in enumerate(found):
        for key, text in title:
            phrases[key].tabs.add(number)
            phrases[key].written[text] += 1
    if not phrases:
        return [], False

    def rate(key: Key) -> float:
        own = len(phrases[key].tabs)
        contrast = math.log(1 + total / (own + _ELSEWHERE * (counts[key] - own)))
        length = _length(key)
        words = 1 + _PER_WORD * (length - 1) if own > 1 else 1 / length
        return math.pow(own / len(found), _COVERAGE) * contrast * words

    ranked = sorted(phrases, key=lambda key: (-rate(key), key))[:_MOST_PHRASES]
    written = [_most_written(phrases[key]) for key in ranked]
    first = phrases[ranked[0]].tabs
    if len(first) >= _ENOUGH * len(found):
        return written, len(first) > 1
    for key, second in zip(ranked[1:], written[1:], strict=True):
        new = len(phrases[key].tabs - first)
        both = f"{_write(written[0])} & {_write(second)}"
        fits = len(both) <= NAME_CHARACTERS and not set(key) & set(ranked[0])
        if fits and new >= max(2, len(first) / 2):
            return [both, *written], False
    return written, False


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
