from __future__ import annotations

import numpy as np
import pytest

from host.chat.word_vectors import DIMENSIONS, add_words, make_word_vectors


def test_texts_are_the_nearer_the_more_rare_words_they_share() -> None:
    texts = ["the green kettle", "the green pan", "the blue pan", "the red roof of the town hall"]
    vectors = make_word_vectors(texts)
    assert vectors.shape == (4, DIMENSIONS)
    assert vectors.dtype == np.float32
    near = vectors @ vectors.T
    assert near[0, 1] > near[0, 2] > 0
    assert np.diag(near) == pytest.approx(1.0, abs=1e-5)


def test_scripts_without_spaces_are_compared_by_pairs_of_characters() -> None:
    near = make_word_vectors(["绿茶的历史", "绿茶好喝", "火车站很远"])
    assert near[0] @ near[1] > near[0] @ near[2]


def test_a_text_without_words_is_near_to_nothing() -> None:
    vectors = make_word_vectors(["…", "tea"])
    assert float(vectors[0] @ vectors[1]) == 0.0
    assert not np.isnan(vectors).any()


def test_meaning_and_words_count_by_their_shares() -> None:
    texts = ["green tea", "green tea", "black coffee"]
    meaning = np.eye(3, dtype=np.float32)
    near = add_words(meaning, texts, 0.3)
    near = near @ near.T
    assert near[0, 1] == pytest.approx(0.3, abs=1e-5)
    assert near[0, 2] == pytest.approx(0.0, abs=1e-5)
    assert np.diag(near) == pytest.approx(1.0, abs=1e-5)
