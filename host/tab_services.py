"""Models and what rates tabs by them, wired together for the daemon."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, get_args

from host.core.errors import InvalidInput, ModelLoading, ModelUnavailable
from host.model_services import name_space
from host.models.roles import not_installed
from host.tabs.embedding_engine import EmbeddingEngine, WordEngine
from host.tabs.entailment_engine import EntailmentEngine
from host.tabs.exchange import EngineKind
from host.tabs.instruction_engine import PROMPT_KEY, SHORT, InstructionEngine, read_calibration
from host.tabs.own_categories import OwnCategories
from host.tabs.topic_scale import forget_topic_scale
from host.tabs.trained_labels import find_untrained
from host.tabs.vector_training import TrainedHeads
from host.tabs.vectors import VectorCache

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from host.model_services import ModelServices
    from host.models.embedding import Embedder
    from host.models.registry import ModelEntry
    from host.tabs.analysis import Analysis
    from host.tabs.exchange import TabEngine
    from host.workers.client import Lane

# A name that no model can have.
HEADS_FOLDER = ".heads"
_KINDS: tuple[EngineKind, ...] = get_args(EngineKind)


class TabEngines:
    """Engines by the models that are installed; see `host.tabs.service.Engines`."""

    def __init__(self, models: ModelServices, analysis: Analysis, folder: Path) -> None:
        """Wire it; no model is loaded.

        Args:
            models: what is installed.
            analysis: fits heads.
            folder: where models lie; heads that are fitted here are kept below it.
        """
        self._models = models
        self._heads = TrainedHeads(folder / HEADS_FOLDER, analysis, self._name)
        self._cache = VectorCache()
        self._own = OwnCategories()
        self._named: dict[str, str] = {}
        self._lock = threading.Lock()

    @contextmanager
    def lend(
        self,
        name: str | None,
        *,
        names: Sequence[str] = (),
        wait_s: float = 0.0,
        lane: Lane = "interactive",
        cancelled: threading.Event | None = None,
    ) -> Iterator[TabEngine]:
        """The engine of a kind, of a model, or (None) the one that is chosen; see `Engines.lend`."""
        entry = self._find_chosen(names) if name is None else self._find_named(name)
        if entry is None:
            yield WordEngine()
        elif entry.type == "embedding":
            embedder = self._models.runtime.find_embedder(entry.id)
            if embedder is None:
                raise not_installed(entry.id)
            _wait_for(embedder, wait_s)
            yield self._make_embedding(embedder, lane)
        elif entry.type == "nli":
            entailment = self._models.runtime.find_entailment(entry.id)
            if entailment is None:
                raise not_installed(entry.id)
            yield EntailmentEngine(entailment, lane=lane)
        else:
            with self._models.runtime.lend_language(entry.id, cancelled) as language:
                record = self._models.manager.read_metadata(entry.id)
                calibration = read_calibration(record, adapter=entry.base is not None)
                yield InstructionEngine(
                    language, lane=lane, calibration=calibration, short=record.get(PROMPT_KEY) == SHORT
                )

    def find_embedding(self, *, wait_s: float, lane: Lane) -> EmbeddingEngine | None:
        """The engine by vectors when its model answers; see `Engines.find_embedding`."""
        chosen = self._models.manager.find_entry_for("categories")
        entry = chosen if chosen and chosen.type == "embedding" else self._models.find_search_model()
        embedder = self._models.runtime.find_embedder(entry.id) if entry else None
        if embedder is None or not embedder.wait_ready(wait_s):
            return None
        return self._make_embedding(embedder, lane)

    def find_stamp(self, names: Sequence[str] = ()) -> str | None:
        """Stands for the model that answers and for whether its head is there; None without a model."""
        entry = self._find_chosen(names)
        if entry is None:
            return None
        taught = entry.type != "embedding" or self._heads.has(entry.id)
        return self._name(entry.id) + ("" if taught else " untaught")

    def explain_stand_in(self, names: Sequence[str]) -> str | None:
        """Why the model that is chosen does not answer; see `Engines.explain_stand_in`."""
        chosen = self._models.manager.find_entry_for("categories")
        untrained = self._find_untrained(chosen, names)
        if chosen is None or not untrained:
            return None
        other = self._find_chosen(names)
        return (
            f"{chosen.id} was not trained for {', '.join(untrained)}: tabs of this profile are put into"
            f" categories by {other.id if other else 'the list of words'} instead."
        )

    def close(self) -> None:
        """Give up what is being fitted."""
        self._heads.close()
        self._cache.clear()

    def _name(self, model_id: str) -> str:
        installed = self._models.store.find(model_id)
        return name_space(installed) if installed else model_id

    def _make_embedding(self, embedder: Embedder, lane: Lane) -> EmbeddingEngine:
        name = self._name(embedder.model_id)
        with self._lock:
            if self._named.setdefault(embedder.model_id, name) != name:
                # Another model was put in under the same name: nothing of the former one fits.
                self._named[embedder.model_id] = name
                self._cache.clear()
                self._own = OwnCategories()
                forget_topic_scale(embedder.model_id)
        return EmbeddingEngine(embedder, self._heads, self._cache, self._own, lane=lane)

    def _find_chosen(self, names: Sequence[str]) -> ModelEntry | None:
        """The model that is chosen; where it does not know these categories, the one that searches."""
        chosen = self._models.manager.find_entry_for("categories")
        return self._models.find_search_model() if self._find_untrained(chosen, names) else chosen

    def _find_untrained(self, chosen: ModelEntry | None, names: Sequence[str]) -> list[str]:
        # Only a model that writes is taught the names of categories.
        if chosen is None or chosen.type != "instruction":
            return []
        return find_untrained(self._models.manager.read_metadata(chosen.id), names)

    def _find_named(self, name: str) -> ModelEntry | None:
        """The model of a name, or the best of a kind; None for no model at all."""
        if name == "words":
            return None
        if name not in _KINDS:
            entry = self._models.store.find_entry(name)
            if self._models.store.find(name) is None:
                raise not_installed(name)
            if entry.type not in _KINDS:
                raise InvalidInput(f"{name} is of type {entry.type}, which puts nothing into categories.")
            return entry
        chosen = self._models.manager.find_entry_for("categories")
        if chosen is not None and chosen.type == name:
            return chosen
        if name == "embedding":
            found = self._models.find_search_model()
        else:
            here = (one.entry for one in self._models.store.list_installed())
            found = next((entry for entry in here if entry.type == name), None)
        if found is None:
            raise ModelUnavailable(
                f"No model of type {name} is installed.",
                fix=f"See which there are: classify model list --type {name}",
            )
        return found


def _wait_for(embedder: Embedder, wait_s: float) -> None:
    if embedder.wait_ready(wait_s):
        return
    if embedder.state == "starting":
        raise ModelLoading("The embedding model is loading.", fix="Ask again in a few seconds.")
    raise embedder.failure or ModelUnavailable("The embedding model is not running.")
