"""Whether one text says what another does, by a model of natural-language inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.models.encoder import Encoder
from host.models.encoder_places import EncoderSpec

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from host.models.encoders import EncoderProcess
    from host.workers.client import Lane

TIMEOUT_S = 300.0


class Entailment(Encoder):
    """Judges hypotheses by the entailment model that lies in a folder."""

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
            max_tokens: the longest text and hypothesis together that are wanted.
            remote_code: whether its user has allowed the Python code that it brings.
        """
        super().__init__(EncoderSpec(model_id, folder, "nli", memory, max_tokens, remote_code), process)

    def entail(
        self,
        text: str,
        hypotheses: Sequence[str],
        cancelled: threading.Event | None = None,
        *,
        lane: Lane = "background",
    ) -> NDArray[np.float32]:
        """How likely the text says what each hypothesis does.

        Args:
            text: the premise; its end is cut off where both together are too long for the model.
            hypotheses: at least one; never cut.
            cancelled: stops it between two batches.
            lane: "interactive" when a person waits for it.

        Returns:
            float32 of shape (len(hypotheses), 3): probabilities of entailment, neutral and contradiction,
            each row with the sum 1. A model with two labels has nothing in the middle column.

        Raises:
            Cancelled.
            InvalidInput: a hypothesis is too long for the model.
            ModelUnavailable: it cannot be loaded.
            WorkerDied, Timeout: it failed while answering.
        """
        _, data = self.process.request(
            self._spec,
            "entail",
            {"text": text, "hypotheses": list(hypotheses)},
            timeout=TIMEOUT_S,
            lane=lane,
            cancelled=cancelled,
        )
        return np.frombuffer(data, dtype=np.float32).reshape(len(hypotheses), 3)
