"""The worker's side: serve named operations on stdin and stdout until the daemon goes away.

Each lane runs in a thread of its own, so that a person's query never waits behind a batch or a load.
Native libraries print to descriptor 1 as they like: it points at stderr before any is loaded.
"""

from __future__ import annotations

import ctypes
import logging
import os
import queue
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from typing import BinaryIO

from host.core.errors import AppError, Cancelled
from host.workers.messages import Header, read_message, write_message

Report = Callable[[Header], None]


class Task:
    """One request under way, as its operation sees it.

    Attributes:
        cancelled: set when the daemon has lost interest.
        progress: sends something ahead of the answer (a token, a share of the work).
    """

    def __init__(self, progress: Report = lambda _value: None) -> None:
        self.progress = progress
        self.cancelled = threading.Event()
        self._listeners: list[Callable[[], None]] = []

    def on_cancel(self, listener: Callable[[], None]) -> None:
        """Have `listener` called, in another thread, when the caller takes the request back.

        For work in native code, which cannot look at `cancelled` itself. When it has happened it is called
        at once.
        """
        self._listeners.append(listener)
        if self.cancelled.is_set():
            listener()

    def cancel(self) -> None:
        """Take the request back."""
        self.cancelled.set()
        for listener in list(self._listeners):
            listener()

    def check_cancelled(self) -> None:
        """Raise when the caller has taken the request back.

        Raises:
            Cancelled.
        """
        if self.cancelled.is_set():
            message = "The request was cancelled."
            raise Cancelled(message)


Operation = Callable[[Header, bytes, Task], tuple[Header, bytes]]
_Work = tuple[Header, bytes, Task]
_Lane = queue.SimpleQueue[_Work]


def serve(load: Callable[[Header, Report], Mapping[str, Operation]]) -> None:
    """Serve the operations that `load` returns.

    Args:
        load: gets the first message's header (the configuration) and a function that reports how far
            it has come, and may take long; an exception from it is told to the daemon and ends the worker.
    """
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _die_with_parent()
    # Libraries write to their log what they fail on: addresses, text.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    first = read_message(requests)
    if first is None:
        return
    write_lock = threading.Lock()

    def reply(header: Header, payload: bytes = b"") -> None:
        with write_lock:
            write_message(replies, header, payload)

    try:
        operations = load(first[0], lambda value: reply({"loading": value}))
    except Exception as error:  # noqa: BLE001 - told to the daemon, which decides
        reply({"ready": False, **_describe(error)})
        return
    reply({"ready": True, **_facts(operations)})
    _Reception(operations, reply).receive(requests)
    # Nobody is left to answer. Threads may sit in native code, so there is no joining them.
    os._exit(0)


class _Reception:
    """Hands requests to their lanes, and cancellations to the requests."""

    def __init__(self, operations: Mapping[str, Operation], reply: Callable[[Header, bytes], None]) -> None:
        self._operations = operations
        self._reply = reply
        self._lanes: dict[str, _Lane] = {}
        self._under_way: dict[int, Task] = {}

    def receive(self, requests: BinaryIO) -> None:
        """Read until the daemon goes away."""
        while (message := read_message(requests)) is not None:
            header, payload = message
            if "cancel" in header:
                task = self._under_way.get(header["cancel"])
                if task is not None:
                    task.cancel()
                continue
            number = header["id"]
            task = Task(lambda value, number=number: self._send({"id": number, "progress": value}))  # type: ignore[misc]
            self._under_way[number] = task
            self._open_lane(header.get("lane") or "interactive").put((header, payload, task))
            # Let go of a large page before waiting for the next.
            del message, header, payload, task

    def _open_lane(self, name: str) -> _Lane:
        if name not in self._lanes:
            lane: _Lane = queue.SimpleQueue()
            self._lanes[name] = lane
            threading.Thread(target=self._work, args=(lane,), name=name, daemon=True).start()
        return self._lanes[name]

    def _work(self, lane: _Lane) -> None:
        while True:
            header, payload, task = lane.get()
            try:
                task.check_cancelled()
                result, data = self._operations[header["op"]](header, payload, task)
                answer = {"id": header["id"], "result": result}
            except Exception as error:  # noqa: BLE001 - it belongs to the caller in the daemon
                answer, data = {"id": header["id"], "error": _describe(error)}, b""
            self._under_way.pop(header["id"], None)
            self._send(answer, data)
            del header, payload, task, answer, data

    def _send(self, header: Header, payload: bytes = b"") -> None:
        try:
            self._reply(header, payload)
        except BrokenPipeError:
            os._exit(0)


def _describe(error: Exception) -> Header:
    """The error without the text it may quote: only our own messages are known to hold none."""
    if isinstance(error, AppError):
        return {"kind": error.kind, "message": error.message, "fix": error.fix}
    if isinstance(error, MemoryError):
        return {"kind": "worker", "message": "There was not enough memory.", "fix": "Close other programs."}
    return {"kind": "worker", "message": f"It failed with {type(error).__name__}.", "fix": None}


def _facts(operations: Mapping[str, Operation]) -> Header:
    return {"operations": sorted(operations), "pid": os.getpid()}


def _die_with_parent() -> None:
    """On Linux the kernel ends us with the daemon, even when it is killed while native code runs here."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, signal.SIGKILL)
