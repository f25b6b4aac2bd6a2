"""Tiny models of every architecture, made once in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import tiny_models as makers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of tiny models by the names of their makers. Not to be changed: copy first."""
    return makers.make_all(tmp_path_factory.mktemp("tiny-models"))
