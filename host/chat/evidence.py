"""What the passages of a question say, sentence by sentence: do they answer it, and what do they support."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from host.chat.answerability import prepare_rating, rate_answer
from host.chat.questions import guess_language
from host.chat.sentences import split_sentences
from host.chat.support import Support, judge_support
from host.chat.wording import Wording, read_wording
from host.chat.yardstick import measure_scale
from host.core.errors import AppError, Cancelled

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from host.chat.exchange import Passage
    from host.chat.yardstick import Scale
    from host.workers.client import Lane

# A word on nearly every page still tells a little.
_LEAST_WEIGHT = 0.1

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
        titles: the words of title and heading of each passage.
        question_vector: None without an embedding model.
        scale: what cosines mean; None without an embedding model.
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
        """Take the passages apart; see `gather_evidence`."""
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
        self.scale: Scale | None = None
        self.degraded: AppError | None = None
        self._embedder = embedder
        self._entailment = entailment
        self._cancelled = cancelled
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._by_passage: list[list[int]] = [[] for _ in self.passages]
        for number, sentence in enumerate(self.sentences):
            self._by_passage[sentence.passage].append(number)

    def sentences_of(self, passage: int) -> list[int]:
        """Indices of the sentences of a passage, by its index."""
        return self._by_passage[passage]

    def embed(self, texts: Iterable[str]) -> None:
        """Make the vectors of texts that have none yet, in one call; nothing without an embedding model.

        Raises:
            Cancelled.
        """
        missing = [text for text in dict.fromkeys(texts) if text and text not in self._vectors]
        if self._embedder is None or not missing:
            return
        prefix = self._embedder.passage_prefix
        with self._falling_back():
            made = self._embedder.embed_texts(
                [prefix + text for text in missing], lane="interactive", cancelled=self._cancelled
            )
            self._vectors.update(zip(missing, made, strict=True))

    def embed_sentences(self, passages: Iterable[int]) -> None:
        """Make the vectors of the sentences of some passages, by their indices."""
        self.embed(
            self.sentences[number].text for passage in passages for number in self._by_passage[passage]
        )

    def embed_question(self) -> None:
        """Make the vector of the question, and find out what cosines mean."""
        if self._embedder is None or self.question_vector is not None:
            return
        language = guess_language(self.question) or (self.passages[0].language if self.passages else None)
        with self._falling_back():
            self.scale = measure_scale(self._embedder, language, self._cancelled)
            self.question_vector = self._embedder.embed_query(self.question)

    def compare(self, text: str, other: str | None = None) -> float | None:
        """The cosine of two texts that were embedded, None where one was not.

        Args:
            text: a text.
            other: another one; the question if there is none.
        """
        one = self._vectors.get(text)
        two = self.question_vector if other is None else self._vectors.get(other)
        return None if one is None or two is None else float(one @ two)

    @cached_property
    def answerability(self) -> float:
        """How likely the passages answer the question, 0 to 1."""
        return rate_answer(self)

    def find_support(self, text: str) -> Support:
        """Which passages say what a sentence says.

        Args:
            text: a sentence of an answer, without marks.
        """
        return judge_support(self, text, self._entailment, self._cancelled)

    @contextlib.contextmanager
    def _falling_back(self) -> Iterator[None]:
        """Words are still there to judge by where the model fails."""
        try:
            yield
        except Cancelled:
            raise
        except AppError as error:
            self._embedder, self.question_vector, self.scale, self.degraded = None, None, None, error
            self._vectors.clear()


def gather_evidence(
    question: str,
    passages: Sequence[Passage],
    embedder: TextEmbedder | None,
    entailment: TextEntailment | None = None,
    cancelled: threading.Event | None = None,
    *,
    weights: Mapping[str, float] | None = None,
) -> Evidence:
    """Take the passages of a question apart, and embed what is needed to judge whether they answer it.

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
    prepare_rating(evidence)
    return evidence


def _complete_weights(asked: Wording, known: Mapping[str, float]) -> dict[str, float]:
    """A weight for each stem of the question; one that is not known counts as the mean of the others."""
    found = {stem: max(known[stem], _LEAST_WEIGHT) for stem in asked.stems if stem in known}
    middle = float(np.mean(list(found.values()))) if found else 1.0
    return {stem: found.get(stem, middle) for stem in asked.stems}
