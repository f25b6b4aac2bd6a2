"""What the passages of a question say, sentence by sentence: do they answer it, and what do they support."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from host.chat.answerability import rate_answer
from host.chat.sentences import split_sentences
from host.chat.support import Support, judge_support
from host.chat.wording import Wording, read_wording
from host.core.errors import AppError, Cancelled

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from host.chat.exchange import Passage
    from host.workers.client import Lane

# Passages whose sentences are embedded before anybody asks: the answer is among them nearly always, and a
# person waits for this.
FIRST_PASSAGES = 3

__all__ = ["Evidence", "PassageSentence", "Support", "TextEmbedder", "TextEntailment", "gather_evidence"]


class TextEmbedder(Protocol):
    """Makes vectors of texts; see `host.models.embedding.Embedder`."""

    @property
    def model_id(self) -> str:
        """Which model."""

    @property
    def passage_prefix(self) -> str:
        """What the model was trained to see before a passage, or ""."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """float32 of shape (dimensions,), length 1."""

    def embed_texts(
        self, texts: Sequence[str], *, lane: Lane = "background", cancelled: threading.Event | None = None
    ) -> NDArray[np.float32]:
        """float32 of shape (len(texts), dimensions), each row of length 1."""


class TextEntailment(Protocol):
    """Judges whether a text says something; see `host.models.entailment.Entailment`."""

    def entail(
        self,
        text: str,
        hypotheses: Sequence[str],
        cancelled: threading.Event | None = None,
        *,
        lane: Lane = "background",
    ) -> NDArray[np.float32]:
        """float32 of shape (len(hypotheses), 3): entailment, neutral, contradiction."""


@dataclass(frozen=True)
class PassageSentence:
    """A sentence of a passage.

    Attributes:
        passage: index of the passage in `Evidence.passages`.
        start: offset of its first character in the passage's text.
        text: as it stands there.
        wording: its words.
    """

    passage: int
    start: int
    text: str
    wording: Wording


class Evidence:
    """What the passages of a question say.

    Attributes:
        question: it stands by itself.
        passages: best first.
        sentences: of all passages, in order.
        asked: the words of the question.
        weights: of the stems of the question, how much each tells.
        question_vector: None without an embedding model.
        degraded: why it is judged by words only, where an embedding model was wanted.
    """

    def __init__(
        self,
        question: str,
        passages: Sequence[Passage],
        embedder: TextEmbedder | None,
        entailment: TextEntailment | None = None,
        weights: Mapping[str, float] | None = None,
        cancelled: threading.Event | None = None,
    ) -> None:
        """Take the passages apart; `gather_evidence` does it with what is needed first."""
        self.question = question
        self.passages = tuple(passages)
        self.asked = read_wording(question)
        self.weights = _complete_weights(self.asked, weights or {})
        self.sentences = tuple(
            PassageSentence(index, stretch.start, stretch.text, read_wording(stretch.text))
            for index, passage in enumerate(self.passages)
            for stretch in split_sentences(passage.text, passage.language)
        )
        self.titles = tuple(read_wording(f"{one.title}\n{one.heading}") for one in self.passages)
        self.question_vector: NDArray[np.float32] | None = None
        self.degraded: AppError | None = None
        self._embedder = embedder
        self._entailment = entailment
        self._cancelled = cancelled
        self._vectors: dict[int, NDArray[np.float32]] = {}
        self._by_passage: list[list[int]] = [[] for _ in self.passages]
        for number, sentence in enumerate(self.sentences):
            self._by_passage[sentence.passage].append(number)

    def sentences_of(self, passage: int) -> list[int]:
        """Indices of the sentences of a passage, by its index."""
        return self._by_passage[passage]

    def embed_sentences(self, passages: Collection[int], text: str = "") -> NDArray[np.float32] | None:
        """Make the vectors of the sentences of some passages, and of a text beside, in one call.

        Returns:
            the vector of the text; None for no text, or without an embedding model.
        """
        if self._embedder is None:
            return None
        missing = [
            number
            for passage in passages
            for number in self._by_passage[passage]
            if number not in self._vectors
        ]
        texts = [self.sentences[number].text for number in missing] + ([text] if text else [])
        if not texts:
            return None
        prefix = self._embedder.passage_prefix
        try:
            made = self._embedder.embed_texts(
                [prefix + one for one in texts], lane="interactive", cancelled=self._cancelled
            )
        except Cancelled:
            raise
        except AppError as error:
            # Words are still there to judge by.
            self._embedder, self.degraded = None, error
            return None
        self._vectors.update(zip(missing, made, strict=False))
        return made[-1] if text else None

    def embed_question(self) -> None:
        """Make the vector of the question."""
        if self._embedder is None or self.question_vector is not None:
            return
        try:
            self.question_vector = self._embedder.embed_query(self.question)
        except Cancelled:
            raise
        except AppError as error:
            self._embedder, self.degraded = None, error

    def cosine(self, sentence: int, vector: NDArray[np.float32] | None) -> float | None:
        """The cosine of a sentence with a vector, None where one of them has none."""
        own = self._vectors.get(sentence)
        return None if own is None or vector is None else float(own @ vector)

    @cached_property
    def answerability(self) -> float:
        """How likely the passages answer the question, 0 to 1."""
        return rate_answer(self)

    def find_support(self, text: str) -> Support:
        """Which passages say what a sentence says.

        Args:
            text: a sentence of an answer, without marks.
        """
        return judge_support(self, text)


def gather_evidence(
    question: str,
    passages: Sequence[Passage],
    embedder: TextEmbedder | None,
    entailment: TextEntailment | None = None,
    cancelled: threading.Event | None = None,
    *,
    weights: Mapping[str, float] | None = None,
) -> Evidence:
    """Take the passages of a question apart, and embed what is needed to judge them.

    Args:
        question: it stands by itself.
        passages: best first.
        embedder: None judges by words only.
        entailment: has the last word on what supports what, where one is installed.
        cancelled: stops the embedding.
        weights: of the stems of the question, from `retrieval.Found`.

    Raises:
        Cancelled.
    """
    evidence = Evidence(question, passages, embedder, entailment, weights, cancelled)
    evidence.embed_question()
    evidence.embed_sentences(range(min(FIRST_PASSAGES, len(evidence.passages))))
    return evidence


def _complete_weights(asked: Wording, known: Mapping[str, float]) -> dict[str, float]:
    """A weight for each stem of the question; one that is not known counts as the mean of the others."""
    found = {stem: known[stem] for stem in asked.stems if stem in known}
    middle = float(np.mean(list(found.values()))) if found else 1.0
    return {stem: found.get(stem, middle) for stem in asked.stems}
