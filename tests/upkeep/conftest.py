"""Fixtures of what is done with the whole of a person's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.upkeep.encrypted_home import EncryptedHome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.core.paths import Paths


@pytest.fixture
def world(home: Paths) -> Iterator[EncryptedHome]:
    """A home with one profile in clear, and a keyring."""
    made = EncryptedHome(home)
    yield made
    made.close()
