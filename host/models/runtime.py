"""Which models are loaded: lends them out, makes room for others, lets them rest."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import Cancelled, ModelUnavailable, NotFound
from host.models.activity import Activity, describe_encoder, describe_language
from host.models.embedding import Embedder
from host.models.encoders import EncoderProcess
from host.models.entailment import Entailment
from host.models.installed import describe_embedding_model, describe_language_model
from host.models.language import LanguageModel
from host.models.reranking import Reranker
from host.models.roles import not_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from host.models.metadata import Installed
    from host.models.registry import ModelType
    from host.models.store import ModelStore

# Instruction models in memory at once; the one used longest ago makes room.
LANGUAGE_LIMIT = 2
# How long a model waits for another to end its work and make room.
ROOM_TIMEOUT_S = 60.0
LOAD_TIMEOUT_S = 600.0
_STEP_S = 0.1

Encoder = Embedder | Reranker | Entailment


class ModelRuntime:
    """Every loaded model of this process; safe to use from several threads."""

    def __init__(
        self,
        store: ModelStore,
        log_folder: Path | None = None,
        *,
        limit: int = LANGUAGE_LIMIT,
        on_language_load: Callable[[str], None] = lambda _model_id: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            store: where models lie.
            log_folder: for what the processes print; nowhere by default.
            limit: instruction models in memory at once.
            on_language_load: told which instruction model begins to load.
            clock: seconds.
        """
        self._store = store
        self._log_folder = log_folder
        self._limit = limit
        self._on_language_load = on_language_load
        self._clock = clock
        self.encoders = EncoderProcess(log_file=self._log_file("encoders"))
        self._encoders: dict[str, Encoder] = {}
        self._languages: OrderedDict[str, LanguageModel] = OrderedDict()
        self._last_used: dict[str, float] = {}
        self._leases: dict[str, int] = {}
        self._outdated: set[str] = set()
        self._lock = threading.RLock()
        self._returned = threading.Condition(self._lock)

    def find_embedder(self, model_id: str) -> Embedder | None:
        """The embedding model of that name, or None when it is not installed. Does not load it."""
        installed = self._find(model_id, "embedding")
        if installed is None:
            return None
        with self._lock:
            found = self._encoders.get(model_id)
            if isinstance(found, Embedder) and found.model.folder == installed.folder:
                return found
            model = describe_embedding_model(installed, remote_code=self._allows_code(model_id))
            made = Embedder(model, self.encoders)
            self._encoders[model_id] = made
            return made

    def find_reranker(self, model_id: str) -> Reranker | None:
        """The cross-encoder of that name, or None when it is not installed. Does not load it."""
        installed = self._find(model_id, "reranker")
        if installed is None:
            return None
        with self._lock:
            found = self._encoders.get(model_id)
            if isinstance(found, Reranker):
                return found
            made = Reranker(
                model_id,
                installed.folder,
                self.encoders,
                memory=installed.entry.memory,
                max_tokens=installed.entry.context,
                remote_code=self._allows_code(model_id),
            )
            self._encoders[model_id] = made
            return made

    def find_entailment(self, model_id: str) -> Entailment | None:
        """The NLI model of that name, or None when it is not installed. Does not load it."""
        installed = self._find(model_id, "nli")
        if installed is None:
            return None
        with self._lock:
            found = self._encoders.get(model_id)
            if isinstance(found, Entailment):
                return found
            made = Entailment(
                model_id,
                installed.folder,
                self.encoders,
                memory=installed.entry.memory,
                max_tokens=installed.entry.context,
                remote_code=self._allows_code(model_id),
            )
            self._encoders[model_id] = made
            return made

    @contextmanager
    def lend_language(
        self, model_id: str, cancelled: threading.Event | None = None
    ) -> Iterator[LanguageModel]:
        """An instruction model for as long as the block lasts; it is not put out meanwhile.

        Args:
            model_id: which.
            cancelled: set when the caller has lost interest.

        Raises:
            NotFound: it is not installed.
            ModelUnavailable: as many as may be loaded are at work, and none of them ended in time.
        """
        model = self._take_language(model_id, cancelled)
        try:
            yield model
        finally:
            with self._returned:
                self._leases[model_id] -= 1
                self._last_used[model_id] = self._clock()
                renewed = model_id in self._outdated and not self._leases[model_id]
                self._returned.notify_all()
            if renewed:
                self._outdated.discard(model_id)
                self.renew(model_id)

    def load(
        self,
        model_id: str,
        on_share: Callable[[float], None] = lambda _share: None,
        cancelled: threading.Event | None = None,
    ) -> None:
        """Load a model now and wait until it can answer.

        Raises:
            NotFound: it is not installed.
            ModelUnavailable, WorkerDied: it cannot be loaded.
            Cancelled: the caller took it back; a model that has begun to load is put out.
        """
        entry = self._store.find_entry(model_id)
        if entry.type == "instruction":
            with self.lend_language(model_id, cancelled) as model:
                self._wait_until_ready(model, on_share, cancelled)
            return
        found: Encoder | None = None
        if entry.type == "embedding":
            found = self.find_embedder(model_id)
        elif entry.type == "reranker":
            found = self.find_reranker(model_id)
        else:
            found = self.find_entailment(model_id)
        if found is None:
            raise not_installed(model_id)
        self._wait_until_ready(found, on_share, cancelled)

    def unload(self, model_id: str) -> bool:
        """Free a model's memory. What it is doing fails with WorkerDied.

        Returns:
            whether it was loaded.
        """
        with self._lock:
            language = self._languages.pop(model_id, None)
        if language is not None:
            was = language.state in ("starting", "ready")
            language.close()
            return was
        return self.encoders.unload(model_id)

    def forget(self, model_id: str) -> None:
        """Unload a model that is being removed; one of the same name later is another."""
        self.unload(model_id)
        with self._lock:
            self._encoders.pop(model_id, None)

    def is_calm(self) -> bool:
        """Whether no instruction model is at work."""
        with self._lock:
            return not any(self._leases.values())

    def renew(self, model_id: str) -> None:
        """A model has another file now: it is loaded from there the next time, once nobody works with it."""
        with self._lock:
            adapters = [one for one in self._languages if self._find_base(one) == model_id]
            if self._leases.get(model_id):
                self._outdated.add(model_id)
                model = None
            else:
                model = self._languages.pop(model_id, None)
        if model is not None:
            model.close()
        for adapter in adapters:
            self.renew(adapter)

    def is_loaded(self, model_id: str) -> bool:
        """Whether a model is in memory, or about to be."""
        found = self.find_activity(model_id)
        return found is not None and found.state in ("starting", "ready")

    def find_activity(self, model_id: str) -> Activity | None:
        """What a model is doing, or None when nobody has asked anything of it."""
        with self._lock:
            language = self._languages.get(model_id)
            encoder = self._encoders.get(model_id)
            idle_s = self._clock() - self._last_used[model_id] if model_id in self._last_used else None
        if language is not None:
            return describe_language(language, idle_s)
        if encoder is not None:
            return describe_encoder(encoder)
        return None

    def rest_idle(self, idle_s: float, keep: Collection[str] = ()) -> None:
        """Put out what was not used for `idle_s` seconds, except the models in `keep`."""
        with self._lock:
            resting = [
                model_id
                for model_id in self._languages
                if model_id not in keep
                and not self._leases.get(model_id)
                and self._clock() - self._last_used.get(model_id, 0.0) >= idle_s
            ]
            ended = [self._languages.pop(model_id) for model_id in resting]
        for model in ended:
            model.close()
        self.encoders.rest_idle(idle_s, keep)

    def withdraw(self) -> None:
        """Let go of the encoders that are on their way: what waits for them is not wanted any more."""
        with self._lock:
            known = list(self._encoders)
        for model_id in known:
            if self.encoders.state_of(model_id) == "starting":
                self.encoders.unload(model_id)

    def put_out(self) -> bool:
        """Let go of every model that nobody works with now, and of the process that held encoders.

        Returns:
            whether nothing is left.
        """
        self.rest_idle(0.0)
        with self._lock:
            left = bool(self._languages)
        return not left and self.encoders.worker.state in ("stopped", "failed")

    def close(self) -> None:
        """End every process."""
        with self._lock:
            languages = list(self._languages.values())
            self._languages.clear()
            self._encoders.clear()
        for model in languages:
            model.close()
        self.encoders.close()

    def _take_language(self, model_id: str, cancelled: threading.Event | None) -> LanguageModel:
        installed = self._find(model_id, "instruction")
        if installed is None:
            raise not_installed(model_id)
        put_out: list[LanguageModel] = []
        deadline = self._clock() + ROOM_TIMEOUT_S
        try:
            with self._returned:
                model = self._languages.get(model_id)
                while model is None and not self._make_room(put_out):
                    if cancelled is not None and cancelled.is_set():
                        message = "The request was cancelled."
                        raise Cancelled(message)
                    if self._clock() >= deadline:
                        raise ModelUnavailable(
                            f"{self._limit} models are at work, and {model_id} would be one too many.",
                            fix="Try again when they have ended, or unload one: classify model ps",
                        )
                    self._returned.wait(_STEP_S)
                    model = self._languages.get(model_id)
                if model is None:
                    model = self._make_language(installed)
                    self._languages[model_id] = model
                self._languages.move_to_end(model_id)
                self._leases[model_id] = self._leases.get(model_id, 0) + 1
                self._last_used[model_id] = self._clock()
        finally:
            # Ended outside the lock, and before the new one looks for free memory.
            for one in put_out:
                one.close()
        if model.state == "stopped":
            self._on_language_load(self._find_base(model_id) or model_id)
        return model

    def _make_room(self, put_out: list[LanguageModel]) -> bool:
        while len(self._languages) >= self._limit:
            idle = [model_id for model_id in self._languages if not self._leases.get(model_id)]
            if not idle:
                return False
            put_out.append(self._languages.pop(idle[0]))
        return True

    def _make_language(self, installed: Installed) -> LanguageModel:
        model = describe_language_model(self._store, installed)
        return LanguageModel(model, log_file=self._log_file(f"language-{model.model_id}"))

    def _wait_until_ready(
        self,
        model: Encoder | LanguageModel,
        on_share: Callable[[float], None],
        cancelled: threading.Event | None,
    ) -> None:
        deadline = self._clock() + LOAD_TIMEOUT_S
        model.warm_up()
        while (state := model.state) != "ready":
            given_up = cancelled is not None and cancelled.is_set()
            if given_up and isinstance(model, LanguageModel):
                self._abandon(model)
            if given_up or state == "stopped":
                message = "The loading was cancelled."
                raise Cancelled(message)
            if state == "failed" or self._clock() >= deadline:
                raise model.failure or ModelUnavailable(f"{model.model_id} did not load.")
            if isinstance(model, LanguageModel):
                on_share(model.load_share)
            model.wait_ready(_STEP_S)

    def _abandon(self, model: LanguageModel) -> None:
        """Put out a model whose loading was taken back, unless others wait for it too."""
        with self._lock:
            if self._leases.get(model.model_id, 0) > 1 or self._languages.get(model.model_id) is not model:
                return
            del self._languages[model.model_id]
        model.close()

    def _find(self, model_id: str, wanted: ModelType) -> Installed | None:
        try:
            installed = self._store.find(model_id)
        except NotFound:
            return None
        return installed if installed is not None and installed.entry.type == wanted else None

    def _find_base(self, model_id: str) -> str | None:
        """The model of an adapter."""
        entry = self._store.entries().get(model_id)
        return entry.base if entry else None

    def _allows_code(self, model_id: str) -> bool:
        return bool(self._store.read_metadata(model_id).get("remote_code"))

    def _log_file(self, name: str) -> Path | None:
        return self._log_folder / f"{name}.log" if self._log_folder else None
