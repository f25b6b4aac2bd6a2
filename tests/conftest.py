"""Fixtures for every test: a home of its own, so that no test touches a person's data, and profiles in it."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from host.core.paths import HOME_VARIABLE, Paths, find_paths
from host.history.profiles import Profile, Profiles

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long an example takes is the machine's affair.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).resolve().parents[1]


def _default_models() -> Path:
    """Where the starter models are installed: as the test command says, or the system's own place."""
    told = os.environ.get("AI_HISTORY_TEST_MODELS")
    if told:
        return Path(told)
    before = os.environ.pop(HOME_VARIABLE, None)
    try:
        return find_paths().models
    finally:
        if before is not None:
            os.environ[HOME_VARIABLE] = before


INSTALLED_MODELS = _default_models()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """An installation below the test's own folder, without models, that never downloads."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv("AI_HISTORY_OFFLINE", "1")
    paths = find_paths()
    paths.create()
    return paths


@pytest.fixture
def models(home: Paths) -> Path:
    """The installed starter models, linked into this test's home."""
    if not (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir():
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    home.models.rmdir()
    home.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
    return home.models


@pytest.fixture
def profiles(home: Paths) -> Iterator[Profiles]:
    """The profiles of this test's home; none is open yet."""
    made = Profiles(home)
    yield made
    made.close()


@pytest.fixture
def profile(profiles: Profiles) -> Profile:
    """An empty profile with a real database."""
    return profiles.open("tester")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path is short enough for a Unix socket."""
    base = "/tmp" if sys.platform != "win32" else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        yield Path(folder)
