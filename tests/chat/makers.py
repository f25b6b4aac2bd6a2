"""Passages and stand-ins for the tests of chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.chat.exchange import Passage
from tests.history.stand_ins import embed_words

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.workers.client import Lane


def make_passage(n: int, text: str, title: str = "", *, page_id: int = 0, score: float = 0.5) -> Passage:
    """A passage of a page of its own."""
    return Passage(
        n=n,
        page_id=page_id or n,
        chunk_id=100 + n,
        url=f"https://{n}.example/",
        title=title,
        domain=f"{n}.example",
        heading="",
        text=text,
        visited_at=0,
        favicon_url=None,
        score=score,
        cosine=None,
        language="en",
    )


class BagEmbedder:
    """Texts that share words are near each other.

    Attributes:
        texts: every text that it was given, in one list a call.
        failure: raised instead of an answer.
    """

    passage_prefix = "passage: "

    def __init__(self, model_id: str = "bag") -> None:
        self.model_id = model_id
        self.texts: list[list[str]] = []
        self.failure: Exception | None = None

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return embed_words(f"query: {text}", 512)

    def embed_texts(
        self,
        texts: Sequence[str],
        *,
        lane: Lane = "background",  # noqa: ARG002
        cancelled: threading.Event | None = None,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        if self.failure:
            raise self.failure
        self.texts.append(list(texts))
        return np.stack([embed_words(text, 512) for text in texts])


class FixedEntailment:
    """Says the same of every hypothesis."""

    def __init__(self, entailed: float) -> None:
        self.row = np.array([entailed, 1 - entailed, 0.0], dtype=np.float32)
        self.asked: list[str] = []

    def entail(
        self,
        text: str,  # noqa: ARG002
        hypotheses: Sequence[str],
        cancelled: threading.Event | None = None,  # noqa: ARG002
        *,
        lane: Lane = "background",  # noqa: ARG002
    ) -> NDArray[np.float32]:
        self.asked.extend(hypotheses)
        return np.stack([self.row for _ in hypotheses])
