"""Which tokens decide between labels, and what their scores make of the labels. Pure.

A model that may write nothing but one of the labels chooses token by token among those with which some
label goes on. Where only one is left nothing is chosen, so a label is decided by the tokens at which the
labels part, and most often that is the first alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Path = tuple[int, ...]


@dataclass(frozen=True)
class LabelPaths:
    """The tree of labels.

    Attributes:
        paths: of each label the tokens up to the one after which no other label is left.
        choices: the beginnings behind which labels part, with the tokens that go on there; the empty one
            is behind the prompt itself, and is left out when all labels begin alike.
        tails: beginnings that have to be computed to read all choices; none begins another.
    """

    paths: tuple[Path, ...]
    choices: Mapping[Path, tuple[int, ...]]
    tails: tuple[Path, ...]


def find_paths(labels: Sequence[Sequence[int]], end: int) -> LabelPaths:
    """Find where labels part.

    Args:
        labels: tokens of each, at least one token.
        end: the token that ends an answer; it stands behind a label with which another begins.
    """
    whole = [tuple(label) for label in labels]
    following: dict[Path, set[int]] = {}
    ended = {
        label for label in whole if any(len(other) > len(label) and _begins(label, other) for other in whole)
    }
    whole = [(*label, end) if label in ended else label for label in whole]
    for label in whole:
        for size, token in enumerate(label):
            following.setdefault(label[:size], set()).add(token)
    choices = {before: tuple(sorted(tokens)) for before, tokens in following.items() if len(tokens) > 1}
    paths = tuple(
        label[: max((size + 1 for size in range(len(label)) if label[:size] in choices), default=1)]
        for label in whole
    )
    inner = [before for before in choices if before]
    tails = tuple(
        before
        for before in inner
        if not any(len(other) > len(before) and _begins(before, other) for other in inner)
    )
    return LabelPaths(paths, choices, tails)


def weigh_labels(tree: LabelPaths, logits: Mapping[Path, NDArray[np.float64]]) -> NDArray[np.float64]:
    """How likely each label is when nothing but a label may be written.

    Args:
        tree: of the labels.
        logits: of the tokens of each choice, in their order there.

    Returns:
        Natural logarithms, shape (labels,); they are a distribution. Equal labels share theirs.
    """
    steps: dict[Path, dict[int, float]] = {}
    for before, tokens in tree.choices.items():
        row = logits[before]
        top = float(row.max())
        shares = row - (top + np.log(np.exp(row - top).sum()))
        steps[before] = dict(zip(tokens, shares.tolist(), strict=True))
    return np.array(
        [
            sum(steps[path[:size]][token] for size, token in enumerate(path) if path[:size] in steps)
            - np.log(tree.paths.count(path))
            for path in tree.paths
        ]
    )


def _begins(first: Path, second: Path) -> bool:
    return second[: len(first)] == first
