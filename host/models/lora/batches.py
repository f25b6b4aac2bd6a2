"""In which order rows are taught: shuffled, rows of like length together. Pure."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# So many batches are filled from rows that were drawn together, sorted by length.
_POOL = 16


def plan_batches(lengths: Sequence[int], size: int, seed: int) -> list[list[int]]:
    """The rows of each batch of one epoch; each row stands in exactly one.

    Args:
        lengths: tokens of each row.
        size: rows of a batch; the last ones of a pool may have fewer.
        seed: the same gives the same plan.
    """
    dice = random.Random(seed)  # noqa: S311 - an order, no secret
    order = list(range(len(lengths)))
    dice.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), size * _POOL):
        pool = sorted(order[start : start + size * _POOL], key=lambda row: lengths[row])
        batches += [pool[at : at + size] for at in range(0, len(pool), size)]
    dice.shuffle(batches)
    return batches
