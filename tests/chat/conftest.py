"""A history with real models to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.paths import Paths
from host.history.profiles import Profiles
from tests.chat.chat_world import ChatWorld
from tests.conftest import INSTALLED_MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def chat_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatWorld]:
    """A history with the real starter models, for all tests of a file; a file adds the pages it needs."""
    if not (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir():
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    home = tmp_path_factory.mktemp("chat")
    paths = Paths(home / "data", home / "models", home / "log", home / "run", home / "config.toml")
    paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
    paths.create()
    profiles = Profiles(paths)
    made = ChatWorld(paths, profiles)
    yield made
    made.close()
    profiles.close()
