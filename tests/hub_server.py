"""A model hub on the loopback: the part of its protocol that downloads use, with faults on demand.

It keeps its large files (LFS) on a second address, as the real one does, and sends there by a redirect.
"""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REVISION = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_" + "t" * 34
LARGE = (".safetensors", ".gguf", ".bin", ".model")

# drop: cut the connection after `after` bytes. stall: send `after` bytes, then nothing until `release`.
# wrong: the last byte is another. A number: that status.
Fault = Literal["drop", "stall", "wrong", "401", "403", "404", "429", "500", "503"]


@dataclass
class Repository:
    """What the hub has under one name."""

    files: dict[str, bytes]
    revision: str
    gated: bool
    private: bool
    card: dict[str, Any]
    gguf: dict[str, Any] | None


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    range: str | None
    token: str | None


@dataclass
class _Planned:
    kind: Fault
    times: int
    after: int
    retry_after: str | None
    then: Callable[[], None]


@dataclass
class HubServer:
    """The hub; a context manager.

    Attributes:
        requests: everything that was asked, in order.
        stalled: set when a download stands still because of a `stall`.
        url: for `HF_ENDPOINT`.
    """

    requests: list[Request] = field(default_factory=list)
    stalled: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    _repositories: dict[str, Repository] = field(default_factory=dict)
    _faults: dict[str, list[_Planned]] = field(default_factory=dict)
    _released: threading.Event = field(default_factory=threading.Event)
    _servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = field(default_factory=list)
    store_url: str = ""

    def __enter__(self) -> HubServer:
        self.url = self._serve("127.0.0.1")
        # Another host name, so that a client that sends its token everywhere is caught.
        self.store_url = self._serve("127.0.0.1").replace("127.0.0.1", "localhost")
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        for server, thread in self._servers:
            server.shutdown()
            server.server_close()
            thread.join()

    def add_repository(
        self,
        name: str,
        files: Mapping[str, bytes],
        *,
        revision: str = REVISION,
        gated: bool = False,
        private: bool = False,
        card: dict[str, Any] | None = None,
        gguf: dict[str, Any] | None = None,
    ) -> None:
        """Serve files under owner/name; a second call replaces them."""
        self._repositories[name] = Repository(dict(files), revision, gated, private, card or {}, gguf)

    def fail(
        self,
        path: str,
        kind: Fault,
        times: int = 1,
        after: int = 0,
        *,
        retry_after: str | None = None,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Make the next requests of something fail.

        Args:
            path: how the path of a file ends, or `api` for the questions about repositories.
            kind: how it fails.
            times: how many requests.
            after: bytes of the file that come first.
            retry_after: header of a 429 or 503.
            then: called when it has failed.
        """
        self._faults.setdefault(path, []).append(_Planned(kind, times, after, retry_after, then))

    def release(self) -> None:
        """Let a download go that stands still."""
        self._released.set()

    def ranges(self, path: str) -> list[str | None]:
        """The Range headers of the requests that asked for the content of a file, redirects not counted."""
        found = [one for one in self.requests if one.method == "GET" and one.path.endswith(path)]
        served = [one for one in found if one.path.startswith("/store/") or not path.endswith(LARGE)]
        return [one.range for one in served]

    def _serve(self, host: str) -> str:
        hub = self

        class Handler(_Handler):
            served = hub

        server = ThreadingHTTPServer((host, 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self._servers.append((server, thread))
        return f"http://{host}:{server.server_address[1]}"

    def take_fault(self, path: str) -> _Planned | None:
        """The fault that is due for a request, if one is."""
        for ending, planned in self._faults.items():
            if not (path.endswith(ending) or (ending == "api" and path.startswith("/api/"))) or not planned:
                continue
            first = planned[0]
            first.times -= 1
            if first.times <= 0:
                planned.pop(0)
            return first
        return None

    def wait_for_release(self) -> None:
        """Stand still."""
        self.stalled.set()
        self._released.wait(60)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: HubServer

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        pass

    def _answer(self, body: bytes = b"") -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        self.served.requests.append(Request(self.command, path, self.headers.get("Range"), token))
        fault = None if self._redirects(path) else self.served.take_fault(path)
        if fault is not None and fault.kind.isdigit():
            headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
            self._send(int(fault.kind), b"", headers)
            fault.then()
            return
        try:
            if path.startswith("/api/models/"):
                self._answer_question(path.removeprefix("/api/models/"), body)
            elif path.startswith("/store/"):
                name, _, file = path.removeprefix("/store/").partition("/-/")
                self._send_file(self.served._repositories[name], file, fault)
            elif "/resolve/" in path:
                self._resolve(path.lstrip("/"), fault)
            else:
                self._send(404, b"")
        except BrokenPipeError:
            self.close_connection = True

    def _redirects(self, path: str) -> bool:
        return "/resolve/" in path and path.endswith(LARGE)

    def _find(self, name: str, revision: str) -> Repository | None:
        repository = self.served._repositories.get(name)
        if repository is None or (repository.private and self.served.requests[-1].token != TOKEN):
            self._send(401, b"", {"X-Error-Code": "RepoNotFound"})
            return None
        if revision not in (repository.revision, "main"):
            self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})
            return None
        return repository

    def _answer_question(self, asked: str, body: bytes) -> None:
        parts = asked.split("/")
        name, what = "/".join(parts[:2]), parts[2] if len(parts) > 2 else "revision"
        revision = parts[3] if len(parts) > 3 else "main"
        repository = self._find(name, revision)
        if repository is None:
            return
        if what == "revision":
            self._send_json(describe_repository(name, repository))
        elif what == "tree":
            self._send_json([describe_file(path, data) for path, data in repository.files.items()])
        elif what == "paths-info":
            values = urllib.parse.parse_qs(body.decode()).get("paths") or json.loads(body)["paths"]
            known = repository.files
            self._send_json([describe_file(path, known[path]) for path in values if path in known])
        else:
            self._send(404, b"")

    def _resolve(self, asked: str, fault: _Planned | None) -> None:
        name, _, rest = asked.partition("/resolve/")
        revision, _, file = rest.partition("/")
        repository = self._find(name, revision)
        if repository is None:
            return
        if repository.gated and self.served.requests[-1].token != TOKEN:
            self._send(401, b"", {"X-Error-Code": "GatedRepo"})
        elif file not in repository.files:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
        elif file.endswith(LARGE):
            content = repository.files[file]
            self._send(
                302,
                b"",
                {
                    "Location": f"{self.served.store_url}/store/{name}/-/{urllib.parse.quote(file)}",
                    "X-Repo-Commit": repository.revision,
                    "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
                    "X-Linked-Size": str(len(content)),
                },
            )
        else:
            self._send_file(repository, file, fault)

    def _send_file(self, repository: Repository, file: str, fault: _Planned | None) -> None:
        content = repository.files[file]
        etag = hashlib.sha256(content).hexdigest() if file.endswith(LARGE) else name_as_git(content)
        if fault is not None and fault.kind == "wrong":
            content = content[:-1] + bytes([content[-1] ^ 255])
        span = self.headers.get("Range")
        start = int(span.removeprefix("bytes=").split("-")[0]) if span else 0
        if start >= len(content) > 0:
            self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        headers = {"X-Repo-Commit": repository.revision, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if span:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        part = content[start:]
        if fault is None or fault.kind == "wrong":
            self._send(206 if span else 200, part, headers)
            if fault is not None:
                fault.then()
            return
        self._send(206 if span else 200, part[: fault.after], headers, promised=len(part))
        self.wfile.flush()
        fault.then()
        if fault.kind == "stall":
            self.served.wait_for_release()
        self.close_connection = True

    def _send_json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, promised: int | None = None
    ) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body) if promised is None else promised))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def name_as_git(content: bytes) -> str:
    """The SHA-1 under which git keeps a file."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def describe_file(path: str, content: bytes) -> dict[str, Any]:
    """A file as the hub lists it in a tree."""
    described: dict[str, Any] = {
        "type": "file", "path": path, "size": len(content), "oid": name_as_git(content),
    }  # fmt: skip
    if path.endswith(LARGE):
        described["lfs"] = {
            "oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134,
        }  # fmt: skip
    return described


def describe_repository(name: str, repository: Repository) -> dict[str, Any]:
    """A repository as the hub tells of it, with the sizes and checksums of its files."""
    siblings = []
    for path, content in repository.files.items():
        one = {"rfilename": path, "size": len(content), "blobId": name_as_git(content)}
        if path.endswith(LARGE):
            digest = hashlib.sha256(content).hexdigest()
            one["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 134}
        siblings.append(one)
    return {
        "_id": "0", "id": name, "modelId": name, "sha": repository.revision, "private": repository.private,
        "gated": "manual" if repository.gated else False, "cardData": repository.card, "tags": [],
        "siblings": siblings, "gguf": repository.gguf,
    }  # fmt: skip
