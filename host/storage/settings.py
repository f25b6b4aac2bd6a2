"""The settings a user has changed, as JSON values by key. What they mean is `host.core.settings`'s affair."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import apsw


def read_settings(connection: apsw.Connection) -> dict[str, Any]:
    """Every stored setting."""
    return {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM settings")}


def store_settings(connection: apsw.Connection, values: Mapping[str, Any]) -> None:
    """Store settings, replacing those of the same key."""
    connection.executemany(
        "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)",
        [(key, json.dumps(value)) for key, value in values.items()],
    )
