"""The models that a user put in: `added.json` in the models folder. Standard library only."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.models.disk_errors import tell_disk_errors
from host.models.json_files import ObjectCache, write_object
from host.models.registry import ModelEntry, describe_entry, read_entry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ADDED_FILE = "added.json"


class AddedModels:
    """What a user put in. Whoever changes it holds a lock of their own."""

    def __init__(self, folder: Path, shipped: Mapping[str, ModelEntry], cache: ObjectCache) -> None:
        """Look at a folder; nothing is read yet.

        Args:
            folder: of all models.
            shipped: models whose names nobody else can have.
            cache: of files that were read.
        """
        self._folder = folder
        self._shipped = shipped
        self._cache = cache
        self._known: tuple[dict[str, Any] | None, dict[str, ModelEntry]] = (None, {})
        # Found again in their folders, where the list of them cannot be written.
        self._unwritten: dict[str, ModelEntry] = {}

    def read(self) -> dict[str, ModelEntry]:
        """The entries by id. What cannot be read is left out."""
        value = self._cache.read(str(self._folder / ADDED_FILE))
        known_value, found = self._known
        if value is None or value is not known_value:
            found = _read_entries(value or {})
            self._known = (value, found)
        both = {**self._unwritten, **found}
        return {name: entry for name, entry in both.items() if name not in self._shipped}

    def write(self, entries: Mapping[str, ModelEntry]) -> None:
        """Replace the list.

        Raises:
            DiskFull: there is no room for it.
            ModelUnavailable: the folder cannot be written to.
        """
        with tell_disk_errors(self._folder):
            self._write(entries)

    def recover(self, lost: Mapping[str, ModelEntry]) -> None:
        """Put entries back that were found in their folders; without a list where none can be written."""
        try:
            self._write({**self.read(), **lost})
        except OSError:
            self._unwritten.update(lost)

    def _write(self, entries: Mapping[str, ModelEntry]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        items = [describe_entry(entry) for entry in entries.values()]
        write_object(self._folder / ADDED_FILE, {"models": items})
        self._unwritten.clear()


def _read_entries(value: Mapping[str, Any]) -> dict[str, ModelEntry]:
    items = value.get("models")
    found: dict[str, ModelEntry] = {}
    for item in items if isinstance(items, list) else []:
        # An installed one that cannot be read comes back with its own record.
        if isinstance(item, dict):
            with contextlib.suppress(InvalidInput):
                entry = read_entry({**item, "added": True})
                found[entry.id] = entry
    return found
