"""A made-up checkout for the tests of the installer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.paths import Paths
from host.install.layout import Layout

if TYPE_CHECKING:
    from pathlib import Path


def make_layout(folder: Path, *, home: Path | None = None) -> Layout:
    """A layout whose every folder lies below `folder`; nothing is created."""
    share = home or folder / "share" / "ai-history"
    paths = Paths(share / "data", share / "models", share / "log", share / "run", share / "config.toml")
    return Layout(root=folder / "checkout", paths=paths, cache=share / "cache", home=home)
