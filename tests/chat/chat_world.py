"""A history of a few pages with the real models, and who hears its answers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from host.chat.exchange import ChatRequest
from host.chat.service import Chat, ChatModels
from host.history.capture import Capture, CapturedPage
from host.history.indexing import Indexer
from host.history.reader import Reader
from host.history.throttle import Throttle
from host.model_services import ModelServices
from host.search.service import Search
from tests.makers import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.chat.exchange import ChatAnswer, Passage, Stage
    from host.core.paths import Paths
    from host.history.profiles import Profile, Profiles

LOADING_S = 90.0
DAY_MS = 86_400_000


@dataclass
class Heard:
    """Remembers what it is told; see `host.chat.listener.Listener`.

    Attributes:
        events: what came, in order: ("stage", "searching"), ("delta", "It is"), …
        on_event: called after each.
    """

    events: list[tuple[str, Any]] = field(default_factory=list)
    on_event: Callable[[str, Any], None] = lambda _name, _value: None

    def on_begin(self, conversation_id: int, question_id: int) -> None:
        self._hear("begin", (conversation_id, question_id))

    def on_stage(self, stage: Stage) -> None:
        self._hear("stage", stage)

    def on_searched(self, text: str) -> None:
        self._hear("searched", text)

    def on_sources(self, passages: Sequence[Passage]) -> None:
        self._hear("sources", list(passages))

    def on_delta(self, text: str) -> None:
        self._hear("delta", text)

    def on_reset(self) -> None:
        self._hear("reset", None)

    def all(self, name: str) -> list[Any]:
        """The values of one kind of event."""
        return [value for known, value in self.events if known == name]

    @property
    def streamed(self) -> str:
        """What a reader has seen in the end."""
        text = ""
        for name, value in self.events:
            text = "" if name == "reset" else text + value if name == "delta" else text
        return text

    def _hear(self, name: str, value: Any) -> None:
        self.events.append((name, value))
        self.on_event(name, value)


class ChatWorld:
    """One profile, its pages, and everything that answers questions about them."""

    def __init__(self, paths: Paths, profiles: Profiles) -> None:
        """Load the embedding model; the language model is loaded when it is first asked.

        Args:
            paths: an installation whose models are there.
            profiles: of that installation.
        """
        self.models = ModelServices(
            paths, on_change=lambda: False, serving=frozenset, may_measure=lambda: False
        )
        throttle = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
        self.profile: Profile = profiles.open("talker")
        wanted = self.models.find_search_model()
        self.reader = Reader(window_tokens=wanted.context if wanted else None)
        self.indexer = Indexer(
            profiles.opened,
            self.reader,
            self.models.find_embedder,
            self.models.find_search_space,
            throttle,
        )
        self.indexer.prepare(self.profile)
        self.search = Search(self.models.find_embedder)
        self.chat = self.make_chat()
        space = self.models.find_search_space()
        embedder = self.models.find_embedder(space.model_id) if space else None
        assert embedder is not None, "The starter models are missing. Run: python3 -m tests"
        self.embedder = embedder
        assert embedder.wait_ready(LOADING_S), embedder.failure
        self._capture = Capture(self.reader)

    def make_chat(self, **changes: Any) -> Chat:
        """The service, with some of its models replaced."""
        parts: dict[str, Any] = {
            "find_embedder": lambda: self.embedder,
            "find_entailment": lambda: None,
            "find_writer": lambda: self.models.manager.find_entry_for("chat"),
            "lend_writer": self.models.runtime.lend_language,
        }
        return Chat(self.search, ChatModels(**{**parts, **changes}))

    def read(self, url: str, title: str, text: str, *, days_ago: int = 0, before: int = NOON) -> None:
        """Have a page captured, so many days before a time."""
        at = before - days_ago * DAY_MS
        outcome = self._capture.capture(
            self.profile, CapturedPage(url=url, visited_at=at, title=title, text=text)
        )
        assert outcome.status in {"stored", "updated", "unchanged"}, outcome

    def index(self) -> None:
        """Make all vectors."""
        while self.indexer.run_once():
            pass

    def ask(
        self,
        question: str,
        *,
        heard: Heard | None = None,
        cancelled: threading.Event | None = None,
        chat: Chat | None = None,
        **request: Any,
    ) -> ChatAnswer:
        """Ask, and wait for the answer."""
        return (chat or self.chat).ask(
            self.profile,
            ChatRequest(question, **request),
            heard or Heard(),
            cancelled or threading.Event(),
        )

    def close(self) -> None:
        """End the processes."""
        self.search.close()
        self.reader.close()
        self.models.close()
