"""`summaries.*`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.protocol import chat_messages as c

if TYPE_CHECKING:
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def create(params: c.SummaryParams, call: Call) -> c.SummaryResult:
        made = services.summaries.get(
            services.profile(call),
            params.page_id,
            again=params.again,
            on_step=lambda step: call.progress({"stage": step}),
            cancelled=call.cancelled,
        )
        return c.SummaryResult(summary=made.text, model=made.model)

    return {"summaries.create": create}
