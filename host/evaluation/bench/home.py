"""A temporary installation for a measurement: its own data and daemon, the installed models."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from typing import TYPE_CHECKING

import psutil

from host.client import Client
from host.core.endpoint import connect
from host.core.errors import AppError
from host.core.paths import HOME_VARIABLE, Paths, find_paths
from host.models.store import PARTIAL_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GONE_TIMEOUT_S = 30.0


@contextlib.contextmanager
def temporary_home(*, models: bool) -> Iterator[Paths]:
    """Point `AI_HISTORY_HOME` at an empty folder meanwhile, and end its daemon afterwards.

    Args:
        models: link the models that are installed now; else the home has none. What is chosen or put in
            meanwhile stays in this home.
    """
    installed = find_paths().models
    before = os.environ.get(HOME_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="aih-", ignore_cleanup_errors=True) as folder:
        os.environ[HOME_VARIABLE] = folder
        paths = find_paths()
        paths.create()
        if models:
            _link_models(installed, paths.models)
        try:
            yield paths
        finally:
            stop_daemon(paths)
            if before is None:
                os.environ.pop(HOME_VARIABLE)
            else:
                os.environ[HOME_VARIABLE] = before


def _link_models(installed: Path, folder: Path) -> None:
    """Each model as a link; the lists beside them as copies, for they are written to."""
    for path in installed.iterdir() if installed.is_dir() else ():
        if path.name == PARTIAL_FOLDER:
            # What is put in or removed here must leave nothing there.
            continue
        if path.is_dir():
            (folder / path.name).symlink_to(path.resolve(), target_is_directory=True)
        else:
            shutil.copy(path, folder / path.name)


def stop_daemon(paths: Paths) -> None:
    """End the daemon of this home and wait until it is gone."""
    process = find_daemon(paths)
    with contextlib.suppress(AppError), Client(start=False, paths=paths) as client:
        client.call("daemon.stop")
    if process is not None:
        with contextlib.suppress(psutil.Error):
            process.wait(GONE_TIMEOUT_S)


def find_daemon(paths: Paths) -> psutil.Process | None:
    """The daemon's process, when one runs."""
    channel = connect(paths)
    if channel is None:
        return None
    channel.close()
    with contextlib.suppress(AppError, psutil.Error), Client(start=False, paths=paths) as client:
        return psutil.Process(client.call("daemon.status")["pid"])
    return None


def wait_for_jobs(client: Client, timeout_s: float) -> bool:
    """Wait until no job is left; returns whether that was within the time."""
    deadline = time.monotonic() + timeout_s
    while client.call("store.stats")["pending_jobs"]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def wait_for_reader(client: Client, timeout_s: float) -> bool:
    """Wait until the page reader has started; returns whether that was within the time."""
    deadline = time.monotonic() + timeout_s
    while not any(
        worker["type"] == "reader" and worker["state"] == "ready"
        for worker in client.call("daemon.status")["workers"]
    ):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
