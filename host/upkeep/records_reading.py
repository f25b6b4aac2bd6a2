"""Objects from a stranger as records: everything is checked, nothing is believed."""

from __future__ import annotations

import json
import math
import re
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from host.core.urls import canonicalize_url, is_capturable
from host.history.reader import hash_text
from host.storage.categories import StoredCategory
from host.storage.conversations import Role, State, StoredSentence
from host.storage.records import (
    KINDS,
    AddressRecord,
    CategoryRecord,
    CitationRecord,
    ConversationRecord,
    CorrectionRecord,
    GrowthRecord,
    MessageRecord,
    OriginRecord,
    PageRecord,
    PassageRecord,
    RawPage,
    Record,
    SavedQueryRecord,
    SettingRecord,
    VisitRecord,
)
from host.upkeep.records_checks import Fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.storage.vector_spaces import VectorSpace

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_URL = 65_536
_TITLE = 100_000
_WORD = 200
_PAGE_TEXT = 64 << 20
_TEXT = 4_000_000
_MANY = 1_000_000
_HTML_BYTES = 64 << 20
_COUNT = 1_000_000_000
_BIG = 2**53
# JSON of what a setting or the details of an answer may hold, in characters.
_SMALL = 200_000


def read_record(values: dict[str, Any], space: VectorSpace | None) -> Record:
    """The record that an object is.

    Args:
        values: as `describe_record` makes them; bytes may be base64, and what is unknown is passed over.
        space: what the vectors were made with; without it none are expected.

    Raises:
        UnfitValueError: says what is wrong, and what was expected.
    """
    kind = Fields(values, "record").choice("kind", KINDS)
    fields = Fields(values, kind)
    if kind == PageRecord.kind:
        return _read_page(fields, space)
    return _READERS[kind](fields)


def _read_page(fields: Fields, space: VectorSpace | None) -> PageRecord:
    url = _read_page_url(fields, "url")
    title, text = fields.text("title", _TITLE, ""), fields.text("text", _PAGE_TEXT, "")
    captured_at = fields.optional_time("captured_at")
    first, last = fields.time("first_visit_at"), fields.time("last_visit_at")
    if first > last:
        raise fields.unfit("first_visit_at", "must not be later than last_visit_at")
    passages = tuple(_read_passage(each, title, space) for each in fields.objects("passages", _MANY))
    if len({passage.position for passage in passages}) != len(passages):
        raise fields.unfit("passages", "must not have a position twice")
    lead = Fields(fields.value("lead"), "page.lead") if fields.has("lead") and space else None
    return PageRecord(
        url=url,
        first_visit_at=first,
        last_visit_at=last,
        visit_count=fields.integer("visit_count", 0, _COUNT),
        title=title,
        text=text,
        summary=fields.optional_text("summary", _TEXT),
        summary_model=fields.optional_text("summary_model", _WORD),
        favicon_url=_read_icon(fields),
        language=fields.optional_text("language", _WORD),
        author=fields.optional_text("author", _TITLE),
        published_at=fields.optional_time("published_at"),
        content_hash=None if captured_at is None else hash_text(title, text),
        captured_at=captured_at,
        category=fields.optional_text("category", _WORD),
        category_confidence=fields.share("category_confidence"),
        category_stamp=fields.optional_text("category_stamp", _WORD),
        addresses=tuple(
            AddressRecord(each.text("url", _URL), each.time("last_visit_at"))
            for each in fields.objects("addresses", _MANY)
        ),
        visits=tuple(
            VisitRecord(each.time("at"), each.optional_text("transition", _WORD))
            for each in fields.objects("visits", _MANY)
        ),
        passages=passages,
        lead=_read_vector(lead, space) if lead and space else None,
        lead_known=lead is not None,
        unread=_read_unread(fields),
    )


def _read_page_url(fields: Fields, name: str) -> str:
    url = _canonicalize(fields.text(name, _URL))
    if url is None:
        raise fields.unfit(name, "must be an http or https address")
    return url


@lru_cache(maxsize=10_000)
def _canonicalize(url: str) -> str | None:
    # Visits name the pages beside them again.
    return canonicalize_url(url) if is_capturable(url) else None


def _read_icon(fields: Fields) -> str | None:
    url = fields.optional_text("favicon_url", _URL)
    return url if url and url.startswith(("http://", "https://")) else None


def _read_passage(fields: Fields, title: str, space: VectorSpace | None) -> PassageRecord:
    heading, text = fields.text("heading", _TITLE, ""), fields.text("text", _PAGE_TEXT)
    return PassageRecord(
        position=fields.integer("position", 0, _COUNT),
        heading=heading,
        text=text,
        text_hash=hash_text(title, heading, text),
        vector=_read_vector(fields, space) if space else None,
    )


def _read_vector(fields: Fields, space: VectorSpace) -> bytes | None:
    if fields.value("vector") is None:
        return None
    data = fields.data("vector", 4 * space.dimensions)
    if len(data) != 4 * space.dimensions:
        raise fields.unfit("vector", f"must have {space.dimensions} numbers")
    values = np.frombuffer(data, dtype="<f4").astype(np.float64)
    length = math.sqrt(float(values @ values))
    if not abs(length - 1) < 0.01:
        raise fields.unfit("vector", "must be of length 1")
    return data


def _read_unread(fields: Fields) -> RawPage | None:
    if fields.value("unread") is None:
        return None
    unread = Fields(fields.value("unread"), "page.unread")
    html = unread.data("html", _HTML_BYTES)
    opener = zlib.decompressobj()
    try:
        opened = opener.decompress(html, _HTML_BYTES)
    except zlib.error:
        raise unread.unfit("html", "must be compressed by zlib") from None
    if not opener.eof or len(opened) > _HTML_BYTES:
        raise unread.unfit("html", f"must be a page of at most {_HTML_BYTES >> 20} MiB, compressed by zlib")
    return RawPage(unread.time("captured_at"), html)


