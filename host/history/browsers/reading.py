"""Reads a browser's history while the browser may be running: from a copy, with its write-ahead log."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.errors import DiskFull, InvalidInput, StorageError
from host.core.urls import is_capturable
from host.storage.foreign_history import HistoryItem, read_foreign_history

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HistoryItem", "read_history"]

# The shared-memory index (-shm) is left behind: it is rebuilt, and a stale one would mislead.
_COMPANIONS = ("-wal", "-journal")
_COPY_ATTEMPTS = 3


def read_history(path: Path) -> Iterator[HistoryItem]:
    """The pages in a browser's history file, latest first; only http and https.

    The file is copied before the first item is given, and the copy is gone after the last.

    Args:
        path: `History` of Chrome and its kin, `places.sqlite` of Firefox or `History.db` of Safari.

    Raises:
        InvalidInput: there is no such file, it may not be read, or it is no history.
        StorageError: it is damaged, or there is no room for the copy.
    """
    with tempfile.TemporaryDirectory(prefix="ai-history-import-", ignore_cleanup_errors=True) as folder:
        copy = _copy(Path(path), Path(folder))
        for item in read_foreign_history(copy):
            if is_capturable(item.url):
                yield item


def _copy(path: Path, folder: Path) -> Path:
    try:
        if not path.is_file():
            message = f"There is no file {path}."
            raise InvalidInput(
                message, fix="Name the history file itself: History, places.sqlite or History.db."
            )
        for _ in range(_COPY_ATTEMPTS):
            before = _state(path)
            for name in (path.name, *(path.name + suffix for suffix in _COMPANIONS)):
                source, target = path.with_name(name), folder / name
                target.unlink(missing_ok=True)
                if source.is_file():
                    shutil.copyfile(source, target)
            # A checkpoint in between would leave a database and a log of different times.
            if _state(path) == before:
                break
    except PermissionError as error:
        message = f"This program may not read {path}."
        raise InvalidInput(message, fix=_permission_fix(path)) from error
    except OSError as error:
        message = f"{path.name} could not be copied: {error.strerror or 'the system refused'}."
        if error.errno == 28:
            raise DiskFull(message, fix="Make room in the folder for temporary files.") from error
        raise StorageError(message, fix="Close that browser and try again.") from error
    return folder / path.name


def _state(path: Path) -> list[tuple[int, int] | None]:
    states: list[tuple[int, int] | None] = []
    for name in (path.name, *(path.name + suffix for suffix in _COMPANIONS)):
        try:
            status = path.with_name(name).stat()
        except FileNotFoundError:
            states.append(None)
        else:
            states.append((status.st_mtime_ns, status.st_size))
    return states


def _permission_fix(path: Path) -> str:
    if sys.platform == "darwin" or path.name == "History.db":
        where = "System Settings, Privacy & Security, Full Disk Access"
        return f"Allow your terminal under {where}, then start it again."
    return "Run this as the user whose history it is, or copy the file to where you may read it."
