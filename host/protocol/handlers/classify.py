"""`classify.run`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from host.classify.categories import load_default_categories
from host.classify.classifier import Category
from host.protocol import model_messages as mm

if TYPE_CHECKING:
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def run(params: mm.ClassifyParams, call: Call) -> mm.ClassifyResult:
        began = time.perf_counter()
        categories = [
            Category(item.name, item.description, tuple(item.examples)) for item in params.categories
        ] or list(load_default_categories())
        with services.lend_classifier(params.model, call.cancelled) as classifier:
            found = classifier.classify(
                [item.text for item in params.texts],
                categories,
                reasoning=params.reasoning,
                cancelled=call.cancelled,
            )
        return mm.ClassifyResult(
            results=[
                mm.ClassifiedItem(
                    id=item.id,
                    category=one.category,
                    confidence=one.confidence,
                    scores=one.scores,
                    reasoning=one.reasoning,
                    tokens=one.tokens,
                )
                for item, one in zip(params.texts, found, strict=True)
            ],
            model=params.model,
            took_ms=(time.perf_counter() - began) * 1000,
        )

    return {"classify.run": run}
