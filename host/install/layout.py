"""Where the parts of a checkout lie, and where the installer keeps its own notes."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from host.core.paths import APP_NAME, HOME_VARIABLE, Paths, find_paths


@dataclass(frozen=True)
class Layout:
    """The folders that one run of the installer works on.

    Attributes:
        root: the checkout.
        paths: the product's own folders.
        cache: wheels built for this machine; safe to delete.
        home: the value of `AI_HISTORY_HOME`, or None.
    """

    root: Path
    paths: Paths
    cache: Path
    home: Path | None

    @property
    def environment(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.scripts / ("python.exe" if sys.platform == "win32" else "python")

    @property
    def scripts(self) -> Path:
        """The environment's folder of programs."""
        return self.environment / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def extension(self) -> Path:
        """The extension as the browser loads it."""
        return self.root / "extension"

    @property
    def launchers(self) -> Path:
        """Folder for what the browser starts."""
        return self.paths.data.parent / "bin"


def find_layout() -> Layout:
    """The layout of the checkout that this file belongs to."""
    home = os.environ.get(HOME_VARIABLE)
    return Layout(
        root=Path(__file__).resolve().parents[2],
        paths=find_paths(),
        cache=_find_cache(),
        home=Path(home).expanduser().absolute() if home else None,
    )


def _find_cache() -> Path:
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser().absolute() / "cache"
    if sys.platform == "win32":
        return (
            Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local"))) / APP_NAME / "Cache"
        )
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / APP_NAME
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / APP_NAME
