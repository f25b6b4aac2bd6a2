"""`pages.*`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from host.history import library
from host.history.capture import CapturedPage
from host.history.forgetting import select
from host.history.library import HistoryEntry
from host.protocol import messages as m
from host.storage.deletion import count_selected

if TYPE_CHECKING:
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.storage.deletion import Selection

# Together with title and address they stay below the 1 MiB of a frame.
_TEXT_BYTES = 400_000
_PASSAGES_BYTES = 400_000


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def capture(params: m.CaptureParams, call: Call) -> m.CaptureResult:
        outcome = services.capture.capture(
            services.profile(call),
            CapturedPage(
                url=params.url,
                visited_at=params.visited_at,
                title=params.title,
                html=params.html,
                text=params.text,
                language=params.lang,
                favicon_url=params.favicon_url,
                transition=params.transition,
                referrer=params.referrer,
                canonical_url=params.canonical_url,
                has_password=params.has_password,
                incognito=params.incognito,
            ),
        )
        return m.CaptureResult(page_id=outcome.page_id, status=outcome.status, reason=outcome.reason)

    def visit(params: m.VisitParams, call: Call) -> m.VisitResult:
        page = CapturedPage(
            url=params.url,
            visited_at=params.visited_at,
            title=params.title,
            transition=params.transition,
            referrer=params.referrer,
            incognito=params.incognito,
        )
        outcome = services.capture.visit(services.profile(call), page)
        return m.VisitResult(page_id=outcome.page_id, reason=outcome.reason)

    def import_items(params: m.ImportParams, call: Call) -> m.ImportResult:
        entries = (
            HistoryEntry(item.url, item.title or "", item.last_visit_at, item.visit_count)
            for item in params.items
        )
        counts = library.import_entries(services.profile(call), entries)
        services.indexer.wake()
        return m.ImportResult(added=counts.added, updated=counts.updated, skipped=counts.skipped)

    def get(params: m.PageParams, call: Call) -> m.PageResult:
        found = library.get_page(
            services.profile(call),
            page_id=params.page_id,
            url=params.url,
            offset=params.passage_offset,
            limit=params.passage_limit,
        )
        page = found.page
        text = _cut(page.content_text, _TEXT_BYTES)
        passages: list[m.PagePassage] = []
        room = _PASSAGES_BYTES
        for chunk in found.chunks:
            body = _cut(chunk.text, _PASSAGES_BYTES)
            room -= _count_bytes(body)
            if room < 0 and passages:
                break
            passages.append(
                m.PagePassage(chunk_id=chunk.id, position=chunk.position, heading=chunk.heading, text=body)
            )
        following = params.passage_offset + len(passages)
        return m.PageResult(
            page_id=page.id,
            url=page.url,
            title=page.title,
            domain=page.domain,
            language=page.language,
            author=page.author,
            published_at=page.published_at,
            captured_at=page.captured_at,
            first_visit_at=page.first_visit_at,
            last_visit_at=page.last_visit_at,
            visit_count=page.visit_count,
            category=found.category,
            url_last_visit_at=found.url_last_visit_at,
            summary=page.summary,
            content_text=text,
            content_truncated=len(text) < len(page.content_text),
            passages=passages,
            next_passage=following if following < found.chunk_count and passages else None,
        )

    def count(params: m.DeleteParams, call: Call) -> m.CountResult:
        selection = _select(params)
        database = services.profile(call).database
        return m.CountResult(pages=database.read(lambda connection: count_selected(connection, selection)))

    def delete(params: m.DeleteParams, call: Call) -> m.DeleteResult:
        profile = services.profile(call)
        found = services.forget(profile, _select(params))
        return m.DeleteResult(
            deleted=found.deleted.pages,
            visits=found.deleted.visits,
            questions=found.deleted.questions,
            backups_cleaned=found.cleaned,
            backups_removed=found.removed,
            backups_waiting=found.waiting,
        )

    return {
        "pages.capture": capture,
        "pages.visit": visit,
        "pages.import": import_items,
        "pages.get": get,
        "pages.count": count,
        "pages.delete": delete,
    }


def _select(params: m.DeleteParams) -> Selection:
    return select(
        urls=params.urls,
        domain=params.domain,
        from_ms=params.from_,
        to_ms=params.to,
        everything=params.all,
        questions=params.include_chats,
    )


def _cut(text: str, limit: int) -> str:
    """`text`, or as much of its beginning as takes at most `limit` bytes in a frame."""
    text = text[:limit]
    while (size := _count_bytes(text)) > limit:
        text = text[: min(len(text) - 1, len(text) * limit // size)]
    return text


def _count_bytes(text: str) -> int:
    """What `text` takes in a frame: JSON writes quotation marks and line ends with two bytes."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", errors="replace"))
