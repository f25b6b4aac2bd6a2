"""INTERIM by the lead so that the daemon starts: replace wholesale (owner: ranking developer)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """A page that one of the lists brought."""

    page_id: int
    text_rank: int | None
    vector_rank: int | None
    bm25: float | None
    passage_cosine: float | None
    lead_cosine: float | None
    chunk_id: int | None
    last_visit_at: int
    visit_count: int


@dataclass(frozen=True)
class Ranked:
    """A page in its place."""

    page_id: int
    score: float
    chunk_id: int | None = None
    why: dict[str, Any] = field(default_factory=dict)


def rank(candidates: Sequence[Candidate], *, mode: str, now_ms: int) -> list[Ranked]:  # noqa: ARG001
    """Reciprocal rank fusion."""

    def score(candidate: Candidate) -> float:
        return sum(1 / (60 + place) for place in (candidate.text_rank, candidate.vector_rank) if place)

    return [
        Ranked(item.page_id, score(item), item.chunk_id, {"text_rank": item.text_rank, "vector_rank": item.vector_rank})
        for item in sorted(candidates, key=lambda item: (-score(item), item.page_id))
    ]
