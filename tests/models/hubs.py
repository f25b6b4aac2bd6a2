"""A model hub on the loopback that speaks the part of the protocol that downloads need."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the hub serves and what it was asked.

    Attributes:
        files: contents by "owner/name/path".
        broken_after: cut the connection after this many bytes of a file, once for each path listed.
        asked: method, path and Range header of every request.
    """

    files: dict[str, bytes]
    broken_after: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    address: str = ""

    def downloads(self, path: str) -> list[str | None]:
        """The Range headers of the downloads of one file."""
        return [span for method, asked, span in self.asked if method == "GET" and asked.endswith(path)]


@contextmanager
def serve_hub(files: dict[str, bytes]) -> Iterator[Hub]:
    """Serve files as a hub until the block ends."""
    hub = Hub(files)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            span = self.headers.get("Range")
            hub.asked.append((self.command, self.path, span))
            name = self.path.replace(f"/resolve/{REVISION}", "").strip("/")
            content = hub.files.get(name)
            if content is None:
                self.send_response(404)
                self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = int(span.removeprefix("bytes=").split("-")[0]) if span else 0
            self.send_response(206 if span else 200)
            self.send_header("X-Repo-Commit", REVISION)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(content) - start))
            if span:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            if not body:
                return
            limit = hub.broken_after.pop(name, None)
            self.wfile.write(content[start:] if limit is None else content[start : start + limit])
            if limit is not None:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
