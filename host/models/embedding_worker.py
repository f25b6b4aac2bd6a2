"""The process that holds the embedding model: `python -m host.models.embedding_worker`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.core.errors import ModelUnavailable
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.workers.messages import Header
    from host.workers.server import Report, Task

# Rows in one forward pass. On a CPU more gain nothing, and few let an interactive query in between.
BATCH_SIZE = 16


def load(config: Header, _report: Report) -> Mapping[str, Operation]:
    """Load the model and return the operations.

    Args:
        config: {folder, query_prefix, passage_prefix, threads}.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    folder = Path(config["folder"])
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        message = "The embedding library is not installed."
        raise ModelUnavailable(message, fix="Run python3 -m host.install again.") from error
    if config.get("threads"):
        torch.set_num_threads(int(config["threads"]))
    try:
        model = SentenceTransformer(str(folder), device=None, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        message = "The embedding model's files cannot be read."
        raise ModelUnavailable(message, fix="Run python3 -m host.install again; it repairs them.") from error
    return _operations(model, config)


def _operations(model: Any, config: Header) -> Mapping[str, Operation]:
    import numpy as np

    def embed(texts: list[str], prefix: str) -> tuple[Header, bytes]:
        vectors = model.encode(
            [prefix + text for text in texts],
            batch_size=BATCH_SIZE,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        return {"count": int(vectors.shape[0]), "dimensions": int(vectors.shape[1])}, vectors.tobytes()

    def embed_query(header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        return embed([header["text"]], config.get("query_prefix", ""))

    def embed_passages(header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        return embed(header["texts"], config.get("passage_prefix", ""))

    def describe(_: Header, __: bytes, ___: Task) -> tuple[Header, bytes]:
        dimensions = int(model.get_sentence_embedding_dimension())
        return {
            "dimensions": dimensions,
            "max_tokens": int(model.max_seq_length),
            "device": str(model.device),
        }, b""

    # The first forward pass sets up torch's threads and buffers; nobody should wait for it in a query.
    embed(["warm"], "")
    return {"embed_query": embed_query, "embed_passages": embed_passages, "describe": describe}


if __name__ == "__main__":
    serve(load)
