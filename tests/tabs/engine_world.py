"""Every engine of tabs over a model that is really there: what the tests of engines share."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from host.classify.classifier import check_cancelled
from host.models.embedding import Embedder
from host.models.encoders import EncoderProcess
from host.models.entailment import Entailment
from host.models.installed import describe_embedding_model, describe_language_model
from host.models.language import LanguageModel
from host.models.store import ModelStore
from host.tabs.analysis import Analysis
from host.tabs.embedding_engine import EmbeddingEngine, WordEngine
from host.tabs.entailment_engine import EntailmentEngine
from host.tabs.exchange import TabCategory
from host.tabs.instruction_engine import InstructionEngine
from host.tabs.own_categories import OwnCategories
from host.tabs.vector_training import TrainedHeads
from host.tabs.vectors import VectorCache
from tests.conftest import INSTALLED_MODELS

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from host.models.metadata import Installed
    from host.tabs.exchange import TabEngine
    from host.workers.client import Lane

ENGINES = ("words", "embedding", "nli", "stand-in", "instruction")
LOADING_S = 120.0


class WordEntailer:
    """Stands in for a model of language inference: a text entails what has one of its words."""

    model_id = "stand-in"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Lane]] = []

    def entail(
        self,
        text: str,
        hypotheses: Sequence[str],
        cancelled: threading.Event | None = None,
        *,
        lane: Lane = "background",
    ) -> NDArray[np.float32]:
        """See `Entailment.entail`."""
        check_cancelled(cancelled)
        self.asked.append((text, lane))
        words = {word for word in text.casefold().split() if len(word) > 3}
        shares = []
        for hypothesis in hypotheses:
            told = {word.strip(".") for word in hypothesis.casefold().split()[4:]}
            shares.append(0.97 if words & told else 0.02)
        yes = np.array(shares, dtype=np.float32)
        return np.stack([yes, (1 - yes) * 0.7, (1 - yes) * 0.3], axis=1)


@contextmanager
def open_engine(name: str, folder: Path, tiny_nli: Path) -> Iterator[TabEngine]:
    """One of `ENGINES`, for as long as the block lasts.

    Args:
        name: of it.
        folder: for what it keeps.
        tiny_nli: folder of a tiny model of language inference.
    """
    if name == "words":
        yield WordEngine()
    elif name == "stand-in":
        yield EntailmentEngine(WordEntailer())
    elif name == "instruction":
        with open_language_model() as model:
            yield InstructionEngine(model)
    elif name == "nli":
        process = EncoderProcess()
        try:
            yield EntailmentEngine(Entailment("tiny", tiny_nli, process))
        finally:
            process.close()
    else:
        process, analysis = EncoderProcess(), Analysis()
        heads = TrainedHeads(folder, analysis)
        try:
            embedder = Embedder(describe_embedding_model(find_installed("all-minilm-l6-v2")), process)
            yield EmbeddingEngine(embedder, heads, VectorCache(), OwnCategories())
        finally:
            heads.close()
            analysis.close()
            process.close()


@contextmanager
def open_language_model() -> Iterator[LanguageModel]:
    """The starter among the instruction models, loaded."""
    store = ModelStore(INSTALLED_MODELS)
    described = describe_language_model(store, find_installed("smollm2-135m-instruct"))
    model = LanguageModel(described, context=4096)
    try:
        assert model.wait_ready(LOADING_S), model.failure
        yield model
    finally:
        model.close()


def find_installed(model_id: str) -> Installed:
    """A starter model of this machine."""
    installed = ModelStore(INSTALLED_MODELS).find(model_id)
    assert installed is not None, "The starter models are missing. Run: python3 -m tests"
    return installed


def read_defaults() -> list[TabCategory]:
    """The categories that everybody has."""
    file = Path(__file__).parents[2] / "host" / "tabs" / "default_categories.json"
    return [TabCategory(builtin=True, **entry) for entry in json.loads(file.read_text(encoding="utf-8"))]
