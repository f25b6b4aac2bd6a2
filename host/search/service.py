"""A search from the query to its results: parse, gather, rank, present. Goes down once and comes back."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import AppError
from host.search import matching
from host.search.candidates import TEXT_DEPTH, VECTOR_PAGES, VectorHits, complete_vectors, find_by_vectors
from host.search.exchange import DegradedPart, SearchAnswer, SearchRequest
from host.search.query_language import ParsedQuery, parse_query
from host.search.query_models import QueryModels
from host.search.ranking import Candidate, Ranked, rank
from host.search.reordering import DEPTH, PassageScorer, read_passages, reorder
from host.search.results import present_results, spell_out
from host.storage import pages, vectors
from host.storage.categories import read_category_names
from host.storage.filters import PageFilter

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    import apsw
    import numpy as np
    from numpy.typing import NDArray

    from host.history.profiles import Profile
    from host.search.query_models import QueryEmbedder
    from host.storage.vector_spaces import StoredSpace
    from host.storage.vectors import Comparison

# A list of nothing but filters is not ranked, so it may be long.
LISTED_DEPTH = 1000
# Pages of any time must hold this much more of the query than those of the time it names.
CLEARLY_BETTER = 0.5


@dataclass
class _Found:
    """What the two lists brought."""

    text: matching.TextHits = field(default_factory=matching.TextHits)
    words: matching.WordMatch | None = None
    vectors: VectorHits | None = None
    comparison: Comparison | None = None
    degraded: list[DegradedPart] = field(default_factory=list)


class Search:
    """Searches the pages of a profile."""

    def __init__(
        self,
        embedder_for: Callable[[str], QueryEmbedder | None] = lambda _model_id: None,
        find_reranker: Callable[[], PassageScorer | None] = lambda: None,
        on_query: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare.

        Args:
            embedder_for: the embedding model of that id, None when it is not installed (any more); then
                pages are found by words only.
            find_reranker: the cross-encoder that does the reordering now, None without one.
            on_query: called at each search, so that background work gives way.
        """
        self._models = QueryModels(embedder_for)
        self._find_reranker = find_reranker
        self._on_query = on_query
        # The model's process does the work; these threads only wait for it while full text is searched.
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="query")

    def find_degraded(self, profile: Profile) -> list[DegradedPart]:
        """What does not work for this profile, whatever is asked."""
        found = []
        if not profile.database.features.fulltext:
            found.append(
                DegradedPart("fulltext", "This SQLite has no FTS5: words are searched in memory, slower.")
            )
        by_meaning = self._models.find_degraded(profile)
        if by_meaning:
            found.append(by_meaning)
        if profile.settings.cross_encoder and self._find_reranker() is None:
            reason = "No cross-encoder is installed: the order is without it."
            found.append(
                DegradedPart("rerank", reason, "Turn off search.cross_encoder, or: classify model recommend")
            )
        return found

    def query(
        self, profile: Profile, request: SearchRequest, check_cancelled: Callable[[], None] = lambda: None
    ) -> SearchAnswer:
        """Find pages.

        Args:
            profile: whose history.
            request: what to find.
            check_cancelled: raises when the caller has lost interest.
        """
        began = time.perf_counter()
        self._on_query()
        at = now_ms()
        zone = request.zone or local_zone()
        categories = _read_names(profile, request.query)
        parsed = parse_query(request.query, at, zone, categories=categories)
        self._models.wait(profile, request, check_cancelled)
        found, ranked = self._find(profile, request, parsed, at)
        check_cancelled()
        ignored: tuple[str, ...] = ()
        dates = [chip for chip in parsed.chips if chip.kind == "date"]
        if dates and parsed.text and not any(date.relative for date in dates):
            # "On November 20" may say when a page was read, or be what it is about.
            open_parsed = parse_query(request.query, at, zone, with_dates=False, categories=categories)
            open_found, open_ranked = self._find(profile, request, open_parsed, at)
            if open_ranked and (
                not ranked or _strength(open_found, open_ranked) > _strength(found, ranked) + CLEARLY_BETTER
            ):
                parsed, found, ranked = open_parsed, open_found, open_ranked
                ignored = tuple(date.text for date in dates)
            check_cancelled()
        ranked = self._reorder(profile, request, parsed, found, ranked)
        shown = ranked[request.offset : request.offset + request.limit]
        results = profile.database.read(
            lambda connection: present_results(
                connection, shown, parsed, found.words, explain=request.explain
            )
        )
        return SearchAnswer(
            results=results,
            total=len(ranked),
            took_ms=(time.perf_counter() - began) * 1000,
            mode=request.mode,
            parsed=parsed,
            corrected=tuple(
                (typed, spell_out(better, results))
                for typed, better in (found.words.corrected if found.words else ())
            ),
            degraded=found.degraded,
            ignored_dates=ignored,
            words=found.words,
            comparison=found.comparison,
        )

    def forget(self, profile: Profile) -> None:
        """Drop what is remembered of queries and of this profile's pages, because something was deleted."""
        profile.codes.clear()
        self._models.forget_queries()

    def close(self) -> None:
        """End the waiting threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _find(
        self, profile: Profile, request: SearchRequest, parsed: ParsedQuery, at: int
    ) -> tuple[_Found, list[Ranked]]:
        """Gather and rank; nothing but filters, or nothing at all, finds the newest pages that pass."""
        page_filter = _narrow(request.page_filter, parsed)
        if parsed.text or parsed.title_terms:
            found = self._gather(profile, request, parsed, page_filter)
            ranked = profile.database.read(lambda connection: self._rank(connection, request, found, at))
            return found, [*ranked, *_list_others(found, ranked)]

        def list_newest(connection: apsw.Connection) -> list[int]:
            ids = pages.find_newest(connection, page_filter, LISTED_DEPTH)
            if not parsed.excluded:
                return ids
            return matching.keep_allowed(
                profile, connection, matching.match_words(profile, connection, parsed), ids
            )

        ranked = [Ranked(page_id=page_id, score=0.0) for page_id in profile.database.read(list_newest)]
        return _Found(degraded=self.find_degraded(profile)), ranked

    def _gather(
        self, profile: Profile, request: SearchRequest, parsed: ParsedQuery, page_filter: PageFilter
    ) -> _Found:
        found = _Found(degraded=self.find_degraded(profile))
        model = self._models.find(profile, request) if parsed.text else None
        waiting = self._pool.submit(model.embedder.embed_query, parsed.text) if model else None
        found.words = profile.database.read(
            lambda connection: matching.match_words(profile, connection, parsed)
        )
        words = found.words
        if request.mode != "vector" or waiting is None:
            found.text = profile.database.read(
                lambda connection: matching.search_words(profile, connection, words, page_filter, TEXT_DEPTH)
            )
        if model is not None and waiting is not None:
            try:
                query = waiting.result()
            except AppError as error:
                found.degraded.append(DegradedPart.from_error("vector", error))
                if request.mode == "vector":
                    found.text = profile.database.read(
                        lambda connection: matching.search_words(
                            profile, connection, words, page_filter, TEXT_DEPTH
                        )
                    )
            else:
                profile.database.read(
                    lambda connection: _search_vectors(
                        profile, connection, model.space, query, found, page_filter
                    )
                )
        return found

    def _rank(
        self, connection: apsw.Connection, request: SearchRequest, found: _Found, at: int
    ) -> list[Ranked]:
        text_ranks = {hit.page_id: place for place, hit in enumerate(found.text.best, start=1)}
        vector_ids = found.vectors.page_ids() if found.vectors else []
        vector_ranks = {page_id: place for place, page_id in enumerate(vector_ids, start=1)}
        ids = [*text_ranks, *(page_id for page_id in vector_ids if page_id not in text_ranks)]
        rerank = request.mode == "hybrid-rerank"
        if rerank and found.vectors and found.comparison:
            complete_vectors(connection, found.comparison, found.vectors, ids)
        known = pages.read_visits(connection, ids)
        candidates = [
            _make_candidate(page_id, text_ranks, vector_ranks, found, known[page_id])
            for page_id in ids
            if page_id in known
        ]
        evidence = found.words.evidence if found.words else None
        return rank(candidates, mode=request.mode, now_ms=at, evidence=evidence)

    def _reorder(
        self,
        profile: Profile,
        request: SearchRequest,
        parsed: ParsedQuery,
        found: _Found,
        ranked: list[Ranked],
    ) -> list[Ranked]:
        """Ask the cross-encoder, where there is one and its user wants it."""
        wanted = profile.settings.cross_encoder and request.mode == "hybrid-rerank" and parsed.text
        reranker = self._find_reranker() if wanted and ranked else None
        if reranker is None:
            return ranked
        texts = profile.database.read(lambda connection: read_passages(connection, ranked[:DEPTH]))
        try:
            opinions = reranker.score(parsed.text, texts, wait_s=request.wait_s)
        except AppError as error:
            found.degraded.append(DegradedPart.from_error("rerank", error))
            return ranked
        return reorder(ranked, opinions)


def _search_vectors(
    profile: Profile,
    connection: apsw.Connection,
    space: StoredSpace,
    query: NDArray[np.float32],
    found: _Found,
    page_filter: PageFilter,
) -> None:
    """Search the space that the query was embedded for, even if another serves by now."""
    found.comparison = vectors.compare_codes(connection, profile.codes, space, query)
    found.vectors = VectorHits()
    if found.comparison is None or found.words is None:
        return
    hits = find_by_vectors(connection, found.comparison, page_filter)
    # Phrases, title: and -words are conditions; nearness in meaning does not lift them.
    kept = matching.keep_allowed(profile, connection, found.words, hits.page_ids())
    found.vectors = hits.only(kept[:VECTOR_PAGES])


def _list_others(found: _Found, ranked: list[Ranked]) -> list[Ranked]:
    """Pages that hold some word but were not among the best: they come last, so that a list does not end."""
    placed = {item.page_id for item in ranked}
    others = [(score, page_id) for page_id, score in found.text.bm25.items() if page_id not in placed]
    return [
        Ranked(page_id, 0.0, why={"bm25": score})
        for score, page_id in sorted(others, key=lambda item: (-item[0], item[1]))
    ]


def _strength(found: _Found, ranked: list[Ranked]) -> float:
    """How much of the query's weight the best of the first results holds, 0 to 1."""
    words = found.words
    return max((words.measure(item.page_id)[0] for item in ranked[:5]), default=0.0) if words else 0.0


