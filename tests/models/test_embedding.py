"""The embedding model in its process."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import ModelLoading, ModelUnavailable, WorkerDied
from host.models import embedding
from host.models.embedding import Embedder, EmbeddingModel
from host.models.encoders import EncoderProcess
from host.models.installed import find_embedding_model
from tests.conftest import INSTALLED_MODELS
from tests.makers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.model
LOADING_S = 90.0


@pytest.fixture(scope="module")
def model() -> EmbeddingModel:
    found = find_embedding_model(INSTALLED_MODELS)
    if found is None:
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    return found


@pytest.fixture(scope="module")
def embedder(model: EmbeddingModel) -> Iterator[Embedder]:
    process = EncoderProcess()
    made = Embedder(model, process)
    assert made.wait_ready(LOADING_S), made.failure
    yield made
    process.close()


def test_vectors_are_of_the_stated_size_and_of_length_one(embedder: Embedder, model: EmbeddingModel) -> None:
    made = embedder.embed_passages(["A kettle on a stove.", "", "x " * 5000])
    assert made.shape == (3, model.dimensions)
    assert made.dtype == np.float32
    assert np.allclose(np.linalg.norm(made, axis=1), 1.0, atol=1e-5)


def test_a_query_is_nearer_to_what_it_means_than_to_what_it_does_not(embedder: Embedder) -> None:
    query = embedder.embed_query("how to boil water for a hot drink")
    tea, tax = embedder.embed_passages(["A kettle heats water for tea.", "The tax office wants a form."])
    assert query @ tea > query @ tax + 0.2


def test_a_query_asked_again_is_answered_without_the_model(embedder: Embedder) -> None:
    first = embedder.embed_query("kettles")
    assert embedder.embed_query("kettles") is first
    embedder.forget_queries()
    again = embedder.embed_query("kettles")
    assert again is not first
    assert np.array_equal(again, first)


def test_only_so_many_queries_are_remembered(embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "QUERY_CACHE", 2)
    first = embedder.embed_query("one")
    embedder.embed_query("two")
    embedder.embed_query("three")
    assert embedder.embed_query("one") is not first


def test_while_the_model_loads_a_query_is_refused_at_once(model: EmbeddingModel) -> None:
    process = EncoderProcess()
    loading = Embedder(model, process)
    try:
        with pytest.raises(ModelLoading, match="loading") as caught:
            loading.embed_query("kettles")
        assert caught.value.fix
    finally:
        process.close()


def test_a_model_that_is_not_whole_says_how_to_mend_it(tmp_path: Path) -> None:
    process = EncoderProcess()
    broken = Embedder(EmbeddingModel("broken", tmp_path, 384, 256), process)
    try:
        assert not broken.wait_ready(LOADING_S)
        assert broken.state == "failed"
        with pytest.raises(ModelUnavailable) as caught:
            broken.embed_query("kettles")
        assert "broken" in caught.value.message
        assert "model download broken" in str(caught.value.fix)
        assert broken.resting
    finally:
        process.close()


def test_texts_are_embedded_as_they_are_and_queries_and_passages_with_their_prefix(
    tiny_models: dict[str, Path],
) -> None:
    process = EncoderProcess()
    folder = tiny_models["bert_embedder_with_sentencepiece"]
    tiny = Embedder(EmbeddingModel("tiny", folder, 32, 128, "how to ", "rain "), process)
    try:
        texts = tiny.embed_texts(["tea", "how to tea", "rain tea"])
        assert np.allclose(tiny.embed_query("tea"), texts[1], atol=1e-5)
        assert np.allclose(tiny.embed_passages(["tea"])[0], texts[2], atol=1e-5)
        assert not np.allclose(texts[0], texts[1], atol=1e-3)
    finally:
        process.close()


def test_vectors_come_in_the_order_of_their_texts(embedder: Embedder) -> None:
    texts = [f"Number {number} of many. " * (1 + number * 7 % 23) for number in range(40)]
    together = embedder.embed_texts(texts)
    assert together.shape == (40, 384)
    for place in (0, 7, 22, 39):
        alone = embedder.embed_texts([texts[place]], lane="interactive")[0]
        assert np.allclose(together[place], alone, atol=1e-4)


def test_a_model_that_is_killed_comes_back(embedder: Embedder) -> None:
    pid = embedder.process.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: embedder.state != "ready", "its death is noticed")
    with pytest.raises((ModelUnavailable, WorkerDied)):
        embedder.embed_query("never asked before")
    assert embedder.wait_ready(LOADING_S)
    assert embedder.embed_query("never asked before").shape == (384,)
