"""A client of the daemon for the command line: one request at a time, with progress and cancellation."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

from host.core.endpoint import connect, connect_or_start
from host.core.errors import AppError, InvalidInput, NotFound, NotReady, error_tree
from host.core.paths import Paths, find_paths
from host.protocol.framing import MAX_INBOUND, encode_frame, read_frame
from host.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

# A deletion or an import of years of history may take a while, but not for ever.
_PROTOCOL_KINDS: dict[str, type[AppError]] = {"invalid_params": InvalidInput, "method_not_found": NotFound}
ANSWER_TIMEOUT_S = 600.0


class Client:
    """A connection to the daemon; use it as a context manager."""

    def __init__(
        self,
        *,
        profile_id: str | None = None,
        start: bool = True,
        paths: Paths | None = None,
        greet: bool = True,
        name: str = "cli",
    ) -> None:
        """Connect and say hello.

        Args:
            profile_id: which browser profile; None for the one used last.
            start: start the daemon when none runs.
            paths: the installation; by default the one in force.
            greet: False says no hello, for what needs no history: no database is opened, no model loaded.
            name: what it calls itself; "background" for what works by itself, so that it is not taken for a
                person.

        Raises:
            NotReady: there is no daemon, and none could be started.
        """
        self._channel = _open_channel(paths or find_paths(), start=start)
        self._source = self._channel.makefile("rb")
        self._ids = itertools.count(1)
        # Another thread may take back what this one waits for.
        self._sending = threading.Lock()
        self._waiting_for: int | None = None
        self.hello: dict[str, Any] = {}
        if not greet:
            return
        try:
            self.hello = self.call("hello", client=name, version=VERSION, profile_id=profile_id)
        except BaseException:
            self.close()
            raise

    def call(
        self, method: str, on_progress: Callable[[Any], None] | None = None, **params: Any
    ) -> dict[str, Any]:
        """Ask and wait for the answer.

        Args:
            method: of the wire.
            on_progress: gets what the daemon reports meanwhile.
            params: by name; a name that is a keyword takes an underscore at its end (`from_`).

        Raises:
            AppError: of the kind that the daemon said.
        """
        request_id = next(self._ids)
        named = {key.removesuffix("_"): value for key, value in params.items() if value is not None}
        with self._sending:
            self._send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": named})
            self._waiting_for = request_id
        try:
            return self._wait(request_id, on_progress)
        finally:
            with self._sending:
                self._waiting_for = None

    def cancel(self) -> None:
        """Take back the request that another thread waits for; it then raises `Cancelled`."""
        with self._sending:
            if self._waiting_for is not None:
                params = {"id": self._waiting_for}
                # Of a connection that is lost, the thread that waits learns by itself.
                with contextlib.suppress(NotReady):
                    self._send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": params})

    def abort(self) -> None:
        """End the connection from another thread; whoever waits on it is told at once."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection; a thread that still waits on it is told first, or this would wait for it."""
        self.abort()
        self._source.close()
        self._channel.close()

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._channel.sendall(encode_frame(json.dumps(message).encode("utf-8"), MAX_INBOUND))
        except OSError as error:
            raise _lost() from error

    def _wait(self, request_id: int, on_progress: Callable[[Any], None] | None) -> dict[str, Any]:
        while (frame := self._read()) is not None:
            message = json.loads(frame)
            if message.get("method") == "$/progress" and on_progress:
                on_progress(message["params"]["value"])
            elif message.get("id") == request_id and "method" not in message:
                if "error" in message:
                    raise _to_error(message["error"])
                result: dict[str, Any] = message["result"]
                return result
        raise _lost()

    def _read(self) -> bytes | None:
        try:
            return read_frame(self._source)
        except OSError:
            return None

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open_channel(paths: Paths, *, start: bool) -> socket.socket:
    if not start:
        channel = connect(paths)
        if channel is None:
            message = "AI History is not running."
            raise NotReady(message, fix="Run: ai-history daemon start")
    else:
        try:
            channel = connect_or_start(paths)
        except ConnectionError as error:
            raise NotReady(str(error), fix="Run: ai-history doctor") from error
    channel.settimeout(ANSWER_TIMEOUT_S)
    return channel


def _lost() -> NotReady:
    return NotReady("The connection to AI History ended.", fix="Run the command again.")


def _to_error(error: dict[str, Any]) -> AppError:
    data = error.get("data") or {}
    cls = _PROTOCOL_KINDS.get(str(data.get("kind"))) or error_tree().get(str(data.get("kind")), AppError)
    return cls(str(error.get("message")), fix=data.get("fix"))
