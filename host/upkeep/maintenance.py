"""Looking through the whole database, mending what can be made anew, and giving free space back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.core.errors import DatabaseCorrupt, DiskFull
from host.storage import soundness
from host.storage.cancelling import make_cancelled_error
from host.storage.connection import open_connection, translate_errors
from host.storage.copying import copy_database, copy_file_of
from host.storage.fulltext import rebuild_index
from host.storage.recovery import suspicion_path
from host.storage.replacement import make_workspace
from host.upkeep.backups import hold_copies

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import apsw

    from host.history.profiles import Profile
    from host.storage.cancelling import Cancelling
    from host.storage.copying import OnProgress
    from host.upkeep.copies import OnStage

# What is mended first may lack something that comes second.
_ROUNDS = 3


@dataclass
class Findings:
    """What was found, in words, and what was done about it."""

    problems: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)


def check_store(
    profile: Profile, *, full: bool, repair: bool, on_stage: OnStage, cancelled: Cancelling
) -> Findings:
    """Look for damage, and for indexes that do not say what the pages say.

    Nothing that a person read, wrote or said is ever deleted here: only what is made from it.

    Args:
        profile: whose history.
        full: every index entry, reference and word. Otherwise the structure of the file, and counts.
        repair: make anew what is derived: full text, indexes, vectors (in the background).
        on_stage: told what is being looked at.
        cancelled: looked at about ten times a second.

    Returns:
        problems that are left, and what was mended.

    Raises:
        Cancelled, DatabaseCorrupt, StorageError.
    """
    found = Findings()
    database = profile.database
    features = database.features
    checks: dict[str, Callable[[], None]] = {
        "file": lambda: _check_file(profile, found, full, repair, cancelled),
        "references": lambda: _check_references(profile, found, repair, cancelled),
    }
    if features.fulltext:
        checks["full text"] = lambda: _check_fulltext(profile, found, full, repair, cancelled)
    if features.vectors:
        checks["vectors"] = lambda: _check_vectors(profile, found, repair, cancelled)
    for number, (name, check) in enumerate(checks.items()):
        if cancelled():
            raise make_cancelled_error()
        on_stage(name, number / len(checks))
        check()
    on_stage("done", 1.0)
    return found


def vacuum_store(profile: Profile, *, on_progress: OnProgress, cancelled: Cancelling) -> tuple[int, int]:
    """Write the database anew without free pages; readers go on meanwhile, writers wait.

    Returns:
        bytes of the file before and after.

    Raises:
        NotReady: another copy is being made, or the history is being read and that does not end.
        Cancelled, DiskFull, StorageError: the former file is in place.
    """
    database = profile.database
    with hold_copies(profile), make_workspace(database.path) as folder:
        before = _measure(database.path)

        def copy(_: apsw.Connection) -> Path:
            target = folder / "compact.db"
            copy_file_of(
                database.path,
                database.key,
                target,
                database.key,
                on_progress=on_progress,
                cancelled=cancelled,
            )
            return target

        database.rewrite(copy, key=database.key)
        return before, _measure(database.path)


def _check_file(profile: Profile, found: Findings, full: bool, repair: bool, cancelled: Cancelling) -> None:
    database = profile.database
    problems = database.read(lambda each: soundness.check_file(each, full=full, cancelled=cancelled))
    if problems and repair and soundness.are_about_indexes(problems):
        database.write(soundness.rebuild_indexes)
        problems = database.read(lambda each: soundness.check_file(each, full=full, cancelled=cancelled))
        if not problems:
            suspicion_path(database.path).unlink(missing_ok=True)
            found.repaired.append("The indexes of the tables were made anew.")
    if problems:
        # The next start looks through the whole file, sets it aside and saves what can be read.
        suspicion_path(database.path).touch(mode=0o600)
        found.problems.extend(problems)
        found.problems.append("The file is damaged. Run: ai-history daemon stop. The next start mends it.")


def _check_references(profile: Profile, found: Findings, repair: bool, cancelled: Cancelling) -> None:
    database = profile.database
    counts = database.read(lambda each: soundness.count_orphans(each, cancelled=cancelled))
    if repair and any(table in soundness.DERIVED for table in counts):
        deleted = database.write(soundness.delete_derived_orphans)
        found.repaired.append(f"{deleted} rows that were made from pages that are gone were deleted.")
        counts = {table: count for table, count in counts.items() if table not in soundness.DERIVED}
    for table, count in counts.items():
        found.problems.append(f"{count} rows of {table} refer to something that is gone.")


def _check_fulltext(
    profile: Profile, found: Findings, full: bool, repair: bool, cancelled: Cancelling
) -> None:
    database = profile.database
    agrees = _compare_fulltext(profile, cancelled) if full else database.read(soundness.index_counts_agree)
    if agrees:
        return
    if repair:
        database.write(rebuild_index)
        found.repaired.append("The full-text index was made anew.")
    else:
        found.problems.append("The full-text index does not say what the pages say.")


def _compare_fulltext(profile: Profile, cancelled: Cancelling) -> bool:
    """Whether full text says what the pages say, of a copy: SQLite only compares where it may write.

    Where there is no room for a copy, or a damaged file cannot be copied, writers wait meanwhile.
    """
    database = profile.database
    with make_workspace(database.path) as folder:
        copy = folder / "compared.db"
        try:
            copy_database(database, copy, cancelled=cancelled)
        except (DiskFull, DatabaseCorrupt):
            return database.write(
                lambda each: soundness.index_agrees(each, cancelled=cancelled), background=True
            )
        with translate_errors():
            connection = open_connection(copy, read_only=False, key=database.key)
            try:
                return soundness.index_agrees(connection, cancelled=cancelled)
            finally:
                connection.close()


def _check_vectors(profile: Profile, found: Findings, repair: bool, cancelled: Cancelling) -> None:
    database = profile.database
    for _ in range(_ROUNDS):
        faults = database.read(lambda each: soundness.find_vector_faults(each, cancelled=cancelled))
        if not repair:
            found.problems.extend(fault.problem for fault in faults)
        if not repair or not faults:
            return
        for fault in faults:
            database.write(fault.mend, background=True)
            found.repaired.append(fault.mended)
        profile.codes.clear()


def _measure(path: Path) -> int:
    log = path.with_name(path.name + "-wal")
    return sum(file.stat().st_size for file in (path, log) if file.exists())
