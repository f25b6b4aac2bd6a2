"""The folder where a model is put together: begun, gone on with, and moved to the model's place."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from host.core.errors import ModelUnavailable
from host.models.json_files import read_object, write_object
from host.models.metadata import METADATA_FILE
from host.models.model_forms import FOLDER as FORMS_FOLDER
from host.models.registry import describe_entry
from host.models.store import ORIGIN_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.registry import ModelEntry, ModelFile
    from host.models.store import ModelStore

_WEIGHTS = (".gguf", ".safetensors")
_FORMS_KEY = "quantisation"


def prepare_staging(store: ModelStore, entry: ModelEntry, *, take: bool) -> dict[str, Any]:
    """Have a folder in which only files of this very model lie, if any.

    Args:
        store: where models are kept.
        entry: the model.
        take: whether what is installed of it is to be gone on with.

    Returns:
        The record of what was installed, or an empty one.

    Raises:
        ModelUnavailable: something that is no folder lies at the model's place.
        OSError: the disk did not take it.
    """
    check_place(store, entry)
    folder, staging = store.folder / entry.id, store.staging_folder(entry.id)
    sources = describe_entry(entry)["sources"]
    if staging.is_symlink():
        staging.unlink()
    # A linked folder is its owner's: nothing is changed in it.
    if take and folder.is_dir() and not folder.is_symlink() and not staging.exists():
        staging.parent.mkdir(parents=True, exist_ok=True)
        folder.replace(staging)
        if read_object(staging / METADATA_FILE) is None:
            write_object(staging / ORIGIN_FILE, {"sources": sources})
    if staging.exists() and _read_sources(staging) != sources:
        shutil.rmtree(staging)
    staging.mkdir(parents=True, exist_ok=True)
    write_object(staging / ORIGIN_FILE, {"sources": sources})
    return read_object(staging / METADATA_FILE) or {}


def check_place(store: ModelStore, entry: ModelEntry) -> None:
    """Make sure that a folder can come to the model's place.

    Raises:
        ModelUnavailable: something else lies there.
    """
    folder = store.folder / entry.id
    if os.path.lexists(folder) and not folder.is_dir():
        raise ModelUnavailable(
            f"{folder} is in the way of the model {entry.id}: it is no folder.", fix="Move it elsewhere."
        )


def keep_values(before: dict[str, Any], files: tuple[ModelFile, ...]) -> dict[str, Any]:
    """What still holds of an earlier record; what was measured holds only of the same weights."""
    listed = before.get("files")
    known = {
        one.get("path"): one.get("sha256")
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and isinstance(one.get("path"), str)
    }
    weights = [file for file in files if file.path.lower().endswith(_WEIGHTS)]
    same = bool(weights) and all(file.sha256 and known.get(file.path) == file.sha256 for file in weights)
    return {key: value for key, value in before.items() if same or key != _FORMS_KEY}


def drop_others(staging: Path, files: tuple[ModelFile, ...], record: dict[str, Any]) -> None:
    """Delete everything that is not of the model: its files, its record, the form of it that is used.

    Raises:
        OSError.
    """
    kept = {METADATA_FILE, *(PurePosixPath(file.path.replace("\\", "/")).as_posix() for file in files)}
    forms = record.get(_FORMS_KEY)
    form = forms.get("file") if isinstance(forms, dict) else None
    if isinstance(form, str) and form.startswith(f"{FORMS_FOLDER}/"):
        kept.add(form)
    # What a folder holds comes before the folder.
    for path in sorted(staging.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(staging).as_posix() not in kept:
            path.unlink()


def move_to_place(store: ModelStore, entry: ModelEntry) -> None:
    """Put a whole model where it belongs, in place of an earlier one.

    Raises:
        ModelUnavailable: something that is no folder lies there.
        OSError.
    """
    check_place(store, entry)
    folder = store.folder / entry.id
    if folder.exists():
        folder.replace(store.partial_folder / f"{entry.id}.removed-{uuid.uuid4().hex}")
        store.clean_up()
    store.staging_folder(entry.id).replace(folder)


def _read_sources(staging: Path) -> object:
    origin = read_object(staging / ORIGIN_FILE)
    if origin is not None:
        return origin.get("sources")
    entry = (read_object(staging / METADATA_FILE) or {}).get("entry")
    return entry.get("sources") if isinstance(entry, dict) else None
