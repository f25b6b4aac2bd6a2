"""What a cosine is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.tabs.topic_scale import TopicScale, measure_topic_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class PairEmbedder:
    """Knows that each two texts belong together; all of its vectors have a direction in common."""

    def __init__(self, model_id: str, common: float, apart: float) -> None:
        self.model_id = model_id
        self.asked = 0
        self._common, self._apart = common, apart

    def embed_texts(self, texts: Sequence[str], **_: object) -> NDArray[np.float32]:
        self.asked += 1
        count = len(texts)
        rows = np.zeros((count, 2 * count + 1))
        rows[:, 0] = self._common
        for number in range(count):
            rows[number, 1 + number // 2] = 1.0
            rows[number, 1 + count + number] = self._apart
        vectors: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return vectors.astype(np.float32)


def test_the_scale_goes_from_titles_with_nothing_in_common_to_titles_about_one_thing() -> None:
    scale = measure_topic_scale(PairEmbedder("one-direction", 2.0, 1.0))
    assert scale.low == pytest.approx(4 / 6, abs=1e-4)
    assert scale.high == pytest.approx(5 / 6, abs=1e-4)
    assert scale.cosine_at(0.5) == pytest.approx(4.5 / 6, abs=1e-4)


def test_a_model_is_asked_once() -> None:
    embedder = PairEmbedder("asked-once", 0.0, 1.0)
    assert measure_topic_scale(embedder) == measure_topic_scale(embedder)
    assert embedder.asked == 1


def test_a_model_that_cannot_tell_titles_apart_has_a_range_all_the_same() -> None:
    assert TopicScale(0.5, 0.5).range > 0
