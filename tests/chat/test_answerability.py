"""Whether passages answer a question: with the real model in several languages, and on any model's scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.chat.answerability import answers, read_signs
from host.chat.evidence import gather_evidence
from host.chat.questions import find_kind
from host.chat.yardstick import measure_scale
from host.models.embedding import Embedder
from host.models.encoders import EncoderProcess
from host.models.installed import find_embedding_model
from tests.chat.makers import BagEmbedder, make_passage
from tests.conftest import INSTALLED_MODELS

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from host.chat.exchange import Passage
    from host.workers.client import Lane

LOADING_S = 90.0
LOCK = (
    "The lock at Hemmoor lifts barges by eleven metres. It was built between 1904 and 1909 after plans of "
    "the engineer Ida Brandt, and took 4,000 tons of steel. A barge passes it in twenty minutes."
)
GOATS = (
    "Goats are milked twice a day. Their milk is curdled with rennet and hung in cloth for a night. The "
    "fresh cheese keeps for about a week in a cool cellar."
)
ROPES = "A rope that is used at sea is rinsed in fresh water and dried in the shade before it is stowed away."


class SquashedEmbedder:
    """A model whose cosines all lie above a bottom, as those of some models do; else the same model."""

    def __init__(self, model: Embedder, bottom: float) -> None:
        self.model_id = f"{model.model_id} above {bottom}"
        self.passage_prefix = ""
        self._model, self._bottom = model, bottom

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.embed_texts([text])[0]
        return vector

    def embed_texts(
        self, texts: Sequence[str], *, lane: Lane = "background", cancelled: threading.Event | None = None
    ) -> NDArray[np.float32]:
        made = self._model.embed_texts(texts, lane=lane, cancelled=cancelled)
        own = np.full((len(made), 1), np.sqrt(self._bottom), dtype=np.float32)
        squashed: NDArray[np.float32] = np.hstack([made * np.float32(np.sqrt(1 - self._bottom)), own])
        return squashed


@pytest.fixture(scope="module")
def real() -> Iterator[Embedder]:
    model = find_embedding_model(INSTALLED_MODELS)
    if model is None:
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    process = EncoderProcess()
    made = Embedder(model, process)
    assert made.wait_ready(LOADING_S), made.failure
    yield made
    process.close()


def _passages(first: str, title: str) -> list[Passage]:
    others = [("Goat cheese", GOATS), ("Care of ropes", ROPES)]
    return [
        make_passage(1, first, title, score=0.55),
        *(make_passage(n, text, name, score=0.2) for n, (name, text) in enumerate(others, start=2)),
    ]


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("When was the lock at Hemmoor built?", True),
        ("Who drew the plans of the Hemmoor lock?", True),
        ("how high does the lock at hemmoor lift barges", True),
        ("What does a ticket for the opera in Sydney cost?", False),
        ("Who won the chess championship of 1972?", False),
    ],
)
def test_what_the_passages_say_is_answered_and_what_they_do_not_is_refused(
    real: Embedder, question: str, answered: bool
) -> None:
    assert answers(gather_evidence(question, _passages(LOCK, "Hemmoor lock"), real)) is answered


@pytest.mark.model
def test_a_model_with_narrow_cosines_judges_the_same(real: Embedder) -> None:
    for question in ("When was the lock at Hemmoor built?", "Who won the chess championship of 1972?"):
        passages = _passages(LOCK, "Hemmoor lock")
        plain = gather_evidence(question, passages, real).answerability
        squashed = gather_evidence(question, passages, SquashedEmbedder(real, 0.7)).answerability
        assert squashed == pytest.approx(plain, abs=0.02)


@pytest.mark.model
def test_a_model_is_trusted_in_the_languages_that_it_learned(real: Embedder) -> None:
    english, spanish = measure_scale(real, "en"), measure_scale(real, "es")
    assert english.trust > 0.9
    assert spanish.trust < 0.6
    assert english.low < spanish.low
    assert measure_scale(real, "tlh") == english


def test_words_judge_where_there_is_no_model() -> None:
    passages = _passages(LOCK, "Hemmoor lock")
    good = gather_evidence("When was the lock at Hemmoor built?", passages, None)
    bad = gather_evidence("Who won the chess championship of 1972?", passages, None)
    assert good.answerability > bad.answerability
    assert answers(good)
    assert not answers(bad)


@pytest.mark.parametrize("question", ["", "???", "\u200b", "🙂"])
def test_a_question_without_words_is_not_answered(question: str) -> None:
    evidence = gather_evidence(question, _passages(LOCK, "Hemmoor lock"), BagEmbedder())
    assert evidence.answerability <= 0.5
    assert all(np.isfinite(value) for value in read_signs(evidence).values())


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many barges pass?", "number"),
        ("Wie viele Schiffe sind es?", "number"),
        ("when does it open", "time"),
        ("¿Cuándo se construyó la esclusa?", "time"),
        ("Wer hat die Schleuse gebaut?", "person"),
        ("who was she", "person"),
        ("Was war der Grund für den Bau?", "thing"),
        ("¿Dónde está el puente?", "place"),
        ("pourquoi est-ce que la mer est salée", "reason"),
        ("lock hemmoor barges", "topic"),
    ],
)
def test_what_a_question_asks_for_is_known_in_several_languages(question: str, kind: str) -> None:
    assert find_kind(question) == kind
