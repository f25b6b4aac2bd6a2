"""JSON-RPC 2.0: bodies to requests, results and errors to bodies. https://www.jsonrpc.org/specification"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from host.core.errors import AppError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603

_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")

RequestId = str | int | float | None


@dataclass(frozen=True)
class Request:
    """A call, or a notification when it has no id."""

    method: str
    params: dict[str, Any] = field(default_factory=dict)
    id: RequestId = None
    notification: bool = False


class ProtocolError(Exception):
    """A body that is not JSON-RPC, or a method or parameters that do not exist.

    Attributes:
        code: one of JSON-RPC's own.
        message: for a person.
        request_id: of the request, when it could be read.
    """

    def __init__(self, code: int, message: str, request_id: RequestId = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.request_id = request_id


def parse_request(body: bytes) -> Request:
    """Read one request.

    Raises:
        ProtocolError: the body is not JSON, or not a JSON-RPC request object.
    """
    try:
        text = body.decode("utf-8")
        loaded = json.loads(text, parse_constant=_refuse_constant)
        if _HALF_CHARACTER.search(text):
            loaded = _mend(loaded)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        message = "The message is not JSON."
        raise ProtocolError(PARSE_ERROR, message) from error
    if not isinstance(loaded, dict):
        message = "The message is not a JSON-RPC request object (batches are not supported)."
        raise ProtocolError(INVALID_REQUEST, message)
    request_id = loaded.get("id")
    fits = isinstance(request_id, str | int | float | None) and not isinstance(request_id, bool)
    if not fits or (isinstance(request_id, float) and not math.isfinite(request_id)):
        message = "A request's id must be a string or a number."
        raise ProtocolError(INVALID_REQUEST, message)
    method, params = loaded.get("method"), loaded.get("params", {})
    if loaded.get("jsonrpc") != "2.0" or not isinstance(method, str):
        message = 'A request needs "jsonrpc": "2.0" and a method.'
        raise ProtocolError(INVALID_REQUEST, message, request_id)
    if not isinstance(params, dict):
        message = "Parameters are given by name, in an object."
        raise ProtocolError(INVALID_PARAMS, message, request_id)
    return Request(method, params, request_id, notification="id" not in loaded)


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _mend(value: Any) -> Any:
    """The same without lone surrogates: half an emoji, cut by a page, has no UTF-8 and cannot be stored."""
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode("utf-8")
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    return value


def encode_result(request_id: RequestId, result: Any) -> bytes:
    """A successful answer."""
    return _encode({"jsonrpc": "2.0", "id": request_id, "result": result})


def encode_notification(method: str, params: dict[str, Any]) -> bytes:
    """A message that expects no answer."""
    return _encode({"jsonrpc": "2.0", "method": method, "params": params})


def encode_app_error(request_id: RequestId, error: AppError) -> bytes:
    """Our error as an answer."""
    data: dict[str, Any] = {"kind": error.kind}
    if error.fix:
        data["fix"] = error.fix
    return _encode_error(request_id, error.code, error.message, data)


def encode_protocol_error(error: ProtocolError) -> bytes:
    """JSON-RPC's error as an answer."""
    kinds = {
        PARSE_ERROR: "parse_error",
        INVALID_REQUEST: "invalid_request",
        METHOD_NOT_FOUND: "method_not_found",
        INVALID_PARAMS: "invalid_params",
    }
    kind = kinds.get(error.code, "internal")
    return _encode_error(error.request_id, error.code, error.message, {"kind": kind})


def _encode_error(request_id: RequestId, code: int, message: str, data: dict[str, Any]) -> bytes:
    return _encode(
        {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message, "data": data}}
    )


def _encode(message: dict[str, Any]) -> bytes:
    # A lone surrogate (half an emoji cut by a page) is not UTF-8; it becomes a question mark.
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", errors="replace")
