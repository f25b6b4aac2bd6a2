"""Deleting all that is kept on this computer: what goes first, what stays, and the receipt.

Folders are renamed before anything in them is deleted, so that a process that is killed in the middle leaves
no half history behind: what it did not come to is deleted when the next one starts.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.core.log import get_logger
from host.storage.replacement import erase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from host.core.paths import Paths

CONFIRMATION = "delete all data"
LEAVING = ".deleting"
# Files that hold a person's words are overwritten; models are the same on every computer.
_OVERWRITTEN = frozenset({"history", "settings", "logs"})
_log = get_logger("deletion")


@dataclass(frozen=True)
class Removal:
    """One thing that was removed, or left.

    Attributes:
        what: in a word or two, for a person.
        path: where it was.
        files: how many.
        bytes: of them together.
        why: it was left.
    """

    what: str
    path: str
    files: int
    bytes: int
    why: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of everything."""

    removed: list[Removal] = field(default_factory=list)
    left: list[Removal] = field(default_factory=list)


@dataclass(frozen=True)
class _Part:
    kind: str
    what: str
    path: Path


def delete_everything(
    paths: Paths,
    exports: Path | None,
    *,
    forget_keys: Callable[[], Iterable[tuple[str, str | None]]] = tuple,
    on_progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> Receipt:
    """Delete every history, backup, model, setting and log of an installation.

    Nothing may have a file of it open any more. Files that a person exported are theirs: they stay, and the
    receipt names their folder.

    Args:
        paths: the installation.
        exports: where exported files go; None when nobody knows.
        forget_keys: deletes the keys of encrypted histories; says where each was, and why it is left.
        on_progress: gets what is being deleted, and the share that is done.
    """
    receipt = Receipt()
    parts = _list_parts(paths)
    counted = _count(parts)
    # Without its key an encrypted history is gone already.
    for name, problem in forget_keys():
        key = Removal("key", name, 0, 0, problem)
        (receipt.left if problem else receipt.removed).append(key)
    places = {folder: _move_aside(folder) for folder in (paths.data, paths.models, paths.log)}
    total = sum(size for _, size in counted.values()) or 1
    done = 0
    for part in parts:
        on_progress(part.what, done / total)
        files, size = counted[part.path]
        place = _follow(part.path, places)
        problem = _delete(place, overwrite=part.kind in _OVERWRITTEN)
        if problem:
            receipt.left.append(Removal(part.what, str(place), files, size, problem))
        else:
            receipt.removed.append(Removal(part.what, str(part.path), files, size))
        done += size
    for place in places.values():
        _delete(place, overwrite=True)
    if exports is not None:
        receipt.left.extend(_list_exports(exports))
    on_progress("done", 1.0)
    return receipt


def finish_deletion(paths: Paths) -> None:
    """Delete what a deletion that was killed has not come to. Before anything is opened."""
    for folder in (paths.data, paths.models, paths.log):
        for place in folder.parent.glob(f"{folder.name}{LEAVING}*"):
            if _delete(place, overwrite=folder != paths.models):
                _log.error("a folder that was to be deleted is still there")


def _list_parts(paths: Paths) -> list[_Part]:
    """What there is, the words of a person first."""
    parts = []
    for folder in _list(paths.data):
        if (folder / "history.db").exists():
            backups = folder / "backups"
            if backups.is_dir():
                parts.append(_Part("history", f"backups of {folder.name}", backups))
            parts.append(_Part("history", f"history of {folder.name}", folder))
        else:
            parts.append(_Part("history", "training" if folder.name == "finetune" else "data", folder))
    if paths.config_file.exists():
        parts.append(_Part("settings", "settings", paths.config_file))
    parts.extend(_Part("logs", "log", file) for file in _list(paths.log))
    for folder in _list(paths.models):
        hidden = folder.name.startswith(".")
        what = "unfinished downloads" if hidden else "model" if folder.is_dir() else "list of models"
        parts.append(_Part("models", what, folder))
    return parts


def _list(folder: Path) -> list[Path]:
    # What lies behind a link belongs to somebody else; the link itself goes with its folder.
    return [] if folder.is_symlink() or not folder.is_dir() else sorted(folder.iterdir())


def _list_exports(folder: Path) -> list[Removal]:
    found = sorted(folder.glob("ai-history-*")) if folder.is_dir() else []
    return [
        Removal("export", str(file), 1, file.stat().st_size, "You exported it, so it is yours.")
        for file in found
        if file.is_file()
    ]


def _move_aside(folder: Path) -> Path:
    """Rename a folder, so that nobody takes it for a history any more; returns where it is now."""
    number = 1
    while (place := folder.with_name(f"{folder.name}{LEAVING}-{number}")).exists():
        number += 1
    try:
        folder.rename(place)
    except OSError:
        # It is open somewhere, or there is none.
        return folder
    return place


def _follow(path: Path, places: dict[Path, Path]) -> Path:
    for folder, place in places.items():
        if path.is_relative_to(folder):
            return place / path.relative_to(folder)
    return path


def _count(parts: list[_Part]) -> dict[Path, tuple[int, int]]:
    """Files and bytes of each part, without those of a part within it."""
    counted = {part.path: _measure(part.path) for part in parts}
    return {
        path: (
            files - sum(counted[one][0] for one in counted if one.parent == path),
            size - sum(counted[one][1] for one in counted if one.parent == path),
        )
        for path, (files, size) in counted.items()
    }


def _measure(path: Path) -> tuple[int, int]:
    """How many files there are, and their bytes."""
    if path.is_symlink():
        return 1, 0
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return len(files), sum(one.lstat().st_size for one in files)


def _delete(path: Path, *, overwrite: bool) -> str | None:
    """Delete a file, a link or a folder; returns why something of it is left."""
    if path.is_symlink():
        path.unlink(missing_ok=True)
        return None
    if overwrite:
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.is_file() and not file.is_symlink():
                with contextlib.suppress(OSError):
                    erase(file)
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        return f"The system refused: {error.strerror or type(error).__name__}."
    return None
