from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.install.browsers import BROWSERS
from host.install.sandboxes import FLATPAKS, find_sandboxed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("browser", FLATPAKS)
def test_a_flatpak_is_seen_and_what_works_is_told(tmp_path: Path, browser: str) -> None:
    (tmp_path / "home/.var/app" / FLATPAKS[browser]).mkdir(parents=True)
    (found,) = find_sandboxed(tmp_path / "home", tmp_path / "root", BROWSERS)
    assert (found.browser, found.kind) == (browser, "Flatpak")
    assert "What works" in found.advice


def test_a_snap_is_seen(tmp_path: Path) -> None:
    (tmp_path / "root/snap/chromium").mkdir(parents=True)
    (found,) = find_sandboxed(tmp_path / "home", tmp_path / "root", BROWSERS)
    assert (found.browser, found.kind) == ("chromium", "Snap")


def test_one_browser_seen_in_two_places_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "home/.var/app/com.google.Chrome").mkdir(parents=True)
    (tmp_path / "root/var/lib/flatpak/app/com.google.Chrome").mkdir(parents=True)
    assert len(find_sandboxed(tmp_path / "home", tmp_path / "root", BROWSERS)) == 1


def test_a_machine_without_sandboxes_is_told_nothing(tmp_path: Path) -> None:
    assert find_sandboxed(tmp_path / "home", tmp_path / "root", BROWSERS) == []


def test_every_browser_has_its_flatpak() -> None:
    assert set(FLATPAKS) == set(BROWSERS)
