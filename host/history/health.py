"""How the database of a profile is, in words: each index against what it should hold, and the one fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.history.checks import REBUILD_TEXT, REBUILD_VECTORS, RETRY_JOBS, Action, Check
from host.storage.health import read_health

if TYPE_CHECKING:
    from host.history.profiles import Profile
    from host.storage.health import Health, Parity, SpaceHealth

# Below this, free space is what comes and goes anyway.
FREE_BYTES = 64 * 1024 * 1024
FREE_SHARE = 0.25
# SQLite itself cuts the log back to 64 MiB; what is beyond waits for somebody who still reads.
LOG_BYTES = 96 * 1024 * 1024


VACUUM = Action("Compact the database", "store.vacuum")


@dataclass(frozen=True)
class Part:
    """One part of a database: `rows` of `expected`, what that means, and what to do about it."""

    name: str
    rows: int
    expected: int
    ok: bool
    detail: str
    fix: str | None = None
    action: Action | None = None


def look_at_health(profile: Profile) -> tuple[Health, list[Part]]:
    """Count, and say what it means. Under a second, also where there are 100,000 pages."""
    database = profile.database
    found = database.read(
        lambda connection: read_health(connection, database.path, vectors=database.features.vectors)
    )
    return found, describe_parts(found, paused=profile.paused, log_waits=database.log_waits)


def describe_parts(health: Health, *, paused: bool = False, log_waits: bool = False) -> list[Part]:
    """Every part in words.

    Args:
        health: what was counted.
        paused: background work waits, because a person wants it so.
        log_waits: the log could not be folded, because another program reads the database.
    """
    parts = []
    if health.fulltext is not None:
        parts.append(_describe_fulltext(health.fulltext))
    for space in health.spaces:
        parts += _describe_space(space, paused=paused)
    return [
        *parts,
        _describe_jobs(health, paused=paused),
        _describe_free(health),
        _describe_log(health, log_waits=log_waits),
    ]


def _describe_fulltext(index: Parity) -> Part:
    ok = not index.missing and not index.surplus
    detail = (
        "every page is indexed"
        if ok
        else f"{index.missing} pages are not indexed, {index.surplus} indexed pages are gone"
    )
    fix = None if ok else "Rebuild full text: ai-history doctor --repair"
    return Part("Full text", index.rows, index.expected, ok, detail, fix, None if ok else REBUILD_TEXT)


def _describe_space(space: SpaceHealth, *, paused: bool) -> list[Part]:
    building = space.role == "building"
    missing = space.passages.missing + space.pages.missing
    surplus = space.passages.surplus + space.pages.surplus
    # What has a job will have its vector; what was given up, or never asked for, will not.
    ok = building or (not surplus and not space.failed and (not missing or space.waiting > 0))
    if missing:
        detail = f"{missing} vectors are missing, {space.waiting} pages wait for theirs"
        if space.failed:
            detail += f", {space.failed} were given up"
        if paused:
            detail += "; background work is paused"
    elif surplus:
        detail = f"{surplus} vectors belong to nothing any more"
    else:
        detail = "every passage and page has a vector"
    name = f"Vectors in the making ({space.model})" if building else f"Vectors ({space.model})"
    rows = space.passages.rows + space.pages.rows
    expected = space.passages.expected + space.pages.expected
    fix, action = None, None
    if not ok:
        fix, action = (
            ("Try the failed jobs again: ai-history doctor --repair", RETRY_JOBS)
            if space.failed
            else ("Rebuild the vectors", REBUILD_VECTORS)
        )
    parts = [Part(name, rows, expected, ok, detail, fix, action)]
    stored = space.vectors
    if stored is not None and (stored.missing or stored.surplus):
        said = f"{stored.missing} passages have a code but no vector, {stored.surplus} have no code"
        parts.append(
            Part(
                f"Vector codes ({space.model})",
                stored.rows,
                stored.expected,
                ok=False,
                detail=said,
                fix="Rebuild the vectors",
                action=REBUILD_VECTORS,
            )
        )
    return parts


def _describe_jobs(health: Health, *, paused: bool) -> Part:
    failed, waiting = health.jobs_failed, health.jobs_waiting
    detail = f"{waiting} wait, {failed} failed"
    if paused:
        detail += "; background work is paused"
    fix = "Try them again: ai-history doctor --repair" if failed else None
    return Part("Queue", waiting, 0, not failed, detail, fix, RETRY_JOBS if failed else None)


def _describe_free(health: Health) -> Part:
    free, total = health.free_bytes, health.database_bytes
    ok = free < FREE_BYTES or free < FREE_SHARE * total
    share = 100 * free / total if total else 0
    detail = f"{free / 2**20:.1f} MB of the file are unused ({share:.0f} %)"
    return Part("Free space", free, 0, ok, detail, None if ok else VACUUM.label, None if ok else VACUUM)


def _describe_log(health: Health, *, log_waits: bool) -> Part:
    ok = not log_waits and health.log_bytes < LOG_BYTES
    detail = f"{health.log_bytes / 2**20:.1f} MB"
    if log_waits:
        detail += "; it may still hold deleted text, because another program reads the database"
    fix = None if ok else "Close other programs that have the database open; it is emptied by itself."
    return Part("Write-ahead log", health.log_bytes, 0, ok, detail, fix)


def check_health(profile: Profile) -> list[Check]:
    """The doctor's checks of what is not looked at in `checks`: vectors, free space, the log."""
    _, parts = look_at_health(profile)
    return [
        Check(part.name, part.ok, part.detail, part.fix, part.action)
        for part in parts
        if part.name not in ("Full text", "Queue")
    ]
