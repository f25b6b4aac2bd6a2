"""Where browsers keep their histories on this machine."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class BrowserHistory:
    """One history file.

    Attributes:
        browser: `chrome`, `chromium`, `edge`, `brave`, `vivaldi`, `firefox` or `safari`.
        profile: its profile's name as the browser shows it, or the folder's.
        path: the database.
    """

    browser: str
    profile: str
    path: Path


BROWSER_NAMES = ("chrome", "chromium", "edge", "brave", "vivaldi", "firefox", "safari")

_CHROME_LINUX = {
    "chrome": ("google-chrome", "google-chrome-beta", "google-chrome-unstable"),
    "chromium": ("chromium",),
    "edge": ("microsoft-edge", "microsoft-edge-beta", "microsoft-edge-dev"),
    "brave": ("BraveSoftware/Brave-Browser", "BraveSoftware/Brave-Browser-Beta"),
    "vivaldi": ("vivaldi", "vivaldi-snapshot"),
}
_CHROME_LINUX_BOXED = {
    "chrome": (".var/app/com.google.Chrome/config/google-chrome",),
    "chromium": (
        ".var/app/org.chromium.Chromium/config/chromium",
        "snap/chromium/common/chromium",
        "snap/chromium/current/.config/chromium",
    ),
    "edge": (".var/app/com.microsoft.Edge/config/microsoft-edge",),
    "brave": (
        ".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser",
        "snap/brave/current/.config/BraveSoftware/Brave-Browser",
    ),
    "vivaldi": (".var/app/com.vivaldi.Vivaldi/config/vivaldi", "snap/vivaldi/current/.config/vivaldi"),
}
_FIREFOX_LINUX = (
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
)
_CHROME_MAC = {
    "chrome": ("Google/Chrome", "Google/Chrome Beta", "Google/Chrome Canary"),
    "chromium": ("Chromium",),
    "edge": ("Microsoft Edge", "Microsoft Edge Beta"),
    "brave": ("BraveSoftware/Brave-Browser",),
    "vivaldi": ("Vivaldi",),
}
_CHROME_WINDOWS = {
    "chrome": ("Google/Chrome/User Data", "Google/Chrome Beta/User Data", "Google/Chrome SxS/User Data"),
    "chromium": ("Chromium/User Data",),
    "edge": ("Microsoft/Edge/User Data", "Microsoft/Edge Beta/User Data"),
    "brave": ("BraveSoftware/Brave-Browser/User Data",),
    "vivaldi": ("Vivaldi/User Data",),
}
_NO_PROFILES = frozenset({"Guest Profile", "System Profile"})


def find_histories(
    *, home: Path | None = None, system: str | None = None, environment: Mapping[str, str] | None = None
) -> list[BrowserHistory]:
    """Every history file of a known browser.

    Args:
        home: the person's folder; by default the user's own.
        system: as in `sys.platform`; by default this machine's.
        environment: by default this process's.

    Returns:
        Files that exist, by browser, Flatpak and Snap included. Whether they can be read is not tried.
    """
    home = home or Path.home()
    system = system or sys.platform
    environment = os.environ if environment is None else environment
    if system == "win32":
        found = _find_windows(home, environment)
    elif system == "darwin":
        found = _find_mac(home)
    else:
        found = _find_linux(home, environment)
    # The same file under two names (a link) is one history.
    unique: dict[Path, BrowserHistory] = {}
    for history in found:
        unique.setdefault(history.path.resolve(), history)
    return list(unique.values())


def _find_linux(home: Path, environment: Mapping[str, str]) -> Iterator[BrowserHistory]:
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    for browser, folders in _CHROME_LINUX.items():
        yield from _chrome_profiles(browser, [config / folder for folder in folders])
        yield from _chrome_profiles(browser, [home / folder for folder in _CHROME_LINUX_BOXED[browser]])
    roots = [home / folder for folder in _FIREFOX_LINUX]
    yield from _firefox_profiles([*roots, config / "mozilla" / "firefox"])


def _find_mac(home: Path) -> Iterator[BrowserHistory]:
    support = home / "Library" / "Application Support"
    for browser, folders in _CHROME_MAC.items():
        yield from _chrome_profiles(browser, [support / folder for folder in folders])
    yield from _firefox_profiles([support / "Firefox" / "Profiles"])
    # The folder may not even be listed without Full Disk Access: name the file, and let reading explain.
    safari = home / "Library" / "Safari"
    if safari.is_dir():
        yield BrowserHistory("safari", "Default", safari / "History.db")
    profiles = (
        home / "Library" / "Containers" / "com.apple.Safari" / "Data" / "Library" / "Safari" / "Profiles"
    )
    for folder in _folders(profiles):
        if _exists(folder / "History.db"):
            yield BrowserHistory("safari", folder.name, folder / "History.db")


def _find_windows(home: Path, environment: Mapping[str, str]) -> Iterator[BrowserHistory]:
    local = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    roaming = Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
    for browser, folders in _CHROME_WINDOWS.items():
        yield from _chrome_profiles(browser, [local / folder for folder in folders])
    store = [
        package / "LocalCache" / "Roaming" / "Mozilla" / "Firefox" / "Profiles"
        for package in _folders(local / "Packages")
        if package.name.startswith("Mozilla.")
    ]
    yield from _firefox_profiles([roaming / "Mozilla" / "Firefox" / "Profiles", *store])


def _chrome_profiles(browser: str, roots: Iterable[Path]) -> Iterator[BrowserHistory]:
    for root in roots:
        names = _chrome_names(root)
        for folder in _folders(root):
            if folder.name not in _NO_PROFILES and _exists(folder / "History"):
                yield BrowserHistory(browser, names.get(folder.name, folder.name), folder / "History")


def _chrome_names(root: Path) -> dict[str, str]:
    try:
        state = json.loads((root / "Local State").read_text(encoding="utf-8"))
        return {folder: str(info["name"]) for folder, info in state["profile"]["info_cache"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _firefox_profiles(roots: Iterable[Path]) -> Iterator[BrowserHistory]:
    for root in roots:
        for folder in _folders(root):
            if _exists(folder / "places.sqlite"):
                # Folders are named like "x7k2p9qa.default-release".
                profile = folder.name.partition(".")[2] or folder.name
                yield BrowserHistory("firefox", profile, folder / "places.sqlite")


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if path.is_dir())
    except OSError:
        return []


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
