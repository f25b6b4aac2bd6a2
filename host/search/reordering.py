"""The best results put in order once more by a cross-encoder, where their user has turned one on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from host.storage import pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.search.ranking import Ranked

# A cross-encoder reads each passage with the query: more of them would keep a person waiting.
DEPTH = 20
# What its opinion counts beside the score that brought a page here.
WEIGHT = 0.5
TEXT_CHARACTERS = 1200


class PassageScorer(Protocol):
    """Scores passages for a query; see `host.models.reranking.Reranker`."""

    def score(self, query: str, texts: Sequence[str], *, wait_s: float = 0.0) -> list[float]:
        """0 to 1 for each text."""


def read_passages(connection: apsw.Connection, ranked: Sequence[Ranked]) -> list[str]:
    """What the cross-encoder reads of each page: title and best passage, or the beginning of its text."""
    found = pages.read_pages(connection, [item.page_id for item in ranked])
    chunks = pages.read_chunks_by_id(
        connection, [item.chunk_id for item in ranked if item.chunk_id is not None]
    )
    texts = []
    for item in ranked:
        page = found.get(item.page_id)
        chunk = chunks.get(item.chunk_id) if item.chunk_id is not None else None
        text = chunk.text if chunk else page.content_text if page else ""
        texts.append(f"{page.title if page else ''}\n{text[:TEXT_CHARACTERS]}")
    return texts


def reorder(ranked: Sequence[Ranked], opinions: Sequence[float]) -> list[Ranked]:
    """The first results in the order of score and opinion together; the rest stays behind them.

    Args:
        ranked: best first.
        opinions: of the cross-encoder, 0 to 1, for the first of them.
    """
    head, rest = ranked[: len(opinions)], ranked[len(opinions) :]
    best = max((item.score for item in head), default=0.0)
    scored = [
        replace(
            item,
            score=(1 - WEIGHT) * (item.score / best if best > 0 else 0.0) + WEIGHT * opinion,
            why={**item.why, "cross_encoder": opinion},
        )
        for item, opinion in zip(head, opinions, strict=True)
    ]
    return [*sorted(scored, key=lambda item: (-item.score, item.page_id)), *rest]
