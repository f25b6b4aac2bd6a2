"""Fixtures of what a person is promised: real processes in a home of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def installation(short_path: Path) -> Iterator[Installation]:
    """An installation in which nothing runs yet."""
    made = Installation(short_path)
    yield made
    made.close()
