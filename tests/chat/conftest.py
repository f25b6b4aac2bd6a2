"""A profile with a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.history.profiles import Profile, Profiles

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