def _make_candidate(
    page_id: int,
    text_ranks: dict[int, int],
    vector_ranks: dict[int, int],
    found: _Found,
    visits: tuple[int, int],
) -> Candidate:
    passage = found.vectors.passages.get(page_id) if found.vectors else None
    coverage, phrase = found.words.measure(page_id) if found.words else (0.0, 0.0)
    return Candidate(
        page_id=page_id,
        text_rank=text_ranks.get(page_id),
        vector_rank=vector_ranks.get(page_id),
        bm25=found.text.bm25.get(page_id),
        passage_cosine=passage.cosine if passage else None,
        lead_cosine=found.vectors.leads.get(page_id) if found.vectors else None,
        chunk_id=passage.chunk_id if passage else None,
        last_visit_at=visits[0],
        visit_count=visits[1],
        coverage=coverage,
        phrase=phrase,
    )


def _narrow(base: PageFilter, parsed: ParsedQuery) -> PageFilter:
    """The filter of the request and that of the query together."""
    starts = [value for value in (base.from_ms, parsed.from_ms) if value is not None]
    ends = [value for value in (base.to_ms, parsed.to_ms) if value is not None]
    return PageFilter(
        sites=base.sites,
        also_sites=parsed.sites,
        excluded_sites=(*base.excluded_sites, *parsed.excluded_sites),
        categories=base.categories,
        also_categories=parsed.categories,
        excluded_categories=(*base.excluded_categories, *parsed.excluded_categories),
        from_ms=max(starts, default=None),
        to_ms=min(ends, default=None),
        language=base.language,
    )


def _read_names(profile: Profile, query: str) -> dict[str, str]:
    """The names of categories by key, for a query that may ask for one."""
    if "category:" not in query.casefold():
        return {}
    return profile.database.read(read_category_names)


def local_zone() -> tzinfo:
    """This computer's time zone."""
    return datetime.now(UTC).astimezone().tzinfo or UTC
