"""What a search is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from host.core.errors import ModelLoading
from host.storage.filters import PageFilter

if TYPE_CHECKING:
    from datetime import tzinfo

    from host.core.errors import AppError
    from host.core.settings import SearchMode
    from host.search.matching import WordMatch
    from host.search.query_language import ParsedQuery
    from host.search.results import ResultItem
    from host.storage.vectors import Comparison

Part = Literal["vector", "fulltext", "rerank"]


@dataclass(frozen=True)
class SearchRequest:
    """What is asked for; see `search.query` in docs/protocol.md."""

    query: str
    mode: SearchMode
    limit: int = 25
    offset: int = 0
    page_filter: PageFilter = field(default_factory=PageFilter)
    explain: bool = False
    wait_s: float = 0.0
    zone: tzinfo | None = None


@dataclass(frozen=True)
class DegradedPart:
    """A part that does not work now.

    Attributes:
        part: which.
        reason: why, in a sentence.
        fix: what to do about it.
        loading: whether it passes by itself, because a model is on its way.
    """

    part: Part
    reason: str
    fix: str | None = None
    loading: bool = False

    @classmethod
    def from_error(cls, part: Part, error: AppError) -> DegradedPart:
        """The part that answered with this error."""
        return cls(part, error.message, error.fix, isinstance(error, ModelLoading))


@dataclass(frozen=True)
class SearchAnswer:
    """A page of results.

    Attributes:
        results: in order.
        total: how many candidates were found.
        took_ms: time spent.
        mode: as asked.
        parsed: how the query was understood.
        corrected: (as typed, also searched for).
        degraded: what did not work.
        ignored_dates: pieces of the query that look like a time of reading, where the pages of that time
            answer so much worse than those of any time that they are taken for a subject.
        words: the words that counted, and what they weigh in this history.
        comparison: the query beside every stored vector, where it was answered by meaning too.
    """

    results: list[ResultItem]
    total: int
    took_ms: float
    mode: SearchMode
    parsed: ParsedQuery
    corrected: tuple[tuple[str, str], ...] = ()
    degraded: list[DegradedPart] = field(default_factory=list)
    ignored_dates: tuple[str, ...] = ()
    words: WordMatch | None = None
    comparison: Comparison | None = None
