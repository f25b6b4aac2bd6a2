"""What is recorded beside a model's files, and how it is read back. Standard library only.

`metadata.json` in the model's folder says everything that is known of the installed model, its registry
entry included, so that a folder can be moved to another machine, and any index made anew from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.models.integrity import WantedFile, has_size
from host.models.json_files import is_count, is_text
from host.models.registry import (
    HubSource,
    ModelEntry,
    ModelFile,
    PackageSource,
    describe_entry,
    read_entry,
    stays_inside,
)

if TYPE_CHECKING:
    from pathlib import Path

METADATA_FILE = "metadata.json"


@dataclass(frozen=True)
class Installed:
    """A model that is there.

    Attributes:
        entry: what the registry knows of it.
        folder: where its files lie.
        files: its files with size and, but for a model that somebody copied here, checksum.
        size: bytes of these files.
        installed_at: milliseconds since 1970.
        revision: the commit or version that it was fetched from; empty where nobody knows.
    """

    entry: ModelEntry
    folder: Path
    files: tuple[ModelFile, ...]
    size: int
    installed_at: int
    revision: str

    @property
    def wanted(self) -> tuple[WantedFile, ...]:
        """Its files as something to be checked."""
        return tuple(WantedFile(file.path, file.size, file.sha256) for file in self.files)


def describe_installed(installed: Installed, source: dict[str, str] | None) -> dict[str, Any]:
    """The record of a model, for its `metadata.json`.

    Args:
        installed: the model.
        source: where it came from, as in the registry; None where nobody knows.
    """
    return {
        "id": installed.entry.id,
        "type": installed.entry.type,
        "size": installed.size,
        "installed_at": installed.installed_at,
        "revision": installed.revision,
        "source": source,
        "files": [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in installed.files],
        "remote_code": None,
        "entry": describe_entry(installed.entry),
    }


def read_installed(record: dict[str, Any], entry: ModelEntry, folder: Path) -> Installed | None:
    """Read a record back; None when it is not one, or is that of another model."""
    try:
        files = tuple(_read_file(file) for file in record["files"])
        installed_at, revision = record["installed_at"], record["revision"]
    except (KeyError, TypeError, ValueError):
        return None
    if record.get("id") != entry.id or not files or not is_count(installed_at) or not is_text(revision):
        return None
    size = sum(file.size or 0 for file in files)
    return Installed(entry, folder, files, size, installed_at, revision)


def _read_file(item: dict[str, Any]) -> ModelFile:
    path, size, digest = item["path"], item["size"], item["sha256"]
    if not is_text(path) or not stays_inside(path) or not is_count(size):
        message = "no file of a model"
        raise ValueError(message)
    if digest is not None and not is_text(digest):
        message = "no checksum"
        raise ValueError(message)
    return ModelFile(path, size, digest)


def read_recorded_entry(record: dict[str, Any]) -> ModelEntry | None:
    """The registry entry in a record, or None when there is none that can be used."""
    try:
        return read_entry(record["entry"])
    except (KeyError, InvalidInput):
        return None


def adopt(entry: ModelEntry, folder: Path) -> Installed | None:
    """Take a folder without a record for the model whose files it has.

    Models are placed whole, so a folder with every file is one that was installed by an earlier version,
    copied here by its user, or has lost its record.

    Returns:
        The model, or None when a file is missing or has another size than the registry knows.
    """
    if not entry.files or not all(has_size(folder / file.path, file.size) for file in entry.files):
        return None
    files = tuple(
        ModelFile(file.path, (folder / file.path).stat().st_size, file.sha256) for file in entry.files
    )
    return Installed(
        entry=entry,
        folder=folder,
        files=files,
        size=sum(file.size or 0 for file in files),
        installed_at=int(folder.stat().st_mtime * 1000),
        revision=_first_revision(entry),
    )


def _first_revision(entry: ModelEntry) -> str:
    # Only checksums prove which revision it is.
    if not entry.resolved or not entry.sources:
        return ""
    return revision_of(entry.sources[0])


def revision_of(source: object) -> str:
    """The revision that a source names; empty for one that has none."""
    if isinstance(source, HubSource):
        return source.revision
    return f"{source.package} {source.version}" if isinstance(source, PackageSource) else ""
