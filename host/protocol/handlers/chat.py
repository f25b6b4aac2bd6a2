"""`chat.*`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.chat import library
from host.chat.exchange import ChatRequest
from host.chat.export import name_file, write_markdown
from host.protocol import chat_messages as c
from host.protocol.handlers.chat_items import to_answer, to_ask_result, to_sources
from host.protocol.handlers.search import find_zone, make_filter
from host.storage.deletion import Selection, select_conversation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.exchange import Passage, Stage
    from host.chat.library import KeptConversation
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.storage.conversations import Conversation

# Leaves room for the rest of the answer in a frame of 1 MiB.
_MESSAGES_BYTES = 900_000
_EXPORT_CHARACTERS = 200_000


class _Stream:
    """Sends an answer to its caller while it is made; see `host.chat.listener.Listener`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def on_begin(self, conversation_id: int, question_id: int) -> None:
        self._send(conversation_id=conversation_id, question_id=question_id)

    def on_stage(self, stage: Stage) -> None:
        self._send(stage=stage)

    def on_searched(self, text: str) -> None:
        self._send(searched_for=text)

    def on_sources(self, passages: Sequence[Passage]) -> None:
        self._send(sources=[item.model_dump(exclude_none=True) for item in to_sources(passages)])

    def on_delta(self, text: str) -> None:
        self._send(delta=text)

    def on_reset(self) -> None:
        self._send(reset=True)

    def _send(self, **values: Any) -> None:
        self._call.progress(values)


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def ask(params: c.AskParams, call: Call) -> c.AskResult:
        profile = services.profile(call)
        answer = services.chat.ask(
            profile,
            ChatRequest(
                question=params.question,
                conversation_id=params.conversation_id,
                replaces=params.replaces,
                page_filter=make_filter(params.filters, profile),
                engine=params.engine,
                fresh=params.fresh,
                zone=find_zone(params.timezone),
                wait_s=params.wait_ms / 1000,
                keep=params.keep,
            ),
            _Stream(call),
            call.cancelled,
        )
        return to_ask_result(answer, *(answer.passing or library.get_answer(profile, answer.message_id)))

    def list_all(params: c.ChatListParams, call: Call) -> c.ChatListResult:
        found, total = library.find_conversations(
            services.profile(call), params.query, limit=params.limit, offset=params.offset
        )
        return c.ChatListResult(
            conversations=[_to_item(one.conversation, one.snippet) for one in found], total=total
        )

    def get(params: c.ConversationParams, call: Call) -> c.ConversationResult:
        kept = library.get_conversation(services.profile(call), params.conversation_id)
        messages = _to_messages(kept)
        fitting = _fit(messages)
        return c.ConversationResult(
            **_to_item(kept.conversation).model_dump(),
            messages=fitting,
            left_out=len(messages) - len(fitting),
        )

    def rename(params: c.RenameParams, call: Call) -> c.ConversationItem:
        return _to_item(
            library.rename_conversation(services.profile(call), params.conversation_id, params.title)
        )

    def delete(params: c.ChatDeleteParams, call: Call) -> c.ChatDeleteResult:
        profile, named = services.profile(call), params.conversation_id
        if params.all or named is None:
            selection = Selection(all_conversations=params.all)
        else:
            selection = profile.database.read(lambda connection: select_conversation(connection, named))
        return c.ChatDeleteResult(deleted=services.forget(profile, selection).deleted.conversations)

    def export(params: c.ExportParams, call: Call) -> c.ExportResult:
        kept = library.get_conversation(services.profile(call), params.conversation_id)
        text = write_markdown(kept, find_zone(params.timezone))
        part = text[params.offset : params.offset + _EXPORT_CHARACTERS]
        end = params.offset + len(part)
        return c.ExportResult(
            filename=name_file(kept.conversation.title),
            text=part,
            next_offset=end if end < len(text) else None,
        )

    return {
        "chat.ask": ask,
        "chat.list": list_all,
        "chat.get": get,
        "chat.rename": rename,
        "chat.delete": delete,
        "chat.export": export,
    }


def _to_item(conversation: Conversation, snippet: str = "") -> c.ConversationItem:
    return c.ConversationItem(
        conversation_id=conversation.id,
        title=conversation.title,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
        questions=conversation.questions,
        snippet=snippet,
    )


def _to_messages(kept: KeptConversation) -> list[c.MessageItem]:
    """Each question with its answer."""
    answers = {message.answers: message for message in kept.messages if message.role == "assistant"}
    return [
        c.MessageItem(
            question_id=message.id,
            question=message.text,
            created_at=message.created_at,
            answer=to_answer(answers[message.id]) if message.id in answers else None,
        )
        for message in kept.messages
        if message.role == "user"
    ]


def _fit(messages: list[c.MessageItem]) -> list[c.MessageItem]:
    """As many of the newest as one frame holds."""
    kept: list[c.MessageItem] = []
    room = _MESSAGES_BYTES
    for message in reversed(messages):
        room -= len(message.model_dump_json().encode("utf-8", errors="replace")) + 1
        if room < 0 and kept:
            break
        kept.append(message)
    return kept[::-1]
