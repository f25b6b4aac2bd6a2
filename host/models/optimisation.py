"""Finds, in the background, the form of each instruction model that answers fastest on this processor."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import AppError, Cancelled
from host.core.log import describe_exception, get_logger
from host.models.installed import find_original_file
from host.models.quantisation import choose_quantisation, restore
from host.models.roles import not_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from host.models.quantisation import Choice
    from host.models.store import Installed, ModelStore

METADATA_KEY = "quantisation"
CALM_POLL_S = 2.0
TURN_POLL_S = 0.1
_log = get_logger("optimisation")


class Optimiser:
    """One thread that measures the forms of one model after another."""

    def __init__(
        self,
        store: ModelStore,
        *,
        wanted: Callable[[], bool] = lambda: True,
        calm: Callable[[], bool] = lambda: True,
        on_changed: Callable[[str], None] = lambda _model_id: None,
        log_file: Path | None = None,
    ) -> None:
        """Prepare; the thread starts with the first model.

        Args:
            store: where models and their metadata lie.
            wanted: whether this machine has anything to gain; on an accelerator it has not.
            calm: whether nobody needs the processor now; until then it waits.
            on_changed: told which model has another file now.
            log_file: for what the measuring processes print.
        """
        self._store = store
        self._wanted = wanted
        self._calm = calm
        self._on_changed = on_changed
        self._log_file = log_file
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._queued: set[str] = set()
        self._lock = threading.Lock()
        self._measuring = threading.Lock()
        self._stopping = threading.Event()
        self._current: tuple[str, threading.Event] | None = None
        # Set when what is measured without anybody asking for it is to be given up.
        self._background = threading.Event()
        self._thread: threading.Thread | None = None

    def queue(self, model_id: str) -> None:
        """Measure a model when nothing else is measured, unless that was done before."""
        if not self._wanted() or METADATA_KEY in self._store.read_metadata(model_id):
            return
        with self._lock:
            if model_id in self._queued or self._stopping.is_set():
                return
            self._queued.add(model_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="optimiser", daemon=True)
                self._thread.start()
        self._waiting.put(model_id)

    def run(
        self,
        model_id: str,
        on_progress: Callable[[dict[str, object]], None] = lambda _value: None,
        cancelled: threading.Event | None = None,
    ) -> Choice:
        """Measure a model now, also when that was done before.

        Raises:
            NotFound: it is not installed.
            Cancelled, WorkerDied, DiskFull: it could not be finished; the model is as it was.
        """
        installed = self._find(model_id)
        stop = cancelled or threading.Event()
        with self._take_turn(stop):
            self._current = (model_id, stop)
            if self._stopping.is_set():
                stop.set()
            try:
                choice = choose_quantisation(
                    find_original_file(installed),
                    installed.folder,
                    on_progress=on_progress,
                    cancelled=stop,
                    log_file=self._log_file,
                )
                self._store.update_metadata(model_id, **{METADATA_KEY: choice.to_record()})
            finally:
                self._current = None
        self._on_changed(model_id)
        return choice

    def restore(self, model_id: str) -> None:
        """Go back to the file as it was downloaded, and stay there.

        Raises:
            NotFound: it is not installed.
        """
        installed = self._find(model_id)
        self.forget(model_id)
        with self._take_turn(self._stopping):
            self._store.update_metadata(model_id, **{METADATA_KEY: {"kept": "as downloaded", "file": None}})
            self._on_changed(model_id)
            restore(installed.folder)

    def forget(self, model_id: str) -> None:
        """The model is being removed: what is measured of it is given up, and its files are let go."""
        with self._lock:
            self._queued.discard(model_id)
        current = self._current
        if current is not None and current[0] == model_id:
            current[1].set()
            with self._measuring:
                pass

    def rest(self) -> None:
        """Give up what is measured in the background; a model is measured when it is loaded the next time."""
        with self._lock:
            self._queued.clear()
        self._background.set()

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is measured."""
        return self._current is None

    def close(self) -> None:
        """End; a measurement under way is given up."""
        self._stopping.set()
        self._waiting.put(None)
        current = self._current
        if current is not None:
            current[1].set()
        if self._thread is not None:
            self._thread.join(timeout=10.0)

    @contextmanager
    def _take_turn(self, stop: threading.Event) -> Iterator[None]:
        while not self._measuring.acquire(timeout=TURN_POLL_S):
            if stop.is_set() or self._stopping.is_set():
                message = "The measuring was cancelled."
                raise Cancelled(message)
        try:
            yield
        finally:
            self._measuring.release()

    def _work(self) -> None:
        while (model_id := self._waiting.get()) is not None and not self._stopping.is_set():
            while not self._calm():
                if self._stopping.wait(CALM_POLL_S):
                    return
            with self._lock:
                if model_id not in self._queued:
                    continue
            try:
                self._background = threading.Event()
                self.run(model_id, cancelled=self._background)
            except AppError as error:
                _log.warning("the forms of a model were not measured: %s", error.kind)
            except Exception as error:  # noqa: BLE001 - the thread must outlive any one failure
                _log.error("the forms of a model were not measured: %s", describe_exception(error))
            with self._lock:
                self._queued.discard(model_id)

    def _find(self, model_id: str) -> Installed:
        installed = self._store.find(model_id)
        if installed is None:
            raise not_installed(model_id)
        return installed
