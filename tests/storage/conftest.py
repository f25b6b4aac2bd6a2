"""A real database for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty history."""
    with Database(tmp_path / "profile" / "history.db") as made:
        yield made
