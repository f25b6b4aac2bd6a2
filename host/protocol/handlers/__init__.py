"""Handlers: each turns validated parameters into one call of a service and its answer into a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.protocol.handlers import (
    chat,
    classify,
    daemon,
    encryption,
    finetune,
    insight,
    jobs,
    models,
    pages,
    privacy,
    search,
    session,
    settings,
    sql,
    store,
    summaries,
    tabs,
)

if TYPE_CHECKING:
    from host.protocol.dispatch import Handler
    from host.protocol.handlers.services import Services


def make_handlers(services: Services) -> dict[str, Handler]:
    """Every handler by its method."""
    return {
        **session.make_handlers(services),
        **pages.make_handlers(services),
        **privacy.make_handlers(services),
        **search.make_handlers(services),
        **settings.make_handlers(services),
        **sql.make_handlers(services),
        **jobs.make_handlers(services),
        **store.make_handlers(services),
        **models.make_handlers(services),
        **chat.make_handlers(services),
        **summaries.make_handlers(services),
        **classify.make_handlers(services),
        **tabs.make_handlers(services),
        **finetune.make_handlers(services),
        **insight.make_handlers(services),
        **daemon.make_handlers(services),
        **encryption.make_handlers(services),
    }
