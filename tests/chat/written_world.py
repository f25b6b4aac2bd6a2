"""A model that says what a test tells it to, and passages to hold that against."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.chat.evidence import Evidence
from host.chat.exchange import Passage
from host.core.errors import Cancelled
from host.models.language_answers import Generation, LanguageFacts
from tests.makers import NOON

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from host.models.language import Message

QUESTION = "When was the door of Skerrow Light locked?"
TEXTS = (
    "On the ninth of March 1988 three men locked the door of Skerrow Light for the last time. "
    "A helicopter took them off the rock with a chess set and a cat.",
    "Green tea is steeped at seventy degrees for two minutes. Hotter water makes it bitter.",
)
LOCKED = "Three men locked the door of Skerrow Light on the ninth of March 1988."
TAKEN = "A helicopter took them off the rock with a chess set and a cat."
STEEPED = "Green tea is steeped at seventy degrees for two minutes."
UNTOLD = "The lamp burned whale oil until Napoleon visited Brazil."


def make_passage(number: int, text: str, title: str = "") -> Passage:
    return Passage(
        n=number,
        page_id=number,
        chunk_id=number,
        url=f"https://site{number}.example/",
        title=title or f"Page {number}",
        domain=f"site{number}.example",
        heading="",
        text=text,
        visited_at=NOON,
        favicon_url=None,
        score=1.0 / number,
        cosine=None,
    )


def make_passages(*texts: str) -> tuple[Passage, ...]:
    return tuple(make_passage(number, text) for number, text in enumerate(texts or TEXTS, 1))


def make_evidence(passages: Sequence[Passage] | None = None, question: str = QUESTION) -> Evidence:
    """Judged by words only."""
    return Evidence(question, passages or make_passages(), None)


def count_words(texts: Sequence[str]) -> list[int]:
    """Tokens of a model whose tokens are words."""
    return [len(text.split()) for text in texts]


@dataclass
class ScriptedWriter:
    """Says its pieces one after the other; see `host.chat.written.Writer`.

    Attributes:
        pieces: of its answer.
        before: called before each piece, with its place.
        asked: every prompt that it got.
        temperatures: of its answers.
        counted: how often tokens were counted.
        context: tokens that it takes.
        patience: seconds of silence that it was granted, before its first word and between two.
    """

    pieces: Sequence[str]
    before: Callable[[int], None] = lambda _place: None
    asked: list[list[Message]] = field(default_factory=list)
    temperatures: list[float] = field(default_factory=list)
    counted: int = 0
    context: int = 2048
    patience: list[tuple[float, float]] = field(default_factory=list)
    model_id: str = "scripted"

    def describe(self) -> LanguageFacts:
        return LanguageFacts("cpu", 0, 2, self.context, 1, "Q8_0", 1, 0.1, 1)

    def count_tokens(self, texts: Sequence[str], *, cancelled: threading.Event | None = None) -> list[int]:
        if cancelled is not None and cancelled.is_set():
            message = "The request was cancelled."
            raise Cancelled(message)
        self.counted += 1
        return count_words(texts)

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,  # noqa: ARG002
        temperature: float = 0.0,
        seed: int | None = None,  # noqa: ARG002
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
        first_s: float = math.inf,
        between_s: float = math.inf,
    ) -> Generation:
        self.asked.append(list(messages))
        self.temperatures.append(temperature)
        self.patience.append((first_s, between_s))
        for place, piece in enumerate(self.pieces):
            self.before(place)
            if cancelled is not None and cancelled.is_set():
                message = "The request was cancelled."
                raise Cancelled(message)
            if on_text is not None:
                on_text(piece)
        return Generation("".join(self.pieces), "end", 10, 5, len(self.pieces), 0.01, 0.02)
