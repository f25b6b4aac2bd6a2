from __future__ import annotations

import numpy as np
import pytest

from host.tabs.examples import KEYS, find_revision, read_examples, read_sites
from host.tabs.heads import WordHead
from host.tabs.training import SITE_LIMIT, learn_words, make_matrix, weigh_witnesses

LABELS = np.arange(len(KEYS), dtype=np.int64).repeat(3)
# Each category has a word of its own, and all share one.
FEATURES = [{f"w:{KEYS[label]}", "w:shared", f"w:only{row}"} for row, label in enumerate(LABELS)]


def test_words_are_learned_that_more_than_one_example_has() -> None:
    names, weights, bias = learn_words(FEATURES, LABELS)
    assert names == sorted([f"w:{key}" for key in KEYS] + ["w:shared"])
    head = WordHead(names, weights, bias)
    rated = head.rate([{f"w:{key}", "w:shared", "w:new"} for key in KEYS])
    assert rated.argmax(axis=1).tolist() == list(range(len(KEYS)))


def test_rows_of_features_have_length_1_and_know_only_what_was_learned() -> None:
    matrix = make_matrix([{"a", "b"}, {"a", "z"}, {"z"}], ["a", "b"])
    assert matrix.shape == (3, 2)
    assert np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel() == pytest.approx([1, 1, 0])


def test_the_witness_that_is_right_counts_most_and_a_site_never_decides_alone() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(len(KEYS), size=300)
    right = np.full((300, len(KEYS)), -3.0)
    right[np.arange(300), labels] = 0.0
    noise = np.log(random.dirichlet(np.ones(len(KEYS)), 300))
    sites = np.eye(len(KEYS))[labels]
    vectors = weigh_witnesses(right, noise, np.zeros_like(right), labels)
    assert vectors["vectors"] > 4 * abs(vectors["words"])
    words = weigh_witnesses(None, right, sites, labels)
    assert words["vectors"] == 0
    assert words["words"] > 0
    assert 0 < words["site"] <= SITE_LIMIT


def test_the_examples_speak_of_every_category_in_many_languages() -> None:
    examples = read_examples()
    assert {example.key for example in examples} == set(KEYS)
    assert min(sum(example.key == key for example in examples) for key in KEYS) >= 100
    assert len({example.language for example in examples}) >= 10


def test_no_example_is_of_two_categories() -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for example in read_examples():
        found.setdefault((example.title, example.url), set()).add(example.key)
    assert {tab: keys for tab, keys in found.items() if len(keys) > 1} == {}


def test_every_known_site_is_of_a_category_or_known_to_be_of_none() -> None:
    assert set(read_sites().values()) <= set(KEYS)


def test_the_revision_is_the_same_each_time() -> None:
    assert find_revision() == find_revision()
    assert len(find_revision()) == 12
