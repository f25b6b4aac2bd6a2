"""How well pages are found again: a history in a temporary home, searched over the wire in every mode."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, get_args

from host.core.settings import SearchMode
from host.evaluation.history import open_history
from host.evaluation.metrics import Scores, average, score_ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.evaluation.retrieval_sets import EvaluationQuery, RetrievalSet

MODES: tuple[SearchMode, ...] = get_args(SearchMode)
# A reciprocal rank further down than this is taken for 0.
_RESULTS = 50
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
    with open_history(wanted.pages, on_progress) as history:
        kinds: dict[str, dict[str, list[tuple[Scores, float]]]] = {}
        for number, query in enumerate(asked):
            on_progress("searching", number, len(asked))
            for mode in MODES:
                reply = history.client.call(
                    "search.query", query=query.text, mode=mode, limit=_RESULTS, wait_ms=_WAIT_MS
                )
                found = list(dict.fromkeys(history.keys[item["page_id"]] for item in reply["results"]))
                scores = score_ranking(found, query.relevant)
                kinds.setdefault(query.kind, {}).setdefault(mode, []).append((scores, reply["took_ms"]))
    return RetrievalReport(
        wanted.name, len(wanted.pages), tuple(_summarise(kind, by_mode) for kind, by_mode in kinds.items())
    )


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
