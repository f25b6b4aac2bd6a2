"""A worker for the tests: it echoes, fails, prints to descriptor 1 and dies when it is told to."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

from host.core.errors import NotFound
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.workers.messages import Header
    from host.workers.server import Report, Task


def load(config: Header, report: Report) -> Mapping[str, Operation]:
    if config.get("refuse"):
        message = "I have no model."
        raise NotFound(message, fix="Get one.")
    gate = threading.Event()

    def echo(header: Header, payload: bytes, _: Task) -> tuple[Header, bytes]:
        # Native libraries do this; it must not reach the wire.
        os.write(1, b"chatter\n")
        return {"said": header.get("say"), "config": config}, payload[::-1]

    def hold(_: Header, __: bytes, ___: Task) -> tuple[Header, bytes]:
        gate.wait()
        return {"held": True}, b""

    def let_go(_: Header, __: bytes, ___: Task) -> tuple[Header, bytes]:
        gate.set()
        return {}, b""

    def fail(_: Header, __: bytes, ___: Task) -> tuple[Header, bytes]:
        words = "a person's words"
        raise ValueError(words)

    def die(_: Header, __: bytes, ___: Task) -> tuple[Header, bytes]:
        os.kill(os.getpid(), signal.SIGKILL)
        return {}, b""

    def count(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        for number in range(header["to"]):
            task.check_cancelled()
            task.progress({"number": number})
        return {"counted": header["to"]}, b""

    def wait_for_cancel(_: Header, __: bytes, task: Task) -> tuple[Header, bytes]:
        task.progress({"waiting": True})
        task.cancelled.wait()
        task.check_cancelled()
        return {}, b""

    report({"share": 0.5})
    return {
        "count": count,
        "wait_for_cancel": wait_for_cancel,
        "echo": echo,
        "hold": hold,
        "let_go": let_go,
        "fail": fail,
        "die": die,
    }


if __name__ == "__main__":
    serve(load)
