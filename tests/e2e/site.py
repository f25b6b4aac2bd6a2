"""The web that the test browser sees: one loopback server that answers for every host name."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.e2e.articles import load_articles, render_article, render_icon
from tests.e2e.special_pages import list_special_pages

if TYPE_CHECKING:
    from types import TracebackType

    from tests.e2e.special_pages import SpecialPage

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """What the browser asked for."""

    method: str
    host: str
    path: str
    query: dict[str, list[str]]
    cookies: str


@dataclass(frozen=True)
class Response:
    """What it gets."""

    body: str | bytes = ""
    status: int = 200
    content_type: str = HTML
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else self.body.encode("utf-8")


Answer = Callable[[Request], Response]


class Site:
    """A server with the articles and the special pages; use it as a context manager."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[tuple[str, str], Answer] = {}
        for article in load_articles():
            self.publish(article.host, article.path, Response(render_article(article)))
        for page in list_special_pages():
            self.publish_special(page)
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.serve(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", "0")))
                site.serve(self)

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="site", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    @property
    def resolver_rules(self) -> str:
        """Chromium's rules that bring every made-up host name to this server."""
        return f"MAP *.example 127.0.0.1:{self.port}"

    def publish(self, host: str, path: str, answer: Response | Answer) -> None:
        """Answer for this address from now on."""
        self._answers[host, path] = (lambda _: answer) if isinstance(answer, Response) else answer

    def publish_special(self, page: SpecialPage) -> None:
        """Answer for a page of `special_pages`."""
        response = Response(page.body, page.status, page.content_type, page.headers)
        self.publish(page.host, page.path, response)

    def has_served(self, url: str) -> bool:
        """Whether the browser has asked for exactly this address, whatever its query."""
        parts = urlsplit(url)
        return any((parts.netloc, parts.path) == (request.host, request.path) for request in self.requests)

    def serve(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        parts = urlsplit(handler.path)
        host = handler.headers.get("host", "")
        request = Request(
            handler.command, host, parts.path, parse_qs(parts.query), handler.headers.get("cookie", "")
        )
        self.requests.append(request)
        answer = self._answers.get((host, parts.path)) or self._answers.get(("*", parts.path))
        if parts.path == "/icon.svg":
            response = Response(render_icon(host), content_type="image/svg+xml")
        elif answer:
            response = answer(request)
        else:
            response = Response("<!doctype html><title>Nothing here</title>Nothing here.", status=404)
        handler.send_response(response.status)
        for name, value in {"Content-Type": response.content_type, **response.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(response.payload)))
        handler.end_headers()
        handler.wfile.write(response.payload)

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
