from __future__ import annotations

from pathlib import Path

import pytest

from host.install.browsers import (
    BROWSERS,
    System,
    find_manifest,
    find_profile_folders,
    find_registry_key,
    list_programs,
)

HOME = Path("/home/ada")
MANIFESTS = {
    ("linux", "chrome"): ".config/google-chrome",
    ("linux", "chromium"): ".config/chromium",
    ("linux", "edge"): ".config/microsoft-edge",
    ("linux", "brave"): ".config/BraveSoftware/Brave-Browser",
    ("linux", "vivaldi"): ".config/vivaldi",
    ("darwin", "chrome"): "Library/Application Support/Google/Chrome",
    ("darwin", "chromium"): "Library/Application Support/Chromium",
    ("darwin", "edge"): "Library/Application Support/Microsoft Edge",
    ("darwin", "brave"): "Library/Application Support/BraveSoftware/Brave-Browser",
    ("darwin", "vivaldi"): "Library/Application Support/Vivaldi",
}
KEYS = {
    "chrome": r"Software\Google\Chrome\NativeMessagingHosts\com.ai_history.host",
    "chromium": r"Software\Chromium\NativeMessagingHosts\com.ai_history.host",
    "edge": r"Software\Microsoft\Edge\NativeMessagingHosts\com.ai_history.host",
    "brave": r"Software\Google\Chrome\NativeMessagingHosts\com.ai_history.host",
    "vivaldi": r"Software\Google\Chrome\NativeMessagingHosts\com.ai_history.host",
}


@pytest.mark.parametrize(("system", "browser"), MANIFESTS)
def test_each_browser_finds_its_manifest_in_its_own_folder(system: System, browser: str) -> None:
    folder = find_profile_folders(BROWSERS[browser], system, HOME)[0]
    expected = HOME / MANIFESTS[system, browser] / "NativeMessagingHosts" / "com.ai_history.host.json"
    assert find_manifest(folder) == expected


@pytest.mark.parametrize("browser", KEYS)
def test_each_browser_finds_its_key_in_the_windows_registry(browser: str) -> None:
    assert find_registry_key(BROWSERS[browser]) == KEYS[browser]
    assert find_profile_folders(BROWSERS[browser], "win32", HOME) == ()


def test_every_browser_is_covered_on_every_system() -> None:
    assert set(KEYS) == set(BROWSERS)
    assert set(MANIFESTS) == {(system, name) for system in ("linux", "darwin") for name in BROWSERS}


def test_another_configuration_folder_is_honoured_on_linux() -> None:
    folder = find_profile_folders(BROWSERS["chromium"], "linux", HOME, Path("/elsewhere"))[0]
    assert folder == Path("/elsewhere/chromium")


def test_programs_are_looked_for_where_each_system_keeps_them() -> None:
    edge = BROWSERS["edge"]
    assert list_programs(edge, "linux", (Path("/usr/bin"),))[0] == Path("/usr/bin/microsoft-edge")
    assert list_programs(edge, "darwin", (Path("/Applications"),)) == (
        Path("/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
    )
    assert list_programs(edge, "win32", (Path("C:/Programs"),)) == (
        Path("C:/Programs/Microsoft/Edge/Application/msedge.exe"),
    )
