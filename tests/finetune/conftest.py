"""Fixtures of the fine-tuning's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.models.store import ModelStore
from tests.finetune.training_folders import install_talker

if TYPE_CHECKING:
    from host.core.paths import Paths


@pytest.fixture
def talker(home: Paths) -> ModelStore:
    """The models of this test's home: one, an instruction model of a few hundred kilobytes."""
    store = ModelStore(home.models)
    install_talker(store)
    return store
