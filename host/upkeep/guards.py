"""What a person has kept from being remembered, or from being read, stays so when a history is replaced.

A file brings its settings along. None of them may quietly begin to remember, or to hand out, what was not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from host.history.profiles import choose_known
from host.storage.connection import begin, open_connection, translate_errors
from host.storage.settings import read_settings, store_settings

if TYPE_CHECKING:
    from pathlib import Path

    from host.core.settings import Settings
    from host.history.profiles import Profile

# Switches that let something happen when they are on.
_SWITCHES = ("capture.enabled", "capture.password_pages", "capture.local_addresses", "mcp.enabled")
_SITES = "capture.excluded_sites"
_PAUSE = "capture.paused_until"
# As many as the setting holds.
_MOST_SITES = 2000


def keep_guards(profile: Profile, made: Path) -> tuple[str, ...]:
    """Let a database that is about to take the place of a profile's permit nothing that is not permitted now.

    Args:
        profile: whose settings are in force.
        made: the database, with the profile's key; nobody has it open.

    Returns:
        the settings that stay as they are, or keep what they had.

    Raises:
        StorageError: it cannot be written.
    """
    with translate_errors():
        connection = open_connection(made, read_only=False, key=profile.database.key)
        try:
            theirs = choose_known(read_settings(connection), profile.defaults)
            kept = find_guards(profile.settings, {**profile.defaults.to_values(), **theirs}, time.time())
            if kept:
                with begin(connection):
                    store_settings(connection, kept)
        finally:
            connection.close()
    return tuple(sorted(kept))


def find_guards(ours: Settings, theirs: dict[str, Any], at_s: float) -> dict[str, Any]:
    """What of our settings has to stay.

    Args:
        ours: in force.
        theirs: every setting by its key.
        at_s: now, in seconds since 1970.
    """
    values = ours.to_values()
    kept: dict[str, Any] = {key: False for key in _SWITCHES if theirs[key] and not values[key]}
    missing = [site for site in values[_SITES] if site not in theirs[_SITES]]
    if missing:
        kept[_SITES] = [*missing, *theirs[_SITES]][:_MOST_SITES]
    until = values[_PAUSE]
    paused = until == -1 or until > at_s * 1000
    if paused and theirs[_PAUSE] != -1 and (until == -1 or theirs[_PAUSE] < until):
        kept[_PAUSE] = until
    return kept
