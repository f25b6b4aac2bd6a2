"""Browsers packaged as Flatpak or Snap, which may not start a program of the system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FLATPAKS: dict[str, str] = {
    "chrome": "com.google.Chrome",
    "chromium": "org.chromium.Chromium",
    "edge": "com.microsoft.Edge",
    "brave": "com.brave.Browser",
    "vivaldi": "com.vivaldi.Vivaldi",
}
SNAPS: dict[str, str] = {"chromium": "chromium", "brave": "brave", "vivaldi": "vivaldi"}


@dataclass(frozen=True)
class SandboxedBrowser:
    """A browser in a sandbox.

    Attributes:
        browser: its id.
        kind: Flatpak or Snap.
        folder: where it was seen.
    """

    browser: str
    kind: str
    folder: Path

    @property
    def advice(self) -> str:
        """What a person should know and can do."""
        return (
            f"{self.browser} is also here as a {self.kind} ({self.folder}). That one runs in a sandbox and"
            " cannot start programs of this system, so AI History does not work in it."
            f" What works: {self.browser} from your distribution's packages or from its maker's,"
            " or another browser that is not sandboxed."
        )


def find_sandboxed(home: Path, root: Path, browsers: Iterable[str]) -> list[SandboxedBrowser]:
    """The sandboxed browsers on this machine.

    Args:
        home: the user's home folder.
        root: the root of the file system.
        browsers: ids to look for.
    """
    found: list[SandboxedBrowser] = []
    for browser in browsers:
        flatpak = FLATPAKS[browser]
        places = [
            home / ".var" / "app" / flatpak,
            home / ".local" / "share" / "flatpak" / "app" / flatpak,
            root / "var" / "lib" / "flatpak" / "app" / flatpak,
        ]
        found += [SandboxedBrowser(browser, "Flatpak", place) for place in places if place.is_dir()][:1]
        snap = SNAPS.get(browser)
        if snap:
            places = [
                home / "snap" / snap,
                root / "snap" / snap,
                root / "var" / "lib" / "snapd" / "snap" / snap,
            ]
            found += [SandboxedBrowser(browser, "Snap", place) for place in places if place.is_dir()][:1]
    return found
