from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import ModelUnavailable
from host.tabs.vectors import VectorCache

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.workers.client import Lane

SIZE = 6


class Counter:
    """Makes a vector out of a text's own letters, and keeps which texts it was given."""

    def __init__(self, model_id: str = "one") -> None:
        self.model_id = model_id
        self.given: list[str] = []
        self.failing = False

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
        if self.failing:
            raise ModelUnavailable("gone")
        self.given += texts
        return np.stack([make_vector(self.model_id + text) for text in texts])


def make_vector(text: str) -> NDArray[np.float32]:
    """The same for the same text, and hardly for another."""
    seed = int.from_bytes(text.encode("utf-8", "surrogatepass")[-16:], "big")
    vector = np.random.default_rng(seed).normal(size=SIZE)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@given(st.lists(st.lists(st.sampled_from(["", "a", "b", "c", "d", "e"]), min_size=1, max_size=8), max_size=8))
def test_rows_stand_in_order_whatever_is_remembered_and_empty_texts_are_noughts(
    calls: list[list[str]],
) -> None:
    cache, embedder = VectorCache(kept=3), Counter()
    for texts in calls:
        rows = cache.embed(embedder, texts)
        assert rows.shape == (len(texts), SIZE)
        for row, text in zip(rows, texts, strict=True):
            expected = make_vector("one" + text) if text else np.zeros(SIZE)
            assert row == pytest.approx(expected)


def test_a_text_is_given_to_the_model_once_also_when_it_comes_twice() -> None:
    cache, embedder = VectorCache(), Counter()
    cache.embed(embedder, ["a", "b", "a"])
    cache.embed(embedder, ["b", "c"])
    assert embedder.given == ["a", "b", "c"]


def test_what_was_asked_for_last_stays_the_longest() -> None:
    cache, embedder = VectorCache(kept=2), Counter()
    cache.embed(embedder, ["a", "b"])
    cache.embed(embedder, ["a"])
    cache.embed(embedder, ["c"])
    embedder.given.clear()
    cache.embed(embedder, ["a", "c"])
    assert embedder.given == []
    cache.embed(embedder, ["b"])
    assert embedder.given == ["b"]


def test_two_models_have_vectors_of_their_own() -> None:
    cache, one, two = VectorCache(), Counter("one"), Counter("two")
    first, second = cache.embed(one, ["a"]), cache.embed(two, ["a"])
    assert two.given == ["a"]
    assert np.abs(first - second).max() > 1e-3


def test_what_was_forgotten_is_made_anew() -> None:
    cache, embedder = VectorCache(), Counter()
    cache.embed(embedder, ["a"])
    cache.clear()
    cache.embed(embedder, ["a"])
    assert embedder.given == ["a", "a"]


def test_a_model_that_fails_is_told_and_what_is_known_needs_no_model() -> None:
    cache, embedder = VectorCache(), Counter()
    known = cache.embed(embedder, ["a"])
    embedder.failing = True
    assert (cache.embed(embedder, ["a"]) == known).all()
    with pytest.raises(ModelUnavailable):
        cache.embed(embedder, ["a", "b"])


def test_what_a_caller_does_to_its_rows_changes_nothing_for_others() -> None:
    cache, embedder = VectorCache(), Counter()
    rows = cache.embed(embedder, ["a"])
    before = rows.copy()
    rows[:] = 7
    assert (cache.embed(embedder, ["a"]) == before).all()
