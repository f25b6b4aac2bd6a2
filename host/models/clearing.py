"""Removing every model that can be fetched again; those that were made here stay."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.errors import AppError
from host.models.registry import LocalSource

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.manager import ModelManager
    from host.models.registry import ModelEntry
    from host.models.store import ModelStore


@dataclass(frozen=True)
class Cleared:
    """What became of the models.

    Attributes:
        removed: the models that are gone.
        kept: those that no download would bring back, and those that the system did not let go.
        freed: bytes.
    """

    removed: tuple[str, ...]
    kept: tuple[str, ...]
    freed: int


def clear_models(store: ModelStore, manager: ModelManager) -> Cleared:
    """Unload and delete the downloaded models with all that was made of them, and unfinished downloads.

    Which model does which job is forgotten for those that are gone. A model that was trained here, or that
    was copied from a file of its user, stays.

    Args:
        store: where models lie.
        manager: unloads and removes them.
    """
    for view in manager.list_views():
        manager.cancel_download(view.entry.id)
    removed, kept, freed = [], [], 0
    for entry in store.entries().values():
        if store.presence(entry.id) == "absent":
            continue
        if _is_made_here(entry):
            manager.unload(entry.id)
            kept.append(entry.id)
            continue
        try:
            freed += manager.remove(entry.id, force=True)
        except AppError:
            kept.append(entry.id)
        else:
            removed.append(entry.id)
    freed += _sweep(store.partial_folder, {*kept})
    return Cleared(tuple(removed), tuple(kept), freed)


def _is_made_here(entry: ModelEntry) -> bool:
    return all(isinstance(source, LocalSource) for source in entry.sources)


def _sweep(folder: Path, kept: set[str]) -> int:
    """Delete what unfinished downloads have left; returns how many bytes."""
    freed = 0
    for path in sorted(folder.glob("*")):
        if path.is_symlink() or path.suffix == ".lock" or path.name in kept or not path.is_dir():
            continue
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        with contextlib.suppress(OSError):
            shutil.rmtree(path)
            freed += size
    return freed
