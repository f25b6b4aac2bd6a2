"""The order of results: which evidence to trust, query by query.

`hybrid-rerank` adds up what is known of each candidate on scales that mean the same for every query:

    score = vector   * mean(cosine of the best passage, cosine of title and lead, at least the former - 0.12)
          + bm25     * BM25 / the largest BM25 that the query allows * strength of the query
          + coverage * share of the query's weight that the page holds
          + phrase   * share of the query's neighbouring words that are neighbours on the page
          + recency  * 2 ** (-age / 30 days)
          + visits   * log(1 + visits) / log(1 + 100), at most 1

Each list normalised by its own best hit would say "perfect" of the best page even where no page answers. On
an absolute scale a list that found little adds little, and the other decides: for half-remembered wording and
for pages in another language that is the vectors, for names, typed phrases and languages which the embedding
model does not know it is the words. Bruch, Gai and Ingber 2023 (https://doi.org/10.1145/3596512) argue for
bounds from theory instead of observed ones. Recency and visits only part near ties.

The weights come from docs/ranking.md, where they were fitted and cross-validated over sets. Pure: no SQL, no
model, no clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from host.search.fusion import fuse_ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.core.settings import SearchMode
    from host.search.evidence import Evidence

_HALF_LIFE_MS = 30 * 24 * 3600 * 1000
_MANY_VISITS = 100
_FARTHEST_LEAD = 0.12


@dataclass(frozen=True)
class Weights:
    """What each part may add to a score; together 1."""

    vector: float = 0.5
    bm25: float = 0.2
    coverage: float = 0.15
    phrase: float = 0.12
    recency: float = 0.02
    visits: float = 0.01


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True)
class Candidate:
    """A page that one of the lists brought, and what is known of it.

    Attributes:
        page_id: the page.
        text_rank: its place among the full-text hits from 1, None when it is not among them.
        vector_rank: its place among the nearest pages from 1, None when it is not among them.
        bm25: larger is better, None without a match.
        passage_cosine: of its best passage, None while it has no vectors.
        lead_cosine: of its title and lead, None while it has no vectors.
        chunk_id: its best passage.
        last_visit_at: milliseconds UTC.
        visit_count: how often it was visited.
        coverage: see `evidence.measure_coverage`.
        phrase: see `evidence.measure_phrases`.
    """

    page_id: int
    text_rank: int | None = None
    vector_rank: int | None = None
    bm25: float | None = None
    passage_cosine: float | None = None
    lead_cosine: float | None = None
    chunk_id: int | None = None
    last_visit_at: int = 0
    visit_count: int = 0
    coverage: float = 0.0
    phrase: float = 0.0


@dataclass(frozen=True)
class Ranked:
    """A page in its place.

    Attributes:
        page_id: the page.
        score: larger is better; comparable within one answer.
        chunk_id: its best passage, where one is known.
        why: the ranks and scores that placed it, by name.
    """

    page_id: int
    score: float
    chunk_id: int | None = None
    why: dict[str, Any] = field(default_factory=dict)


def rank(
    candidates: Sequence[Candidate],
    *,
    mode: SearchMode,
    now_ms: int,
    evidence: Evidence | None = None,
    weights: Weights = DEFAULT_WEIGHTS,
) -> list[Ranked]:
    """Put candidates in order.

    `text` and `vector` keep the order of their list (what only the other one brought follows, in its order,
    so that a list that could not be had is replaced by the other), `hybrid-rrf` fuses the places, and
    `hybrid-rerank` is described at the top of this module.

    Args:
        candidates: each page once, in any order.
        mode: how to rank.
        now_ms: the present, milliseconds UTC.
        evidence: what the query's words weigh; None where that is unknown (without FTS5), then BM25 counts in
            proportion to the best.
        weights: of the parts, for `hybrid-rerank`.

    Returns:
        the pages, best first; equal ones by page id.
    """
    if mode == "hybrid-rerank":
        return _rerank(candidates, now_ms, evidence, weights)
    return _in_order([_place(item, mode) for item in candidates])


def measure_recency(last_visit_at: int, now_ms: int) -> float:
    """1 for a page visited now, half of it for each 30 days since; both in milliseconds UTC."""
    return float(2.0 ** (-max(0, now_ms - last_visit_at) / _HALF_LIFE_MS))


def measure_visits(visit_count: int) -> float:
    """0 for none to 1 for a hundred visits and more, each counting less than the one before."""
    return math.log1p(min(max(0, visit_count), _MANY_VISITS)) / math.log1p(_MANY_VISITS)


def _place(item: Candidate, mode: SearchMode) -> Ranked:
    if mode == "hybrid-rrf":
        score = fuse_ranks((item.text_rank, item.vector_rank))
    else:
        ranks = (item.text_rank, item.vector_rank)
        own, other = ranks if mode == "text" else ranks[::-1]
        score = 1.0 + 1.0 / own if own is not None else fuse_ranks((other,))
    return Ranked(item.page_id, score, item.chunk_id, _known_parts(item))


def _rerank(
    candidates: Sequence[Candidate], now_ms: int, evidence: Evidence | None, weights: Weights
) -> list[Ranked]:
    nearness = _measure_nearness(candidates)
    wording = _measure_wording(candidates, evidence)
    ranked = []
    for item, near, words in zip(candidates, nearness, wording, strict=True):
        recency = measure_recency(item.last_visit_at, now_ms)
        visits = measure_visits(item.visit_count)
        score = (
            weights.vector * near
            + weights.bm25 * words
            + weights.coverage * item.coverage
            + weights.phrase * item.phrase
            + weights.recency * recency
            + weights.visits * visits
        )
        why = {
            **_known_parts(item),
            "coverage": item.coverage,
            "phrase": item.phrase,
            "recency": recency,
            "visits": visits,
        }
        ranked.append(Ranked(item.page_id, score, item.chunk_id, why))
    return _in_order(ranked)


def _measure_nearness(candidates: Sequence[Candidate]) -> list[float]:
    """Mean cosine of each page; the median where there are no vectors yet, which prove nothing either way.

    A long page may say deep inside what its title and lead do not: those can take only so much away.
    """
    known = []
    for item in candidates:
        passage, lead = _finite(item.passage_cosine), _finite(item.lead_cosine)
        if passage is not None and lead is not None:
            lead = max(lead, passage - _FARTHEST_LEAD)
        cosines = [value for value in (passage, lead) if value is not None]
        known.append(sum(cosines) / len(cosines) if cosines else None)
    middle = median([value for value in known if value is not None] or [0.0])
    return [middle if value is None else value for value in known]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _measure_wording(candidates: Sequence[Candidate], evidence: Evidence | None) -> list[float]:
    """BM25 of each page as a share of what the query allows, times the strength of the query."""
    scores = [item.bm25 if item.bm25 is not None and item.bm25 > 0 else 0.0 for item in candidates]
    if evidence is not None and evidence.ceiling > 0:
        return [min(1.0, score / evidence.ceiling) * evidence.strength for score in scores]
    best = max(scores, default=0.0)
    return [score / best if best > 0 else 0.0 for score in scores]


def _known_parts(item: Candidate) -> dict[str, Any]:
    parts = {
        "text_rank": item.text_rank,
        "vector_rank": item.vector_rank,
        "bm25": item.bm25,
        "cosine": item.passage_cosine,
        "lead_cosine": item.lead_cosine,
    }
    return {name: value for name, value in parts.items() if value is not None}


def _in_order(ranked: list[Ranked]) -> list[Ranked]:
    return sorted(ranked, key=lambda item: (-item.score, item.page_id))
