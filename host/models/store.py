"""The models on this machine: which are known, which are there, whether they are whole. Stdlib only.

The folder is the truth. `metadata.json` in a model's folder, `cache.json` (the index of all) and
`added.json` (what the user put in) are made anew from it when they are missing or damaged.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import threading
import uuid
from pathlib import Path
from typing import Any, Literal

from host.core.errors import AppError, InvalidInput, ModelUnavailable, NotFound
from host.core.lock import ProcessLock
from host.models import registry
from host.models.integrity import find_damaged, has_size
from host.models.json_files import read_object, write_object
from host.models.metadata import (
    METADATA_FILE,
    Installed,
    adopt,
    describe_installed,
    read_installed,
    read_recorded_entry,
)
from host.models.registry import ModelEntry, describe_entry, load_registry, read_entry

__all__ = ["Installed", "ModelStore", "find_installed"]

INDEX_FILE = "cache.json"
ADDED_FILE = "added.json"
PARTIAL_FOLDER = ".partial"
_REMOVED = ".removed-"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Presence = Literal["absent", "installed", "damaged"]


class ModelStore:
    """The models folder. Safe to use from several threads and processes."""

    def __init__(self, folder: Path, shipped: dict[str, ModelEntry] | None = None) -> None:
        """Look at a folder; nothing is read or made before something is asked.

        Args:
            folder: holds a folder for each model.
            shipped: the models known without the user's own; by default those of this version.
        """
        self.folder = folder
        self.shipped = load_registry() if shipped is None else shipped
        self._lock = threading.RLock()

    @property
    def partial_folder(self) -> Path:
        """Where downloads are put together, and where removed models go before they are deleted."""
        return self.folder / PARTIAL_FOLDER

    def staging_folder(self, model_id: str) -> Path:
        """Where one model is put together."""
        return self.partial_folder / model_id

    def lock_model(self, model_id: str) -> ProcessLock:
        """The lock that whoever changes a model's folder holds, in whichever process. Not yet taken."""
        return ProcessLock(self.partial_folder / f"{model_id}.lock")

    def entries(self) -> dict[str, ModelEntry]:
        """Every model known, shipped ones first, by id."""
        return {**self.shipped, **self._read_added()}

    def find_entry(self, model_id: str) -> ModelEntry:
        """What is known of one model.

        Raises:
            NotFound: there is no model of this name.
        """
        return registry.find_entry(model_id, self.entries())

    def find(self, model_id: str) -> Installed | None:
        """An installed model. Cheap: it compares sizes and reads no contents.

        Returns:
            The model, or None when it is not there or not whole.

        Raises:
            NotFound: there is no model of this name.
        """
        return self._look_up(self.find_entry(model_id))

    def presence(self, model_id: str) -> Presence:
        """Whether a model is there and, as far as sizes tell, whole.

        Raises:
            NotFound: there is no model of this name.
        """
        if self.find(model_id) is not None:
            return "installed"
        return "damaged" if (self.folder / model_id).is_dir() else "absent"

    def list_installed(self) -> list[Installed]:
        """Every model that is there, in the order of the registry. Puts the index right."""
        self._recover_added()
        found = [one for entry in self.entries().values() if (one := self._look_up(entry)) is not None]
        self._write_index(found)
        return found

    def verify(self, model_id: str) -> list[str]:
        """Compute every checksum of an installed model.

        Returns:
            The paths of files that are missing or not as they should be.

        Raises:
            NotFound: there is no model of this name, or it is not installed.
        """
        entry = self.find_entry(model_id)
        folder = self.folder / model_id
        if not folder.is_dir():
            message = f"The model {model_id} is not installed."
            raise NotFound(message, fix=f"classify model download {model_id}")
        record = read_object(folder / METADATA_FILE)
        installed = read_installed(record, entry, folder) if record else adopt(entry, folder)
        if installed is None:
            return [file.path for file in entry.files if not has_size(folder / file.path, file.size)]
        return [file.path for file in find_damaged(installed.wanted, folder)]

    def remove(self, model_id: str) -> int:
        """Delete a model, and what was fetched of it, in one step that leaves no half of it.

        Returns:
            Bytes freed; 0 when there was nothing.

        Raises:
            NotFound: there is no model of this name.
            ModelUnavailable: it is being downloaded, or the system holds its files.
        """
        self.find_entry(model_id)
        with self._lock, contextlib.ExitStack() as stack:
            lock = self.lock_model(model_id)
            if not lock.acquire():
                message = f"The model {model_id} is being downloaded."
                raise ModelUnavailable(message, fix="Cancel the download, then remove it.")
            stack.callback(lock.release)
            freed = 0
            for folder in (self.folder / model_id, self.staging_folder(model_id)):
                freed += self._discard(folder, model_id)
            self.clean_up()
        self.list_installed()
        return freed

    def add_entry(self, entry: ModelEntry) -> None:
        """Put in a model of the user's own; one of the same name that was put in before is replaced.

        Raises:
            InvalidInput: the name cannot be a folder's, or belongs to a model that this version ships.
        """
        if not _ID.fullmatch(entry.id):
            message = f"{entry.id} cannot be a model's name."
            raise InvalidInput(message, fix="Use letters, digits, points, hyphens and underscores.")
        if entry.id in self.shipped:
            message = f"{entry.id} is the name of a model that is known already."
            raise InvalidInput(message, fix=f"Give it another name, such as my-{entry.id}.")
        with self._lock:
            self._write_added({**self._read_added(), entry.id: entry})

    def forget_entry(self, model_id: str) -> None:
        """Take out a model that the user put in.

        Raises:
            NotFound: the user put in no such model.
            InvalidInput: it is still installed.
        """
        with self._lock:
            added = self._read_added()
            if model_id not in added:
                message = f"No model named {model_id} was added."
                raise NotFound(message)
            if (self.folder / model_id).exists():
                message = f"The model {model_id} is still installed."
                raise InvalidInput(message, fix=f"classify model remove {model_id}")
            del added[model_id]
            self._write_added(added)

    def read_metadata(self, model_id: str) -> dict[str, Any]:
        """The record beside a model's files; empty when it is not installed."""
        if self.find(model_id) is None:
            return {}
        return read_object(self.folder / model_id / METADATA_FILE) or {}

    def update_metadata(self, model_id: str, **values: object) -> None:
        """Change values in the record beside a model's files.

        Raises:
            NotFound: it is not installed.
        """
        with self._lock:
            record = self.read_metadata(model_id)
            if not record:
                message = f"The model {model_id} is not installed."
                raise NotFound(message, fix=f"classify model download {model_id}")
            write_object(self.folder / model_id / METADATA_FILE, {**record, **values})

    def repair(self) -> None:
        """Make the index anew from the folder, find added models again, and delete what removals left."""
        with self._lock:
            self.clean_up()
            if self.folder.is_dir():
                (self.folder / INDEX_FILE).unlink(missing_ok=True)
        self.list_installed()

    def clean_up(self) -> None:
        """Delete what an interrupted removal has left."""
        for folder in self.partial_folder.glob(f"*{_REMOVED}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _look_up(self, entry: ModelEntry) -> Installed | None:
        folder = self.folder / entry.id
        if not folder.is_dir():
            return None
        record = read_object(folder / METADATA_FILE)
        installed = read_installed(record, entry, folder) if record else None
        if installed is None:
            installed = adopt(entry, folder)
            if installed is not None:
                # A folder that cannot be written to is adopted each time.
                with contextlib.suppress(OSError):
                    write_object(folder / METADATA_FILE, describe_installed(installed, None))
            return installed
        return installed if all(has_size(folder / file.path, file.size) for file in installed.files) else None

    def _discard(self, folder: Path, model_id: str) -> int:
        if folder.is_symlink():
            folder.unlink()
            return 0
        if not folder.exists():
            return 0
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        aside = self.partial_folder / f"{model_id}{_REMOVED}{uuid.uuid4().hex}"
        try:
            folder.replace(aside)
        except OSError as error:
            message = f"The files of {model_id} cannot be removed ({type(error).__name__})."
            raise ModelUnavailable(message, fix="Close what uses the model and try again.") from error
        shutil.rmtree(aside, ignore_errors=True)
        return size

    def _read_added(self) -> dict[str, ModelEntry]:
        path = self.folder / ADDED_FILE
        value = read_object(path)
        if value is None:
            return {}
        added: dict[str, ModelEntry] = {}
        for item in value.get("models", []) if isinstance(value.get("models"), list) else []:
            # What cannot be read is left out; an installed one comes back with its own record.
            with contextlib.suppress(AppError, KeyError, TypeError, ValueError):
                entry = read_entry({**item, "added": True})
                if entry.id not in self.shipped:
                    added[entry.id] = entry
        return added

    def _write_added(self, added: dict[str, ModelEntry]) -> None:
        items = [describe_entry(entry) for entry in added.values()]
        self.folder.mkdir(parents=True, exist_ok=True)
        write_object(self.folder / ADDED_FILE, {"models": items})

    def _recover_added(self) -> None:
        with self._lock:
            known = self.entries()
            lost: dict[str, ModelEntry] = {}
            for folder in _list_folders(self.folder):
                if folder.name in known or not _ID.fullmatch(folder.name):
                    continue
                entry = read_recorded_entry(read_object(folder / METADATA_FILE) or {})
                if entry is not None and entry.id == folder.name and entry.added:
                    lost[entry.id] = entry
            if lost:
                self._write_added({**self._read_added(), **lost})

    def _write_index(self, found: list[Installed]) -> None:
        index = {
            one.entry.id: {
                "type": one.entry.type,
                "size": one.size,
                "installed_at": one.installed_at,
                "revision": one.revision,
            }
            for one in found
        }
        with self._lock:
            path = self.folder / INDEX_FILE
            if read_object(path) == {"models": index} or not self.folder.is_dir():
                return
            # An index that cannot be written is made again next time.
            with contextlib.suppress(OSError):
                write_object(path, {"models": index})


def find_installed(model_id: str, models_folder: Path) -> Path | None:
    """The folder of an installed model, or None.

    Raises:
        NotFound: there is no model of this name.
    """
    installed = ModelStore(models_folder).find(model_id)
    return installed.folder if installed else None


def _list_folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir())
    except OSError:
        return []
