from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from host.tabs.examples import KEYS
from host.tabs.heads import log_softmax
from host.tabs.mixing import Mixture, find_site_keys, load_mixtures, mark_sites

SCORES = arrays(np.float64, (3, len(KEYS)), elements=st.floats(-20, 20))


@given(SCORES, SCORES, st.lists(st.sampled_from([None, *KEYS]), min_size=3, max_size=3))
def test_a_mixture_is_a_distribution_whatever_the_witnesses_say(
    vectors: np.typing.NDArray[np.float64], words: np.typing.NDArray[np.float64], sites: list[str | None]
) -> None:
    for mixture, by_vectors in zip(load_mixtures(), (log_softmax(vectors), None), strict=True):
        mixed = mixture.combine(by_vectors, log_softmax(words), mark_sites(sites))
        assert (mixed >= 0).all()
        assert mixed.sum(axis=1) == pytest.approx(np.ones(3))


@given(SCORES, st.sampled_from(KEYS))
def test_a_known_site_makes_its_category_likelier_and_keeps_the_order_of_the_others(
    words: np.typing.NDArray[np.float64], key: str
) -> None:
    mixture = load_mixtures()[1]
    by_words = log_softmax(words)
    without = mixture.combine(None, by_words, mark_sites([None] * 3))
    known = mixture.combine(None, by_words, mark_sites([key] * 3))
    column = KEYS.index(key)
    assert (known[:, column] >= without[:, column] - 1e-12).all()
    others = [place for place in range(len(KEYS)) if place != column]
    ratio = known[:, others] * without[:, others].sum(axis=1, keepdims=True)
    assert ratio == pytest.approx(without[:, others] * known[:, others].sum(axis=1, keepdims=True), abs=1e-9)


def test_a_known_site_never_decides_against_both_other_witnesses() -> None:
    sure = np.full((1, len(KEYS)), 0.01)
    sure[0, KEYS.index("dev")] = 1 - 0.01 * (len(KEYS) - 1)
    mixed = load_mixtures()[0].combine(np.log(sure), np.log(sure), mark_sites(["entertainment"]))
    assert KEYS[int(mixed[0].argmax())] == "dev"


def test_every_witness_counts_and_vectors_only_where_there_are_some() -> None:
    with_vectors, without = load_mixtures()
    assert min(with_vectors.vectors, with_vectors.words, with_vectors.site) > 0
    assert without.vectors == 0
    assert min(without.words, without.site) > 0


def test_witnesses_that_agree_are_surer_than_one_of_them() -> None:
    said = np.log(np.array([[0.6] + [0.4 / (len(KEYS) - 1)] * (len(KEYS) - 1)]))
    even = Mixture(1.0, 1.0, 0.0)
    assert even.combine(said, said, mark_sites([None]))[0, 0] > 0.6


def test_a_part_of_a_known_site_is_known_and_a_site_that_only_sounds_alike_is_not() -> None:
    assert find_site_keys(["github.com", "gist.github.com", "notgithub.com", "com", ""]) == [
        "dev",
        "dev",
        None,
        None,
        None,
    ]
