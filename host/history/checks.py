"""The doctor's checks of a running daemon: each says what it found and, when that is bad, the one fix.

They are quick, also where there are 100,000 pages. To read a large database whole is for `store.check`.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from host.core.errors import AppError
from host.storage import fulltext
from host.storage.health import count_indexed
from host.storage.statistics import check_integrity, count_rows

if TYPE_CHECKING:
    import apsw

    from host.core.paths import Paths
    from host.history.profiles import Profile
    from host.storage.database import Database
    from host.storage.statistics import Counts
    from host.workers.client import State

REINSTALL = "Run: python3 -m host.install"
LOW_DISK_BYTES = 500 * 1024 * 1024
# A file of this size is read whole in a fifth of a second.
READ_WHOLE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Action:
    """What a page can offer to do about a failure.

    Attributes:
        label: of a button.
        method: of the wire.
        params: for it.
    """

    label: str
    method: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: of it.
        ok: whether it is as it should be.
        detail: what was found.
        fix: what to do, in words.
        action: a request that does it, where there is one.
    """

    name: str
    ok: bool
    detail: str
    fix: str | None = None
    action: Action | None = None


REBUILD_TEXT = Action("Rebuild full text", "store.rebuild", {"fulltext": True})
REBUILD_VECTORS = Action("Rebuild vectors", "store.rebuild", {"fulltext": False, "vectors": True})
RETRY_JOBS = Action("Try again", "jobs.retry")
REPAIR = Action("Check and repair", "store.check", {"full": True, "repair": True})
CHECK_WHOLE = Action("Check all of it", "store.check", {"full": True, "repair": False})


class CheckedEmbedder(Protocol):
    """The part of the embedder that is looked at."""

    @property
    def state(self) -> State:
        """What its process is doing."""


def check_installation(
    paths: Paths, profile: Profile | None, embedder: CheckedEmbedder | None
) -> list[Check]:
    """Look at everything that can be looked at quickly.

    Args:
        paths: the installation.
        profile: whose database is looked at; none, and only what all share is.
        embedder: None when no embedding model is installed.
    """
    found = [
        Check("Python", sys.version_info >= (3, 11), f"{sys.version.split()[0]} in {sys.prefix}", REINSTALL),
        _check_disk(paths),
        _check_model(embedder),
    ]
    if profile is not None:
        found += _check_database(profile)
    return [
        Check(check.name, check.ok, check.detail, None if check.ok else check.fix, check.action)
        for check in found
    ]


def _check_disk(paths: Paths) -> Check:
    free = shutil.disk_usage(paths.data).free
    detail = f"{free / 1024**3:.1f} GiB free"
    return Check(
        "Disk space", free > LOW_DISK_BYTES, detail, "Free some disk space; below 0.5 GiB writing may fail."
    )


def _check_model(embedder: CheckedEmbedder | None) -> Check:
    if embedder is None:
        return Check("Embedding model", False, "not installed: pages are found by words only", REINSTALL)
    fix = "It starts again by itself; if this stays, run: python3 -m host.install"
    return Check("Embedding model", embedder.state != "failed", embedder.state, fix)


def _check_database(profile: Profile) -> list[Check]:
    database = profile.database
    features = database.features
    found = [
        Check(
            "Full text", features.fulltext, "FTS5" if features.fulltext else "rank_bm25 in memory", REINSTALL
        ),
        Check("Vectors", features.vectors, "sqlite-vec" if features.vectors else "not available", REINSTALL),
    ]
    try:
        found.append(_check_file(database))
        if features.fulltext:
            found.append(_check_index(database))
        counts = database.read(lambda connection: count_rows(connection, database.path))
        waiting = f"{_describe_vectors(counts)}, {counts.pending_jobs} jobs wait"
        found.append(
            Check(
                "Queue",
                counts.failed_jobs == 0,
                f"{waiting}, {counts.failed_jobs} failed",
                "Run: ai-history doctor --repair",
                RETRY_JOBS if counts.failed_jobs else None,
            )
        )
    except AppError as error:
        found.append(Check("Database", False, error.message, error.fix))
    return found


def _check_file(database: Database) -> Check:
    """The structure of a file that is read in no time; of a larger one that its first page makes sense."""
    size = database.path.stat().st_size
    if size > READ_WHOLE_BYTES:
        detail = f"{size / 1024**2:,.0f} MB, not read whole here"
        return Check("Database", True, detail, action=CHECK_WHOLE)
    problems = database.read(check_integrity)
    detail = "sound" if not problems else f"{len(problems)} problems, first: {problems[0]}"
    fix = "Restart AI History: it sets the file aside and rebuilds it."
    return Check("Database", not problems, detail, fix, REPAIR if problems else None)


def _check_index(database: Database) -> Check:
    """Every word of a small database; of a large one whether each page is in the index, and no other."""
    if database.path.stat().st_size <= READ_WHOLE_BYTES:
        agrees = database.write(_index_agrees, background=True)
        detail = "agrees with the pages" if agrees else "differs"
    else:
        parity = database.read(count_indexed)
        agrees = parity is not None and not parity.missing and not parity.surplus
        detail = "has every page" if agrees else "lacks pages, or has some that are gone"
    fix = "Run: ai-history doctor --repair"
    return Check("Full-text index", agrees, detail, fix, None if agrees else REBUILD_TEXT)


def _describe_vectors(counts: Counts) -> str:
    """Which model's vectors serve, and which are being made."""
    made = f" of {counts.vector_model}" if counts.vector_model else ""
    found = f"{counts.embedded_chunks} of {counts.chunks} passages have a vector{made}"
    new = counts.reindexing
    return f"{found}, {new.done} of {new.total} vectors of {new.model} are made" if new else found


def _index_agrees(connection: apsw.Connection) -> bool:
    return fulltext.check_index(connection)
