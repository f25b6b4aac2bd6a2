"""From a request to its handler and back. The one place where an exception becomes an error reply."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from host.core.cause import CAUSE, Cause
from host.core.errors import AppError, Cancelled, NotReady
from host.core.log import describe_exception, get_logger
from host.protocol import jsonrpc
from host.protocol.framing import MAX_OUTBOUND, encode_frame
from host.protocol.jsonrpc import ProtocolError, Request, RequestId
from host.protocol.latencies import Latencies
from host.protocol.messages import Params, Result
from host.protocol.methods import METHODS, Method

_log = get_logger("dispatch")
_sessions = itertools.count(1)
_LONGEST_KEY = 80


@dataclass
class Session:
    """What a connection has said of itself.

    Attributes:
        client: its name, from `hello`.
        profile_id: the database it uses, None before `hello`.
        notify: sends a notification to it.
        number: of the connection, in this process.
    """

    client: str = ""
    profile_id: str | None = None
    notify: Callable[[str, dict[str, Any]], None] = lambda _method, _params: None
    number: int = field(default_factory=lambda: next(_sessions))

    def make_key(self, request_id: RequestId | str) -> str:
        """The key of one of its requests, which no other connection's request has."""
        return f"{self.number}:{request_id}"[:_LONGEST_KEY]


@dataclass(frozen=True)
class Call:
    """One request under way, as its handler sees it."""

    session: Session
    progress: Callable[[Any], None] = lambda _value: None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def check_cancelled(self) -> None:
        """Raise when the caller has taken the request back.

        Raises:
            Cancelled.
        """
        if self.cancelled.is_set():
            message = "The request was cancelled."
            raise Cancelled(message)


Handler = Callable[[Any, Call], Result]


class Dispatcher:
    """Answers requests with the handlers it was given."""

    def __init__(self, handlers: Mapping[str, Handler], latencies: Latencies | None = None) -> None:
        """Answer with these.

        Args:
            handlers: by method.
            latencies: is told how long each request took.

        Raises:
            ValueError: a handler has no method.
        """
        unknown = handlers.keys() - METHODS.keys()
        if unknown:
            message = f"handlers without a method: {sorted(unknown)}"
            raise ValueError(message)
        self._handlers = dict(handlers)
        self._latencies = latencies or Latencies()

    @property
    def methods(self) -> list[str]:
        """The methods that are answered."""
        return sorted(self._handlers)

    def find_method(self, name: str) -> Method | None:
        """What is known of a method, whether or not it is answered here."""
        return METHODS.get(name)

    def answer(self, request: Request, call: Call) -> bytes:
        """The framed answer to a request; never raises for what the request did."""
        token = CAUSE.set(Cause(request.method, call.session.make_key(request.id)))
        began = time.perf_counter()
        try:
            frame, failed = self._try(request, call)
        finally:
            CAUSE.reset(token)
        # What was taken back says nothing of how long it takes.
        if request.method in self._handlers and not call.cancelled.is_set():
            self._latencies.note(request.method, (time.perf_counter() - began) * 1000, failed=failed)
        return frame

    def _try(self, request: Request, call: Call) -> tuple[bytes, bool]:
        """The framed answer, and whether it is an error."""
        try:
            try:
                return encode_frame(jsonrpc.encode_result(request.id, self._run(request, call))), False
            except ProtocolError as error:
                return encode_frame(jsonrpc.encode_protocol_error(error)), True
            except AppError as error:
                return encode_frame(jsonrpc.encode_app_error(request.id, error)), True
        except Exception as error:  # noqa: BLE001
            if call.cancelled.is_set():
                cancelled = Cancelled("The request was cancelled.")
                return encode_frame(jsonrpc.encode_app_error(request.id, cancelled)), True
            _log.error("%s failed: %s", request.method, describe_exception(error))
            internal = AppError(
                f"Something went wrong inside ({type(error).__name__}).", fix="Run: ai-history doctor"
            )
            return encode_frame(jsonrpc.encode_app_error(request.id, internal), MAX_OUTBOUND), True

    def _run(self, request: Request, call: Call) -> dict[str, Any]:
        method, handler = METHODS.get(request.method), self._handlers.get(request.method)
        if method is None or handler is None:
            message = f"There is no method {request.method[:100]!r} in this version."
            raise ProtocolError(jsonrpc.METHOD_NOT_FOUND, message, request.id)
        if method.needs_hello and call.session.profile_id is None:
            message = "Say hello first."
            raise NotReady(message)
        params = _validate(method.params, request)
        call.check_cancelled()
        return handler(params, call).model_dump(mode="json", by_alias=True)


def _validate(model: type[Params], request: Request) -> Params:
    try:
        return model.model_validate(request.params)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "params"
        raise ProtocolError(jsonrpc.INVALID_PARAMS, f"{where}: {first['msg']}.", request.id) from error
