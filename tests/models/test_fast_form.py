"""The copy of an embedding model that computes with integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.models import fast_form
from host.models.encoder_kinds import EmbeddingKind
from host.models.fast_form import make_fast_form
from host.workers.server import Task

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [
    "Fix borrow checker · Pull Request #1 · rust-lang/rust | github.com rust lang rust pull",
    "Lasagne al Forno | chefkoch.de rezepte",
    "Storm hits coast as thousands lose power | bbc.com news",
    "Chaussures de randonnée homme – livraison gratuite | boutique-sentiers.fr",
]


@pytest.fixture
def model(models: Path) -> EmbeddingKind:
    """The starter's embedding model, in this process."""
    return EmbeddingKind(models / "all-minilm-l6-v2", "cpu", 256, remote_code=False)


@pytest.mark.model
def test_its_vectors_are_near_those_of_the_model_and_have_length_one(model: EmbeddingKind) -> None:
    exact, fast = model.embed(TEXTS, Task()), model.embed(TEXTS, Task(), fast=True)

    assert np.linalg.norm(fast, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (exact * fast).sum(axis=1).min() > 0.93
    # It is another form and not the model itself.
    assert not np.array_equal(exact, fast)


@pytest.mark.model
def test_the_model_itself_stays_as_it_was(model: EmbeddingKind) -> None:
    before = model.embed(TEXTS, Task())
    model.embed(TEXTS, Task(), fast=True)

    assert np.array_equal(model.embed(TEXTS, Task()), before)


@pytest.mark.model
def test_embedding_tables_are_shared_with_the_model(model: EmbeddingKind) -> None:
    import torch

    whole = model._model
    copied = make_fast_form(whole)
    tables = [module for module in whole.modules() if isinstance(module, torch.nn.Embedding)]
    others = [module for module in copied.modules() if isinstance(module, torch.nn.Embedding)]

    assert tables
    assert all(one is other for one, other in zip(tables, others, strict=True))


@pytest.mark.model
def test_a_large_model_is_not_copied(model: EmbeddingKind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_form, "LARGEST", 1000)
    whole = model._model

    assert make_fast_form(whole) is whole
