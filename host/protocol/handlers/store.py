"""`store.*`: what a person does with the whole of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.protocol import store_messages as s
from host.upkeep import backups
from host.upkeep.uploads import drop_upload, receive_piece

if TYPE_CHECKING:
    from host.history.profiles import Profile
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.protocol.messages import Empty
    from host.upkeep.backups import Backup
    from host.upkeep.copies import Imported


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""
    return {**_make_copying(services), **_make_backups(services), **_make_maintenance(services)}


def _make_copying(services: Services) -> dict[str, Handler]:
    store = services.store

    def export(params: s.ExportParams, call: Call) -> s.StoreExportResult:
        made = store.export(services.profile(call), params.format, params.path, call.progress, call.cancelled)
        return s.StoreExportResult(
            path=str(made.path), bytes=made.bytes, rows=made.rows, took_ms=made.took_ms
        )

    def upload(params: s.UploadParams, call: Call) -> s.UploadResult:
        if params.drop:
            upload_id = params.upload_id or ""
            drop_upload(services.profile(call), upload_id)
            return s.UploadResult(upload_id=upload_id, received=0)
        upload_id, received = receive_piece(
            services.profile(call), params.upload_id, params.offset, params.data
        )
        if call.cancelled.is_set():
            # Whoever takes the first piece back does not know its name.
            drop_upload(services.profile(call), upload_id)
            call.check_cancelled()
        return s.UploadResult(upload_id=upload_id, received=received)

    def take_in(params: s.StoreImportParams, call: Call) -> s.StoreImportResult:
        done = store.take_in(
            services.profile(call),
            path=params.path,
            upload_id=params.upload_id,
            mode=params.mode,
            report=call.progress,
            cancelled=call.cancelled,
        )
        return _to_result(done)

    return {"store.export": export, "store.upload": upload, "store.import": take_in}


def _make_backups(services: Services) -> dict[str, Handler]:
    store = services.store

    def back_up(params: s.BackupParams, call: Call) -> s.BackupResult:
        made = store.back_up(services.profile(call), params.path, call.progress, call.cancelled)
        return s.BackupResult(backup=_to_item(made), elsewhere=params.path is not None)

    def list_backups(_: Empty, call: Call) -> s.BackupsResult:
        return _list_backups(services.profile(call))

    def restore(params: s.RestoreParams, call: Call) -> s.StoreImportResult:
        profile = services.profile(call)
        services.finish_forgetting(profile)
        done = store.restore(
            profile,
            name=params.name,
            path=params.path,
            report=call.progress,
            cancelled=call.cancelled,
        )
        return _to_result(done)

    def drop(params: s.DropBackupParams, call: Call) -> s.BackupsResult:
        profile = services.profile(call)
        backups.drop_backup(profile, params.name)
        return _list_backups(profile)

    return {
        "store.backup": back_up,
        "store.backups": list_backups,
        "store.restore": restore,
        "store.drop_backup": drop,
    }


def _make_maintenance(services: Services) -> dict[str, Handler]:
    store = services.store

    def clear(params: s.ClearParams, call: Call) -> s.ClearResult:
        done = store.clear(
            services.profile(call), keep_settings=params.keep_settings, with_backups=params.backups
        )
        return s.ClearResult(
            pages=done.pages,
            conversations=done.conversations,
            freed_bytes=done.freed_bytes,
            backups=done.backups,
        )

    def check(params: s.StoreCheckParams, call: Call) -> s.StoreCheckResult:
        found = store.check(
            services.profile(call),
            full=params.full,
            repair=params.repair,
            report=call.progress,
            cancelled=call.cancelled,
        )
        return s.StoreCheckResult(ok=not found.problems, problems=found.problems, repaired=found.repaired)

    def vacuum(_: Empty, call: Call) -> s.VacuumResult:
        before, after = store.vacuum(services.profile(call), call.progress, call.cancelled)
        return s.VacuumResult(before_bytes=before, after_bytes=after)

    return {"store.clear": clear, "store.check": check, "store.vacuum": vacuum}


def _list_backups(profile: Profile) -> s.BackupsResult:
    return s.BackupsResult(
        backups=[_to_item(backup) for backup in backups.find_backups(profile)],
        next_at=backups.find_next(profile, now_ms()),
    )


def _to_item(backup: Backup) -> s.BackupItem:
    return s.BackupItem(
        name=backup.name,
        path=str(backup.path),
        bytes=backup.bytes,
        made_at=backup.made_at,
        reason=backup.reason,
    )


def _to_result(done: Imported) -> s.StoreImportResult:
    return s.StoreImportResult(
        mode=done.mode,
        format=done.format,
        added=done.added,
        updated=done.updated,
        skipped=done.skipped,
        backup=done.backup,
        kept_settings=list(done.kept_settings),
    )
