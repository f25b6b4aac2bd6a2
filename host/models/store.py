"""The models on this machine: which are known, which are there, whether they are whole. Stdlib only.

The folder is the truth. `metadata.json` in a model's folder, `cache.json` (the index of all) and
`added.json` (what the user put in) are made anew from it when they are missing or damaged.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import threading
import uuid
from typing import TYPE_CHECKING, Any, Literal

from host.core.errors import InvalidInput, ModelUnavailable, NotFound
from host.core.lock import ProcessLock
from host.models import registry
from host.models.added import AddedModels
from host.models.disk_errors import tell_disk_errors
from host.models.integrity import find_damaged, has_size
from host.models.json_files import ObjectCache, read_object, write_object
from host.models.metadata import (
    METADATA_FILE,
    Installed,
    adopt,
    describe_installed,
    read_installed,
    read_recorded_entry,
)
from host.models.names import check_model_name, is_model_name
from host.models.registry import ModelEntry, load_registry

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Installed", "ModelStore", "find_installed"]

INDEX_FILE = "cache.json"
PARTIAL_FOLDER = ".partial"
# In a folder where a model is put together: what it is put together from.
ORIGIN_FILE = ".origin.json"
_REMOVED = ".removed-"

Presence = Literal["absent", "partial", "installed", "damaged"]


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
        self._root = str(folder)
        self._lock = threading.RLock()
        self._cache = ObjectCache()
        self._added = AddedModels(folder, self.shipped, self._cache)
        # What a record was read as, with all that it was made of.
        self._looked_up: dict[str, tuple[dict[str, Any], ModelEntry, Installed, list[tuple[str, int]]]] = {}

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
        return {**self.shipped, **self._added.read()}

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

        Returns:
            `partial` when only a part was fetched, by a download that is under way or was broken off.

        Raises:
            NotFound: there is no model of this name.
        """
        if self.find(model_id) is not None:
            return "installed"
        if (self.folder / model_id).is_dir():
            return "damaged"
        return "partial" if _holds_bytes(self.staging_folder(model_id)) else "absent"

    def list_installed(self) -> list[Installed]:
        """Every model that is there, in the order of the registry. Puts the index right."""
        names = _list_folders(self.folder)
        self._recover_added(names)
        # Some systems do not tell capitals from small letters.
        there = {name.casefold() for name in names}
        found = [
            one
            for entry in self.entries().values()
            if entry.id.casefold() in there and (one := self._look_up(entry)) is not None
        ]
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
        with self._lock, tell_disk_errors(self.folder), contextlib.ExitStack() as stack:
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
            DiskFull, ModelUnavailable: the list of them cannot be written.
        """
        check_model_name(entry.id)
        if entry.id in self.shipped:
            message = f"{entry.id} is the name of a model that is known already."
            raise InvalidInput(message, fix=f"Give it another name, such as my-{entry.id}.")
        with self._lock:
            self._added.write({**self._added.read(), entry.id: entry})

    def forget_entry(self, model_id: str) -> None:
        """Take out a model that the user put in.

        Raises:
            NotFound: the user put in no such model.
            InvalidInput: it is still installed.
            DiskFull, ModelUnavailable: the list of them cannot be written.
        """
        with self._lock:
            added = self._added.read()
            if model_id not in added:
                message = f"No model named {model_id} was added."
                raise NotFound(message)
            if (self.folder / model_id).exists():
                message = f"The model {model_id} is still installed."
                raise InvalidInput(message, fix=f"classify model remove {model_id}")
            del added[model_id]
            self._added.write(added)

    def read_metadata(self, model_id: str) -> dict[str, Any]:
        """The record beside a model's files; empty when it is not installed."""
        if self.find(model_id) is None:
            return {}
        return dict(self._cache.read(self._locate(model_id, METADATA_FILE)) or {})

    def update_metadata(self, model_id: str, **values: object) -> None:
        """Change values in the record beside a model's files.

        Raises:
            NotFound: it is not installed.
            DiskFull, ModelUnavailable: the record cannot be written; it is as it was.
        """
        with self._lock:
            record = self.read_metadata(model_id)
            if not record:
                message = f"The model {model_id} is not installed."
                raise NotFound(message, fix=f"classify model download {model_id}")
            with tell_disk_errors(self.folder / model_id, "model's folder"):
                write_object(self.folder / model_id / METADATA_FILE, {**record, **values})

    def repair(self) -> None:
        """Make the index anew from the folder, find added models again, and delete what removals left.

        A folder that cannot be written to stays as it is.
        """
        with self._lock:
            self.clean_up()
            with contextlib.suppress(OSError):
                (self.folder / INDEX_FILE).unlink(missing_ok=True)
        self.list_installed()

    def clean_up(self) -> None:
        """Delete what an interrupted removal has left."""
        for left in self.partial_folder.glob(f"*{_REMOVED}*"):
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    left.unlink()

    def _locate(self, *names: str) -> str:
        # What is asked at every search must not cost a Path for each file.
        return os.sep.join((self._root, *names))  # noqa: PTH118

    def _look_up(self, entry: ModelEntry) -> Installed | None:
        record = self._cache.read(self._locate(entry.id, METADATA_FILE))
        known = self._looked_up.get(entry.id)
        if record is None or known is None or known[0] is not record or known[1] is not entry:
            folder = self.folder / entry.id
            installed = read_installed(record, entry, folder) if record else None
            if record is None or installed is None:
                return self._adopt(entry, folder) if folder.is_dir() else None
            sizes = [(self._locate(entry.id, file.path), file.size or 0) for file in installed.files]
            known = self._looked_up[entry.id] = (record, entry, installed, sizes)
        return known[2] if all(_has_size(path, size) for path, size in known[3]) else None

    def _adopt(self, entry: ModelEntry, folder: Path) -> Installed | None:
        try:
            installed = adopt(entry, folder)
        except OSError:
            return None
        if installed is not None:
            # A folder that cannot be written to is adopted each time.
            with contextlib.suppress(OSError):
                write_object(folder / METADATA_FILE, describe_installed(installed, None))
        return installed

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

    def _recover_added(self, names: list[str]) -> None:
        with self._lock:
            known = self.entries()
            lost: dict[str, ModelEntry] = {}
            for name in names:
                if name in known or not is_model_name(name):
                    continue
                entry = read_recorded_entry(self._cache.read(self._locate(name, METADATA_FILE)) or {})
                if entry is not None and entry.id == name and entry.added:
                    lost[entry.id] = entry
            if lost:
                self._added.recover(lost)

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
            if self._cache.read(self._locate(INDEX_FILE)) == {"models": index} or not self.folder.is_dir():
                return
            # An index that cannot be written is made again next time.
            with contextlib.suppress(OSError):
                write_object(self.folder / INDEX_FILE, {"models": index})


def find_installed(model_id: str, models_folder: Path) -> Path | None:
    """The folder of an installed model, or None.

    Raises:
        NotFound: there is no model of this name.
    """
    installed = ModelStore(models_folder).find(model_id)
    return installed.folder if installed else None


def _list_folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []


def _has_size(path: str, size: int) -> bool:
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path would cost more than the question
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == size


def _holds_bytes(staging: Path) -> bool:
    try:
        return any(
            path.name != ORIGIN_FILE and path.is_file() and path.stat().st_size > 0
            for path in staging.rglob("*")
        )
    except OSError:
        return False
