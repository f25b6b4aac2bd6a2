"""The daemon's side of a worker: start it, ask it, notice its death, start it again with backoff."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from host.core.errors import AppError, Timeout, WorkerDied, WorkerError, error_tree
from host.workers.children import Reply, end_process, read_reply
from host.workers.messages import Header, write_message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

State = Literal["stopped", "starting", "ready", "failed"]
# Requests of one lane are answered one after another; lanes do not wait for each other.
Lane = Literal["interactive", "background", "loading"]

_FIRST_BACKOFF_S = 1.0
_LONGEST_BACKOFF_S = 60.0
# How soon a cancellation is noticed by the one who waits.
_CANCEL_POLL_S = 0.02


@dataclass(frozen=True)
class _Waiting:
    """Someone who waits for an answer, and may want what comes before it."""

    future: Future[Reply]
    on_progress: Callable[[Header], None] | None


class Worker:
    """One child process that serves operations; started when first needed.

    Attributes:
        name: for messages and thread names.
        restarts: how often it has died.
    """

    def __init__(
        self,
        name: str,
        module: str,
        config: Header,
        *,
        log_file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Describe the worker.

        Args:
            name: what a person calls it ("embedding model").
            module: run as `python -m MODULE`; calls `host.workers.server.serve`.
            config: its first message.
            log_file: where its stderr goes; nowhere by default.
            clock: seconds, for backoff and idle time.
        """
        self.name = name
        self.restarts = 0
        self._starts = 0
        self._module = module
        self._config = config
        self._log_file = log_file
        self._clock = clock
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._process: subprocess.Popen[bytes] | None = None
        self._write_lock = threading.Lock()
        self._waiting: dict[int, _Waiting] = {}
        self._ids = itertools.count(1)
        self._state: State = "stopped"
        self._failure: AppError | None = None
        self._closed = False
        self._load_progress: Header = {}
        self._not_before = 0.0
        self._last_used = clock()

    @property
    def state(self) -> State:
        """What it is doing now."""
        return self._state

    @property
    def pid(self) -> int | None:
        """The process, when there is one."""
        process = self._process
        return process.pid if process else None

    @property
    def resting(self) -> bool:
        """Whether it failed and may not be started again yet."""
        return self._state == "failed" and self._clock() < self._not_before

    @property
    def starts(self) -> int:
        """How often a process was started; what an earlier one held in memory is gone in a later one."""
        return self._starts

    @property
    def load_progress(self) -> Header:
        """What it last said of its own loading."""
        return self._load_progress

    @property
    def failure(self) -> AppError | None:
        """Why it is not there, when it failed."""
        return self._failure

    def start(self) -> None:
        """Begin to start the process, unless it runs or is in its backoff. Does not wait."""
        with self._lock:
            self._last_used = self._clock()
            if self._closed or self._state in ("starting", "ready") or self._clock() < self._not_before:
                return
            self._state = "starting"
            self._starts += 1
            self._failure = None
            self._load_progress = {}
            threading.Thread(target=self._run, name=f"worker-{self.name}", daemon=True).start()

    def wait_ready(self, timeout: float) -> bool:
        """Start it and wait until it can answer, at most `timeout` seconds."""
        self.start()
        with self._changed:
            self._changed.wait_for(lambda: self._state != "starting", timeout)
            return self._state == "ready"

    def request(
        self,
        op: str,
        header: Header | None = None,
        payload: bytes = b"",
        *,
        timeout: float,
        lane: Lane = "interactive",
        on_progress: Callable[[Header], None] | None = None,
        cancelled: threading.Event | None = None,
        first_s: float = math.inf,
        between_s: float = math.inf,
    ) -> Reply:
        """Ask for one operation and wait for the answer.

        Args:
            op: the operation's name.
            header: its JSON parameters.
            payload: its bytes.
            timeout: seconds for starting and answering together.
            lane: which other requests it waits behind.
            on_progress: gets what the operation sends ahead of its answer, in this thread.
            cancelled: when it is set, the operation is told to stop; its answer is waited for.
            first_s: seconds that it may be silent before the first thing that it sends.
            between_s: seconds that it may be silent after that.

        Raises:
            Cancelled: it was taken back.
            WorkerDied: the process ended meanwhile; a later request starts it again.
            ModelUnavailable, WorkerError: it said so itself, or it cannot start.
            Timeout: no answer in time; the operation is told to stop.
        """
        deadline = time.monotonic() + timeout
        news: queue.SimpleQueue[Header | None] = queue.SimpleQueue()
        number, future = self._send(op, header, payload, timeout, lane, news.put)
        future.add_done_callback(lambda _: news.put(None))
        told = False
        silent_until = time.monotonic() + first_s
        while True:
            step = _CANCEL_POLL_S if cancelled is not None and not told else 3600.0
            try:
                left = min(deadline, silent_until) - time.monotonic()
                value = news.get(timeout=max(0.0, min(step, left)))
            except queue.Empty:
                now = time.monotonic()
                if now >= min(deadline, silent_until):
                    self._cancel(number)
                    how = f"answer within {timeout:.0f} s" if now >= deadline else "say anything for too long"
                    message = f"The {self.name} did not {how}."
                    raise Timeout(message) from None
            else:
                if value is None:
                    return future.result()
                if on_progress and not told:
                    try:
                        on_progress(value)
                    except BaseException:
                        self._cancel(number)
                        raise
                silent_until = time.monotonic() + between_s
            if cancelled is not None and cancelled.is_set() and not told:
                told = True
                self._cancel(number)

    def submit(
        self,
        op: str,
        header: Header | None = None,
        payload: bytes = b"",
        *,
        timeout: float,
        lane: Lane = "interactive",
        start: bool = True,
    ) -> Future[Reply]:
        """Like `request`, but return the answer's future as soon as the question is sent.

        Without `start` no process is started for it: where none is ready, that is raised.
        """
        return self._send(op, header, payload, timeout, lane, None, start=start)[1]

    def _send(
        self,
        op: str,
        header: Header | None,
        payload: bytes,
        timeout: float,
        lane: Lane,
        on_progress: Callable[[Header], None] | None,
        *,
        start: bool = True,
    ) -> tuple[int, Future[Reply]]:
        if start and not self.wait_ready(timeout):
            how = "was ended" if self._closed else "is still starting"
            raise self._failure or WorkerError(f"The {self.name} {how}.")
        future: Future[Reply] = Future()
        # It cannot be cancelled from here on: the worker does what it was asked.
        future.set_running_or_notify_cancel()
        number = next(self._ids)
        with self._lock:
            self._last_used = self._clock()
            process = self._process
            if self._state != "ready" or process is None or process.stdin is None:
                raise self._failure or self._death()
            self._waiting[number] = _Waiting(future, on_progress)
        try:
            with self._write_lock:
                message = {**(header or {}), "op": op, "id": number, "lane": lane}
                write_message(process.stdin, message, payload)  # type: ignore[arg-type]
        except (OSError, ValueError) as error:
            # A pipe that broke, or that was closed meanwhile because the process is dead.
            self._waiting.pop(number, None)
            raise self._death() from error
        return number, future

    def _cancel(self, number: int) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        # A pipe that is gone has cancelled everything already.
        with contextlib.suppress(OSError, ValueError), self._write_lock:
            write_message(process.stdin, {"cancel": number})  # type: ignore[arg-type]

    def stop_when_idle(self, idle_s: float) -> bool:
        """Stop the process when nothing was asked of it for `idle_s` seconds. Returns whether it did."""
        with self._lock:
            idle = self._state == "ready" and not self._waiting and self._clock() - self._last_used >= idle_s
        if idle:
            self.stop()
        return idle

    def stop(self) -> None:
        """End the process. Requests under way fail with WorkerDied."""
        with self._lock:
            process, self._process = self._process, None
            self._state = "stopped"
            self._changed.notify_all()
        if process is not None:
            end_process(process)
        self._fail_waiting(self._death())

    def close(self) -> None:
        """End the process for good: whoever asks afterwards is told so, and nothing is started again."""
        with self._lock:
            self._closed = True
        self.stop()

    def _spawn(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false"}
        log = self._log_file.open("wb") if self._log_file else None
        # Ctrl-C on a terminal reaches its whole group; what comes of it is for us to decide.
        apart: dict[str, Any] = {"process_group": 0}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        try:
            return subprocess.Popen(
                [sys.executable, "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log or subprocess.DEVNULL,
                env=environment,
                **apart,
            )
        finally:
            if log:
                log.close()

    def _run(self) -> None:
        """Start the process and listen to it until it ends.

        Both in one thread, because on Linux a worker is ended together with the thread that started it.
        """
        try:
            process = self._spawn()
        except OSError as error:
            with self._changed:
                self._state = "failed"
                self._failure = WorkerError(f"The {self.name} cannot be started ({type(error).__name__}).")
                self._not_before = self._clock() + _FIRST_BACKOFF_S
                self._changed.notify_all()
            return
        with self._lock:
            wanted = self._state == "starting" and self._process is None
            if wanted:
                self._process = process
        if wanted:
            self._listen(process)
        else:
            end_process(process)

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Read answers until the process ends; then say so to everyone who waits."""
        if process.stdin is None or process.stdout is None:
            return
        with contextlib.suppress(OSError):
            write_message(process.stdin, self._config)  # type: ignore[arg-type]
        first = self._read_first(process)
        if first is not None and first[0].get("ready"):
            with self._changed:
                if self._process is process:
                    self._state = "ready"
                    self._not_before = 0.0
                self._changed.notify_all()
            while (message := read_reply(process)) is not None:
                self._settle(message)
                del message
        refusal = _to_error(first[0]) if first is not None and not first[0].get("ready") else None
        end_process(process)
        with self._changed:
            if self._process is process:
                self._process = None
                self.restarts += 1
                self._state = "failed"
                self._failure = refusal or self._death(process.returncode)
                pause = min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2 ** min(self.restarts - 1, 10))
                # The first death costs no wait: most often the system killed it for memory, once.
                self._not_before = self._clock() + (pause if self.restarts > 1 or refusal else 0.0)
            self._changed.notify_all()
        self._fail_waiting(refusal or self._death(process.returncode))

    def _read_first(self, process: subprocess.Popen[bytes]) -> Reply | None:
        """The message that says whether it can serve; those before it say how far the loading is."""
        while (message := read_reply(process)) is not None and "loading" in message[0]:
            with self._changed:
                self._load_progress = message[0]["loading"]
                self._changed.notify_all()
        return message

    def _settle(self, message: Reply) -> None:
        header, payload = message
        if "progress" in header:
            waiting = self._waiting.get(header["id"])
            if waiting is not None and waiting.on_progress is not None:
                waiting.on_progress(header["progress"])
            return
        waiting = self._waiting.pop(header["id"], None)
        if waiting is None:
            return
        with self._lock:
            self._last_used = self._clock()
        future = waiting.future
        if "error" in header:
            future.set_exception(_to_error(header["error"]))
        else:
            future.set_result((header["result"], payload))

    def _fail_waiting(self, error: AppError) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for one in waiting.values():
            one.future.set_exception(error)

    def _death(self, code: int | None = None) -> WorkerDied:
        how = f" (signal {-code})" if code is not None and code < 0 else ""
        return WorkerDied(f"The {self.name} stopped{how}.", fix="It starts again by itself; try once more.")


def _to_error(described: Header) -> AppError:
    cls = error_tree().get(str(described.get("kind")), WorkerError)
    if cls is AppError:
        cls = WorkerError
    return cls(str(described.get("message") or "It failed."), fix=described.get("fix"))
