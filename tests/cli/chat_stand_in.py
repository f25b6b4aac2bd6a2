"""A daemon that answers questions as a test tells it; see `tests.cli.stand_in`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.core.errors import NotFound
from host.protocol import chat_messages as c
from host.protocol import messages as m
from host.protocol.dispatch import Dispatcher
from host.protocol.server import Server
from tests.makers import NOON, WAIT_S

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from host.core.paths import Paths
    from host.protocol.dispatch import Call

URL = "https://tower.example/history"
QUOTE = "The tower was finished in 1889."


def make_answer(**values: Any) -> c.AskResult:
    """An answer that stands on one passage."""
    fields: dict[str, Any] = {
        "message_id": 2,
        "answer": "The tower was finished in 1889 \\[sic\\]. [1]",
        "sentences": [c.SentenceItem(text="The tower was finished in 1889.", citations=[1], supported=True)],
        "citations": [
            c.CitationItem(n=1, page_id=7, url=URL, title="The tower", quote=QUOTE, link=f"{URL}#:~:text=The")
        ],
        "sources": [
            c.SourceItem(
                n=1,
                page_id=7,
                url=URL,
                title="The tower",
                domain="tower.example",
                passage=QUOTE,
                visited_at=NOON,
            ),
            c.SourceItem(
                n=2,
                page_id=8,
                url="https://other.example/",
                title="Another\x1b[31m page",
                domain="other.example",
                passage="Something else.",
                visited_at=NOON,
            ),
        ],
        "grounded": True,
        "state": "complete",
        "engine": "extractive",
        "model": "mini",
        "created_at": NOON,
        "conversation_id": 5,
        "question_id": 1,
        "title": "When was the tower finished?",
        "timings": c.TimingsItem(sources_ms=1.0, total_ms=2.0),
    }
    return c.AskResult(**{**fields, **values})


class ChatStandIn:
    """A daemon with one conversation.

    Attributes:
        answer: to every question.
        reports: what is sent before it.
        asked: every request, as (method, parameters).
        hold: whether a question waits to be taken back after its reports; it is then answered as stopped.
        waiting: set when one waits.
        conversations: what there is.
    """

    def __init__(self, paths: Paths, waiting: threading.Event) -> None:
        self.answer = make_answer()
        self.reports: list[dict[str, Any]] = [
            {"conversation_id": 5, "question_id": 1},
            {"stage": "searching"},
            {"stage": "writing"},
            {"delta": "The tower was finished in 1889 \\"},
            {"delta": "[sic\\]. [1]"},
        ]
        self.asked: list[tuple[str, Any]] = []
        self.hold = False
        self.waiting = waiting
        self.conversations = [
            c.ConversationItem(
                conversation_id=5, title="When was it?", created_at=NOON, updated_at=NOON, questions=1
            )
        ]
        handlers: dict[str, Callable[[Any, Call], Any]] = {
            "hello": self._hello,
            "chat.ask": self._ask,
            "chat.list": self._list,
            "chat.get": self._get,
            "chat.rename": self._rename,
            "chat.delete": self._delete,
            "chat.export": self._export,
        }
        self._server = Server(paths, Dispatcher(handlers))

    def stop(self) -> None:
        """End every connection."""
        self._server.close()

    def _hello(self, params: m.HelloParams, call: Call) -> m.HelloResult:
        call.session.profile_id = params.profile_id or "tester"
        return m.HelloResult(
            version="1",
            protocol=1,
            database=m.DatabaseInfo(profile_id=call.session.profile_id, pages=2),
            capabilities=[],
            models=[],
            degraded=[],
        )

    def _ask(self, params: c.AskParams, call: Call) -> c.AskResult:
        self.asked.append(("chat.ask", params))
        for report in self.reports:
            call.progress(report)
        if self.hold:
            self.waiting.set()
            assert call.cancelled.wait(WAIT_S)
            return self.answer.model_copy(update={"state": "stopped"})
        return self.answer

    def _list(self, params: c.ChatListParams, _call: Call) -> c.ChatListResult:
        self.asked.append(("chat.list", params))
        found = [item for item in self.conversations if params.query in item.title]
        return c.ChatListResult(conversations=found[: params.limit], total=len(found))

    def _get(self, params: c.ConversationParams, _call: Call) -> c.ConversationResult:
        item = self._find(params.conversation_id)
        shown = c.AnswerItem(
            **{name: getattr(self.answer, name) for name in c.AnswerItem.model_fields}  # the wire's own shape
        )
        asked = c.MessageItem(question_id=1, question="When was it?", created_at=NOON, answer=shown)
        open_one = c.MessageItem(question_id=3, question="And why?", created_at=NOON)
        return c.ConversationResult(**item.model_dump(), messages=[asked, open_one])

    def _rename(self, params: c.RenameParams, _call: Call) -> c.ConversationItem:
        self._find(params.conversation_id)
        return self.conversations[0].model_copy(update={"title": params.title})

    def _delete(self, params: c.ChatDeleteParams, _call: Call) -> c.ChatDeleteResult:
        self.asked.append(("chat.delete", params))
        return c.ChatDeleteResult(deleted=len(self.conversations) if params.all else 1)

    def _export(self, params: c.ExportParams, _call: Call) -> c.ExportResult:
        text = "# When was it?\n\nIn 1889.\n"
        part = text[params.offset : params.offset + 10]
        end = params.offset + len(part)
        return c.ExportResult(
            filename="when-was-it.md", text=part, next_offset=end if end < len(text) else None
        )

    def _find(self, conversation_id: int) -> c.ConversationItem:
        for item in self.conversations:
            if item.conversation_id == conversation_id:
                return item
        message = "There is no such conversation."
        raise NotFound(message)
