"""Every error that reaches a person or the wire.

AppError                     -32000  internal
├── InvalidInput             -32001  invalid_input      what was sent cannot be used
├── NotFound                 -32002  not_found          no such page, job, model …
├── Cancelled                -32003  cancelled          the caller took the request back
├── NotReady                 -32004  not_ready          `hello` has not been said, or the daemon is stopping
├── Forbidden                -32005  forbidden          wrong origin, or a thing that the settings refuse
├── TooLarge                 -32006  too_large          a frame or an answer over its limit
├── Timeout                  -32007  timeout            did not end within its time
├── StorageError             -32010  storage            the database could not do it
│   ├── DiskFull             -32011  disk_full          nothing was lost, nothing was written
│   ├── DatabaseCorrupt      -32012  database_corrupt   set aside, and rebuilt from what could be read
│   ├── DatabaseTooNew       -32013  database_too_new   written by a newer version
│   └── DatabaseLocked       -32014  database_locked    encrypted, and the key is not at hand
└── WorkerError              -32020  worker             a model or reader process failed
    ├── WorkerDied           -32021  worker_died        it ended in the middle of a request
    └── ModelUnavailable     -32022  model_unavailable  not installed, or it cannot be loaded here
        └── ModelLoading     -32023  model_loading      on its way; ask again in a few seconds

Codes are append-only. JSON-RPC's own codes (-32700 … -32600) belong to `host.protocol`.
"""

from __future__ import annotations


class AppError(Exception):
    """Base of every error that a person may see.

    Attributes:
        code: the number on the wire.
        kind: the word on the wire, for programs.
        fix: what the person can do about it, or None.
    """

    code: int = -32000
    kind: str = "internal"

    def __init__(self, message: str, *, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class InvalidInput(AppError):  # noqa: N818 - the names are those of the wire
    """What was sent cannot be used."""

    code = -32001
    kind = "invalid_input"


class NotFound(AppError):  # noqa: N818
    """There is no such thing."""

    code = -32002
    kind = "not_found"


class Cancelled(AppError):  # noqa: N818
    """The caller took the request back."""

    code = -32003
    kind = "cancelled"


class NotReady(AppError):  # noqa: N818
    """`hello` has not been said, or the daemon is on its way out."""

    code = -32004
    kind = "not_ready"


class Forbidden(AppError):  # noqa: N818
    """Refused by origin or by settings."""

    code = -32005
    kind = "forbidden"


class TooLarge(AppError):  # noqa: N818
    """A frame or an answer is over its limit."""

    code = -32006
    kind = "too_large"


class Timeout(AppError):  # noqa: N818
    """It did not end within its time."""

    code = -32007
    kind = "timeout"


class StorageError(AppError):
    """The database could not do what was asked."""

    code = -32010
    kind = "storage"


class DiskFull(StorageError):  # noqa: N818
    """There is no room to write; nothing was lost."""

    code = -32011
    kind = "disk_full"


class DatabaseCorrupt(StorageError):  # noqa: N818
    """The database file is damaged."""

    code = -32012
    kind = "database_corrupt"


class DatabaseTooNew(StorageError):  # noqa: N818
    """The database was written by a newer version of this program."""

    code = -32013
    kind = "database_too_new"


class DatabaseLocked(StorageError):  # noqa: N818
    """The database is encrypted, and its key is not at hand."""

    code = -32014
    kind = "database_locked"


class WorkerError(AppError):
    """A model or reader process failed."""

    code = -32020
    kind = "worker"


class WorkerDied(WorkerError):  # noqa: N818
    """A worker process ended in the middle of a request."""

    code = -32021
    kind = "worker_died"


class ModelUnavailable(WorkerError):  # noqa: N818
    """A model is not installed, or cannot be loaded here."""

    code = -32022
    kind = "model_unavailable"


class ModelLoading(ModelUnavailable):
    """A model is on its way and will answer in a while."""

    code = -32023
    kind = "model_loading"


def error_tree() -> dict[str, type[AppError]]:
    """Every error class of the tree by its `kind`."""
    found: dict[str, type[AppError]] = {}
    waiting: list[type[AppError]] = [AppError]
    while waiting:
        cls = waiting.pop()
        # A subclass that is told apart only inside has the kind of what it is on the wire.
        found.setdefault(cls.kind, cls)
        waiting.extend(cls.__subclasses__())
    return found
