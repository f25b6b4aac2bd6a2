"""The order of results."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from host.search.evidence import Evidence, weigh_words
from host.search.ranking import DEFAULT_WEIGHTS, Candidate, Weights, measure_recency, measure_visits, rank

if TYPE_CHECKING:
    import random

NOW = 1_700_000_000_000
DAY = 24 * 3600 * 1000
SHARE = st.floats(0, 1)
COSINE = st.none() | st.floats(-1, 1)
RANK = st.none() | st.integers(1, 200)

CANDIDATES = st.lists(
    st.builds(
        Candidate,
        page_id=st.integers(1, 1000),
        text_rank=RANK,
        vector_rank=RANK,
        bm25=st.none() | st.floats(0, 100),
        passage_cosine=COSINE,
        lead_cosine=COSINE,
        last_visit_at=st.integers(0, NOW + DAY),
        visit_count=st.integers(0, 10_000),
        coverage=SHARE,
        phrase=SHARE,
    ),
    max_size=12,
    unique_by=lambda item: item.page_id,
)
EVIDENCE = st.none() | st.builds(
    weigh_words, st.integers(0, 100_000), st.lists(st.integers(0, 1000), max_size=6)
)
MODES = st.sampled_from(["hybrid-rerank", "hybrid-rrf", "text", "vector"])


def order(
    candidates: list[Candidate], mode: str = "hybrid-rerank", evidence: Evidence | None = None
) -> list[int]:
    return [item.page_id for item in rank(candidates, mode=mode, now_ms=NOW, evidence=evidence)]  # type: ignore[arg-type]


@given(CANDIDATES, MODES, EVIDENCE, st.randoms(use_true_random=False))
def test_the_order_in_which_candidates_come_does_not_matter(
    candidates: list[Candidate], mode: str, evidence: Evidence | None, shuffler: random.Random
) -> None:
    shuffled = list(candidates)
    shuffler.shuffle(shuffled)
    assert order(candidates, mode, evidence) == order(shuffled, mode, evidence)


@given(CANDIDATES, MODES, EVIDENCE)
def test_every_candidate_has_one_place_and_a_finite_score(
    candidates: list[Candidate], mode: str, evidence: Evidence | None
) -> None:
    ranked = rank(candidates, mode=mode, now_ms=NOW, evidence=evidence)  # type: ignore[arg-type]
    assert sorted(item.page_id for item in ranked) == sorted(item.page_id for item in candidates)
    assert all(math.isfinite(item.score) for item in ranked)
    assert [item.score for item in ranked] == sorted((item.score for item in ranked), reverse=True)


@given(CANDIDATES.filter(bool), EVIDENCE, st.data())
def test_more_of_any_evidence_never_costs_a_place(
    candidates: list[Candidate], evidence: Evidence | None, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(candidates) - 1))
    part = data.draw(
        st.sampled_from(
            ["bm25", "passage_cosine", "lead_cosine", "coverage", "phrase", "last_visit_at", "visit_count"]
        )
    )
    before = candidates[index]
    more: dict[str, Any] = {
        "bm25": (before.bm25 or 0) + 1,
        "passage_cosine": None if before.passage_cosine is None else before.passage_cosine + 0.1,
        "lead_cosine": None if before.lead_cosine is None else before.lead_cosine + 0.1,
        "coverage": before.coverage + 0.1,
        "phrase": before.phrase + 0.1,
        "last_visit_at": before.last_visit_at + DAY,
        "visit_count": before.visit_count + 1,
    }
    after = [*candidates[:index], replace(before, **{part: more[part]}), *candidates[index + 1 :]]
    assert order(after, evidence=evidence).index(before.page_id) <= order(
        candidates, evidence=evidence
    ).index(before.page_id)


@given(CANDIDATES)
def test_text_and_vector_modes_keep_the_order_of_their_list(candidates: list[Candidate]) -> None:
    numbered = [
        replace(item, text_rank=place, vector_rank=None) for place, item in enumerate(candidates, start=1)
    ]
    ids = [item.page_id for item in numbered]
    assert order(numbered, "text") == ids
    assert order(numbered, "vector") == ids
    swapped = [replace(item, text_rank=None, vector_rank=item.text_rank) for item in numbered]
    assert order(swapped, "vector") == ids


def test_fusion_prefers_what_both_lists_hold() -> None:
    both = Candidate(1, text_rank=3, vector_rank=3)
    one = Candidate(2, text_rank=1)
    other = Candidate(3, vector_rank=1)
    assert order([one, other, both], "hybrid-rrf") == [1, 2, 3]


TIMES = st.tuples(st.integers(0, NOW), st.integers(0, 500))


@given(st.floats(-1, 1), SHARE, TIMES, TIMES)
def test_recency_and_visits_only_part_near_ties(
    cosine: float, coverage: float, of_better: tuple[int, int], of_worse: tuple[int, int]
) -> None:
    better = Candidate(2, passage_cosine=cosine + 0.1, coverage=coverage)
    worse = Candidate(1, passage_cosine=cosine, coverage=coverage)
    better = replace(better, last_visit_at=of_better[0], visit_count=of_better[1])
    worse = replace(worse, last_visit_at=of_worse[0], visit_count=of_worse[1])
    assert order([worse, better]) == [2, 1]


def test_of_equal_pages_the_newer_and_then_the_more_visited_comes_first() -> None:
    old = Candidate(1, passage_cosine=0.5, last_visit_at=NOW - 90 * DAY, visit_count=1)
    new = Candidate(2, passage_cosine=0.5, last_visit_at=NOW, visit_count=1)
    loved = Candidate(3, passage_cosine=0.5, last_visit_at=NOW, visit_count=50)
    assert order([old, new, loved]) == [3, 2, 1]


def test_words_decide_where_they_prove_much_and_vectors_where_they_prove_little() -> None:
    evidence = weigh_words(1000, [3, 5])
    named = Candidate(1, bm25=12.0, coverage=1.0, passage_cosine=0.3, lead_cosine=0.3)
    near = Candidate(2, passage_cosine=0.5, lead_cosine=0.5)
    assert order([named, near], evidence=evidence) == [1, 2]
    brushed = replace(named, bm25=1.0, coverage=0.1)
    assert order([brushed, near], evidence=evidence) == [2, 1]


def test_the_best_of_a_poor_list_is_not_taken_for_a_good_hit() -> None:
    evidence = weigh_words(1000, [0, 0, 0, 40])
    only_hit = Candidate(1, text_rank=1, bm25=2.0, coverage=0.13, passage_cosine=0.2, lead_cosine=0.2)
    near = Candidate(2, vector_rank=1, passage_cosine=0.45, lead_cosine=0.4)
    assert order([only_hit, near], evidence=evidence) == [2, 1]


def test_a_page_without_vectors_yet_is_found_by_its_words() -> None:
    evidence = weigh_words(1000, [2, 2])
    fresh = Candidate(1, bm25=13.0, coverage=1.0, phrase=1.0)
    others = [Candidate(page, passage_cosine=0.3, lead_cosine=0.2) for page in range(2, 9)]
    assert order([*others, fresh], evidence=evidence)[0] == 1


def test_broken_cosines_count_as_unknown() -> None:
    ranked = rank(
        [Candidate(1, passage_cosine=math.nan), Candidate(2, passage_cosine=0.5)],
        mode="hybrid-rerank",
        now_ms=NOW,
    )
    assert all(math.isfinite(item.score) for item in ranked)


def test_no_candidates_make_no_results() -> None:
    assert order([]) == []


def test_weights_share_out_one() -> None:
    assert math.isclose(sum(vars(DEFAULT_WEIGHTS).values()), 1.0)
    assert Weights() == DEFAULT_WEIGHTS


def test_a_result_can_say_why() -> None:
    evidence = weigh_words(100, [1])
    item = Candidate(
        1, 1, 2, bm25=4.0, passage_cosine=0.4, chunk_id=7, coverage=1.0, last_visit_at=NOW, visit_count=1
    )
    (ranked,) = rank([item], mode="hybrid-rerank", now_ms=NOW, evidence=evidence)
    assert ranked.chunk_id == 7
    assert ranked.why["text_rank"] == 1
    assert ranked.why["vector_rank"] == 2
    assert ranked.why["cosine"] == 0.4
    assert ranked.why["recency"] == 1.0
    assert "lead_cosine" not in ranked.why


@given(st.integers(-DAY, 3650 * DAY))
def test_recency_is_a_share(age: int) -> None:
    assert 0 <= measure_recency(NOW - age, NOW) <= 1


def test_recency_halves_in_thirty_days() -> None:
    assert measure_recency(NOW - 30 * DAY, NOW) == 0.5


@given(st.integers(-5, 10**9))
def test_visits_are_a_share(count: int) -> None:
    assert 0 <= measure_visits(count) <= 1
