"""One child process that holds several embedding models, cross-encoders and entailment models.

Which of them are in its memory is known here: they are loaded when they are first needed, one after another,
while those that are there go on answering; the one unused for longest goes when there are too many.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from host.core.errors import AppError, Cancelled, ModelLoading, ModelUnavailable, NotFound, WorkerDied
from host.models.encoder_places import EncoderPlace, EncoderSpec, LoadedEncoder, name_death
from host.models.memory import check_memory
from host.workers.client import Lane, State, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from host.workers.children import Reply
    from host.workers.messages import Header

START_S = 120.0
LOAD_S = 300.0
LOOK_S = 60.0
UNLOAD_S = 60.0
# A process without a model holds only its libraries, and they are loaded again in seconds.
EMPTY_IDLE_S = 30.0
_CANCEL_POLL_S = 0.05


class EncoderProcess:
    """The process and the models in it; safe to use from several threads.

    Attributes:
        worker: the process.
    """

    def __init__(
        self,
        log_file: Path | None = None,
        threads: int | None = None,
        limit: int = 3,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Describe the process; it starts with the first model.

        Args:
            log_file: where its stderr goes; nowhere by default.
            threads: of a computation; by default the physical cores.
            limit: how many models stay in memory.
            clock: seconds, for idle times and backoff.
        """
        self.worker = Worker(
            "encoder process", "host.models.encoder_worker", {"threads": threads}, log_file=log_file
        )
        self._limit = limit
        self._clock = clock
        self._changed = threading.Condition()
        self._one_load = threading.Lock()
        self._places: dict[str, EncoderPlace] = {}
        self._loaders: list[threading.Thread] = []
        self._pinned: frozenset[str] = frozenset()
        self._closed = False

    def pin(self, model_ids: Collection[str]) -> None:
        """Name the models that never give way to others."""
        self._pinned = frozenset(model_ids)

    def begin(self, spec: EncoderSpec) -> None:
        """Begin to load a model unless it is there, on its way, or resting after a failure. Does not wait."""
        with self._changed:
            place = self._places.setdefault(spec.model_id, EncoderPlace(spec, self._clock()))
            place.last_used = self._clock()
            resting = self._clock() < place.not_before and place.spec == spec
            if self._closed or place.loading or resting or (place.spec == spec and self._holds(place)):
                return
            place.spec, place.loading, place.failure, place.start = spec, True, None, 0
            loader = threading.Thread(target=self._load, args=(place,), name="load-encoder", daemon=True)
            self._loaders = [one for one in self._loaders if one.is_alive()] + [loader]
            loader.start()

    def ensure(
        self, spec: EncoderSpec, wait_s: float, cancelled: threading.Event | None = None
    ) -> LoadedEncoder:
        """Have a model in memory.

        Args:
            spec: the model.
            wait_s: how long to wait for it at most.
            cancelled: ends the waiting; the loading goes on.

        Raises:
            ModelLoading: not yet.
            ModelUnavailable, WorkerDied: it cannot be loaded, or could not a moment ago.
            Cancelled.
        """
        deadline = time.monotonic() + wait_s
        self.begin(spec)
        with self._changed:
            place = self._places[spec.model_id]
            while place.loading and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left if cancelled is None else min(left, _CANCEL_POLL_S))
                if cancelled is not None and cancelled.is_set():
                    message = "The request was cancelled."
                    raise Cancelled(message)
            if place.loading:
                raise ModelLoading(f"{spec.model_id} is loading.", fix="Ask again in a few seconds.")
            if not self._holds(place):
                raise place.failure or ModelUnavailable(f"{spec.model_id} is not loaded.")
            return place.describe(self._clock())

    def request(
        self,
        spec: EncoderSpec,
        op: str,
        header: Header,
        *,
        timeout: float,
        lane: Lane = "interactive",
        cancelled: threading.Event | None = None,
    ) -> Reply:
        """Ask a model, and load it first where it is not in memory.

        Args:
            spec: the model.
            op: what it shall do.
            header: parameters of that.
            timeout: seconds for loading and answering together.
            lane: which other requests it waits behind.
            cancelled: when set, the operation is told to stop.

        Raises:
            As `ensure` and `Worker.request`; the message of WorkerDied names the model.
        """
        deadline = time.monotonic() + timeout
        while True:
            self.ensure(spec, deadline - time.monotonic(), cancelled)
            place = self._places[spec.model_id]
            self._count(place, 1)
            try:
                return self.worker.request(
                    op,
                    {"model_id": spec.model_id, **header},
                    timeout=max(0.0, deadline - time.monotonic()),
                    lane=lane,
                    cancelled=cancelled,
                )
            except NotFound:
                # It gave way to another between the two, or the process is a new one.
                with self._changed:
                    place.start = 0
            except WorkerDied as error:
                raise name_death(error, f"computing with {spec.model_id}") from error
            finally:
                self._count(place, -1)

    def unload(self, model_id: str) -> bool:
        """Let go of a model. Returns whether it was in memory."""
        with self._changed:
            place = self._places.get(model_id)
            if place is None or not self._holds(place):
                return False
            place.start = 0
            self._changed.notify_all()
        self._tell_unload(model_id)
        return True

    def rest_idle(self, idle_s: float, keep: Collection[str] = ()) -> list[str]:
        """Let go of what was not used for `idle_s` seconds, and end the process when nothing is left in it.

        Args:
            idle_s: seconds.
            keep: models that stay nevertheless.

        Returns:
            The models that went.
        """
        gone = []
        for place in self._list_held():
            model_id = place.spec.model_id
            if model_id not in keep and not place.users and self._clock() - place.last_used >= idle_s:
                self.unload(model_id)
                gone.append(model_id)
        if not self._list_held() and not any(place.loading for place in self._places.copy().values()):
            self.worker.stop_when_idle(0.0 if gone else min(idle_s, EMPTY_IDLE_S))
        return gone

    def loaded(self) -> list[LoadedEncoder]:
        """What is in memory, the latest used first."""
        held = sorted(self._list_held(), key=lambda place: -place.last_used)
        return [place.describe(self._clock()) for place in held]

    def state_of(self, model_id: str) -> State:
        """What a model is doing."""
        with self._changed:
            place = self._places.get(model_id)
            if place is None:
                return "stopped"
            if place.loading:
                return "starting"
            if self._holds(place):
                return "ready"
            lost = place.start == self.worker.starts and self.worker.state == "failed"
            return "failed" if place.failure or lost else "stopped"

    def failure_of(self, model_id: str) -> AppError | None:
        """Why a model could not be loaded when that was last tried."""
        place = self._places.get(model_id)
        return place.failure if place else None

    def is_resting(self, model_id: str) -> bool:
        """Whether a model failed and is not tried again yet."""
        place = self._places.get(model_id)
        return place is not None and place.failure is not None and self._clock() < place.not_before

    def close(self) -> None:
        """End the process for good. Requests under way fail with WorkerDied."""
        with self._changed:
            self._closed = True
            loaders = list(self._loaders)
        self.worker.stop()
        for loader in loaders:
            loader.join()
        # One of them may have started it once more.
        self.worker.stop()

    def _load(self, place: EncoderPlace) -> None:
        spec = place.spec
        failure: AppError | None = None
        facts: Header = {}
        start = 0
        try:
            with self._one_load:
                if not self.worker.wait_ready(START_S):
                    raise self.worker.failure or ModelUnavailable(f"{spec.model_id} cannot be loaded now.")
                self._make_room(spec)
                facts = self._ask_load(spec)
                start = self.worker.starts
                if facts["pid"] != self.worker.pid:
                    message = "The encoder process stopped."
                    raise WorkerDied(message, fix="It starts again by itself; try once more.")
        except WorkerDied as error:
            failure = name_death(error, f"loading {spec.model_id}")
        except AppError as error:
            failure = error
        with self._changed:
            place.loading = False
            if failure is None:
                place.note_loaded(start, facts)
            else:
                place.note_failure(failure, self._clock())
            place.last_used = self._clock()
            self._changed.notify_all()

    def _ask_load(self, spec: EncoderSpec) -> Header:
        header: dict[str, Any] = {
            "model_id": spec.model_id,
            "folder": str(spec.folder),
            "kind": spec.kind,
            "max_tokens": spec.max_tokens,
            "remote_code": spec.remote_code,
        }
        return self.worker.request("load", header, timeout=LOAD_S, lane="loading")[0]

    def _make_room(self, spec: EncoderSpec) -> None:
        """Let others go where there are too many, or where that gives this one the memory it needs."""
        others = [place for place in self._list_held() if place.spec.model_id not in self._pinned]
        others = sorted(
            (one for one in others if one.spec.model_id != spec.model_id), key=lambda one: one.last_used
        )
        while others and len(self._list_held()) >= self._limit:
            self.unload(others.pop(0).spec.model_id)
        available = self._look_available()
        enough = available + sum(place.facts["memory"] for place in others) >= spec.memory
        while enough and others and available < spec.memory:
            self.unload(others.pop(0).spec.model_id)
            available = self._look_available()
        check_memory(spec.model_id, spec.memory, available)

    def _look_available(self) -> int:
        return int(self.worker.request("look", timeout=LOOK_S, lane="loading")[0]["available"])

    def _tell_unload(self, model_id: str) -> None:
        try:
            self.worker.request("unload", {"model_id": model_id}, timeout=UNLOAD_S, lane="loading")
        except WorkerDied:
            # Then its memory is free as well.
            return

    def _holds(self, place: EncoderPlace) -> bool:
        return place.start > 0 and place.start == self.worker.starts and self.worker.state == "ready"

    def _list_held(self) -> list[EncoderPlace]:
        with self._changed:
            return [place for place in self._places.values() if self._holds(place)]

    def _count(self, place: EncoderPlace, change: int) -> None:
        with self._changed:
            place.users += change
            place.last_used = self._clock()
