"""What a person may ask of what is kept about them: what there is of a page, and that all of it goes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from host.history.stored_page import describe_stored
from host.protocol import store_messages as s

if TYPE_CHECKING:
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.protocol.messages import Empty


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def stored(params: s.StoredParams, call: Call) -> s.StoredResult:
        found = describe_stored(services.profile(call), params.url)
        answer = s.StoredResult(
            url=params.url,
            corrections=found.corrections,
            captured=found.refusal is None,
            reason=found.refusal,
        )
        page, record = found.page, found.record
        if page is None or record is None:
            return answer
        return answer.model_copy(
            update={
                "page_id": page.id,
                "url": page.url,
                "title": page.title,
                "addresses": list(record.addresses),
                "first_visit_at": page.first_visit_at,
                "last_visit_at": page.last_visit_at,
                "captured_at": page.captured_at,
                "visits": page.visit_count,
                "visited_at": list(record.visits),
                "characters": len(page.content_text),
                "passages": record.passages,
                "vectors": record.vectors,
                "summary": page.summary,
                "category": found.category,
                "jobs": list(record.jobs),
                "quoted_in": record.quoted_in,
            }
        )

    def clear(_: Empty, __: Call) -> s.ClearModelsResult:
        cleared = services.clear_models()
        return s.ClearModelsResult(
            removed=list(cleared.removed), kept=list(cleared.kept), freed_bytes=cleared.freed
        )

    def delete_all(_: s.DeleteAllParams, call: Call) -> s.DeleteAllResult:
        try:
            receipt = services.delete_all(
                lambda stage, share: call.progress({"stage": stage, "share": share})
            )
        finally:
            # What is in memory goes with the process, and nothing works any more. The next one begins anew.
            services.stop()
        return s.DeleteAllResult(
            removed=[s.ReceiptItem(**asdict(one)) for one in receipt.removed],
            left=[s.ReceiptItem(**asdict(one)) for one in receipt.left],
            total_bytes=sum(one.bytes for one in receipt.removed),
        )

    return {"pages.stored": stored, "models.clear": clear, "store.delete_all": delete_all}
