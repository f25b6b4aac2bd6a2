"""The process that holds a cross-encoder: `python -m host.models.reranking_worker`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.workers.messages import Header
    from host.workers.server import Report, Task

BATCH_SIZE = 8


def load(config: Header, _report: Report) -> Mapping[str, Operation]:
    """Load the model that lies in {folder} and return the operations."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    try:
        import torch
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        message = "The reranking library is not installed."
        raise ModelUnavailable(message, fix="Run python3 -m host.install again.") from error
    try:
        model = CrossEncoder(config["folder"], local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        message = "The cross-encoder's files cannot be read."
        raise ModelUnavailable(message, fix="Remove that model and download it again.") from error

    def score(header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        pairs = [(header["query"], text) for text in header["texts"]]
        scores = model.predict(
            pairs, batch_size=BATCH_SIZE, activation_fn=torch.nn.Sigmoid(), show_progress_bar=False
        )
        return {"scores": [float(score) for score in scores]}, b""

    return {"score": score}


if __name__ == "__main__":
    serve(load)
