"""A server on this machine that speaks OpenAI's chat completions, and misbehaves when a test tells it to."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

KEY = "sk-test-4711"


@dataclass
class ChatServer:
    """Answers as it is told; use it as a context manager.

    Attributes:
        answer: from a request's body to the text of the answer.
        likely: log-probabilities of the first token, for requests that ask for them; None: it knows none.
        refused: words in a request that it answers with 400.
        failures: status codes of the next answers.
        requests: bodies and headers that came.
    """

    answer: Callable[[dict[str, Any]], str] = lambda _body: '{"category": "animals", "confidence": 0.8}'
    likely: dict[str, float] | None = None
    refused: tuple[str, ...] = ()
    failures: list[int] = field(default_factory=list)
    requests: list[tuple[dict[str, Any], dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def respond(self, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.requests.append((body, headers))
        if self.failures:
            status = self.failures.pop(0)
            return status, {"error": {"message": f"no, {headers.get('authorization')}", "code": "refused"}}
        if headers.get("authorization") != f"Bearer {KEY}":
            return 401, {"error": {"message": f"wrong key {headers.get('authorization')}"}}
        if any(word in json.dumps(body) for word in self.refused):
            return 400, {"error": {"message": "this is not supported"}}
        choice: dict[str, Any] = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": self.answer(body)},
            "logprobs": None,
        }
        if body.get("logprobs") and self.likely is not None:
            tokens = [
                {"token": token, "logprob": value, "bytes": None} for token, value in self.likely.items()
            ]
            choice["logprobs"] = {"content": [{**tokens[0], "top_logprobs": tokens}], "refusal": None}
        return 200, {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [choice],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
        }

    def __enter__(self) -> ChatServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, reply = owner.respond(body, {k.lower(): v for k, v in self.headers.items()})
                data = json.dumps(reply).encode("utf-8")
                self.send_response(status)
                if status in (301, 307, 308):
                    self.send_header("Location", "/elsewhere")
                self.send_header("Retry-After-Ms", "1")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
