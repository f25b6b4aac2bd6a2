"""Which pages could answer: by words from full text, by meaning from vectors, and both measured for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import apsw
import numpy as np
from numpy.typing import NDArray

from host.storage import fulltext, vectors
from host.storage.filters import PageFilter
from host.storage.fulltext import Match, TextHit
from host.storage.vectors import ChunkHit

# How deep each list is read before they are merged.
TEXT_DEPTH = 100
CHUNK_DEPTH = 200
PAGE_DEPTH = 100


@dataclass
class VectorHits:
    """Pages near a query in meaning.

    Attributes:
        passages: the best passage of each page.
        leads: the cosine of each page's title and lead.
    """

    passages: dict[int, ChunkHit] = field(default_factory=dict)
    leads: dict[int, float] = field(default_factory=dict)

    def page_ids(self) -> list[int]:
        """Every page, nearest first, by its passage or its lead, whichever is nearer."""
        cosines = {page_id: hit.cosine for page_id, hit in self.passages.items()}
        for page_id, cosine in self.leads.items():
            cosines[page_id] = max(cosines.get(page_id, -1.0), cosine)
        return sorted(cosines, key=lambda page_id: (-cosines[page_id], page_id))

    def only(self, page_ids: Sequence[int]) -> VectorHits:
        """The same without other pages."""
        kept = set(page_ids)
        return VectorHits(
            {page_id: hit for page_id, hit in self.passages.items() if page_id in kept},
            {page_id: cosine for page_id, cosine in self.leads.items() if page_id in kept},
        )


def find_by_vectors(
    connection: apsw.Connection, query: NDArray[np.float32], page_filter: PageFilter
) -> VectorHits:
    """The pages nearest to `query` by passage or by title and lead."""
    found = VectorHits()
    for hit in vectors.search_chunks(connection, query, CHUNK_DEPTH, page_filter):
        found.passages.setdefault(hit.page_id, hit)
    found.leads.update(vectors.search_pages(connection, query, PAGE_DEPTH, page_filter))
    return found


def complete_vectors(
    connection: apsw.Connection, query: NDArray[np.float32], found: VectorHits, page_ids: Sequence[int]
) -> None:
    """Measure the cosines of pages that came from full text, so that all are compared by the same."""
    missing = [page_id for page_id in page_ids if page_id not in found.passages or page_id not in found.leads]
    passages, leads = vectors.compare_pages(connection, query, missing)
    for page_id, hit in passages.items():
        found.passages.setdefault(page_id, hit)
    for page_id, cosine in leads.items():
        found.leads.setdefault(page_id, cosine)


def complete_text(
    connection: apsw.Connection, match: Match, hits: Sequence[TextHit], page_ids: Sequence[int]
) -> dict[int, float]:
    """BM25 by page, also for pages that came from vectors; those that match no word are absent."""
    scores = {hit.page_id: hit.bm25 for hit in hits}
    missing = [page_id for page_id in page_ids if page_id not in scores]
    for hit in fulltext.score_pages(connection, match, missing):
        scores[hit.page_id] = hit.bm25
    return scores
