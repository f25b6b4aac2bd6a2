"""Laying records over a history, and making a new history of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import apsw

from host.core.errors import StorageError
from host.storage import fulltext, migrations
from host.storage.connection import begin, detect_features, open_connection, translate_errors
from host.storage.records import (
    CategoryRecord,
    ConversationRecord,
    CorrectionRecord,
    GrowthRecord,
    OriginRecord,
    PageRecord,
    Record,
    SavedQueryRecord,
    SettingRecord,
)
from host.storage.records_conversations import merge_conversation
from host.storage.records_copy import check_cancelled
from host.storage.records_pages import Merging, Outcome, merge_page
from host.storage.records_rest import (
    merge_category,
    merge_correction,
    merge_growth,
    merge_origin,
    merge_saved_query,
    merge_setting,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from host.storage.connection import Features

T = TypeVar("T")

_INSTRUCTIONS = 20_000


_MERGERS: dict[type[Record], Callable[[apsw.Connection, Merging, Any], Outcome]] = {
    PageRecord: merge_page,
    ConversationRecord: merge_conversation,
    CategoryRecord: merge_category,
    CorrectionRecord: merge_correction,
    OriginRecord: merge_origin,
    SettingRecord: merge_setting,
    SavedQueryRecord: merge_saved_query,
    GrowthRecord: merge_growth,
}


def merge_record(connection: apsw.Connection, merging: Merging, record: Record) -> Outcome:
    """Lay one record over a history, inside the caller's transaction. A second time nothing changes."""
    return _MERGERS[type(record)](connection, merging, record)


class NewHistory:
    """A history that is being made; nobody else knows of it.

    Attributes:
        features: what this SQLite can do.
    """

    def __init__(self, connection: apsw.Connection, features: Features) -> None:
        self._connection = connection
        self.features = features

    def write(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run `function` in one transaction."""
        with begin(self._connection):
            return function(self._connection)


@contextmanager
def make_history(
    path: Path, *, key: bytes | None = None, cancelled: threading.Event | None = None
) -> Iterator[NewHistory]:
    """A new database at `path`; whole, and with its full text, when the block has ended well, else gone.

    Args:
        path: where there is nothing yet.
        key: to encrypt it with, 32 bytes.
        cancelled: set to end early.

    Raises:
        Cancelled, DiskFull, StorageError: there is no file.
    """
    if path.exists():
        message = "There is a file of this name already."
        raise StorageError(message, fix="Choose another name; nothing is overwritten.")
    path.touch(mode=0o600)
    try:
        with translate_errors():
            connection = open_connection(path, read_only=False, key=key)
            try:
                yield _begin(connection, cancelled)
                if detect_features(connection).fulltext:
                    with begin(connection):
                        fulltext.create_index(connection)
                check_cancelled(cancelled)
                connection.set_progress_handler(None)
                connection.execute("PRAGMA journal_mode=WAL")
            finally:
                connection.close()
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, apsw.InterruptError):
            check_cancelled(cancelled)
        raise


def _begin(connection: apsw.Connection, cancelled: threading.Event | None) -> NewHistory:
    # If anything goes wrong the file is thrown away, so nothing has to be durable before its end.
    connection.execute("PRAGMA journal_mode=MEMORY")
    connection.execute("PRAGMA synchronous=OFF")
    migrations.migrate(connection)
    if cancelled is not None:
        connection.set_progress_handler(cancelled.is_set, _INSTRUCTIONS)
    return NewHistory(connection, detect_features(connection))
