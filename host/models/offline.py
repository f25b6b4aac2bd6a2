"""The wish of a user that nothing is asked of the network: `AI_HISTORY_OFFLINE=1`."""

from __future__ import annotations

import os

OFFLINE_VARIABLE = "AI_HISTORY_OFFLINE"
# The daemon has the environment of the command that started it.
RESTART = "then: ai-history daemon stop"


def is_offline() -> bool:
    """Whether this process must not ask the network."""
    return os.environ.get(OFFLINE_VARIABLE) == "1"
