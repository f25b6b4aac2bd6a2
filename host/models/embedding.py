"""Text to vectors through the encoder process, with the answers to recent queries kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from host.core.errors import ModelLoading, ModelUnavailable
from host.models.encoder import Encoder
from host.models.encoder_places import EncoderSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from host.models.encoders import EncoderProcess
    from host.workers.client import Lane

QUERY_CACHE = 1000
QUERY_TIMEOUT_S = 5.0
PASSAGES_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class EmbeddingModel:
    """An installed embedding model.

    Attributes:
        model_id: recorded with every vector made by it.
        folder: where its files lie.
        dimensions: of a vector.
        max_tokens: the window of the model.
        query_prefix: put before a query, where the model was trained so.
        passage_prefix: put before a passage.
        memory: bytes it needs when loaded; 0 when that is not known.
        remote_code: whether its user has allowed the Python code that it brings.
    """

    model_id: str
    folder: Path
    dimensions: int
    max_tokens: int
    query_prefix: str = ""
    passage_prefix: str = ""
    memory: int = 0
    remote_code: bool = False

    @property
    def spec(self) -> EncoderSpec:
        """What the encoder process needs to load it."""
        return EncoderSpec(
            self.model_id, self.folder, "embedding", self.memory, self.max_tokens, self.remote_code
        )


class Embedder(Encoder):
    """Embeds queries and passages with one model; safe to use from several threads."""

    def __init__(self, model: EmbeddingModel, process: EncoderProcess) -> None:
        super().__init__(model.spec, process)
        self.model = model
        self._cache: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def passage_prefix(self) -> str:
        """What the model was trained to see before a passage, or ""."""
        return self.model.passage_prefix

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a query.

        Args:
            text: the query.

        Returns:
            float32 of shape (dimensions,), length 1.

        Raises:
            ModelLoading: it is on its way.
            ModelUnavailable: it cannot be loaded.
            WorkerDied, Timeout: it failed while answering.
        """
        with self._lock:
            if text in self._cache:
                self._cache.move_to_end(text)
                return self._cache[text]
        if not self.wait_ready(0.0):
            if self.state == "starting":
                message = "The embedding model is loading; results are by words until it is ready."
                raise ModelLoading(message, fix="Ask again in a few seconds.")
            raise self.failure or ModelUnavailable("The embedding model is not running.")
        vectors = self._embed([self.model.query_prefix + text], "interactive", QUERY_TIMEOUT_S, None)
        vector: NDArray[np.float32] = vectors[0]
        with self._lock:
            self._cache[text] = vector
            while len(self._cache) > QUERY_CACHE:
                self._cache.popitem(last=False)
        return vector

    def embed_passages(
        self, texts: Sequence[str], *, cancelled: threading.Event | None = None
    ) -> NDArray[np.float32]:
        """The vectors of passages, behind any query.

        Args:
            texts: at least one passage.
            cancelled: stops it between two batches.

        Returns:
            float32 of shape (len(texts), dimensions), each row of length 1.

        Raises:
            Cancelled.
            ModelUnavailable, WorkerDied, Timeout: as for a query.
        """
        prefix = self.model.passage_prefix
        return self._embed([prefix + text for text in texts], "background", PASSAGES_TIMEOUT_S, cancelled)

    def embed_texts(
        self,
        texts: Sequence[str],
        *,
        lane: Lane = "background",
        cancelled: threading.Event | None = None,
        fast: bool = False,
    ) -> NDArray[np.float32]:
        """The vectors of texts as they are, with no prefix: for classification.

        Args:
            texts: at least one.
            lane: "interactive" when a person waits for it.
            fast: a third of the time for vectors that are nearly the same; compare them with their like only.
            cancelled: stops it between two batches.

        Returns:
            float32 of shape (len(texts), dimensions), each row of length 1.

        Raises:
            Cancelled.
            ModelUnavailable, WorkerDied, Timeout: as for a query.
        """
        return self._embed(list(texts), lane, PASSAGES_TIMEOUT_S, cancelled, fast=fast)

    def forget_queries(self) -> None:
        """Drop the cached queries (they are a person's words)."""
        with self._lock:
            self._cache.clear()

    def close(self) -> None:
        """Let go of the model; the process stays for others."""
        super().close()
        self.forget_queries()

    def _embed(
        self,
        texts: list[str],
        lane: Lane,
        timeout: float,
        cancelled: threading.Event | None,
        *,
        fast: bool = False,
    ) -> NDArray[np.float32]:
        asked = {"texts": texts, "fast": fast}
        header, data = self.process.request(
            self._spec, "embed", asked, timeout=timeout, lane=lane, cancelled=cancelled
        )
        return np.frombuffer(data, dtype=np.float32).reshape(header["count"], header["dimensions"])
