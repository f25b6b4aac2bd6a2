"""How well pages are found again: a history in a temporary home, searched over the wire in every mode."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, get_args

from host.client import Client
from host.core.clock import now_ms
from host.core.errors import NotReady
from host.core.settings import SearchMode
from host.evaluation.bench.home import temporary_home, wait_for_jobs
from host.evaluation.metrics import Scores, average, score_ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.evaluation.retrieval_sets import EvaluationPage, EvaluationQuery, RetrievalSet

MODES: tuple[SearchMode, ...] = get_args(SearchMode)
# A reciprocal rank further down than this is taken for 0.
_RESULTS = 50
_INDEX_TIMEOUT_S = 3600.0
_WAIT_MS = 30_000


@dataclass(frozen=True)
class KindReport:
    """The mean scores of one kind of query in one set.

    Attributes:
        kind: of query.
        queries: how many.
        scores: by mode.
        took_ms: median time of a search, by mode, as the daemon measured it.
    """

    kind: str
    queries: int
    scores: dict[str, Scores]
    took_ms: dict[str, float]

    def losses(self) -> dict[str, float]:
        """By measure, how far `hybrid-rerank` is below the best of `text` and `vector`; only where it is."""
        found = {}
        for measure, value in asdict(self.scores["hybrid-rerank"]).items():
            best = max(getattr(self.scores[mode], measure) for mode in ("text", "vector"))
            if value < best - 1e-9:
                found[measure] = best - value
        return found


@dataclass(frozen=True)
class RetrievalReport:
    """The scores of one set."""

    name: str
    pages: int
    kinds: tuple[KindReport, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "kinds": [{**asdict(kind), "losses": kind.losses()} for kind in self.kinds]}


def measure_retrieval(
    wanted: RetrievalSet, *, every: int = 1, on_progress: Callable[[str, int, int], None] = lambda *_: None
) -> RetrievalReport:
    """Capture the pages of a set, wait until they are indexed, and ask every query in every mode.

    Args:
        wanted: the set.
        every: only each so-manieth query of a kind is asked.
        on_progress: gets what is being done, how much is done and of how much.

    Raises:
        NotReady: no embedding model is installed, or indexing did not end.
    """
    asked = _thin_out(wanted.queries, every)
    with temporary_home(models=True) as paths, Client(profile_id="evaluation", paths=paths) as client:
        if not client.hello["models"]:
            message = "No embedding model is installed."
            raise NotReady(message, fix="Run: python3 -m host.install")
        keys = _capture(client, wanted.pages, on_progress)
        on_progress("indexing", 0, 0)
        if not wait_for_jobs(client, _INDEX_TIMEOUT_S):
            message = "The pages were not indexed in time."
            raise NotReady(message, fix="Run `ai-history doctor`.")
        kinds: dict[str, dict[str, list[tuple[Scores, float]]]] = {}
        for number, query in enumerate(asked):
            on_progress("searching", number, len(asked))
            for mode in MODES:
                reply = client.call(
                    "search.query", query=query.text, mode=mode, limit=_RESULTS, wait_ms=_WAIT_MS
                )
                found = list(dict.fromkeys(keys[item["page_id"]] for item in reply["results"]))
                scores = score_ranking(found, query.relevant)
                kinds.setdefault(query.kind, {}).setdefault(mode, []).append((scores, reply["took_ms"]))
    return RetrievalReport(
        wanted.name, len(wanted.pages), tuple(_summarise(kind, by_mode) for kind, by_mode in kinds.items())
    )


def _capture(
    client: Client, pages: Sequence[EvaluationPage], on_progress: Callable[[str, int, int], None]
) -> dict[int, str]:
    """Capture pages; their keys by page id."""
    keys = {}
    at = now_ms()
    for number, page in enumerate(pages):
        on_progress("capturing", number, len(pages))
        reply = client.call(
            "pages.capture",
            url=page.url,
            title=page.title,
            html=page.html,
            text=page.text,
            lang=page.language,
            visited_at=at,
        )
        keys[reply["page_id"]] = page.key
    return keys


def _thin_out(queries: Sequence[EvaluationQuery], every: int) -> list[EvaluationQuery]:
    seen: dict[str, int] = {}
    kept = []
    for query in queries:
        number = seen.get(query.kind, 0)
        seen[query.kind] = number + 1
        if number % every == 0:
            kept.append(query)
    return kept


def _summarise(kind: str, by_mode: dict[str, list[tuple[Scores, float]]]) -> KindReport:
    return KindReport(
        kind,
        len(by_mode[MODES[0]]),
        {mode: average([scores for scores, _ in rows]) for mode, rows in by_mode.items()},
        {mode: sorted(took for _, took in rows)[len(rows) // 2] for mode, rows in by_mode.items()},
    )
