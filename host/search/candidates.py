"""Which pages could answer by meaning: the nearest passage of each page, and the page as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.storage import vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import apsw

    from host.storage.filters import PageFilter
    from host.storage.vectors import Comparison, VectorHit

# How deep each list is read before they are merged.
TEXT_DEPTH = 60
VECTOR_DEPTH = 150
VECTOR_PAGES = 80


@dataclass
class VectorHits:
    """Pages near a query in meaning.

    Attributes:
        passages: the nearest passage of each page.
        leads: the cosine of each page's title and lead.
    """

    passages: dict[int, VectorHit] = field(default_factory=dict)
    leads: dict[int, float] = field(default_factory=dict)

    def add(self, hits: Iterable[VectorHit]) -> None:
        """Take in hits, nearest first; what is there already stays."""
        for hit in hits:
            if hit.chunk_id is None:
                self.leads.setdefault(hit.page_id, hit.cosine)
            else:
                self.passages.setdefault(hit.page_id, hit)

    def page_ids(self) -> list[int]:
        """Every page, nearest first, by its passage or as a whole, whichever is nearer."""
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
    connection: apsw.Connection, comparison: Comparison, page_filter: PageFilter
) -> VectorHits:
    """The pages nearest to a query, by passage or as a whole."""
    found = VectorHits()
    found.add(vectors.search_vectors(connection, comparison, VECTOR_DEPTH, page_filter))
    return found


def complete_vectors(
    connection: apsw.Connection,
    comparison: Comparison,
    found: VectorHits,
    page_ids: Sequence[int],
) -> None:
    """Measure each page by its nearest passage and as a whole, so that all are compared by the same."""
    missing = [page_id for page_id in page_ids if page_id not in found.passages or page_id not in found.leads]
    known = {(page_id, hit.chunk_id) for page_id, hit in found.passages.items()}
    known |= {(page_id, None) for page_id in found.leads}
    found.add(vectors.compare_pages(connection, comparison, missing, known))
