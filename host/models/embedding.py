"""Text to vectors through the embedding worker, with the answers to recent queries kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from host.core.errors import ModelLoading, ModelUnavailable
from host.workers.client import State, Worker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

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
    """

    model_id: str
    folder: Path
    dimensions: int
    max_tokens: int
    query_prefix: str = ""
    passage_prefix: str = ""


class Embedder:
    """Embeds queries and passages with one model; safe to use from several threads."""

    def __init__(
        self, model: EmbeddingModel, *, log_file: Path | None = None, threads: int | None = None
    ) -> None:
        self.model = model
        self.worker = Worker(
            "embedding model",
            "host.models.embedding_worker",
            {
                "folder": str(model.folder),
                "query_prefix": model.query_prefix,
                "passage_prefix": model.passage_prefix,
                "threads": threads,
            },
            log_file=log_file,
        )
        self._cache: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def state(self) -> State:
        """What the model's process is doing."""
        return self.worker.state

    @property
    def resting(self) -> bool:
        """Whether the process failed and may not be started again yet."""
        return self.worker.resting

    def warm_up(self) -> None:
        """Begin to load the model; returns at once."""
        self.worker.start()

    def wait_ready(self, timeout: float) -> bool:
        """Begin to load the model, and wait so many seconds at most until it can answer."""
        return self.worker.wait_ready(timeout)

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
        if not self.worker.wait_ready(0.0):
            if self.worker.state == "starting":
                message = "The embedding model is loading; results are by words until it is ready."
                raise ModelLoading(message, fix="Ask again in a few seconds.")
            raise self.worker.failure or ModelUnavailable("The embedding model is not running.")
        _, data = self.worker.request("embed_query", {"text": text}, timeout=QUERY_TIMEOUT_S)
        vector = np.frombuffer(data, dtype=np.float32)
        with self._lock:
            self._cache[text] = vector
            while len(self._cache) > QUERY_CACHE:
                self._cache.popitem(last=False)
        return vector

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of passages, behind any query.

        Args:
            texts: at least one passage.

        Returns:
            float32 of shape (len(texts), dimensions), each row of length 1.
        """
        header, data = self.worker.request(
            "embed_passages", {"texts": list(texts)}, timeout=PASSAGES_TIMEOUT_S, lane="background"
        )
        return np.frombuffer(data, dtype=np.float32).reshape(header["count"], header["dimensions"])

    def forget_queries(self) -> None:
        """Drop the cached queries (they are a person's words)."""
        with self._lock:
            self._cache.clear()

    def close(self) -> None:
        """End the model's process."""
        self.worker.stop()
        self.forget_queries()
