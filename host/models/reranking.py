"""Query and passage read together by a cross-encoder: slower than vectors, and more exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import ModelLoading, ModelUnavailable
from host.workers.client import State, Worker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TIMEOUT_S = 10.0


class Reranker:
    """Scores passages for a query with the cross-encoder that lies in a folder."""

    def __init__(self, model_id: str, folder: Path, *, log_file: Path | None = None) -> None:
        self.model_id = model_id
        self.worker = Worker(
            "cross-encoder", "host.models.reranking_worker", {"folder": str(folder)}, log_file=log_file
        )

    @property
    def state(self) -> State:
        """What the model's process is doing."""
        return self.worker.state

    def score(self, query: str, texts: Sequence[str], *, wait_s: float = 0.0) -> list[float]:
        """How well each text answers the query.

        Args:
            query: as typed.
            texts: passages.
            wait_s: how long to wait for a model that is still loading.

        Returns:
            0 to 1 for each text.

        Raises:
            ModelLoading: it is on its way.
            ModelUnavailable: it cannot be loaded.
            WorkerDied, Timeout: it failed while answering.
        """
        if not self.worker.wait_ready(wait_s):
            if self.worker.state == "starting":
                message = "The cross-encoder is loading; the order is without it until it is ready."
                raise ModelLoading(message, fix="Ask again in a few seconds.")
            raise self.worker.failure or ModelUnavailable("The cross-encoder is not running.")
        header, _ = self.worker.request("score", {"query": query, "texts": list(texts)}, timeout=TIMEOUT_S)
        return [float(score) for score in header["scores"]]

    def close(self) -> None:
        """End the model's process."""
        self.worker.stop()
