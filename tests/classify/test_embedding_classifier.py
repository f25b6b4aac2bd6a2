from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.classify.categories import Category
from host.classify.embedding_classifier import EmbeddingClassifier
from host.core.errors import Cancelled, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_WORDS = ("cat", "dog", "car", "train", "kind", "file")
ANIMALS = Category("animals", "cat and dog")
VEHICLES = Category("vehicles", "car and train")


class WordCounter:
    """Vectors that count a few words."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def embed_texts(
        self, texts: Sequence[str], *, cancelled: threading.Event | None = None
    ) -> NDArray[np.float32]:
        assert cancelled is None
        self.asked.append(list(texts))
        rows = np.array([[text.lower().count(word) for word in _WORDS] for text in texts], dtype=np.float32)
        rows += 0.01
        found: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return found


def test_a_text_goes_to_the_category_it_is_nearest_to() -> None:
    found = EmbeddingClassifier(WordCounter()).classify(
        ["my dog saw a cat", "by train or car"], [ANIMALS, VEHICLES]
    )
    assert [one.category for one in found] == ["animals", "vehicles"]
    for one in found:
        assert sum(one.scores.values()) == pytest.approx(1.0)
        assert one.confidence == one.scores[one.category] > 0.5
        assert one.reasoning is None


def test_an_example_shows_what_a_description_does_not() -> None:
    bare = [Category("a"), Category("b")]
    shown = [Category("a", "", ("kind of thing",)), Category("b", "", ("file of thing",))]
    classifier = EmbeddingClassifier(WordCounter())
    unsure = classifier.classify(["a file"], bare)[0]
    sure = classifier.classify(["a file"], shown)[0]
    assert unsure.confidence == pytest.approx(0.5)
    assert sure.category == "b"
    assert sure.confidence > 0.6


def test_a_heading_says_more_than_what_follows() -> None:
    found = EmbeddingClassifier(WordCounter()).classify(["cat\n\ncar", "car\n\ncat"], [ANIMALS, VEHICLES])
    assert [one.category for one in found] == ["animals", "vehicles"]


def test_nothing_to_go_by_leaves_all_categories_alike() -> None:
    found = EmbeddingClassifier(WordCounter()).classify(["  "], [ANIMALS, VEHICLES])[0]
    assert found.scores == {"animals": 0.5, "vehicles": 0.5}


def test_categories_are_embedded_once_for_a_model() -> None:
    embedder = WordCounter()
    for _ in range(3):
        # A classifier lives for a request.
        EmbeddingClassifier(embedder).classify(["cat"], [ANIMALS, VEHICLES])
    assert [len(texts) for texts in embedder.asked[1:]] == [1, 1, 1]
    EmbeddingClassifier(embedder).classify(["cat"], [VEHICLES, ANIMALS])
    assert len(embedder.asked[-2]) > 1


def test_nothing_is_asked_for_no_texts() -> None:
    embedder = WordCounter()
    assert EmbeddingClassifier(embedder).classify([], [ANIMALS, VEHICLES]) == []
    assert embedder.asked == []


def test_a_cancelled_classification_ends() -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        EmbeddingClassifier(WordCounter()).classify(["cat"], [ANIMALS, VEHICLES], cancelled=cancelled)


def test_one_category_is_no_choice() -> None:
    with pytest.raises(InvalidInput):
        EmbeddingClassifier(WordCounter()).classify(["cat"], [ANIMALS])
