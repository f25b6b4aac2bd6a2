"""Finds titles that are nearly the same."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# From so much likeness on two titles count as one: the share of their characters that stay in place when
# the one is written into the other (2 · common / both lengths, `rapidfuzz.fuzz.ratio`), 0 to 1.
NEAR = 0.85
# Shorter titles are near only when they are equal: "Inbox" and "Index" are not.
_FEWEST_BYTES = 10
_AT_ONCE = 512
_DIGITS = re.compile(r"\d+")
_NOT_WORD = re.compile(r"[\W_]+")


def plain_title(title: str) -> str:
    """What of a title is compared: words in lower case, every number a nought."""
    text = unicodedata.normalize("NFKC", title).casefold()
    return _NOT_WORD.sub(" ", _DIGITS.sub("0", text)).strip()


def find_near(titles: Sequence[str], others: Sequence[str]) -> list[bool]:
    """Which titles are nearly the same as one of the others: equal, near, or the same words in another order.

    Args:
        titles: as browsers show them.
        others: what they are compared with.

    Returns:
        One answer for each of `titles`.
    """
    mine = [plain_title(title) for title in titles]
    theirs = {plain_title(title) for title in others}
    near = _find_like({text for text in mine if text not in theirs}, theirs)
    return [bool(text) and (text in theirs or text in near) for text in mine]


def _find_like(mine: set[str], theirs: set[str]) -> set[str]:
    """Those of `mine` that are like one of `theirs` as they stand, or with their words sorted."""
    found: set[str] = set()
    forms: tuple[Callable[[str], str], ...] = (str, _sort_words)
    for write in forms:
        left = _group_texts(mine - found, write)
        right = _group_texts(theirs, write)
        ordered = sorted(right, key=len)
        lengths = [len(text) for text in ordered]
        wanted = sorted(left, key=len)
        for start in range(0, len(wanted), _AT_ONCE):
            block = wanted[start : start + _AT_ONCE]
            # A text much shorter or longer cannot be like it: 2 · shorter / (shorter + longer) >= NEAR.
            low = bisect_left(lengths, len(block[0]) * NEAR / (2 - NEAR) - 1)
            high = bisect_right(lengths, len(block[-1]) * (2 - NEAR) / NEAR + 1)
            if low == high:
                continue
            scores = process.cdist(
                block,
                ordered[low:high],
                scorer=fuzz.ratio,
                score_cutoff=100 * NEAR,
                dtype=np.float32,
                workers=-1,
            )
            for text, hit in zip(block, scores.max(axis=1) > 0, strict=True):
                if hit:
                    found |= left[text]
    return found


def _group_texts(texts: set[str], write: Callable[[str], str]) -> dict[str, set[str]]:
    """Texts that are long enough, by what is compared of them."""
    found: dict[str, set[str]] = {}
    for text in texts:
        if len(text.encode()) >= _FEWEST_BYTES:
            found.setdefault(write(text), set()).add(text)
    return found


def _sort_words(text: str) -> str:
    return " ".join(sorted(text.split()))
