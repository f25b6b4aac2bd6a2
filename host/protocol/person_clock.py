"""How long ago a person asked for something: background work that takes hours goes by it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from host.protocol.dispatch import Call, Handler
    from host.protocol.messages import Params, Result

# What only somebody who sits there brings about. Pages that look at how things stand ask by themselves.
METHODS_OF_A_PERSON = frozenset(
    {
        "pages.capture",
        "pages.visit",
        "pages.delete",
        "search.query",
        "chat.ask",
        "summaries.create",
        "tabs.categorize",
        "tabs.group",
        "tabs.correct",
        "categories.set",
        "settings.update",
        "classify.run",
        "models.load",
        "models.use",
        "models.optimise",
    }
)
# What a client of ours calls itself that works by itself.
BACKGROUND_CLIENT = "background"


class PersonClock:
    """Remembers when a person last asked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin; it is as if somebody had asked just now.

        Args:
            clock: seconds.
        """
        self._clock = clock
        self._asked_at = clock()

    def idle_s(self) -> float:
        """Seconds since a person asked."""
        return self._clock() - self._asked_at

    def watch(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """The same handlers; what a person asks of them is noted, at its beginning and at its end."""
        return {
            name: self._watch_one(handler) if name in METHODS_OF_A_PERSON else handler
            for name, handler in handlers.items()
        }

    def _watch_one(self, handler: Handler) -> Handler:
        def answer(params: Params, call: Call) -> Result:
            if call.session.client == BACKGROUND_CLIENT:
                return handler(params, call)
            self._asked_at = self._clock()
            try:
                return handler(params, call)
            finally:
                self._asked_at = self._clock()

        return answer
