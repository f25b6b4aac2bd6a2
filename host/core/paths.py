"""Where everything lies on disk. Standard library only: the bridge and the installer import this."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

HOME_VARIABLE = "AI_HISTORY_HOME"
APP_NAME = "ai-history"


class Paths(NamedTuple):
    """The folders of one installation. Nothing is created by asking for a path.

    A named tuple and no dataclass: those take 6 ms to import, and a browser waits for the bridge.
    """

    data: Path
    models: Path
    log: Path
    run: Path
    config_file: Path

    def database(self, profile_id: str) -> Path:
        """The database file of one browser profile (`profile_id` is already validated)."""
        return self.data / profile_id / "history.db"

    def create(self) -> None:
        """Make the folders, readable by their owner only."""
        for folder in (self.data, self.models, self.log, self.run):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def find_paths() -> Paths:
    """The paths in force: below `AI_HISTORY_HOME` when it is set, else the system's own places.

    The system's places follow the conventions that `platformdirs` implements. They are spelled out
    here because the bridge may import nothing but the standard library; a test holds both equal.
    """
    home = os.environ.get(HOME_VARIABLE)
    if home:
        root = Path(home).expanduser().absolute()
        return Paths(root / "data", root / "models", root / "log", root / "run", root / "config.toml")
    user = Path.home()
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA", str(user / "AppData" / "Local"))) / APP_NAME
        return Paths(root / "data", root / "models", root / "Logs", root / "run", root / "config.toml")
    if sys.platform == "darwin":
        root = user / "Library" / "Application Support" / APP_NAME
        log = user / "Library" / "Logs" / APP_NAME
        return Paths(root / "data", root / "models", log, root / "run", root / "config.toml")
    share = Path(os.environ.get("XDG_DATA_HOME") or user / ".local" / "share") / APP_NAME
    state = Path(os.environ.get("XDG_STATE_HOME") or user / ".local" / "state") / APP_NAME
    config = Path(os.environ.get("XDG_CONFIG_HOME") or user / ".config") / APP_NAME
    return Paths(share / "data", share / "models", state / "log", state / "run", config / "config.toml")
