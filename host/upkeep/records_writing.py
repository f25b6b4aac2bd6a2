"""Records as objects for JSON. What is None or empty is left out."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from host.storage.records import (
    CategoryRecord,
    CitationRecord,
    ConversationRecord,
    MessageRecord,
    PageRecord,
    PassageRecord,
    Record,
    SettingRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.storage.conversations import StoredSentence


def write_line(values: dict[str, Any]) -> bytes:
    """An object as a line."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_write_bytes)
    # What is no character in the database is none here either.
    return text.encode("utf-8", errors="replace") + b"\n"


def describe_record(record: Record) -> dict[str, Any]:
    """A record's values by name, as `read_record` takes them; bytes are left as they are."""
    describe: Callable[[Any], dict[str, Any]] = _DESCRIBERS.get(type(record), _describe_plain)
    return {"kind": record.kind, **describe(record)}


def _describe_conversation(record: ConversationRecord) -> dict[str, Any]:
    return {
        "title": record.title,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "messages": [_describe_message(message) for message in record.messages],
    }


def _describe_category(record: CategoryRecord) -> dict[str, Any]:
    category = record.category
    return _leave_out_none(**{**asdict(category), "examples": list(category.examples)})


def _describe_plain(record: Record) -> dict[str, Any]:
    return _leave_out_none(**asdict(record))


def _describe_setting(record: SettingRecord) -> dict[str, Any]:
    return {"key": record.key, "value": record.value}


def _describe_page(page: PageRecord) -> dict[str, Any]:
    found = _leave_out_none(
        url=page.url,
        title=page.title,
        first_visit_at=page.first_visit_at,
        last_visit_at=page.last_visit_at,
        visit_count=page.visit_count,
        captured_at=page.captured_at,
        language=page.language,
        author=page.author,
        published_at=page.published_at,
        favicon_url=page.favicon_url,
        summary=page.summary,
        summary_model=page.summary_model,
        category=page.category,
        category_confidence=page.category_confidence,
        category_stamp=page.category_stamp,
        text=page.text or None,
    )
    found["addresses"] = [
        {"url": address.url, "last_visit_at": address.last_visit_at} for address in page.addresses
    ]
    found["visits"] = [_leave_out_none(at=visit.at, transition=visit.transition) for visit in page.visits]
    if page.passages:
        found["passages"] = [_describe_passage(passage) for passage in page.passages]
    if page.lead_known:
        found["lead"] = _leave_out_none(vector=page.lead)
    if page.unread is not None:
        found["unread"] = {"captured_at": page.unread.captured_at, "html": page.unread.html}
    return found


def _describe_passage(passage: PassageRecord) -> dict[str, Any]:
    return _leave_out_none(
        position=passage.position,
        heading=passage.heading or None,
        text=passage.text,
        vector=passage.vector,
    )


def _describe_message(message: MessageRecord) -> dict[str, Any]:
    found = _leave_out_none(
        role=message.role,
        created_at=message.created_at,
        state=message.state,
        text=message.text or None,
        answers=message.answers,
        engine=message.engine,
        model=message.model,
        shown=message.shown or None,
        raw=message.raw or None,
    )
    if message.details:
        found["details"] = dict(message.details)
    if message.sentences:
        found["sentences"] = [_describe_sentence(sentence) for sentence in message.sentences]
    if message.citations:
        found["citations"] = [_describe_citation(citation) for citation in message.citations]
    if message.pages:
        found["pages"] = list(message.pages)
    return found


def _describe_sentence(sentence: StoredSentence) -> dict[str, Any]:
    return _leave_out_none(
        text=sentence.text,
        supported=sentence.supported,
        citations=list(sentence.citations) or None,
        removed=sentence.removed or None,
    )


def _describe_citation(citation: CitationRecord) -> dict[str, Any]:
    return _leave_out_none(
        n=citation.n,
        url=citation.url,
        position=citation.position,
        heading=citation.heading or None,
        passage=citation.passage,
        quote=citation.quote or None,
        cited=citation.cited,
    )


def _leave_out_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _write_bytes(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    message = f"{type(value).__name__} has no form in JSON"
    raise TypeError(message)


_DESCRIBERS: dict[type[Record], Callable[[Any], dict[str, Any]]] = {
    PageRecord: _describe_page,
    ConversationRecord: _describe_conversation,
    CategoryRecord: _describe_category,
    SettingRecord: _describe_setting,
}
