"""What a person does with the whole of their data: out, in, back, away, and whether it is sound."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from host.core.errors import InvalidInput
from host.storage.copying import make_part
from host.storage.replacement import make_workspace
from host.upkeep import backups, maintenance
from host.upkeep.backups import hold_copies
from host.upkeep.clearing import clear_profile
from host.upkeep.copies import Exported, Imported, export_database, put_in, replace_by_copy
from host.upkeep.meanwhile import ForgottenMeanwhile
from host.upkeep.places import choose_target, find_source, finish_part
from host.upkeep.records import build_from_records, detect_format, export_records, merge_file
from host.upkeep.uploads import take_upload

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from host.history.profiles import Profile
    from host.upkeep.backups import Backup
    from host.upkeep.clearing import Clearing
    from host.upkeep.copies import Format
    from host.upkeep.maintenance import Findings

    # Told how far it is: {stage, share, bytes}, as far as they are known.
    Report = Callable[[dict[str, Any]], None]

_SUFFIXES: dict[Format, str] = {"sqlite": ".db", "jsonl": ".jsonl"}


class Store:
    """Everything that is done with a whole database. One thing at a time for each profile."""

    def __init__(
        self, on_change: Callable[[Profile], None], on_loss: Callable[[Profile], None] = lambda _: None
    ) -> None:
        """Wire it.

        Args:
            on_change: called when a profile has other rows than before, so that nothing holds on to the old
                ones, and what they lack is made.
            on_loss: called before that when rows are gone, so that nothing is taught what they said.
        """
        self._on_change = on_change
        self._on_loss = on_loss

    def export(
        self, profile: Profile, made_of: Format, path: str | None, report: Report, cancelled: threading.Event
    ) -> Exported:
        """Write a profile's data to a new file.

        Args:
            profile: whose.
            made_of: a whole database, or lines of JSON.
            path: a file that is not there yet, or a folder; None for where exports go.
            report: told how far it is.
            cancelled: ends it.

        Raises:
            InvalidInput: there is such a file, or no such folder.
            NotReady, Cancelled, DiskFull, StorageError: there is no file.
        """
        target = choose_target(path, _SUFFIXES[made_of], time.time())
        if made_of == "sqlite":
            return export_database(
                profile, target, on_progress=_tell_share(report), cancelled=cancelled.is_set
            )
        began = time.perf_counter()
        with hold_copies(profile):
            part = make_part(target)
            try:
                rows = export_records(profile, part, on_progress=report, cancelled=cancelled)
                made = finish_part(part, target)
            finally:
                part.unlink(missing_ok=True)
        return Exported(made, made.stat().st_size, rows, (time.perf_counter() - began) * 1000)

    def take_in(
        self,
        profile: Profile,
        *,
        path: str | None,
        upload_id: str | None,
        mode: Literal["merge", "replace"],
        report: Report,
        cancelled: threading.Event,
    ) -> Imported:
        """Take a file in: beside what is there, or in its place.

        Args:
            profile: whose history.
            path: the file, or
            upload_id: what the browser has handed over, which is deleted in any case.
            mode: merge changes nothing that is there already; replace makes a backup of it.
            report: told how far it is.
            cancelled: ends it; what was merged so far stays.

        Raises:
            InvalidInput, DatabaseTooNew, DatabaseCorrupt, DatabaseLocked: the file cannot be used.
            NotReady, Cancelled, DiskFull, StorageError: a replacing has changed nothing.
        """
        if (path is None) == (upload_id is None):
            message = "Give either a path or an upload."
            raise InvalidInput(message, fix="One of the two says which file is meant.")
        take = self._replace if mode == "replace" else self._merge
        if path is not None:
            return take(profile, find_source(path), report, cancelled)
        with take_upload(profile, upload_id or "") as file:
            return take(profile, file, report, cancelled)

    def back_up(
        self, profile: Profile, path: str | None, report: Report, cancelled: threading.Event
    ) -> Backup:
        """Make a backup: among the profile's, or elsewhere as a file of its own, which is none of them.

        One that is elsewhere is in clear, as an export: with a lost disk or computer the key is lost as well.

        Raises:
            InvalidInput: there is such a file, or no such folder.
            NotReady, Cancelled, DiskFull, StorageError: there is none.
        """
        if path is None:
            return backups.make_backup(
                profile, "asked", on_progress=_tell_share(report), cancelled=cancelled.is_set
            )
        made_at = time.time()
        target = choose_target(path, ".db", made_at)
        made = export_database(profile, target, on_progress=_tell_share(report), cancelled=cancelled.is_set)
        return backups.Backup(made.path.name, made.path, made.bytes, int(made_at) * 1000, "asked")

    def restore(
        self,
        profile: Profile,
        *,
        name: str | None,
        path: str | None,
        report: Report,
        cancelled: threading.Event,
    ) -> Imported:
        """Put a backup in the place of what is there, which becomes a backup in turn.

        Args:
            profile: whose history.
            name: of one of its backups, or
            path: of a file.
            report: told how far it is.
            cancelled: ends it; nothing has changed then.

        Raises:
            NotFound: there is no such backup.
            InvalidInput, DatabaseTooNew, DatabaseCorrupt, DatabaseLocked: the file cannot be used.
            NotReady, Cancelled, DiskFull, StorageError: nothing has changed.
        """
        if (path is None) == (name is None):
            message = "Give either the name of a backup or a path."
            raise InvalidInput(message, fix="The names of backups: ai-history backup --list")
        file = find_source(path) if path is not None else backups.get_backup(profile, name or "").path
        return self._replace(profile, file, report, cancelled)

    def clear(self, profile: Profile, *, keep_settings: bool, with_backups: bool) -> Clearing:
        """Drop everything and begin anew; see `clear_profile`."""
        done = clear_profile(profile, keep_settings=keep_settings, with_backups=with_backups)
        self._tell_replaced(profile)
        return done

    def check(
        self, profile: Profile, *, full: bool, repair: bool, report: Report, cancelled: threading.Event
    ) -> Findings:
        """Look for damage; see `maintenance.check_store`."""
        found = maintenance.check_store(
            profile, full=full, repair=repair, on_stage=_tell_stage(report), cancelled=cancelled.is_set
        )
        if found.repaired:
            self._on_change(profile)
        return found

    def vacuum(self, profile: Profile, report: Report, cancelled: threading.Event) -> tuple[int, int]:
        """Give free space back; see `maintenance.vacuum_store`."""
        return maintenance.vacuum_store(profile, on_progress=_tell_share(report), cancelled=cancelled.is_set)

    def _replace(self, profile: Profile, file: Path, report: Report, cancelled: threading.Event) -> Imported:
        tell = _tell_stage(report)
        key = profile.database.key
        if detect_format(file) == "sqlite":
            done = replace_by_copy(profile, file, on_stage=tell, cancelled=cancelled.is_set)
        else:
            with hold_copies(profile), make_workspace(profile.database.path) as folder:
                forgotten = ForgottenMeanwhile(profile, file)
                made = folder / "made.db"
                build_from_records(file, made, key=key, on_progress=report, cancelled=cancelled)
                done = put_in(profile, made, "jsonl", forgotten, on_stage=tell)
        self._tell_replaced(profile)
        return done

    def _merge(self, profile: Profile, file: Path, report: Report, cancelled: threading.Event) -> Imported:
        made_of = detect_format(file)
        try:
            with hold_copies(profile):
                # It writes behind captures, as what is made in the background, and yet it is a person's.
                profile.database.change_state()
                merged = merge_file(profile, file, on_progress=report, cancelled=cancelled)
        finally:
            # Also when it ended in the middle.
            profile.database.change_state()
            profile.reload()
            self._on_change(profile)
        return Imported("merge", made_of, merged.added, merged.updated, merged.skipped)

    def _tell_replaced(self, profile: Profile) -> None:
        try:
            self._on_loss(profile)
        finally:
            self._on_change(profile)


def _tell_share(report: Report) -> Callable[[float, int], None]:
    return lambda share, written: report({"share": round(share, 4), "bytes": written})


def _tell_stage(report: Report) -> Callable[[str, float], None]:
    return lambda stage, share: report({"stage": stage, "share": round(share, 4)})
