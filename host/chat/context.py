"""Which turns of a conversation a language model is shown again, and what is said of the older ones. Pure.

A model need not read again what still stands at the beginning of its prompt. So turns are not dropped one by
one, which would change the beginning at every question: when they no longer fit, half of the room is emptied
at once, and the beginning stays the same for the questions after that. Which turns are kept follows from the
turns alone, so the same conversation has the same beginning each time.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from host.chat.cleaning import disarm_text
from host.chat.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.exchange import Turn

_KEPT = 0.5
_MOST_TURNS = 8
_QUESTION_LENGTH = 160
_ANSWER_LENGTH = 200


def find_first_kept(sizes: Sequence[int], room: int) -> int:
    """The first turn that is shown again.

    Args:
        sizes: tokens of each turn, oldest first.
        room: tokens that they may have together.

    Returns:
        its place; `len(sizes)` when not even the last one fits.
    """
    first, total = 0, 0
    for place, size in enumerate(sizes):
        total += size
        if total > room:
            while first <= place and total > room * _KEPT:
                total -= sizes[first]
                first += 1
            if first > place and size <= room:
                # One that is larger than half of the room by itself still fits.
                first, total = place, size
    return first


def summarise_turns(turns: Sequence[Turn], most_bytes: int = 4000) -> str:
    """What was asked and answered before, a line each: the question, and how its answer begins.

    Args:
        turns: those that are not shown again, oldest first.
        most_bytes: the longest summary; the oldest lines are left out.

    Returns:
        "" when there is nothing.
    """
    lines: list[str] = []
    for turn in turns[-_MOST_TURNS:]:
        asked = _shorten(turn.question, _QUESTION_LENGTH)
        first = next((one.text for one in split_sentences(turn.answer)), "")
        lines.append(
            f"Asked: {asked} Answered: {_shorten(first, _ANSWER_LENGTH)}" if first else f"Asked: {asked}"
        )
    while lines and len("\n".join(lines).encode()) > most_bytes:
        del lines[0]
    return "\n".join(lines)


def _shorten(text: str, length: int) -> str:
    return textwrap.shorten(disarm_text(text), length, placeholder=" …")
