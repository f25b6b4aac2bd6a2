"""Heads that are fitted on the machine of their user, in the real analysis process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import ModelUnavailable
from host.tabs.analysis import Analysis
from host.tabs.examples import KEYS, read_examples
from host.tabs.exchange import Tab
from host.tabs.heads import VectorHead, save_vector_head
from host.tabs.vector_training import TrainedHeads, write_examples, write_tab
from host.tabs.wording import describe_tab
from tests.history.stand_ins import embed_words
from tests.makers import WAIT_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from host.workers.client import Lane

SIZE = 256
FIT_S = 100.0


class Embedder:
    """A model of a user's own, that nothing was shipped for: a bag of words.

    Attributes:
        calls: how often it was asked for vectors.
        failing: whether it cannot be asked.
        go: vectors come when this is set.
    """

    model_id = "own-model"

    def __init__(self) -> None:
        self.calls = 0
        self.failing = False
        self.go = threading.Event()
        self.go.set()

    def embed_texts(
        self,
        texts: Sequence[str],
        *,
        lane: Lane = "background",
        cancelled: threading.Event | None = None,
        fast: bool = False,
    ) -> NDArray[np.float32]:
        """See `TextEmbedder`."""
        del lane, cancelled, fast
        self.calls += 1
        assert self.go.wait(WAIT_S)
        if self.failing:
            raise ModelUnavailable("gone")
        return np.stack([embed_words(text, SIZE) for text in texts])


@pytest.fixture(scope="module")
def analysis() -> Iterator[Analysis]:
    made = Analysis()
    yield made
    made.close()


@pytest.fixture
def heads(tmp_path: Path, analysis: Analysis) -> Iterator[TrainedHeads]:
    made = TrainedHeads(tmp_path / "heads", analysis)
    yield made
    made.close()


def test_a_model_without_a_head_gets_one_in_the_background_that_is_kept(
    heads: TrainedHeads, tmp_path: Path, analysis: Analysis
) -> None:
    embedder = Embedder()
    embedder.go.clear()
    assert heads.find(embedder, SIZE) is None
    assert heads.find(embedder, SIZE) is None
    assert not heads.has(embedder.model_id)
    embedder.go.set()
    heads.wait(FIT_S)
    head = heads.find(embedder, SIZE)
    assert head is not None
    assert heads.has(embedder.model_id)
    assert embedder.calls == 1
    # A bag of words in 256 numbers knows little, but more than which category is the most frequent.
    labels = np.array([KEYS.index(example.key) for example in read_examples()])
    vectors = np.stack([embed_words(text, SIZE) for text in write_examples(read_examples())])
    assert (head.rate(vectors).argmax(axis=1) == labels).mean() > 2 * np.bincount(labels).max() / len(labels)
    again = TrainedHeads(tmp_path / "heads", analysis)
    try:
        assert again.has(embedder.model_id)
        assert again.find(embedder, SIZE) is not None
        assert embedder.calls == 1
    finally:
        again.close()


def test_a_fit_that_failed_is_tried_again(heads: TrainedHeads) -> None:
    embedder = Embedder()
    embedder.failing = True
    assert heads.find(embedder, SIZE) is None
    heads.wait(FIT_S)
    embedder.failing = False
    assert heads.find(embedder, SIZE) is None
    wait_until(lambda: heads.find(embedder, SIZE) is not None, "the second fit is done", FIT_S)
    assert embedder.calls == 2


def test_a_kept_head_of_other_dimensions_is_fitted_anew(heads: TrainedHeads, tmp_path: Path) -> None:
    foreign = VectorHead(np.zeros((len(KEYS), 9), dtype=np.float32))
    save_vector_head(tmp_path / "heads" / "own-model.npz", foreign)
    embedder = Embedder()
    assert heads.find(embedder, SIZE) is None
    heads.wait(FIT_S)
    head = heads.find(embedder, SIZE)
    assert head is not None
    assert head.weights.shape == (len(KEYS), SIZE + 1)


def test_another_model_under_the_same_name_gets_a_head_of_its_own(tmp_path: Path, analysis: Analysis) -> None:
    names = {"own-model": "own-model-1"}
    heads = TrainedHeads(tmp_path / "heads", analysis, names.__getitem__)
    try:
        embedder = Embedder()
        save_vector_head(
            tmp_path / "heads" / "own-model-1.npz",
            VectorHead(np.zeros((len(KEYS), SIZE + 1), dtype=np.float32)),
        )
        assert heads.find(embedder, SIZE) is not None
        names["own-model"] = "own-model-2"
        assert heads.find(embedder, SIZE) is None
        heads.wait(FIT_S)
        assert heads.find(embedder, SIZE) is not None
    finally:
        heads.close()


def test_the_shipped_head_is_used_as_it_is(heads: TrainedHeads) -> None:
    embedder = Embedder()
    embedder.model_id = "all-minilm-l6-v2"
    assert heads.find(embedder, 384) is not None
    assert embedder.calls == 0


def test_nothing_is_begun_after_the_end(tmp_path: Path, analysis: Analysis) -> None:
    heads, embedder = TrainedHeads(tmp_path / "heads", analysis), Embedder()
    heads.close()
    assert heads.find(embedder, SIZE) is None
    assert embedder.calls == 0


def test_a_tab_is_written_as_its_title_and_its_address_and_without_what_it_lacks() -> None:
    assert write_tab(describe_tab(Tab(1, "https://a.example/tea", "Tea"))) == "Tea | a.example tea"
    assert write_tab(describe_tab(Tab(1, "", "Tea"))) == "Tea"
    assert write_tab(describe_tab(Tab(1, "https://a.example/"))) == "a.example"
    assert write_tab(describe_tab(Tab(1, ""))) == ""
