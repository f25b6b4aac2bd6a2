"""What of a tab's words tells its category: words, their beginnings, pieces of the host's name.

A beginning stands for a word's forms and for its relatives in other languages ("produ" for product, producto,
Produkte). Pieces of a host's name find the words that are run together there ("gardenforum").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from host.core.text import split_unspaced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from host.tabs.wording import TabWords

_WORD = re.compile(r"[^\W\d_]{2,}")
_BEGINNING = 5
_PIECES = (4, 5)
_LONGEST_LABEL = 40


def find_word_features(words: TabWords) -> set[str]:
    """The features of a tab; a prefix says what each is.

    `w:` a word of title or address, `p:` its beginning, `a:` a word of the path, `h:` a label of the host,
    `g:` a piece of it, `d:` its last label.
    """
    found: set[str] = set()
    for word in _find_words(words.title):
        found.update(_describe(word))
    path = words.address.removeprefix(words.host) if words.host else words.address
    for word in _find_words(path):
        found.update(_describe(word))
        found.add(f"a:{word}")
    labels = [label for label in words.host.split(".") if label]
    for label in labels[:-1]:
        found.update((f"h:{label}", f"w:{label}"))
        bordered = f"^{label[:_LONGEST_LABEL]}$"
        for size in _PIECES:
            found.update(f"g:{bordered[at : at + size]}" for at in range(len(bordered) - size + 1))
    if labels:
        found.add(f"d:{labels[-1]}")
    return found


def _find_words(text: str) -> Iterable[str]:
    for word in _WORD.findall(text.casefold()):
        yield from split_unspaced(word)


def _describe(word: str) -> Iterable[str]:
    yield f"w:{word}"
    if len(word) > _BEGINNING:
        yield f"p:{word[:_BEGINNING]}"
