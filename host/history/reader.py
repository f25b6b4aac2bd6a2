"""From a captured page to its text and passages, through the reader process."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.core.text import clean_line, clean_text
from host.storage.pages import ChunkText, PageContent
from host.workers.client import Worker

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from host.workers.children import Reply

# A page of 20 MB takes a few seconds; a hostile one is given up.
READ_TIMEOUT_S = 60.0
# A title beyond this is no title; it would only fill answers.
MAX_TITLE = 1000


@dataclass(frozen=True)
class Reading:
    """What the reader made of a page, ready to be stored."""

    content: PageContent
    chunks: tuple[ChunkText, ...]


class Reader:
    """Reads pages in a process of its own; safe to use from several threads."""

    def __init__(self, *, window_tokens: int | None = None, log_file: Path | None = None) -> None:
        self.worker = Worker(
            "page reader",
            "host.history.reader_worker",
            {"window_tokens": window_tokens},
            log_file=log_file,
        )

    def warm_up(self) -> None:
        """Begin to start the process; returns at once."""
        self.worker.start()

    @property
    def ready(self) -> bool:
        """Whether a page would be looked at now; when not, the process is started."""
        return self.worker.wait_ready(0.0)

    def submit_html(self, html: bytes, url: str, *, compressed: bool = False) -> Future[Reply]:
        """Ask for a page to be read; `finish` turns the answer into a `Reading`."""
        header = {"url": url, "compressed": compressed}
        return self.worker.submit(
            "extract",
            header,
            html,
            timeout=READ_TIMEOUT_S,
            lane="background" if compressed else "interactive",
        )

    def read_html(self, html: bytes, url: str, title: str, *, compressed: bool = False) -> Reading:
        """Read a page and wait for it.

        Args:
            html: UTF-8, or its zlib form when `compressed`.
            url: its address.
            title: its title as the browser showed it; empty to take the page's own.
            compressed: it is from the queue, and waits behind fresh pages.

        Raises:
            WorkerDied, WorkerError, Timeout: the page could not be read.
        """
        header = {"url": url, "compressed": compressed}
        reply = self.worker.request(
            "extract",
            header,
            html,
            timeout=READ_TIMEOUT_S,
            lane="background" if compressed else "interactive",
        )
        return finish(reply, title)

    def read_text(self, text: str, title: str, language: str | None) -> Reading:
        """Passages of plain text that a caller has extracted itself."""
        text = clean_text(text)
        payload = text.encode("utf-8", errors="replace")
        _, data = self.worker.request("split", {}, payload, timeout=READ_TIMEOUT_S)
        return _to_reading({"title": title, "text": text, "language": language, **json.loads(data)}, title)

    def close(self) -> None:
        """End the process."""
        self.worker.stop()


def finish(reply: Reply, title: str) -> Reading:
    """The reading in an answer to `submit_html`."""
    return _to_reading(json.loads(reply[1]), title)


def hash_text(*parts: str) -> str:
    """A digest of some text; parts are kept apart."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", errors="surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()


def _to_reading(found: dict[str, Any], title: str) -> Reading:
    title = clean_line(title or str(found.get("title") or ""), limit=MAX_TITLE)
    text = str(found["text"])
    content = PageContent(
        title=title,
        text=text,
        content_hash=hash_text(title, text),
        language=found.get("language"),
        author=found.get("author"),
        published_at=found.get("published_at"),
    )
    chunks = tuple(
        ChunkText(
            position=position,
            heading=passage["heading"],
            text=passage["text"],
            text_hash=hash_text(title, passage["heading"], passage["text"]),
        )
        for position, passage in enumerate(found["passages"])
    )
    return Reading(content, chunks)