def _read_origin(fields: Fields) -> OriginRecord:
    return OriginRecord(
        url=_read_page_url(fields, "url"),
        at=fields.time("at"),
        from_url=_read_page_url(fields, "from_url"),
        from_at=fields.time("from_at"),
    )


def _read_category(fields: Fields) -> CategoryRecord:
    category = StoredCategory(
        key=fields.text("key", 60),
        name=fields.text("name", 60),
        description=fields.optional_text("description", 1000),
        colour=fields.text("colour", 20, "grey"),
        examples=fields.texts("examples", 1000, 1000),
        enabled=fields.flag("enabled", default=True),
        builtin=fields.flag("builtin"),
        position=fields.integer("position", 0, _COUNT, 0),
        updated_at=fields.integer("updated_at", 0, _BIG, 0),
    )
    if not category.key or not category.name.strip():
        raise fields.unfit("name", "must not be empty, nor the key")
    return CategoryRecord(category)


def _read_setting(fields: Fields) -> SettingRecord:
    key = fields.text("key", _WORD)
    if not fields.has("value"):
        raise fields.unfit("value", "must be there")
    return SettingRecord(key, _check_small(fields, "value"))


def _check_small(fields: Fields, name: str) -> Any:
    """A JSON value that is not large, and all of whose texts are whole."""
    value = fields.value(name)
    Fields({name: json.dumps(value, ensure_ascii=False)}, fields.where).text(name, _SMALL)
    return value


def _read_saved_query(fields: Fields) -> SavedQueryRecord:
    name = fields.text("name", _WORD)
    if not name.strip():
        raise fields.unfit("name", "must not be empty")
    return SavedQueryRecord(name, fields.text("sql", 1_000_000), fields.time("updated_at"))


def _read_growth(fields: Fields) -> GrowthRecord:
    day = fields.text("day", 10)
    if not _DAY.fullmatch(day):
        raise fields.unfit("day", "must be YYYY-MM-DD")
    return GrowthRecord(day, fields.integer("pages", 0, _BIG), fields.integer("bytes", 0, _BIG))


def _read_correction(fields: Fields) -> CorrectionRecord:
    return CorrectionRecord(
        url=fields.text("url", _URL),
        title=fields.text("title", _TITLE, ""),
        category=fields.optional_text("category", 60),
        origin=fields.optional_text("origin", 60),
        created_at=fields.time("created_at"),
    )


def _read_conversation(fields: Fields) -> ConversationRecord:
    messages: list[MessageRecord] = []
    for each in fields.objects("messages", _MANY):
        message = _read_message(each)
        if message.role == "assistant" and not (
            message.answers is not None
            and message.answers < len(messages)
            and messages[message.answers].role == "user"
        ):
            raise each.unfit("answers", "must be the place of an earlier question, from 0")
        messages.append(message)
    return ConversationRecord(
        title=fields.text("title", _TITLE),
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        messages=tuple(messages),
    )


def _read_message(fields: Fields) -> MessageRecord:
    role: Role = "user" if fields.choice("role", get_args(Role)) == "user" else "assistant"
    states: dict[str, State] = {name: name for name in get_args(State)}
    state = states[fields.choice("state", states, "complete")]
    created_at, text = fields.time("created_at"), fields.text("text", _TEXT, "")
    if role == "user":
        return MessageRecord(role, created_at, text, state=state)
    citations = tuple(_read_citation(each) for each in fields.objects("citations", 10_000))
    if len({citation.n for citation in citations}) != len(citations):
        raise fields.unfit("citations", "must not have a number twice")
    details = _check_small(fields, "details") if fields.has("details") else {}
    if not isinstance(details, dict):
        raise fields.unfit("details", "must be an object")
    return MessageRecord(
        role=role,
        created_at=created_at,
        text=text,
        shown=fields.text("shown", _TEXT, ""),
        raw=fields.text("raw", _TEXT, ""),
        state=state,
        engine=fields.optional_text("engine", _WORD),
        model=fields.optional_text("model", _WORD),
        details=details,
        answers=fields.integer("answers", 0, _MANY),
        sentences=tuple(_read_sentence(each) for each in fields.objects("sentences", 10_000)),
        citations=citations,
        pages=tuple(canonicalize_url(url) for url in fields.texts("pages", 10_000, _URL)),
    )


def _read_sentence(fields: Fields) -> StoredSentence:
    return StoredSentence(
        text=fields.text("text", _TEXT, ""),
        supported=fields.flag("supported"),
        citations=fields.integers("citations", 10_000, 0, _COUNT),
        removed=fields.flag("removed"),
    )


def _read_citation(fields: Fields) -> CitationRecord:
    position = None if fields.value("position") is None else fields.integer("position", 0, _COUNT)
    return CitationRecord(
        n=fields.integer("n", 0, _COUNT),
        url=_read_page_url(fields, "url"),
        position=position,
        heading=fields.text("heading", _TITLE, ""),
        passage=fields.text("passage", _TEXT),
        quote=fields.text("quote", _TEXT, ""),
        cited=fields.flag("cited"),
    )


_READERS: dict[str, Callable[[Fields], Record]] = {
    OriginRecord.kind: _read_origin,
    CategoryRecord.kind: _read_category,
    SettingRecord.kind: _read_setting,
    SavedQueryRecord.kind: _read_saved_query,
    GrowthRecord.kind: _read_growth,
    CorrectionRecord.kind: _read_correction,
    ConversationRecord.kind: _read_conversation,
}
