"""A process that does something to a whole database and stops at a point of it, to be killed there.

`python -m tests.faults.store_process import renamed file.db`, in the home of the environment.
"""

from __future__ import annotations

import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from host.core.paths import find_paths
from host.history.profiles import Profiles
from host.storage import database as database_module
from host.storage.database import Database
from host.storage.opening import open_ready
from host.upkeep.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from host.history.profiles import Profile


def stop() -> None:
    """Say that the point is reached, and wait for the end."""
    print("here", flush=True)
    sys.stdin.read()


def arrange(point: str) -> None:
    """Have this process stop at `point`."""
    arrangements: dict[str, Callable[[], AbstractContextManager[Any]]] = {
        "built": lambda: patch.object(Database, "_exchange", _stop_before(Database._exchange)),
        "linked": lambda: patch.object(Path, "replace", _stop_at_exchange(before=True)),
        "renamed": lambda: patch.object(Path, "replace", _stop_at_exchange(before=False)),
        "opened": lambda: patch.object(database_module, "open_ready", _stop_after_opening()),
        "erasing": lambda: patch.object(database_module, "erase", lambda _: stop()),
        "copying": nullcontext,
    }
    arrangements[point]().__enter__()


def _stop_before(real: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **named: Any) -> Any:
        stop()
        return real(*arguments, **named)

    return run


def _stop_at_exchange(*, before: bool) -> Callable[..., Any]:
    real = Path.replace

    def run(self: Path, target: Path) -> Path:
        if before and target.name == "history.db":
            stop()
        done = real(self, target)
        if target.name == "history.db":
            stop()
        return done

    return run


def _stop_after_opening() -> Callable[..., Any]:
    # What is opened first is the new file in its folder.
    def run(path: Path, *arguments: Any) -> Any:
        opened = open_ready(path, *arguments)
        if path.name == "history.db":
            stop()
        return opened

    return run


def main(operation: str, point: str, file: str) -> None:
    """Do it."""
    profiles = Profiles(find_paths())
    profile = profiles.open("tester")
    arrange(point)
    store = Store(lambda _: None)

    def report(_: dict[str, Any]) -> None:
        if point == "copying":
            stop()

    run(store, profile, operation, file, report)


def run(store: Store, profile: Profile, operation: str, file: str, report: Any) -> None:
    """One of what changes the whole of a database."""
    event = threading.Event()
    if operation == "import":
        store.take_in(profile, path=file, upload_id=None, mode="replace", report=report, cancelled=event)
    elif operation == "restore":
        store.restore(profile, name=file, path=None, report=report, cancelled=event)
    elif operation == "clear":
        store.clear(profile, keep_settings=True, with_backups=False)
    else:
        store.vacuum(profile, report, event)


if __name__ == "__main__":
    main(*sys.argv[1:])
