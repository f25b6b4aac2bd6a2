"""One child process that holds several embedding models, cross-encoders and entailment models.

Which of them are in its memory is known here: they are loaded when they are first needed, one after another,
while those that are there go on answering; the one unused for longest goes when there are too many. A loading
cannot be broken off: what is unwanted by then goes as soon as it has ended.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

from host.core.errors import (
    AppError,
    Cancelled,
    ModelLoading,
    ModelUnavailable,
    NotFound,
    Timeout,
    WorkerDied,
)
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
        # What the process shall drop and was not told of yet.
        self._dropped: list[str] = []
        self._threads: list[threading.Thread] = []
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
            if place.loading:
                place.spec, place.wanted = spec, True
                return
            resting = self._clock() < place.not_before and place.spec == spec
            if self._closed or resting or (place.spec == spec and self._holds(place)):
                return
            if self._holds(place):
                self._dropped.append(spec.model_id)
            place.note_begun(spec)
            self._start_thread(lambda: self._load(place))

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
            ModelUnavailable, WorkerDied: it cannot be loaded, or could not a moment ago, or was unloaded
                before it was there.
            Cancelled.
        """
        deadline = time.monotonic() + wait_s
        with self._changed:
            self.begin(spec)
            place = self._places[spec.model_id]
            withdrawals = place.withdrawals
            while place.loading and (left := deadline - time.monotonic()) > 0:
                if place.withdrawals != withdrawals:
                    break
                self._changed.wait(left if cancelled is None else min(left, _CANCEL_POLL_S))
                if cancelled is not None and cancelled.is_set():
                    message = "The request was cancelled."
                    raise Cancelled(message)
            if place.withdrawals != withdrawals:
                message = f"{spec.model_id} was unloaded while it was loading."
                raise ModelUnavailable(message, fix="Ask again to load it.")
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
            with self._changed:
                self.ensure(spec, deadline - time.monotonic(), cancelled)
                place = self._places[spec.model_id]
                place.users += 1
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
                with self._changed:
                    place.users -= 1
                    place.last_used = self._clock()

    def unload(self, model_id: str) -> bool:
        """Let go of a model, also of one that is loading. Does not wait until its memory is free.

        Returns:
            whether it was in memory or on its way.
        """
        with self._changed:
            place = self._places.get(model_id)
            if place is None or not (self._holds(place) or place.coming):
                return False
            self._release(place)
            self._start_thread(self._tidy)
        return True

    def rest_idle(self, idle_s: float, keep: Collection[str] = ()) -> list[str]:
        """Let go of what was not used for `idle_s` seconds, and end the process when nothing is left in it.

        Does not wait for the process.

        Args:
            idle_s: seconds.
            keep: models that stay nevertheless.

        Returns:
            The models that went.
        """
        with self._changed:
            now = self._clock()
            idle = [
                place
                for place in self._list_held()
                if place.spec.model_id not in keep and not place.users and now - place.last_used >= idle_s
            ]
            for place in idle:
                self._release(place)
            latest = max((place.last_used for place in self._places.values()), default=now)
            spent = bool(idle) or now - latest >= min(idle_s, EMPTY_IDLE_S)
            end = spent and self.worker.state == "ready" and self._is_empty()
            if idle or end:
                self._start_thread(lambda: self._tidy(end=end))
        return [place.spec.model_id for place in idle]

    def loaded(self) -> list[LoadedEncoder]:
        """What is in memory, the latest used first."""
        held = sorted(self._list_held(), key=lambda place: -place.last_used)
        return [place.describe(self._clock()) for place in held]

    def holds_or_loads(self, model_id: str) -> bool:
        """Whether a model is in memory, or on its way there and still wanted."""
        with self._changed:
            place = self._places.get(model_id)
            return place is not None and (place.coming or self._holds(place))

    def state_of(self, model_id: str) -> State:
        """What a model is doing; one that was unloaded while it was loading is stopped."""
        with self._changed:
            place = self._places.get(model_id)
            if place is None:
                return "stopped"
            if place.loading:
                return "starting" if place.wanted else "stopped"
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
            threads = list(self._threads)
        self.worker.close()
        for thread in threads:
            thread.join()

    def _load(self, place: EncoderPlace) -> None:
        """Load a model, and once more where it was asked for in another way meanwhile."""
        with self._one_load:
            while place.loading:
                self._load_once(place)
            self._tell_dropped()

    def _load_once(self, place: EncoderPlace) -> None:
        with self._changed:
            spec, wanted = place.spec, place.wanted
        facts: Header | None = None
        failure: AppError | None = None
        start = 0
        if wanted:
            try:
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
            place.last_used = self._clock()
            unwanted = not place.wanted or place.spec != spec
            # A process that did not answer in time may have it in memory yet.
            if isinstance(failure, Timeout) or (facts is not None and unwanted):
                self._dropped.append(spec.model_id)
            if place.wanted and not self._closed and (not wanted or unwanted):
                return
            place.loading = False
            if place.wanted and failure is not None:
                place.note_failure(failure, self._clock())
            elif place.wanted and facts is not None:
                place.note_loaded(start, facts)
            self._changed.notify_all()

    def _ask_load(self, spec: EncoderSpec) -> Header:
        if not self.worker.wait_ready(START_S):
            raise self.worker.failure or ModelUnavailable(f"{spec.model_id} cannot be loaded now.")
        self._tell_dropped()
        self._make_room(spec)
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
            self._give_way(others.pop(0))
        available = self._look_available()
        enough = available + sum(place.facts["memory"] for place in others) >= spec.memory
        while enough and others and available < spec.memory:
            self._give_way(others.pop(0))
            available = self._look_available()
        check_memory(spec.model_id, spec.memory, available)

    def _look_available(self) -> int:
        return int(self.worker.request("look", timeout=LOOK_S, lane="loading")[0]["available"])

    def _give_way(self, place: EncoderPlace) -> None:
        with self._changed:
            self._release(place)
        self._tell_dropped()

    def _release(self, place: EncoderPlace) -> None:
        """Count a model as gone; the process is told of it later, by whoever may wait."""
        place.last_used = self._clock()
        if place.loading:
            place.withdraw()
        else:
            place.start = 0
            self._dropped.append(place.spec.model_id)
        self._changed.notify_all()

    def _tidy(self, *, end: bool = False) -> None:
        """Tell the process what it shall drop, or end it where it holds nothing and `end` is set.

        In a thread of its own, because a process that was halted takes no message.
        """
        with self._one_load:
            with self._changed:
                end = end and self._is_empty()
            if end:
                self.worker.stop()
            else:
                self._tell_dropped()

    def _tell_dropped(self) -> None:
        """Send what is to be dropped, ahead of the next loading: both are done in the order they come in."""
        with self._changed:
            dropped, self._dropped = self._dropped, []
        for model_id in dropped:
            # Where there is no process, the memory is free.
            with contextlib.suppress(AppError):
                self.worker.submit("unload", {"model_id": model_id}, timeout=0.0, lane="loading", start=False)

    def _start_thread(self, run: Callable[[], None]) -> None:
        if self._closed:
            return
        thread = threading.Thread(target=run, name="encoder-process", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _is_empty(self) -> bool:
        """Whether nothing is in memory or on its way, and nobody waits for an answer."""
        with self._changed:
            return not any(
                place.loading or place.users or self._holds(place) for place in self._places.values()
            )

    def _holds(self, place: EncoderPlace) -> bool:
        return place.start > 0 and place.start == self.worker.starts and self.worker.state == "ready"

    def _list_held(self) -> list[EncoderPlace]:
        with self._changed:
            return [place for place in self._places.values() if self._holds(place)]
