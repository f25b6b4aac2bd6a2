"""What a model of each type must do, whichever it is."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import Cancelled
from host.models.embedding import Embedder, EmbeddingModel
from host.models.entailment import Entailment
from host.models.language import InstructionModel, LanguageModel, Message
from host.models.reranking import Reranker
from tests.models.plain_llama import score_plainly

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.models.encoders import EncoderProcess
    from host.models.metadata import Installed
    from host.models.registry import ModelType

WAIT_S = 120.0
QUERY = "how to brew a kettle of tea"
TEXTS = [
    "tea is hot",
    "the river rises and rain falls on the hill",
    "code",
    "how to brew a kettle of water ? this text is about tea",
    "data , documentation , configuration",
] * 4
CONTEXT = 1024
MESSAGES = [Message("system", "You sort texts."), Message("user", "Count to a hundred. Then tea or rain?")]
LABELS = ["tea", "rain", "the river"]
HYPOTHESES = ["this text is about tea", "this text is about code", "this text is about the river"]


class Loaded:
    """An installed model in its adapter; a context manager that lets go of it."""

    def __init__(self, installed: Installed, process: EncoderProcess) -> None:
        self.installed = installed
        self.entry = installed.entry
        self.process = process

    @property
    def embedder(self) -> Embedder:
        entry = self.entry
        assert entry.dimensions
        return Embedder(
            EmbeddingModel(
                entry.id,
                self.installed.folder,
                entry.dimensions,
                entry.context,
                entry.query_prefix,
                entry.passage_prefix,
                entry.memory,
            ),
            self.process,
        )

    @property
    def reranker(self) -> Reranker:
        return Reranker(self.entry.id, self.installed.folder, self.process, memory=self.entry.memory)

    @property
    def entailment(self) -> Entailment:
        return Entailment(self.entry.id, self.installed.folder, self.process, memory=self.entry.memory)

    def __enter__(self) -> Loaded:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        unloaded = self.process.unload(self.entry.id)
        if kind is None and self.entry.type != "instruction":
            assert unloaded
            assert self.process.state_of(self.entry.id) == "stopped"


def check_embedding(model: Loaded) -> None:
    """Vectors of length 1, the same alone and among others, with the prefixes of the model."""
    embedder, entry = model.embedder, model.entry
    assert embedder.wait_ready(WAIT_S)
    made = embedder.embed_passages(TEXTS)
    assert made.shape == (len(TEXTS), entry.dimensions)
    assert made.dtype == np.float32
    assert np.allclose(np.linalg.norm(made, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(made, embedder.embed_passages(TEXTS))
    alone = np.concatenate([embedder.embed_passages([text]) for text in TEXTS[:5]])
    assert np.allclose(made, np.tile(alone, (4, 1)), atol=1e-5)
    assert len({tuple(row) for row in alone.round(4)}) == 5
    plain = embedder.embed_texts([QUERY, TEXTS[0]])
    prefixed = embedder.embed_texts([entry.query_prefix + QUERY, entry.passage_prefix + TEXTS[0]])
    query = embedder.embed_query(QUERY)
    assert np.allclose([query, made[0]], prefixed, atol=1e-5)
    assert np.allclose(query, plain[0], atol=1e-5) == (entry.query_prefix == "")
    assert np.allclose(made[0], plain[1], atol=1e-5) == (entry.passage_prefix == "")
    held = next(one for one in model.process.loaded() if one.model_id == entry.id)
    assert held.dimensions == entry.dimensions
    assert held.max_tokens <= entry.context


def check_reranking(model: Loaded) -> None:
    """A share between 0 and 1 for each text, in the order that they were given in."""
    reranker = model.reranker
    made = reranker.score(QUERY, TEXTS, wait_s=WAIT_S)
    assert len(made) == len(TEXTS)
    assert all(0.0 <= score <= 1.0 for score in made)
    assert np.allclose(reranker.score(QUERY, TEXTS[::-1]), made[::-1], atol=1e-5)
    alone = [reranker.score(QUERY, [text])[0] for text in TEXTS[:5]]
    assert np.allclose(made, alone * 4, atol=1e-5)
    assert len({round(score, 6) for score in alone}) == 5


def check_entailment(model: Loaded) -> None:
    """Probabilities of entailment, neutral and contradiction for each hypothesis."""
    entailment = model.entailment
    made = entailment.entail(TEXTS[1], HYPOTHESES)
    assert made.shape == (len(HYPOTHESES), 3)
    assert np.allclose(made.sum(axis=1), 1.0, atol=1e-5)
    assert (made >= 0).all()
    assert np.allclose(made, entailment.entail(TEXTS[1], HYPOTHESES), atol=1e-6)
    alone = np.concatenate([entailment.entail(TEXTS[1], [one]) for one in HYPOTHESES])
    assert np.allclose(made, alone, atol=1e-5)
    assert len({tuple(row) for row in made.round(5)}) == len(HYPOTHESES)


def check_instruction(model: Loaded) -> None:
    """Text piece by piece that can be called off, and labels scored as plain evaluation scores them."""
    (file,) = model.entry.files
    path = model.installed.folder / file.path
    language = LanguageModel(
        InstructionModel(model.entry.id, path, model.entry.context, model.entry.memory),
        context=CONTEXT,
        threads=1,
    )
    try:
        _check_answers(language)
        made = language.score_labels(MESSAGES, LABELS)
    finally:
        language.close()
    assert language.state == "stopped"
    plain = score_plainly(path, [asdict(message) for message in MESSAGES], LABELS)
    assert np.allclose(made.log_probabilities, plain, atol=0.01)
    assert np.argsort(made.log_probabilities).tolist() == np.argsort(plain).tolist()


def _check_answers(language: LanguageModel) -> None:
    pieces: list[str] = []
    first = language.generate(MESSAGES, max_tokens=24, on_text=pieces.append)
    assert first.text
    assert "".join(pieces) == first.text
    assert first.evaluated_tokens == first.prompt_tokens > 0
    assert 0 < first.generated_tokens <= 24
    again = language.generate(MESSAGES, max_tokens=24)
    assert again.text == first.text
    # The prompt was known but for its last token.
    assert again.evaluated_tokens == 1
    cancelled = threading.Event()
    with pytest.raises(Cancelled):
        language.generate(
            MESSAGES, max_tokens=CONTEXT, on_text=lambda _: cancelled.set(), cancelled=cancelled
        )
    assert language.generate(MESSAGES, max_tokens=24).text == first.text
    facts = language.describe()
    assert 0 < facts.context <= CONTEXT
    assert 0 <= facts.layers_on_device <= facts.layers
    assert language.count_tokens(["tea", ""])[1] == 0


CHECKS: dict[ModelType, Callable[[Loaded], None]] = {
    "embedding": check_embedding,
    "reranker": check_reranking,
    "nli": check_entailment,
    "instruction": check_instruction,
}
