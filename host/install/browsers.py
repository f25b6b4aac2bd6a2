"""The browsers: where each looks for native hosts, and how it is started. Pure: nothing is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path, PurePath

HOST_NAME = "com.ai_history.host"
MANIFEST_FOLDER = "NativeMessagingHosts"
MANIFEST_NAME = f"{HOST_NAME}.json"

System = Literal["linux", "darwin", "win32"]


@dataclass(frozen=True)
class Browser:
    """One browser.

    Attributes:
        id: as `--browser` takes it.
        title: for a person.
        linux: profile folders below the configuration folder; the first is the ordinary one.
        macos: the same below `Library/Application Support`.
        registry: its key below HKEY_CURRENT_USER on Windows.
        programs: names on PATH.
        application: name of the macOS application.
        windows_program: path below a program folder.
        extensions_page: where extensions are loaded.
        takes_command_line: whether it loads an unpacked extension named on its command line.
    """

    id: str
    title: str
    linux: tuple[str, ...]
    macos: tuple[str, ...]
    registry: str
    programs: tuple[str, ...]
    application: str
    windows_program: str
    extensions_page: str
    takes_command_line: bool


_CHROME_KEY = r"Software\Google\Chrome"

BROWSERS: dict[str, Browser] = {
    browser.id: browser
    for browser in (
        Browser(
            "chrome",
            "Google Chrome",
            ("google-chrome", "google-chrome-beta", "google-chrome-unstable", "google-chrome-for-testing"),
            ("Google/Chrome", "Google/Chrome Beta", "Google/Chrome Dev", "Google/Chrome Canary"),
            _CHROME_KEY,
            ("google-chrome", "google-chrome-stable", "google-chrome-beta", "google-chrome-unstable"),
            "Google Chrome",
            "Google/Chrome/Application/chrome.exe",
            "chrome://extensions",
            takes_command_line=False,
        ),
        Browser(
            "chromium",
            "Chromium",
            ("chromium",),
            ("Chromium",),
            r"Software\Chromium",
            ("chromium", "chromium-browser"),
            "Chromium",
            "Chromium/Application/chrome.exe",
            "chrome://extensions",
            takes_command_line=True,
        ),
        Browser(
            "edge",
            "Microsoft Edge",
            ("microsoft-edge", "microsoft-edge-beta", "microsoft-edge-dev"),
            ("Microsoft Edge", "Microsoft Edge Beta", "Microsoft Edge Dev", "Microsoft Edge Canary"),
            r"Software\Microsoft\Edge",
            ("microsoft-edge", "microsoft-edge-stable", "microsoft-edge-beta", "microsoft-edge-dev"),
            "Microsoft Edge",
            "Microsoft/Edge/Application/msedge.exe",
            "edge://extensions",
            takes_command_line=True,
        ),
        Browser(
            "brave",
            "Brave",
            (
                "BraveSoftware/Brave-Browser",
                "BraveSoftware/Brave-Browser-Beta",
                "BraveSoftware/Brave-Browser-Nightly",
            ),
            (
                "BraveSoftware/Brave-Browser",
                "BraveSoftware/Brave-Browser-Beta",
                "BraveSoftware/Brave-Browser-Nightly",
            ),
            _CHROME_KEY,
            ("brave-browser", "brave", "brave-browser-beta", "brave-browser-nightly"),
            "Brave Browser",
            "BraveSoftware/Brave-Browser/Application/brave.exe",
            "brave://extensions",
            takes_command_line=True,
        ),
        Browser(
            "vivaldi",
            "Vivaldi",
            ("vivaldi", "vivaldi-snapshot"),
            ("Vivaldi", "Vivaldi Snapshot"),
            _CHROME_KEY,
            ("vivaldi", "vivaldi-stable", "vivaldi-snapshot"),
            "Vivaldi",
            "Vivaldi/Application/vivaldi.exe",
            "vivaldi://extensions",
            takes_command_line=True,
        ),
    )
}


def find_profile_folders(
    browser: Browser, system: System, home: Path, config: Path | None = None
) -> tuple[Path, ...]:
    """The folders below which a browser keeps its profiles; the first is the ordinary release's.

    Args:
        browser: one of `BROWSERS`.
        system: linux or darwin; Windows has none that matter here.
        home: the user's home folder.
        config: the configuration folder on Linux when it is not `~/.config`.
    """
    if system == "linux":
        return tuple((config or home / ".config") / name for name in browser.linux)
    if system == "darwin":
        return tuple(home / "Library" / "Application Support" / name for name in browser.macos)
    return ()


def find_manifest(profiles: Path) -> Path:
    """The host's manifest in a browser's folder of profiles, which `--user-data-dir` may name."""
    return profiles / MANIFEST_FOLDER / MANIFEST_NAME


def find_registry_key(browser: Browser) -> str:
    """The key below HKEY_CURRENT_USER whose default value is the manifest's path on Windows.

    Brave and Vivaldi read Chrome's key.
    """
    return rf"{browser.registry}\{MANIFEST_FOLDER}\{HOST_NAME}"


def list_programs(browser: Browser, system: System, folders: tuple[PurePath, ...]) -> tuple[PurePath, ...]:
    """Where a browser's program may lie.

    Args:
        browser: one of `BROWSERS`.
        system: the operating system.
        folders: the folders of programs (PATH on Linux, applications on macOS, program files on Windows).
    """
    if system == "win32":
        return tuple(folder / browser.windows_program for folder in folders)
    if system == "darwin":
        inside = f"{browser.application}.app/Contents/MacOS/{browser.application}"
        return tuple(folder / inside for folder in folders)
    return tuple(folder / name for name in browser.programs for folder in folders)
