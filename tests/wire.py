"""The other end of the wire, as a browser or a terminal speaks it."""

from __future__ import annotations

import json
import queue
import struct
import threading
from typing import TYPE_CHECKING, Any

from host.protocol.framing import MAX_INBOUND, encode_frame, read_frame
from tests.makers import WAIT_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

Message = dict[str, Any]


class Wire:
    """Speaks frames over two byte streams; answers are kept until they are asked for.

    Attributes:
        others: what came without being the answer to a request: progress and notifications.
        ended: set when the other side has closed.
    """

    def __init__(self, source: BinaryIO, send: Callable[[bytes], object]) -> None:
        self.others: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.ended = threading.Event()
        self._source = source
        self._send = send
        self._answers: dict[Any, Message] = {}
        self._changed = threading.Condition()
        self._next = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def send_bytes(self, data: bytes) -> None:
        """Send anything."""
        self._send(data)

    def send(self, message: object) -> None:
        """Send one JSON value as a frame."""
        self._send(frame(message))

    def begin(self, method: str, **params: Any) -> int:
        """Send a request and return its id; a name that is a keyword takes an underscore at its end."""
        self._next += 1
        self.send(request(self._next, method, **params))
        return self._next

    def wait(self, request_id: Any, timeout_s: float = WAIT_S) -> Message:
        """The answer to a request."""
        with self._changed:
            there = self._changed.wait_for(
                lambda: request_id in self._answers or self.ended.is_set(), timeout_s
            )
            if request_id in self._answers:
                return self._answers.pop(request_id)
        what = "the connection ended" if there else f"no answer within {timeout_s:.0f} s"
        raise AssertionError(what)

    def ask(self, method: str, **params: Any) -> Message:
        """Ask and wait: {"result": …} or {"error": …}."""
        return self.wait(self.begin(method, **params))

    def call(self, method: str, **params: Any) -> Any:
        """The result; an error fails the test."""
        answer = self.ask(method, **params)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def hello(self, profile_id: str | None = "tester") -> Any:
        """Say hello."""
        return self.call("hello", client="test", version="0", profile_id=profile_id)

    def wait_end(self, timeout_s: float = WAIT_S) -> bool:
        """Whether the other side has closed, in time."""
        return self.ended.wait(timeout_s)

    def close(self) -> None:
        """Let go of the stream; nothing may be listened to any more."""
        self._source.close()

    def join(self) -> None:
        """Wait until nothing is listened to any more."""
        self._thread.join(WAIT_S)

    def _listen(self) -> None:
        try:
            while (body := read_frame(self._source)) is not None:
                message = json.loads(body)
                if "method" in message:
                    self.others.put(message)
                    continue
                with self._changed:
                    self._answers[message["id"]] = message
                    self._changed.notify_all()
        except (OSError, ValueError):
            pass
        with self._changed:
            self.ended.set()
            self._changed.notify_all()


def request(request_id: Any, method: str, **params: Any) -> Message:
    """A request as JSON."""
    named = {key.removesuffix("_"): value for key, value in params.items()}
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": named}


def frame(message: object) -> bytes:
    """A value as a frame."""
    return encode_frame(json.dumps(message).encode(), MAX_INBOUND)


def frame_of_length(length: int) -> bytes:
    """The head of a frame that announces `length` bytes."""
    return struct.pack("=I", length)
