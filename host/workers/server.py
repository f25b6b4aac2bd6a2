"""The worker's side: serve named operations on stdin and stdout until the daemon goes away.

Interactive and background work run in a thread each, so that a person's query never waits behind a
batch. Native libraries print to descriptor 1 as they like: it points at stderr before any is loaded.
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

from host.core.errors import AppError
from host.workers.messages import Header, read_message, write_message

Operation = Callable[[Header, bytes], tuple[Header, bytes]]
_Work = tuple[Header, bytes] | None


def serve(load: Callable[[Header], Mapping[str, Operation]]) -> None:
    """Serve the operations that `load` returns.

    Args:
        load: gets the first message's header (the configuration) and may take long; an exception
            from it is told to the daemon and ends the worker.
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
        operations = load(first[0])
    except Exception as error:  # noqa: BLE001 - told to the daemon, which decides
        reply({"ready": False, **_describe(error)})
        return
    reply({"ready": True, **_facts(operations)})
    lanes: dict[str, queue.SimpleQueue[_Work]] = {}
    for name in ("interactive", "background"):
        lanes[name] = queue.SimpleQueue()
        arguments = (lanes[name], operations, reply)
        threading.Thread(target=_work, args=arguments, name=name, daemon=True).start()
    _receive(requests, lanes)
    # Nobody is left to answer. Threads may sit in native code, so there is no joining them.
    os._exit(0)


def _receive(requests: BinaryIO, lanes: Mapping[str, queue.SimpleQueue[_Work]]) -> None:
    while (message := read_message(requests)) is not None:
        header, payload = message
        lanes["background" if header.get("background") else "interactive"].put((header, payload))


def _work(
    lane: queue.SimpleQueue[_Work],
    operations: Mapping[str, Operation],
    reply: Callable[[Header, bytes], None],
) -> None:
    while (message := lane.get()) is not None:
        header, payload = message
        try:
            result, data = operations[header["op"]](header, payload)
            answer = {"id": header["id"], "result": result}
        except Exception as error:  # noqa: BLE001 - it belongs to the caller in the daemon
            answer, data = {"id": header["id"], "error": _describe(error)}, b""
        try:
            reply(answer, data)
        except BrokenPipeError:
            os._exit(0)
        # Let go of a large page before waiting for the next.
        del message, header, payload, answer, data


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
