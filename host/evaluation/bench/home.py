"""A temporary installation for a measurement: its own data and daemon, the installed models."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from host.client import Client
from host.core.endpoint import connect, socket_path
from host.core.errors import AppError
from host.core.parent import PARENT_VARIABLE
from host.core.paths import HOME_VARIABLE, Paths, find_paths
from host.models.store import PARTIAL_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

GONE_TIMEOUT_S = 30.0


@contextlib.contextmanager
def temporary_home(*, models: bool, where: Path | None = None) -> Iterator[Paths]:
    """Point `AI_HISTORY_HOME` at an empty folder meanwhile, and end its daemon afterwards.

    A daemon that is started in it ends by itself when this process is killed.

    Args:
        models: link the models that are installed now; else the home has none. What is chosen or put in
            meanwhile stays in this home.
        where: the folder, gone afterwards; what an earlier process has left there goes first. By default one
            in the system's temporary place.
    """
    installed = find_paths().models
    with contextlib.ExitStack() as stack:
        if where is None:
            made = tempfile.TemporaryDirectory(prefix="aih-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(made))
        else:
            remove_home(where)
            where.mkdir(parents=True, mode=0o700)
            stack.callback(shutil.rmtree, where, ignore_errors=True)
            folder = where
        stack.enter_context(_set_variable(PARENT_VARIABLE, str(os.getpid())))
        stack.enter_context(_set_variable(HOME_VARIABLE, str(folder)))
        paths = find_paths()
        paths.create()
        if models:
            _link_models(installed, paths.models)
        stack.callback(stop_daemon, paths)
        yield paths


def remove_home(folder: Path) -> None:
    """End the daemon of a home that a killed process has left behind, and delete it; there may be none."""
    if not folder.is_dir():
        return
    with _set_variable(HOME_VARIABLE, str(folder)):
        stop_daemon(find_paths())
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _set_variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before


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
    # Where the path of a home is too long for a socket, that lies elsewhere.
    place = socket_path(paths).parent
    if place != paths.run:
        with contextlib.suppress(OSError):
            place.rmdir()


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
