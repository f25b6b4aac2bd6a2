"""Takes a registration back, and with `--purge` everything that the product keeps for its user."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

from host.core.origins import EXTRA_FILE_NAME
from host.core.paths import HOME_VARIABLE
from host.install.browsers import (
    BROWSERS,
    MANIFEST_NAME,
    System,
    find_manifest,
    find_profile_folders,
    find_registry_key,
)
from host.install.launcher import POSIX_NAME, WINDOWS_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.install.layout import Layout
    from host.install.registration import Registry

STOP_SECONDS = 30
DAEMON_FILE = "daemon.json"


def list_registered(
    layout: Layout, system: System, home: Path, *, config: Path | None = None, profiles: Sequence[Path] = ()
) -> list[Path]:
    """Every file that a registration may have written, for any browser."""
    folders = [*profiles]
    for browser in BROWSERS.values():
        folders += find_profile_folders(browser, system, home, config)
    ours = [layout.launchers / name for name in (POSIX_NAME, WINDOWS_NAME, MANIFEST_NAME)]
    return [
        *(find_manifest(folder) for folder in folders),
        *ours,
        layout.paths.config_file.with_name(EXTRA_FILE_NAME),
    ]


def remove_registration(files: Sequence[Path], registry: Registry | None, keep: frozenset[Path]) -> list[str]:
    """Delete the files and keys of a registration, and the folders that are empty then.

    Args:
        files: from `list_registered`.
        registry: the Windows registry, or None elsewhere.
        keep: folders that stay, and above which nothing is touched.

    Returns:
        What was removed.
    """
    removed: list[str] = []
    for path in files:
        if path.is_file() or path.is_symlink():
            path.unlink()
            removed.append(str(path))
            remove_empty(path.parent, keep)
    if registry:
        keys = dict.fromkeys(find_registry_key(browser) for browser in BROWSERS.values())
        removed += [key for key in keys if registry.delete(key)]
    return removed


def purge(layout: Layout, keep: frozenset[Path]) -> list[str]:
    """Delete the database, the models, the logs, the configuration and the cache.

    Returns:
        What was removed.
    """
    paths = layout.paths
    removed: list[str] = []
    for folder in (paths.data, paths.models, paths.log, paths.run, layout.cache):
        if folder.is_dir():
            shutil.rmtree(folder)
            removed.append(str(folder))
            remove_empty(folder.parent, keep)
    if paths.config_file.is_file():
        paths.config_file.unlink()
        removed.append(str(paths.config_file))
        remove_empty(paths.config_file.parent, keep)
    return removed


def stop_daemon(layout: Layout) -> None:
    """Ask a running daemon to end, so that it does not write into folders that are being deleted."""
    if not layout.python.exists() or not layout.paths.run.is_dir():
        return
    command = [str(layout.python), "-I", "-m", "host.cli", "daemon", "stop"]
    # The daemon of this layout and no other: a throw-away home must not stop its user's own daemon.
    environment = {**os.environ, **({HOME_VARIABLE: str(layout.home)} if layout.home else {})}
    try:
        answer = subprocess.run(
            command, env=environment, capture_output=True, timeout=STOP_SECONDS, check=False
        )
        if answer.returncode == 0:
            return
    except (OSError, subprocess.SubprocessError):
        pass
    _end_process(layout.paths.run / DAEMON_FILE)


def _end_process(note: Path) -> None:
    """End the process that a daemon's note names: where the installation is broken, it cannot be asked."""
    try:
        os.kill(int(json.loads(note.read_text(encoding="utf-8"))["pid"]), signal.SIGTERM)
    except (OSError, ValueError, KeyError, TypeError):
        return


def remove_empty(folder: Path, keep: frozenset[Path]) -> None:
    """Remove a folder and those above it while they are empty, as far as it lies below a folder of `keep`."""
    while folder not in keep and not keep.isdisjoint(folder.parents):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
