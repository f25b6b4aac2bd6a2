"""What has to be written so that browsers find the host, as a plan, and the writing of it.

A plan is a value: it can be shown, compared with the machine, carried out and taken back.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from host.core.origins import ALLOWED_ORIGINS, make_origin
from host.install.browsers import (
    HOST_NAME,
    MANIFEST_NAME,
    Browser,
    System,
    find_manifest,
    find_profile_folders,
    find_registry_key,
)
from host.install.launcher import TEMPLATES, name_launcher, write_launcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.install.layout import Layout


@dataclass(frozen=True)
class FileEntry:
    """A file with its contents."""

    path: Path
    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class RegistryEntry:
    """A key below HKEY_CURRENT_USER and its default value."""

    key: str
    value: str


@dataclass(frozen=True)
class Plan:
    """Everything that one registration consists of."""

    files: tuple[FileEntry, ...]
    registry: tuple[RegistryEntry, ...] = ()
    browsers: tuple[Browser, ...] = ()
    profiles: tuple[Path, ...] = ()

    @property
    def reaches_a_browser(self) -> bool:
        """Whether any browser would find the host."""
        return bool(self.browsers or self.profiles)


class Registry(Protocol):
    """The part of the Windows registry that is used: default values below HKEY_CURRENT_USER."""

    def read(self, key: str) -> str | None:
        """The key's default value, or None."""

    def write(self, key: str, value: str) -> None:
        """Make the key and set its default value."""

    def delete(self, key: str) -> bool:
        """Remove the key; tells whether it was there."""


def plan_registration(
    layout: Layout,
    browsers: Sequence[Browser],
    system: System,
    home: Path,
    *,
    config: Path | None = None,
    profiles: Sequence[Path] = (),
    extra_ids: Sequence[str] = (),
) -> Plan:
    """Say what registers the host.

    Args:
        layout: the checkout.
        browsers: which browsers.
        system: the operating system.
        home: the user's home folder.
        config: the configuration folder on Linux when it is not `~/.config`.
        profiles: further folders of profiles (`--user-data-dir`).
        extra_ids: ids of further extensions that may use the host.
    """
    launcher = layout.launchers / name_launcher(system)
    manifest = make_manifest(launcher, extra_ids)
    files = [FileEntry(launcher, write_launcher(system, layout.python, layout.home), executable=True)]
    if system == "win32":
        path = layout.launchers / MANIFEST_NAME
        keys = dict.fromkeys(find_registry_key(browser) for browser in browsers)
        entries = tuple(RegistryEntry(key, str(path)) for key in keys)
        return Plan((*files, FileEntry(path, manifest)), entries, tuple(browsers), tuple(profiles))
    folders = [*profiles]
    for browser in browsers:
        ordinary, *variants = find_profile_folders(browser, system, home, config)
        folders += [ordinary, *(variant for variant in variants if variant.is_dir())]
    files += [FileEntry(find_manifest(folder), manifest) for folder in dict.fromkeys(folders)]
    return Plan(tuple(files), (), tuple(browsers), tuple(profiles))


def make_manifest(launcher: Path, extra_ids: Sequence[str] = ()) -> bytes:
    """The host's manifest.

    Args:
        launcher: absolute path of the program to start.
        extra_ids: ids of further extensions that may use the host.
    """
    manifest = json.loads((TEMPLATES / "host_manifest.json.in").read_text(encoding="utf-8"))
    origins = dict.fromkeys((*ALLOWED_ORIGINS, *(make_origin(extension_id) for extension_id in extra_ids)))
    manifest.update(name=HOST_NAME, path=str(launcher), allowed_origins=list(origins))
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def find_differences(plan: Plan, registry: Registry | None) -> list[str]:
    """What on this machine is not as the plan has it; empty when nothing is left to do."""
    different = [str(entry.path) for entry in plan.files if not _is_there(entry)]
    if registry:
        different += [entry.key for entry in plan.registry if registry.read(entry.key) != entry.value]
    return different


def apply_plan(plan: Plan, registry: Registry | None) -> list[str]:
    """Write what differs, each file in one step.

    Returns:
        The paths and keys that were written.
    """
    written: list[str] = []
    for entry in plan.files:
        if not _is_there(entry):
            _write(entry)
            written.append(str(entry.path))
    for key in plan.registry if registry else ():
        if registry and registry.read(key.key) != key.value:
            registry.write(key.key, key.value)
            written.append(key.key)
    return written


def _is_there(entry: FileEntry) -> bool:
    try:
        same = entry.path.read_bytes() == entry.content
    except (FileNotFoundError, NotADirectoryError):
        return False
    return same and (not entry.executable or os.access(entry.path, os.X_OK))


def _write(entry: FileEntry) -> None:
    entry.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=".ai-history-", dir=entry.path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(entry.content)
        read = stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH
        run = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
        temporary.chmod(read | run if entry.executable else read)
        temporary.replace(entry.path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
