"""Which tokens decide between labels."""

from __future__ import annotations

import numpy as np
import pytest

from host.models.label_paths import find_paths, weigh_labels

END = 99


def test_labels_that_differ_at_once_are_decided_by_one_token() -> None:
    tree = find_paths([[1, 2, 3], [4], [5, 2]], END)
    assert tree.paths == ((1,), (4,), (5,))
    assert tree.tails == ()
    assert tree.choices == {(): (1, 4, 5)}


def test_labels_that_begin_alike_are_decided_where_they_part() -> None:
    tree = find_paths([[1, 2, 3], [1, 2, 4, 7], [8]], END)
    assert tree.paths == ((1, 2, 3), (1, 2, 4), (8,))
    assert tree.choices == {(): (1, 8), (1, 2): (3, 4)}
    assert tree.tails == ((1, 2),)


def test_a_label_that_begins_another_is_told_from_it_by_the_end() -> None:
    tree = find_paths([[1], [1, 2], [1, 2, 3]], END)
    assert tree.paths == ((1, END), (1, 2, END), (1, 2, 3))
    assert tree.choices == {(1,): (2, END), (1, 2): (3, END)}
    assert tree.tails == ((1, 2),)


def test_every_label_has_the_share_of_its_choices_and_they_sum_to_one() -> None:
    tree = find_paths([[1, 2, 3], [1, 2, 4], [8]], END)
    shares = np.exp(weigh_labels(tree, {(): np.log([0.6, 0.2]), (1, 2): np.log([0.03, 0.01])}))
    assert shares == pytest.approx([0.75 * 0.75, 0.75 * 0.25, 0.25])


def test_equal_labels_share_what_is_theirs() -> None:
    shares = np.exp(weigh_labels(find_paths([[1], [2, 3], [2, 3]], END), {(): np.log([0.5, 0.5])}))
    assert shares == pytest.approx([0.5, 0.25, 0.25])


def test_the_only_label_is_certain() -> None:
    assert weigh_labels(find_paths([[1, 2]], END), {}).tolist() == [0.0]
