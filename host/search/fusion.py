"""Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009, https://doi.org/10.1145/1571941.1572114)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# The paper's constant: the first places of a list do not outweigh agreement between lists.
K = 60


def fuse_ranks(ranks: Iterable[int | None], k: int = K) -> float:
    """The fused score of one item: the sum of 1 / (k + rank) over the lists that hold it.

    Args:
        ranks: its place in each list from 1, None where a list does not hold it.
        k: how much the first places are levelled.
    """
    return sum(1.0 / (k + rank) for rank in ranks if rank is not None)
