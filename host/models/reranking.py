"""Query and passage read together by a cross-encoder: slower than vectors, and more exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.core.errors import ModelLoading
from host.models.encoder import Encoder
from host.models.encoder_places import EncoderSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.models.encoders import EncoderProcess

TIMEOUT_S = 10.0


class Reranker(Encoder):
    """Scores passages for a query with the cross-encoder that lies in a folder."""

    def __init__(
        self,
        model_id: str,
        folder: Path,
        process: EncoderProcess,
        *,
        memory: int = 0,
        max_tokens: int = 512,
        remote_code: bool = False,
    ) -> None:
        """Name the model; it is loaded when it is first asked.

        Args:
            model_id: its name.
            folder: where its files lie.
            process: where it is loaded.
            memory: bytes it needs; 0 when that is not known.
            max_tokens: the longest query and passage together that are wanted.
            remote_code: whether its user has allowed the Python code that it brings.
        """
        super().__init__(EncoderSpec(model_id, folder, "reranker", memory, max_tokens, remote_code), process)

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
        try:
            self.process.ensure(self._spec, wait_s)
        except ModelLoading:
            message = "The cross-encoder is loading; the order is without it until it is ready."
            raise ModelLoading(message, fix="Ask again in a few seconds.") from None
        _, data = self.process.request(
            self._spec, "score", {"query": query, "texts": list(texts)}, timeout=TIMEOUT_S
        )
        return [float(score) for score in np.frombuffer(data, dtype=np.float32)]
