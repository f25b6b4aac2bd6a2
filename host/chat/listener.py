"""Who is told of an answer while it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.exchange import Passage, Stage


class Listener(Protocol):
    """Hears of everything as it comes, in the thread that answers."""

    def on_begin(self, conversation_id: int, question_id: int) -> None:
        """The question is stored."""

    def on_stage(self, stage: Stage) -> None:
        """Another step begins."""

    def on_searched(self, text: str) -> None:
        """Something other than the question is searched for."""

    def on_sources(self, passages: Sequence[Passage]) -> None:
        """These passages were found."""

    def on_delta(self, text: str) -> None:
        """The answer goes on so."""

    def on_reset(self) -> None:
        """What was told of the answer is void; it begins anew."""
