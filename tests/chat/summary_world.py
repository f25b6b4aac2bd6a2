"""Stand-ins for the models that summaries are made with, and pages to be summarised."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from host.chat.service import ChatModels
from host.core.errors import Cancelled
from host.history.capture import Capture, CapturedPage
from host.models.language_answers import Generation
from host.models.registry import ModelEntry
from host.storage import summaries
from tests.history.stand_ins import InstantReader, embed_words
from tests.makers import NOON

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from host.history.profiles import Profile
    from host.models.language import LanguageModel, Message
    from host.storage.summaries import StoredSummary
    from host.workers.client import Lane

TITLE = "Green tea leaves"
ARTICLE = (
    "Green tea is made from tea leaves that are not withered.\n"
    "The leaves of green tea are steamed in Japan and roasted in China.\n"
    "Water of seventy degrees suits most green tea leaves best.\n"
    "My neighbour owns a red bicycle with a broken bell."
)
WRITER = ModelEntry(
    id="writer",
    name="Writer",
    type="instruction",
    format="gguf",
    licence="MIT",
    context=4096,
    size=2_000_000_000,
    memory=2_000_000_000,
    files=(),
    sources=(),
    writes=True,
)


class Embedder:
    """A bag of words as a vector.

    Attributes:
        lanes: of its requests.
        before: called with the texts of each request; may raise.
    """

    model_id = "bag"
    query_prefix = ""
    passage_prefix = ""

    def __init__(self) -> None:
        self.lanes: list[str] = []
        self.before: Callable[[Sequence[str]], None] = lambda _texts: None

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return embed_words(text)

    def embed_texts(
        self, texts: Sequence[str], *, lane: Lane = "background", cancelled: threading.Event | None = None
    ) -> NDArray[np.float32]:
        self.lanes.append(lane)
        self.before(texts)
        if cancelled is not None and cancelled.is_set():
            message = "The request was cancelled."
            raise Cancelled(message)
        return np.stack([embed_words(text) for text in texts])


class Writer:
    """Writes what it is told to.

    Attributes:
        answer: its text.
        stopped_by: how it ends.
        asked: the messages of each request.
        lanes: of its requests.
        failure: raised instead of an answer.
    """

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.stopped_by: Any = "end"
        self.asked: list[list[Message]] = []
        self.lanes: list[str] = []
        self.failure: Exception | None = None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def generate(
        self, messages: Sequence[Message], *, max_tokens: int, lane: Lane, cancelled: threading.Event | None
    ) -> Generation:
        self.asked.append(list(messages))
        self.lanes.append(lane)
        if self.failure is not None:
            raise self.failure
        if cancelled is not None and cancelled.is_set():
            message = "The request was cancelled."
            raise Cancelled(message)
        return Generation(self.answer, self.stopped_by, 10, 10, max_tokens, 0.1, 0.1)


def make_models(embedder: Embedder | None = None, writer: Writer | None = None) -> ChatModels:
    """The models of chat with these in them."""

    @contextlib.contextmanager
    def lend(_model_id: str, _cancelled: threading.Event) -> Iterator[LanguageModel]:
        yield cast("LanguageModel", writer)

    return ChatModels(
        find_embedder=lambda: embedder,
        find_entailment=lambda: None,
        find_writer=lambda: WRITER if writer else None,
        lend_writer=lend,
    )


def read_page(profile: Profile, text: str = ARTICLE, title: str = TITLE, number: int = 1) -> int:
    """Have a page captured; returns its id."""
    html = "".join(f"<p>{line}</p>" for line in text.splitlines())
    page = CapturedPage(f"https://{number}.example/", NOON + number, title, html=html)
    page_id = Capture(InstantReader()).capture(profile, page).page_id
    assert page_id is not None
    return page_id


def find_summary(profile: Profile, page_id: int) -> StoredSummary | None:
    """What is stored for a page."""
    return profile.database.read(lambda connection: summaries.read_summary(connection, page_id))
