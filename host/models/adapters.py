"""A LoRA adapter as a model of its own: its answers are those of another model, changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import InvalidInput
from host.models.gguf_header import read_gguf_header
from host.models.installed import find_original_file
from host.models.integrity import hash_file
from host.models.llama_adapter import check_adapter
from host.models.names import check_model_name
from host.models.registry import LocalSource, ModelEntry, ModelFile

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.metadata import Installed


def describe_adapter(file: Path, base: Installed, model_id: str, *, note: str = "") -> ModelEntry:
    """The registry's entry for an adapter.

    Args:
        file: GGUF of the adapter.
        base: the instruction model that it was trained for.
        model_id: its name here.
        note: one sentence for people who choose.

    Raises:
        InvalidInput: the file is no adapter for such a model, or the name cannot be a model's.
        ModelUnavailable: the model has no GGUF file.
    """
    check_model_name(model_id)
    if base.entry.type != "instruction" or base.entry.base is not None:
        raise InvalidInput(
            f"{base.entry.id} cannot be changed by an adapter.", fix="Name an instruction model."
        )
    with find_original_file(base).open("rb") as stream:
        header = read_gguf_header(stream)
    check_adapter(file, str(header.get("general.architecture", "")))
    size = file.stat().st_size
    return ModelEntry(
        id=model_id,
        name=f"{base.entry.name}, adapted",
        type="instruction",
        format="gguf",
        licence=base.entry.licence,
        context=base.entry.context,
        size=size,
        memory=base.entry.memory,
        files=(ModelFile(file.name, size, hash_file(file)),),
        sources=(LocalSource(str(file.resolve())),),
        languages=base.entry.languages,
        added=True,
        quality=base.entry.quality,
        note=note or f"Changes the answers of {base.entry.id}.",
        base=base.entry.id,
    )
