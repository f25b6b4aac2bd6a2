"""A profile with a real database, a reader that needs no process, an embedder that needs no model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.history.profiles import Profile, Profiles
from tests.history.stand_ins import InstantReader, WordEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.core.paths import Paths


@pytest.fixture
def profiles(home: Paths) -> Iterator[Profiles]:
    """No profile is open yet."""
    made = Profiles(home)
    yield made
    made.close()


@pytest.fixture
def profile(profiles: Profiles) -> Profile:
    """An empty profile."""
    return profiles.open("tester")


@pytest.fixture
def reader() -> InstantReader:
    """Reads at once, or when it is told to."""
    return InstantReader()


@pytest.fixture
def embedder() -> WordEmbedder:
    """Makes vectors of words."""
    return WordEmbedder()
