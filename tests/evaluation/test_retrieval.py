"""The measurement of retrieval."""

from __future__ import annotations

import json

import pytest

from host.evaluation.metrics import Scores
from host.evaluation.retrieval import MODES, KindReport, RetrievalReport, measure_retrieval
from host.evaluation.retrieval_sets import EvaluationPage, EvaluationQuery, RetrievalSet


def make_kind(hybrid: float, text: float, vector: float) -> KindReport:
    def scores(value: float) -> Scores:
        return Scores(value, value, value, value)

    by_mode = {"hybrid-rerank": scores(hybrid), "text": scores(text), "vector": scores(vector)}
    return KindReport("question", 10, by_mode, dict.fromkeys(by_mode, 5.0))


def test_a_kind_says_where_a_single_mode_is_better() -> None:
    assert make_kind(0.9, 0.9, 0.8).losses() == {}
    losses = make_kind(0.8, 0.7, 0.9).losses()
    assert set(losses) == {"ndcg", "reciprocal_rank", "recall", "hit"}
    assert losses["hit"] == pytest.approx(0.1)


def test_a_report_is_plain_json() -> None:
    report = RetrievalReport("tiny", 3, (make_kind(0.8, 0.7, 0.9),))
    data = json.loads(json.dumps(report.to_json()))
    assert data["kinds"][0]["scores"]["vector"]["hit"] == 0.9
    assert data["kinds"][0]["losses"]["hit"] == pytest.approx(0.1)


@pytest.mark.model
# The daemon outlives by design the object that started it; the measurement ends it over the wire.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("models")
def test_a_small_history_is_captured_indexed_and_searched_in_every_mode() -> None:
    pages = (
        EvaluationPage(
            "tea", "https://tea.example/", "Tea", "en", text="Green tea is brewed with hot water."
        ),
        EvaluationPage(
            "mars", "https://mars.example/", "Mars", "en", text="The red planet has two small moons."
        ),
        EvaluationPage(
            "piano", "https://piano.example/", "Piano", "en", html="<p>An instrument with 88 keys.</p>"
        ),
    )
    queries = (
        EvaluationQuery("tea brewed", "keyword", frozenset({"tea"})),
        EvaluationQuery("satellites of our neighbour in space", "vague", frozenset({"mars"})),
    )
    report = measure_retrieval(RetrievalSet("tiny", pages, queries))
    kinds = {kind.kind: kind for kind in report.kinds}
    assert report.pages == 3
    assert set(kinds["keyword"].scores) == set(MODES)
    assert kinds["keyword"].scores["text"].hit == 1.0
    assert kinds["vague"].scores["vector"].hit == 1.0
    assert kinds["vague"].scores["hybrid-rerank"].hit == 1.0
    assert all(took > 0 for took in kinds["vague"].took_ms.values())
