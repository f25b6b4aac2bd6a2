"""One connected client: reads its frames, answers in a pool, cancels, and lets work finish at the end."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from typing import TYPE_CHECKING, Any

from host.core.errors import TooLarge
from host.protocol import jsonrpc
from host.protocol.dispatch import Call, Dispatcher, Session
from host.protocol.framing import encode_frame, read_frame
from host.protocol.jsonrpc import ProtocolError, Request, RequestId

if TYPE_CHECKING:
    from concurrent.futures import Executor

CANCEL = "$/cancelRequest"
PROGRESS = "$/progress"
FIRST = "hello"
SEND_TIMEOUT_S = 20.0


class Connection:
    """Serves one socket until it ends."""

    def __init__(self, channel: socket.socket, dispatcher: Dispatcher, pool: Executor) -> None:
        self._channel = channel
        self._dispatcher = dispatcher
        self._pool = pool
        self._write_lock = threading.Lock()
        self._state = threading.Condition()
        self._under_way: dict[RequestId, threading.Event] = {}
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
            except TooLarge as error:
                self._send(encode_frame(jsonrpc.encode_app_error(None, error)))
            except OSError:
                # The client is gone; nobody waits for what is under way.
                self._cancel_all()
        with self._state:
            self._state.wait_for(lambda: self._unanswered == 0)
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        self._channel.close()

    def notify(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification to the client."""
        self._send(encode_frame(jsonrpc.encode_notification(method, params)))

    def hang_up(self) -> None:
        """Take no more requests; `serve` then finishes what is under way and closes."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RD)

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
        with self._state:
            self._unanswered += 1
            if not request.notification:
                self._under_way[request.id] = cancelled
        if request.method == FIRST:
            # What follows it in the stream may count on it.
            self._answer(request, cancelled)
        else:
            self._pool.submit(self._answer, request, cancelled)

    def _answer(self, request: Request, cancelled: threading.Event) -> None:
        def progress(value: Any) -> None:
            self.notify(PROGRESS, {"token": request.id, "value": value})

        try:
            frame = self._dispatcher.answer(request, Call(self.session, progress, cancelled))
            if not request.notification:
                self._send(frame)
        finally:
            with self._state:
                if self._under_way.get(request.id) is cancelled:
                    del self._under_way[request.id]
                self._unanswered -= 1
                self._state.notify_all()

    def _cancel(self, request_id: object) -> None:
        if not isinstance(request_id, str | int | float):
            return
        with self._state:
            event = self._under_way.get(request_id)
        if event:
            event.set()

    def _cancel_all(self) -> None:
        with self._state:
            for event in self._under_way.values():
                event.set()

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
