"""On whose behalf something is done now: the request under way, or the background.

A context variable, so that what is far below a request can name it without being told. A thread that works
for another one takes its context along.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """What brought a piece of work about.

    Attributes:
        method: of the request; "background" for none.
        request: its key, which no other request of this process has; "" for none.
    """

    method: str
    request: str


BACKGROUND = Cause("background", "")
CAUSE: ContextVar[Cause] = ContextVar("cause", default=BACKGROUND)
