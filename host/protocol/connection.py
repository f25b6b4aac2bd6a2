"""One connected client: reads its frames, answers in a pool, cancels, and lets work finish at the end."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.core.errors import TooLarge
from host.protocol import jsonrpc
from host.protocol.dispatch import Call, Dispatcher, Session
from host.protocol.framing import encode_frame, read_frame
from host.protocol.jsonrpc import ProtocolError, Request, RequestId

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from host.protocol.methods import Method

CANCEL = "$/cancelRequest"
PROGRESS = "$/progress"
FIRST = "hello"
SEND_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class _UnderWay:
    """A request that is being worked on."""

    cancelled: threading.Event
    method: Method | None


@dataclass(frozen=True)
class Pools:
    """Where requests are worked on. What waits in one of them keeps nobody waiting in the others.

    Attributes:
        short: those that read.
        writing: those that write, and wait behind whoever writes for long.
        long: those that may take long.
    """

    short: Executor
    writing: Executor
    long: Executor

    def find(self, method: Method | None) -> Executor:
        """The one for a method; what is none is refused at once."""
        if method is not None and method.long:
            return self.long
        return self.writing if method is not None and method.writes else self.short


class Connection:
    """Serves one socket until it ends."""

    def __init__(self, channel: socket.socket, dispatcher: Dispatcher, pools: Pools) -> None:
        """Take a socket over.

        Args:
            channel: the socket.
            dispatcher: answers requests.
            pools: where requests are worked on.
        """
        self._channel = channel
        self._dispatcher = dispatcher
        self._pools = pools
        self._write_lock = threading.Lock()
        self._state = threading.Condition()
        self._under_way: dict[RequestId, _UnderWay] = {}
        self._unanswered = 0
        self.session = Session(notify=self.notify)
        _limit_sending(channel)

    @property
    def busy(self) -> bool:
        """Whether a request is being worked on."""
        return self._unanswered > 0

    def serve(self) -> None:
        """Read requests until the other side closes, finish what is under way, close."""
        with self._channel.makefile("rb") as source:
            try:
                while (body := read_frame(source)) is not None:
                    self._accept(body)
                # The client is gone; what is quick is finished, and nobody waits for what is long.
                self._cancel_all(lambda method: method.long and not method.outlives_caller)
            except TooLarge as error:
                self._send(encode_frame(jsonrpc.encode_app_error(None, error)))
            except OSError:
                self._cancel_all(lambda method: not method.outlives_caller)
        with self._state:
            self._state.wait_for(lambda: self._unanswered == 0)
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        self._channel.close()

    def notify(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification to the client."""
        self._send(encode_frame(jsonrpc.encode_notification(method, params)))

    def hang_up(self) -> None:
        """Take no more requests, and take back those that may take long; `serve` finishes the others."""
        self._cancel_all(lambda method: method.long)
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RD)

    def take_back(self, *, unless: str) -> None:
        """Take back what may take long, but for one method."""
        kept = self._dispatcher.find_method(unless)
        self._cancel_all(lambda method: method.long and method is not kept)

    def _accept(self, body: bytes) -> None:
        try:
            request = jsonrpc.parse_request(body)
        except ProtocolError as error:
            self._send(encode_frame(jsonrpc.encode_protocol_error(error)))
            return
        if request.method == CANCEL:
            self._cancel(request.params.get("id"))
            return
        cancelled = threading.Event()
        method = self._dispatcher.find_method(request.method)
        with self._state:
            self._unanswered += 1
            if not request.notification:
                self._under_way[request.id] = _UnderWay(cancelled, method)
        if request.method == FIRST:
            # What follows it in the stream may count on it.
            self._answer(request, cancelled)
        else:
            self._pools.find(method).submit(self._answer, request, cancelled)

    def _answer(self, request: Request, cancelled: threading.Event) -> None:
        def progress(value: Any) -> None:
            self.notify(PROGRESS, {"token": request.id, "value": value})

        try:
            frame = self._dispatcher.answer(request, Call(self.session, progress, cancelled))
            if not request.notification:
                self._send(frame)
        finally:
            with self._state:
                under_way = self._under_way.get(request.id)
                if under_way is not None and under_way.cancelled is cancelled:
                    del self._under_way[request.id]
                self._unanswered -= 1
                self._state.notify_all()

    def _cancel(self, request_id: object) -> None:
        if not isinstance(request_id, str | int | float):
            return
        with self._state:
            found = self._under_way.get(request_id)
        if found:
            found.cancelled.set()

    def _cancel_all(self, condition: Callable[[Method], bool]) -> None:
        with self._state:
            for request in self._under_way.values():
                if request.method is not None and condition(request.method):
                    request.cancelled.set()

    def _send(self, frame: bytes) -> None:
        with self._write_lock:
            try:
                self._channel.sendall(frame)
            except OSError:
                # Part of the frame may be out, so nothing sensible can follow it.
                with contextlib.suppress(OSError):
                    self._channel.shutdown(socket.SHUT_RDWR)


def _limit_sending(channel: socket.socket) -> None:
    """Give up on a client that takes nothing: others wait for their notifications behind it."""
    if hasattr(socket, "SO_SNDTIMEO") and sys.platform != "win32":
        seconds = int(SEND_TIMEOUT_S)
        limit = struct.pack("ll", seconds, int((SEND_TIMEOUT_S - seconds) * 1_000_000))
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
