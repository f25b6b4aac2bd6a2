"""What passages support: quotes, paraphrases, changed facts; what happens without a model."""

from __future__ import annotations

import pytest

from host.chat.evidence import Evidence, gather_evidence
from host.core.errors import Cancelled, Timeout
from tests.chat.makers import BagEmbedder, FixedEntailment, make_passage

BRIDGE = (
    "The bridge over the Aller was opened by Anna Krüger in 1878. It is not open to lorries. "
    "Every spring the town paints its railings green."
)
CHEESE = "The cheese is turned every day for three months. It is washed with salt water."
QUESTION = "When was the bridge opened?"


def _gather(embedder: BagEmbedder | None = None) -> Evidence:
    return gather_evidence(
        QUESTION, [make_passage(1, BRIDGE, "Aller bridge"), make_passage(2, CHEESE, "Cheese")], embedder
    )


@pytest.fixture(params=["with vectors", "words only"])
def evidence(request: pytest.FixtureRequest) -> Evidence:
    return _gather(BagEmbedder() if request.param == "with vectors" else None)


def test_a_quote_is_supported_by_the_passage_that_has_it(evidence: Evidence) -> None:
    support = evidence.find_support("It is washed with salt water.")
    assert support.citations == (2,)
    assert support.score == 1.0
    assert support.quote in CHEESE


def test_sentences_that_follow_each_other_are_a_quote(evidence: Evidence) -> None:
    said = "It is not open to lorries.  Every spring the town paints its railings green."
    support = evidence.find_support(said)
    assert (support.citations, support.score) == ((1,), 1.0)
    assert support.quote == "It is not open to lorries."


@pytest.mark.parametrize("embedder", [BagEmbedder(), None], ids=["with vectors", "words only"])
@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("In all 25 people died in the fire.", "5 people died in the fire."),
        ("It was not true that the mayor knew it.", "the mayor knew it."),
        ("The bridge was never opened. In 1878 it fell.", "In 1878 it fell. The bridge was never opened."),
    ],
)
def test_a_piece_of_a_sentence_is_no_quote(page: str, said: str, embedder: BagEmbedder | None) -> None:
    support = gather_evidence(QUESTION, [make_passage(1, page)], embedder).find_support(said)
    assert support.score < 1.0
    if "bridge" not in said:
        assert not support.supported


def test_other_words_for_the_same_are_supported_and_quote_what_says_it(evidence: Evidence) -> None:
    support = evidence.find_support("In 1878 Anna Krüger opened the bridge over the Aller.")
    assert support.citations == (1,)
    assert support.quote == "The bridge over the Aller was opened by Anna Krüger in 1878."


@pytest.mark.parametrize(
    "changed",
    [
        "The bridge over the Aller was opened by Anna Krüger in 1887.",
        "The bridge over the Aller was opened by Anna Becker in 1878.",
        "The bridge over the Aller was not opened by Anna Krüger in 1878.",
    ],
)
def test_a_changed_number_name_or_sense_is_not_supported(evidence: Evidence, changed: str) -> None:
    support = evidence.find_support(changed)
    assert support.citations == ()
    assert not support.supported
    assert support.quote == ""


@pytest.mark.parametrize("text", ["", "   ", "[1]", "The moon is made of basalt.", "…"])
def test_what_no_passage_says_is_not_supported(evidence: Evidence, text: str) -> None:
    assert not evidence.find_support(text).supported


@pytest.mark.parametrize("embedder", [BagEmbedder(), None], ids=["with vectors", "words only"])
def test_a_page_on_another_subject_supports_nothing_by_chance(embedder: BagEmbedder | None) -> None:
    passages = [make_passage(1, BRIDGE, "Aller bridge"), make_passage(2, CHEESE, "Cheese", score=0.1)]
    support = gather_evidence(QUESTION, passages, embedder).find_support("It is washed with salt water.")
    assert not support.supported


def test_two_pages_that_say_the_same_are_both_cited_and_two_passages_of_a_page_once() -> None:
    passages = [
        make_passage(1, BRIDGE, page_id=7),
        make_passage(2, f"From the archive. {BRIDGE}", page_id=7),
        make_passage(3, f"{BRIDGE} And so on.", page_id=8),
    ]
    support = gather_evidence(QUESTION, passages, None).find_support("It is not open to lorries.")
    assert support.citations == (1, 3)


def test_inference_has_the_last_word() -> None:
    said = "In 1878 Anna Krüger opened the bridge over the Aller."
    for likely, citations in ((0.1, ()), (0.9, (1,))):
        entailment = FixedEntailment(likely)
        evidence = gather_evidence(QUESTION, [make_passage(1, BRIDGE)], BagEmbedder(), entailment)
        assert evidence.find_support(said).citations == citations
        assert entailment.asked == [said]


def test_a_sentence_costs_one_call_of_the_model() -> None:
    embedder = BagEmbedder()
    evidence = _gather(embedder)
    before = len(embedder.texts)
    evidence.find_support("In 1878 Anna Krüger opened the bridge over the Aller.")
    assert len(embedder.texts) == before + 1


def test_texts_are_embedded_as_passages_and_once() -> None:
    embedder = BagEmbedder()
    evidence = _gather(embedder)
    evidence.embed_sentences([0, 1])
    evidence.embed_sentences([0, 1])
    given = [text for call in embedder.texts for text in call]
    assert all(text.startswith("passage: ") for text in given)
    own = [text for text in given if text.removeprefix("passage: ") in BRIDGE + CHEESE]
    assert len(own) == len(set(own)) == 6


def test_a_model_that_fails_leaves_words_to_judge_by() -> None:
    embedder = BagEmbedder("fails later")
    evidence = _gather(embedder)
    embedder.failure = Timeout("It took too long.")
    support = evidence.find_support("In 1878 Anna Krüger opened the bridge over the Aller.")
    assert support.citations == (1,)
    assert isinstance(evidence.degraded, Timeout)
    assert evidence.question_vector is None


def test_what_is_cancelled_ends() -> None:
    embedder = BagEmbedder("cancelled")
    embedder.failure = Cancelled("Nobody waits.")
    with pytest.raises(Cancelled):
        _gather(embedder)


def test_without_passages_nothing_is_answered_or_supported() -> None:
    evidence = gather_evidence(QUESTION, [], BagEmbedder())
    assert evidence.answerability == 0.0
    assert not evidence.find_support("The bridge was opened in 1878.").supported
