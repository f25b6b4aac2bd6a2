"""The registry's entry for a model that was trained on this machine: an adapter, or a whole model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput
from host.models.adapters import describe_adapter
from host.models.gguf_header import read_gguf_header
from host.models.integrity import hash_file
from host.models.names import check_model_name
from host.models.registry import LocalSource, ModelEntry, ModelFile
from host.models.roles import Role, not_installed

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.deployment_record import Kind
    from host.models.metadata import Installed
    from host.models.store import ModelStore

# Beside the weights of a model in memory.
_OVERHEAD = 150_000_000
# Of a model whose header does not tell.
_CONTEXT = 4096


def describe_trained(
    store: ModelStore, file: Path, base: str | None, kind: Kind, model_id: str, role: Role
) -> ModelEntry:
    """What is known of a trained model.

    Args:
        store: where its base is installed.
        file: GGUF; stays where it is.
        base: the instruction model that it was trained from; None where that is not here.
        kind: what the file is.
        model_id: its name here.
        role: the only job that it was trained for.

    Raises:
        NotFound: the base is not installed.
        InvalidInput: the file is not what it is said to be, an adapter has no base, or the name cannot be a
            model's.
    """
    check_model_name(model_id)
    installed = _find_base(store, base) if base is not None else None
    if not file.is_file():
        raise InvalidInput(f"There is no file {file}.")
    note = f"Sorts tabs; trained here{f' from {base}' if base else ''}."
    try:
        if kind == "adapter":
            if installed is None:
                raise InvalidInput("An adapter needs the model that it was trained from.", fix="Name it.")
            entry = describe_adapter(file, installed, model_id, note=note)
        else:
            entry = _describe_merged(file, installed, model_id, note)
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read ({type(error).__name__}).") from error
    # A name of ours: that of a file somewhere may be anything.
    files = (replace(entry.files[0], path=f"{kind}.gguf"),)
    return replace(entry, files=files, roles=(role,))


def _find_base(store: ModelStore, base: str) -> Installed:
    store.find_entry(base)
    installed = store.find(base)
    if installed is None:
        raise not_installed(base)
    if installed.entry.type != "instruction" or installed.entry.base is not None:
        raise InvalidInput(f"{base} is no instruction model.", fix="Name the model that was trained.")
    return installed


def _describe_merged(file: Path, base: Installed | None, model_id: str, note: str) -> ModelEntry:
    with file.open("rb") as stream:
        header = read_gguf_header(stream)
    if header.get("general.type") == "adapter":
        raise InvalidInput("The file is an adapter, not a whole model.", fix="Deploy it as an adapter.")
    architecture = header.get("general.architecture")
    if not isinstance(architecture, str):
        raise InvalidInput("The file does not say what kind of model it is (general.architecture).")
    context = header.get(f"{architecture}.context_length")
    size = file.stat().st_size
    known = base.entry if base else None
    return ModelEntry(
        id=model_id,
        name=f"{known.name if known else model_id}, trained for tabs",
        type="instruction",
        format="gguf",
        licence=known.licence if known else str(header.get("general.license") or "unknown"),
        context=known.context
        if known
        else (context if isinstance(context, int) and context > 0 else _CONTEXT),
        size=size,
        memory=round(size * 1.2) + _OVERHEAD,
        files=(ModelFile(file.name, size, hash_file(file)),),
        sources=(LocalSource(str(file.resolve())),),
        languages=known.languages if known else ("en",),
        added=True,
        quality=known.quality if known else 1,
        note=note,
    )
