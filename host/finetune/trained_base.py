"""The installed model that a trained one belongs to: what was taught is put on its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import InvalidInput
from host.finetune.training_folder import CONVERSION_FILE
from host.models.integrity import hash_file
from host.models.json_files import read_object, write_object
from host.models.lora.conversion_source import check_architecture, find_named

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.lora.base import BaseModel
    from host.models.store import ModelStore

# In `conversion.json`: what `--base` said.
BASE_KEY = "base"


def find_trained_base(base: BaseModel, named: str | None, store: ModelStore) -> tuple[str, Path]:
    """The installed model of a base, and the GGUF file that what it learns is put on.

    Args:
        base: that is taught.
        named: the same model as an installed one or a GGUF file; needed when `base` is safetensors.
        store: the models that are installed.

    Raises:
        NotFound: there is no such model.
        InvalidInput: what is taught could not be made a file of, or could not be measured and used.
    """
    if base.id is not None and base.gguf is not None:
        return base.id, base.gguf
    file = base.gguf
    if file is None:
        if named is None:
            message = (
                f"{base.name} is a folder of safetensors; what it learns is put on a GGUF file of the same"
                " model."
            )
            raise InvalidInput(message, fix="Name it too: --base INSTALLED_MODEL_OR_GGUF")
        file = find_named(named, store)
    elif named is not None:
        check_architecture(find_named(named, store), base.architecture)
    check_architecture(file, base.architecture)
    model = find_installed(named, file, store)
    if model is None:
        message = f"{file.name} is not installed, so what is taught could neither be measured nor used."
        raise InvalidInput(message, fix=f"Run: ai-history model add {file}, and name it with --base ID")
    return model, file


def find_installed(named: str | None, file: Path, store: ModelStore) -> str | None:
    """The id of the installed model that is meant; None when it is not installed.

    Args:
        named: what a person called it.
        file: GGUF of it.
        store: the models that are installed.
    """
    if named is not None and named in store.entries() and store.find(named) is not None:
        return named
    size = file.stat().st_size
    for one in store.list_installed():
        alike = [each for each in one.files if each.size == size and each.sha256]
        # An adapter and a model that was trained here are no base of another.
        if alike and one.entry.base is None and not one.entry.roles:
            digest = hash_file(file)
            if any(each.sha256 == digest for each in alike):
                return one.entry.id
    return None


def note_base(folder: Path, model: str) -> None:
    """Keep beside the files of a training which installed model they belong to.

    Args:
        folder: with `conversion.json`.
        model: its id.

    Raises:
        OSError: the folder cannot be written to.
    """
    file = folder / CONVERSION_FILE
    write_object(file, {**(read_object(file) or {}), BASE_KEY: model})
