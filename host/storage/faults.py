"""Which errors of a database pass by themselves, so that it is worth trying again."""

from __future__ import annotations

import apsw

from host.core.errors import DatabaseCorrupt, DatabaseLocked, DatabaseTooNew, StorageError

# Somebody else is at the file, the system has no room, handles or memory, or its disk does not answer.
_PASSING = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.FullError,
    apsw.InterruptError,
    apsw.IOError,
    apsw.LockedError,
    apsw.NoMemError,
    apsw.PermissionsError,
    apsw.ProtocolError,
    apsw.ReadOnlyError,
)


def is_passing(error: BaseException) -> bool:
    """Whether the same may go well later.

    Damage, a newer version, another key, and what does not fit the schema stay as they are.
    """
    if isinstance(error, (DatabaseCorrupt, DatabaseTooNew, DatabaseLocked)):
        return False
    cause = error.__cause__ if isinstance(error, StorageError) and error.__cause__ else error
    # Those of SQLite that are not named above are about what is in the file.
    return isinstance(cause, _PASSING) or not isinstance(cause, apsw.Error)
