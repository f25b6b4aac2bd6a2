"""Installed models as their processes need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable
from host.models.embedding import EmbeddingModel
from host.models.language import InstructionModel
from host.models.registry import stays_inside
from host.models.roles import Choices, find_model
from host.models.store import ModelStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from host.models.metadata import Installed


def describe_embedding_model(installed: Installed, *, remote_code: bool = False) -> EmbeddingModel:
    """An installed embedding model as the encoder process needs it."""
    entry = installed.entry
    return EmbeddingModel(
        model_id=entry.id,
        folder=installed.folder,
        dimensions=entry.dimensions or 0,
        max_tokens=entry.context,
        query_prefix=entry.query_prefix,
        passage_prefix=entry.passage_prefix,
        memory=entry.memory,
        remote_code=remote_code,
    )


def find_language_file(installed: Installed, metadata: Mapping[str, object]) -> Path:
    """The file of an instruction model to load: the form kept for this processor, else as downloaded.

    Raises:
        ModelUnavailable: there is no file that can be loaded.
    """
    kept = metadata.get("quantisation")
    path = kept.get("file") if isinstance(kept, dict) else None
    if isinstance(path, str) and stays_inside(path) and (installed.folder / path).is_file():
        return installed.folder / path
    return find_original_file(installed)


def describe_language_model(store: ModelStore, installed: Installed) -> InstructionModel:
    """An installed instruction model, or an adapter of one, as its process needs it.

    Raises:
        ModelUnavailable: there is no file that can be loaded, or the model of an adapter is not installed.
    """
    entry = installed.entry
    if entry.base is None:
        file = find_language_file(installed, store.read_metadata(entry.id))
        return InstructionModel(entry.id, file, entry.context, entry.memory)
    base = store.find(entry.base) if entry.base in store.entries() else None
    if base is None or base.entry.type != "instruction" or base.entry.base is not None:
        raise ModelUnavailable(
            f"{entry.id} changes the answers of {entry.base}, which is not installed.",
            fix=f"classify model download {entry.base}",
        )
    file = find_language_file(base, store.read_metadata(entry.base))
    adapter = find_original_file(installed)
    return InstructionModel(entry.id, file, base.entry.context, base.entry.memory, adapter)


def find_original_file(installed: Installed) -> Path:
    """The file of an instruction model as it was downloaded.

    Raises:
        ModelUnavailable: it has none.
    """
    for file in installed.files:
        if file.path.lower().endswith(".gguf"):
            return installed.folder / file.path
    raise ModelUnavailable(
        f"The model {installed.entry.id} has no GGUF file.",
        fix=f"Remove it and add one that has: classify model remove {installed.entry.id}",
    )


def find_embedding_model(models_folder: Path) -> EmbeddingModel | None:
    """The embedding model that pages are searched with, or None when there is none."""
    store = ModelStore(models_folder)
    entries = [installed.entry for installed in store.list_installed()]
    entry = find_model("search", Choices(models_folder).read().get("search"), entries)
    installed = store.find(entry.id) if entry else None
    return describe_embedding_model(installed) if installed else None


def find_reranking_model(models_folder: Path) -> tuple[str, Path] | None:
    """Id and folder of the cross-encoder to use, or None when there is none."""
    installed = [one for one in ModelStore(models_folder).list_installed() if one.entry.type == "reranker"]
    return (installed[0].entry.id, installed[0].folder) if installed else None
