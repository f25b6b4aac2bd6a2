"""A conversation as a Markdown document."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from host.chat.cleaning import clean_title
from host.chat.exchange import Sentence
from host.chat.links import is_web_address, make_link
from host.chat.marks import mark
from host.chat.plain_markdown import quote_markdown, set_mail_apart

if TYPE_CHECKING:
    from datetime import tzinfo

    from host.chat.library import KeptConversation
    from host.storage.conversations import StoredMessage

_UNFIT = re.compile(r"[^\w .-]+")
REMOVED = "*(removed with its page)*"


def name_file(title: str) -> str:
    """A file's name for a conversation, good on every system."""
    name = " ".join(_UNFIT.sub(" ", title).split()).strip(". ")[:60].strip(". ")
    return f"{name or 'conversation'}.md"


def write_markdown(kept: KeptConversation, zone: tzinfo | None = None) -> str:
    """The conversation with its sources after each answer, numbered as in the text.

    Args:
        kept: the conversation.
        zone: of its dates; UTC by default.
    """
    parts = [f"# {quote_markdown(kept.conversation.title)}", _day(kept.conversation.created_at, zone)]
    for message in kept.messages:
        if message.role == "user":
            parts.append(f"## {quote_markdown(' '.join(message.text.split()))}")
        else:
            parts.append(_write_answer(message))
            parts.append(_write_sources(message, zone))
    return "\n\n".join(part for part in parts if part) + "\n"


def _write_answer(message: StoredMessage) -> str:
    pieces: list[str] = []
    for sentence in message.sentences:
        if sentence.removed:
            if not pieces or pieces[-1] != f" {REMOVED}":
                pieces.append(f" {REMOVED}")
            continue
        text = set_mail_apart(sentence.text)
        body = text.rstrip()
        marks = mark(Sentence(text, sentence.citations, sentence.supported))
        # A backslash keeps a renderer from taking [1] for the label of a link.
        pieces.append(f"{body}{marks.replace('[', chr(92) + '[')}{text[len(body) :]}")
    return "".join(pieces).strip() or "*(no answer)*"


def _write_sources(message: StoredMessage, zone: tzinfo | None) -> str:
    lines = []
    for source in message.sources:
        if not source.cited or not is_web_address(source.url):
            continue
        title = quote_markdown(clean_title(source.title) or source.domain)
        link = make_link(source.url, source.quote).replace("(", "%28").replace(")", "%29").replace(" ", "%20")
        lines.append(f"{source.n}. [{title}](<{link}>), read {_day(source.visited_at, zone)}")
        if source.quote:
            lines.append(f"   > {quote_markdown(' '.join(source.quote.split()))}")
    return "\n".join(lines)


def _day(at_ms: int, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone or UTC).strftime("%Y-%m-%d")
