"""The words of a tab's title that say something, without the name of its site. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.function_words import find_function_words, read_function_words
from host.core.stems import fold_text, stem_word
from host.core.text import UNSPACED, split_unspaced
from host.core.urls import registrable_domain
from host.tabs.wording import describe_tab

if TYPE_CHECKING:
    from host.tabs.exchange import Tab

# What parts a title: "Rust - Wikipedia", "Inbox | Mail", "Home » News".
_BORDER = re.compile(r"\s+[-–—|·•»«:/>]+\s+|[|•»«]|[:;,.!?]+(?:\s+|$)|[()\[\]{}\"“”„]")
_LETTER = f"(?!{UNSPACED.pattern})[^\\W_]"
# Vowel signs of Hebrew, Arabic and Indian scripts are no letters to Python, but stand within words.
_WORD = re.compile(
    f"{UNSPACED.pattern}+|{_LETTER}(?:{_LETTER}|[+#\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff])*"
    "(?:['’][^\\W\\d_]+)*"
)
_POSSESSIVE = re.compile(r"['’]s?$")
_PLAIN = re.compile(r"[^a-z0-9]")
_FILE = Path(__file__).with_name("title_boilerplate.json")


@dataclass(frozen=True)
class Word:
    """A word of a title.

    Attributes:
        text: as it stands there.
        stem: in lower case, without accents and ending.
        silent: whether it says nothing: a function word, a number, or a word that any site has.
    """

    text: str
    stem: str
    silent: bool


@lru_cache(maxsize=8192)
def fold_stem(word: str) -> str:
    """The stem of a word in lower case, without accents."""
    folded = fold_text(word)
    return folded if UNSPACED.search(folded) else stem_word(folded)


def read_segments(tab: Tab) -> list[list[Word]]:
    """A title in the parts that its own separators make, each in its words; the site's name left out.

    A run of a script that is written without spaces is one word here.
    """
    title = describe_tab(tab).title
    site = site_label(tab)
    words = [match[0] for match in _WORD.finditer(title)]
    silent = find_function_words(words)
    found = []
    for part in _BORDER.split(title):
        if part and part.strip() and not _is_site(part, site):
            segment = [
                Word(word, fold_stem(word), _is_silent(word, silent, site))
                for match in _WORD.finditer(part)
                if (word := _POSSESSIVE.sub("", match[0]))
            ]
            if segment:
                found.append(segment)
    return found


def read_stems(tab: Tab) -> frozenset[str]:
    """The stems of a title's words that say something; of unspaced scripts the pairs of characters."""
    return frozenset(
        piece
        for segment in read_segments(tab)
        for word in segment
        if not word.silent
        for piece in split_unspaced(word.stem)
    )


def site_label(tab: Tab) -> str:
    """The part of a host that names its site: "wikipedia" of "de.wikipedia.org"; "" when there is none."""
    host = describe_tab(tab).host
    return registrable_domain(host).split(".")[0] if host else ""


def write_site(tab: Tab, title_parts: bool = True) -> str:
    """The name of a tab's site as its title writes it, else made of its host."""
    site = site_label(tab)
    if title_parts:
        for part in _BORDER.split(describe_tab(tab).title):
            if part and _is_site(part, site):
                return part.strip()
    return site.replace("-", " ").capitalize()


def _is_site(part: str, site: str) -> bool:
    """Whether a part of a title is the name of the site."""
    plain = _PLAIN.sub("", fold_text(part))
    return bool(plain and site) and plain == site.replace("-", "")


def _is_silent(word: str, found: frozenset[str], site: str) -> bool:
    folded = fold_text(word)
    return (
        not any(character.isalpha() for character in word)
        # Articles and prepositions of languages without a list; "Go", "AI" and "C" have capitals.
        or (len(word) <= 2 and word.islower())
        or folded in _boilerplate()
        or folded in _english()
        or word.casefold() in found
        or folded == site
    )


@cache
def _english() -> frozenset[str]:
    """Titles are too short to tell their language, and English is in those of every language."""
    return read_function_words("en")


@cache
def _boilerplate() -> frozenset[str]:
    """Words of the web that stand on any site."""
    words = json.loads(_FILE.read_text(encoding="utf-8"))["words"].split()
    return frozenset(fold_text(word) for word in words)
