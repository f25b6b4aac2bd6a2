"""What the passages of a question say, sentence by sentence: whether they answer it, and what they support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from host.chat.exchange import Passage
    from host.workers.client import Lane


class TextEmbedder(Protocol):
    """Makes vectors of texts; see `host.models.embedding.Embedder`."""

    @property
    def model_id(self) -> str:
        """Which model."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """float32 of shape (dimensions,), length 1."""

    def embed_texts(
        self, texts: Sequence[str], *, lane: Lane = "background", cancelled: threading.Event | None = None
    ) -> NDArray[np.float32]:
        """float32 of shape (len(texts), dimensions), each row of length 1."""


class TextEntailment(Protocol):
    """Judges whether a text says something; see `host.models.entailment.Entailment`."""

    def entail(
        self,
        text: str,
        hypotheses: Sequence[str],
        cancelled: threading.Event | None = None,
        *,
        lane: Lane = "background",
    ) -> NDArray[np.float32]:
        """float32 of shape (len(hypotheses), 3): entailment, neutral, contradiction."""


@dataclass(frozen=True)
class Support:
    """What stands behind a sentence.

    Attributes:
        citations: numbers of the passages that say it, best first; empty when none does.
        quote: the sentence of the best passage that says it, exactly as it stands there.
        score: how firmly, 0 to 1.
    """

    citations: tuple[int, ...]
    quote: str
    score: float

    @property
    def supported(self) -> bool:
        """Whether some passage says it."""
        return bool(self.citations)
