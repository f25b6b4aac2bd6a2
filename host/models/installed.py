"""Which installed model does a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.models.download import find_installed
from host.models.embedding import EmbeddingModel
from host.models.registry import load_registry

if TYPE_CHECKING:
    from pathlib import Path


def find_embedding_model(models_folder: Path) -> EmbeddingModel | None:
    """The embedding model to use: the first in the registry that is installed, or None."""
    for entry in load_registry().values():
        if (
            entry.type == "embedding"
            and entry.dimensions
            and (folder := find_installed(entry.id, models_folder))
        ):
            return EmbeddingModel(
                model_id=entry.id,
                folder=folder,
                dimensions=entry.dimensions,
                max_tokens=entry.context,
                query_prefix=entry.query_prefix,
                passage_prefix=entry.passage_prefix,
                memory=entry.memory,
            )
    return None


def find_reranking_model(models_folder: Path) -> tuple[str, Path] | None:
    """Id and folder of the cross-encoder to use: the first in the registry that is installed, or None."""
    for entry in load_registry().values():
        if entry.type == "reranker" and (folder := find_installed(entry.id, models_folder)):
            return entry.id, folder
    return None
