"""Stand-ins for the two processes: they keep the same promises, and fail when a test tells them to."""

from __future__ import annotations

import hashlib
import json
import zlib
from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np

from host.core.errors import AppError, WorkerDied
from host.core.text import clean_text
from host.history.reader import Reading, finish
from host.storage.vector_spaces import VectorSpace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from host.workers.children import Reply

SIZE = 64
SPACE = VectorSpace("words", SIZE)


class InstantReader:
    """Takes what stands between tags; a passage for each line.

    Attributes:
        ready: whether it would look at a page now.
        late: keep answers back until `deliver`.
        failure: raised instead of an answer.
        asked: the URLs of the pages that it was given.
    """

    def __init__(self) -> None:
        self.ready = True
        self.late = False
        self.failure: AppError | None = None
        self.asked: list[str] = []
        self._waiting: list[tuple[Future[Reply], bytes]] = []

    def submit_html(self, html: bytes, url: str, *, compressed: bool = False) -> Future[Reply]:
        self.asked.append(url)
        if self.failure:
            raise self.failure
        future: Future[Reply] = Future()
        self._waiting.append((future, zlib.decompress(html) if compressed else html))
        if not self.late:
            self.deliver()
        return future

    def deliver(self, failure: AppError | None = None) -> None:
        """Answer everything that was kept back."""
        waiting, self._waiting = self._waiting, []
        for future, html in waiting:
            if failure:
                future.set_exception(failure)
            else:
                future.set_result(({}, json.dumps(_read(html)).encode()))

    def read_html(self, html: bytes, url: str, title: str, *, compressed: bool = False) -> Reading:
        self.asked.append(url)
        if self.failure:
            raise self.failure
        found = _read(zlib.decompress(html) if compressed else html)
        return finish(({}, json.dumps(found).encode()), title)

    def read_text(self, text: str, title: str, language: str | None) -> Reading:
        text = clean_text(text)
        found = {"title": title, "text": text, "language": language, "passages": _passages(text)}
        return finish(({}, json.dumps(found).encode()), title)


class WordEmbedder:
    """A bag of words as a vector: texts that share words are near each other.

    Attributes:
        size: of a vector.
        resting: it failed lately.
        texts: every passage that it was given.
        queries: every query.
        before: called with each batch before it is answered; may raise.
    """

    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self.resting = False
        self.texts: list[str] = []
        self.queries: list[str] = []
        self.before: Callable[[Sequence[str]], None] = lambda _texts: None

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.before(texts)
        self.texts.extend(texts)
        return np.stack([embed_words(text, self.size) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        self.queries.append(text)
        return embed_words(text, self.size)

    def wait_ready(self, timeout: float) -> bool:
        return timeout >= 0

    def forget_queries(self) -> None:
        self.queries.clear()


class Models:
    """The models that are installed, and the one that is wanted.

    Attributes:
        installed: by id.
        wanted: what is to be searched with, None for nothing.
    """

    def __init__(self, **sizes: int) -> None:
        self.installed = {model_id: WordEmbedder(size) for model_id, size in sizes.items()}
        self.wanted: VectorSpace | None = None

    def find(self, model_id: str) -> WordEmbedder | None:
        return self.installed.get(model_id)

    def want(self, model_id: str) -> None:
        """Choose a model that is installed."""
        self.wanted = VectorSpace(model_id, self.installed[model_id].size)


def embed_words(text: str, size: int = SIZE) -> NDArray[np.float32]:
    """One dimension a word, by its digest; of length 1."""
    vector = np.full(size, 1e-3, dtype=np.float32)
    for word in text.lower().split():
        vector[hashlib.sha256(word.encode("utf-8", "replace")).digest()[0] % size] += 1
    scaled: NDArray[np.float32] = vector / np.linalg.norm(vector)
    return scaled


def died() -> WorkerDied:
    """What a killed process costs."""
    return WorkerDied("The embedding model stopped.")


def _read(html: bytes) -> dict[str, object]:
    text = clean_text(html.decode().replace("<p>", "").replace("</p>", "\n"))
    head, _, body = text.rpartition("</title>")
    return {
        "title": head.removeprefix("<title>"),
        "text": body.strip(),
        "language": "en",
        "passages": _passages(body),
    }


def _passages(text: str) -> list[dict[str, str]]:
    return [{"heading": "", "text": line.strip()} for line in text.splitlines() if line.strip()]
