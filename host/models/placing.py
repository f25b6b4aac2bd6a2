"""Puts a model that was made on this machine in its place, with its record, in one step.

Whatever happens on the way, the model's folder holds the whole model or is not there. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import DiskFull, InvalidInput, ModelUnavailable
from host.models.disk_errors import tell_disk_errors
from host.models.integrity import hash_file
from host.models.json_files import read_object, write_object
from host.models.metadata import METADATA_FILE, Installed, describe_installed
from host.models.registry import describe_entry
from host.models.sources import tell_full
from host.models.staging import check_place, move_to_place
from host.models.store import ORIGIN_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from host.models.registry import ModelEntry
    from host.models.store import ModelStore

SPARE_BYTES = 64 * 1024 * 1024
_BLOCK = 1 << 20
# In the folder where a model is put together: that it came from here, and nobody goes on with it.
_MARK = "placing"


def place_model(
    store: ModelStore,
    entry: ModelEntry,
    file: Path,
    record: Mapping[str, object],
    check: Callable[[], None] = lambda: None,
) -> Installed:
    """Copy the one file of a model to its place.

    Args:
        store: where models are kept.
        entry: with `added` set and one file, of which size and checksum are known.
        file: where its content lies now.
        record: what is kept beside the model's files.
        check: raises when it is not wanted any more.

    Raises:
        InvalidInput: the file was changed meanwhile.
        DiskFull: there is no room; nothing is left of the attempt.
        ModelUnavailable: the folder cannot be written to, or another program works on this model.
    """
    wanted, staging = entry.files[0], store.staging_folder(entry.id)
    lock = store.lock_model(entry.id)
    with tell_disk_errors(store.folder), contextlib.ExitStack() as stack:
        if not lock.acquire():
            message = f"Another program works on the model {entry.id}."
            raise ModelUnavailable(message, fix="Try again when it has ended.")
        stack.callback(lock.release)
        check_place(store, entry)
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        stack.callback(shutil.rmtree, staging, ignore_errors=True)
        source = describe_entry(entry)["sources"][0]
        write_object(staging / ORIGIN_FILE, {_MARK: entry.id, "sources": [source]})
        size, free = wanted.size or 0, shutil.disk_usage(staging).free
        if free < size + SPARE_BYTES:
            full = tell_full(entry.id, size + SPARE_BYTES, free, store.folder)
            raise DiskFull(
                full.message, fix="Free some space on that disk and try again; nothing was changed."
            )
        target = staging / wanted.path
        _copy(file, target, check)
        if hash_file(target) != wanted.sha256:
            raise InvalidInput(f"{file.name} was changed while it was being copied.", fix="Try again.")
        installed = Installed(entry, store.folder / entry.id, entry.files, size, now_ms(), "")
        write_object(staging / METADATA_FILE, {**record, **describe_installed(installed, source)})
        check()
        move_to_place(store, entry)
        (store.folder / entry.id / ORIGIN_FILE).unlink(missing_ok=True)
    # A list that does not know it yet learns of it from its record.
    store.add_entry(entry)
    store.list_installed()
    return installed


def sweep_placing(store: ModelStore) -> None:
    """Delete what was left when a program ended in the middle of `place_model`."""
    for left in store.partial_folder.glob(f"*/{ORIGIN_FILE}"):
        name = (read_object(left) or {}).get(_MARK)
        if name == left.parent.name:
            lock = store.lock_model(left.parent.name)
            # Where nothing can be deleted, it can be next time.
            with contextlib.suppress(OSError):
                if lock.acquire():
                    shutil.rmtree(left.parent, ignore_errors=True)
                    lock.release()


def _copy(file: Path, target: Path, check: Callable[[], None]) -> None:
    try:
        stream = file.open("rb")
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read ({type(error).__name__}).") from error
    with stream, target.open("wb") as output:
        while block := stream.read(_BLOCK):
            check()
            output.write(block)
        output.flush()
        os.fsync(output.fileno())
