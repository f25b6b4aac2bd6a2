"""How good an order of results is. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

DEPTH = 10


@dataclass(frozen=True)
class Scores:
    """The scores of one query, or their means over many; each from 0 to 1.

    Attributes:
        ndcg: normalised discounted cumulative gain of the first ten, all relevant pages worth the same.
        reciprocal_rank: 1 / the place of the first relevant page, 0 when it is missing.
        recall: share of the relevant pages among the first ten.
        hit: whether the first result is relevant.
    """

    ndcg: float
    reciprocal_rank: float
    recall: float
    hit: float


def score_ranking(ranked: Sequence[str], relevant: Collection[str]) -> Scores:
    """The scores of one query.

    Args:
        ranked: results, best first, each once.
        relevant: the pages that should be found; at least one.
    """
    places = [place for place, key in enumerate(ranked, start=1) if key in relevant]
    shown = [place for place in places if place <= DEPTH]
    gain = sum(1 / math.log2(place + 1) for place in shown)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(len(relevant), DEPTH) + 1))
    return Scores(
        ndcg=gain / ideal,
        reciprocal_rank=1 / places[0] if places else 0.0,
        recall=len(shown) / len(relevant),
        hit=float(places[:1] == [1]),
    )


def average(scores: Sequence[Scores]) -> Scores:
    """The means over queries; at least one."""
    count = len(scores)
    return Scores(
        ndcg=sum(item.ndcg for item in scores) / count,
        reciprocal_rank=sum(item.reciprocal_rank for item in scores) / count,
        recall=sum(item.recall for item in scores) / count,
        hit=sum(item.hit for item in scores) / count,
    )
