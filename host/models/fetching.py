"""Installs a model: from its sources, through a folder of its own, to its place, in one step.

Whatever happens on the way, a model's folder holds a whole model or is not there. What was fetched before
an interruption is used the next time. Two processes that want the same model take turns.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from typing import TYPE_CHECKING, Any

from host.core.errors import ModelUnavailable
from host.models.delivery import INCOMPLETE_FOLDER, Delivery
from host.models.disk_errors import explain_disk_error, tell_disk_errors
from host.models.hub import Hub
from host.models.hub_errors import AccessRefused
from host.models.integrity import WantedFile, hash_file
from host.models.json_files import write_object
from host.models.metadata import METADATA_FILE, Installed, describe_installed, revision_of
from host.models.offline import OFFLINE_VARIABLE, RESTART, is_offline
from host.models.registry import LocalSource, ModelEntry, ModelFile, describe_entry
from host.models.remote_code import check_permission, point_to_folder
from host.models.sources import FIRST_WAIT_S, SourceError
from host.models.staging import drop_others, keep_values, move_to_place, prepare_staging
from host.models.store import ORIGIN_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.registry import ModelSource
    from host.models.store import ModelStore
    from host.models.transfers import Reporter

LOCK_POLL_S = 0.2


class Fetcher:
    """Installs models into a store. Loads the hub's library: not for the daemon."""

    def __init__(self, store: ModelStore, *, first_wait_s: float = FIRST_WAIT_S) -> None:
        """Set up.

        Args:
            store: where models are kept.
            first_wait_s: seconds before the second try of something that broke off.
        """
        self._store = store
        self._hub = Hub(first_wait_s)

    def install(
        self, entry: ModelEntry, reporter: Reporter, *, allow_remote_code: str | None = None
    ) -> Installed:
        """Make sure that a model is installed and whole; repair it when it is not.

        Args:
            entry: the model.
            reporter: is told of the progress, and may call it off.
            allow_remote_code: the repository whose Python code the user has allowed to run.

        Raises:
            Forbidden: the model brings code that was not allowed by its name.
            DiskFull: the disk has no room for it.
            ModelUnavailable: no source delivered it, or downloads are forbidden.
            Cancelled: it was called off.
        """
        with contextlib.ExitStack() as stack:
            try:
                self._take_turn(entry, reporter, stack)
            except OSError as error:
                # Where nothing can be written, a whole model is one all the same.
                installed = self._find_whole(entry, reporter)
                if installed is None:
                    raise explain_disk_error(error, self._store.folder) from error
            else:
                with tell_disk_errors(self._store.folder):
                    installed = self._install(entry, reporter, allow_remote_code)
        self._store.list_installed()
        reporter.total, reporter.base = installed.size, 0
        reporter.fetched(installed.size)
        return installed

    def _take_turn(self, entry: ModelEntry, reporter: Reporter, stack: contextlib.ExitStack) -> None:
        lock = self._store.lock_model(entry.id)
        while not lock.acquire():
            reporter.pause(LOCK_POLL_S, "another program is fetching this model")
        stack.callback(lock.release)

    def _install(self, entry: ModelEntry, reporter: Reporter, allow_remote_code: str | None) -> Installed:
        installed = self._find_whole(entry, reporter)
        # Its code must be compared before it is allowed, so that it is fetched like a model that lacks it.
        unallowed = installed is not None and self._lacks_permission(entry, allow_remote_code)
        if installed is not None and not unallowed:
            return installed
        self._check_allowed(entry, allow_remote_code)
        try:
            return self._fetch(entry, reporter, allow_remote_code, take=unallowed or self._is_damaged(entry))
        except BaseException:
            if unallowed:
                self._put_back(entry)
            raise

    def _lacks_permission(self, entry: ModelEntry, allowed: str | None) -> bool:
        recorded = self._store.read_metadata(entry.id).get("remote_code")
        return allowed is not None and allowed == entry.remote_code and recorded != allowed

    def _put_back(self, entry: ModelEntry) -> None:
        folder, staging = self._store.folder / entry.id, self._store.staging_folder(entry.id)
        if not folder.exists() and staging.is_dir():
            shutil.rmtree(staging / INCOMPLETE_FOLDER, ignore_errors=True)
            (staging / ORIGIN_FILE).unlink(missing_ok=True)
            staging.replace(folder)

    def _find_whole(self, entry: ModelEntry, reporter: Reporter) -> Installed | None:
        installed = self._store.find(entry.id)
        if installed is None:
            return None
        current = not installed.revision or installed.revision in {
            revision_of(source) for source in entry.sources
        }
        reporter.say("checking")
        whole = not self._store.verify(entry.id)
        # One of an earlier revision that is whole is better than none.
        return installed if whole and (current or is_offline()) else None

    def _check_allowed(self, entry: ModelEntry, allow_remote_code: str | None) -> None:
        if entry.remote_code is not None:
            check_permission(entry.id, entry.remote_code, allow_remote_code)
        local = any(isinstance(source, LocalSource) for source in entry.sources)
        if is_offline() and not local:
            raise ModelUnavailable(
                f"The model {entry.id} is not installed, and {OFFLINE_VARIABLE}=1 forbids downloads.",
                fix=f"Copy the model's folder to {self._store.folder / entry.id}; or unset"
                f" {OFFLINE_VARIABLE}, {RESTART}",
            )

    def _fetch(
        self, entry: ModelEntry, reporter: Reporter, allow_remote_code: str | None, *, take: bool
    ) -> Installed:
        # A whole model of an earlier revision serves until the new one takes its place.
        # Others keep values in the record too.
        before = prepare_staging(self._store, entry, take=take)
        staging = self._store.staging_folder(entry.id)
        delivery = Delivery(entry, staging, self._hub, reporter, allow_remote_code)
        failures: list[SourceError] = []
        for source in entry.sources:
            if is_offline() and not isinstance(source, LocalSource):
                continue
            try:
                revision = delivery.bring(source)
            except SourceError as failure:
                failures.append(failure)
                continue
            finally:
                failures += [
                    SourceError(f"{path} arrived damaged and was removed") for path in delivery.damaged
                ]
                delivery.damaged.clear()
            if not delivery.find_missing():
                delivery.finish()
                return self._place(entry, delivery, source, revision, before)
        raise self._explain(entry, failures)

    def _is_damaged(self, entry: ModelEntry) -> bool:
        return self._store.find(entry.id) is None or bool(self._store.verify(entry.id))

    def _place(
        self,
        entry: ModelEntry,
        delivery: Delivery,
        source: ModelSource,
        revision: str,
        before: dict[str, Any],
    ) -> Installed:
        folder, staging = self._store.folder / entry.id, self._store.staging_folder(entry.id)
        changed = point_to_folder(staging, delivery.code) if delivery.code is not None else []
        files = tuple(_record_file(file, staging, changed) for file in delivery.files)
        size = sum(file.size or 0 for file in files)
        installed = Installed(entry, folder, files, size, int(time.time() * 1000), revision)
        described = next(
            one
            for one, known in zip(describe_entry(entry)["sources"], entry.sources, strict=True)
            if known == source
        )
        record = {
            **keep_values(before, files),
            **describe_installed(installed, described),
            "remote_code": delivery.code,
        }
        write_object(staging / METADATA_FILE, record)
        drop_others(staging, files, record)
        move_to_place(self._store, entry)
        return installed

    def _explain(self, entry: ModelEntry, failures: list[SourceError]) -> ModelUnavailable:
        reasons = "; ".join(dict.fromkeys(str(failure) for failure in failures))
        fix = next((failure.fix for failure in failures if failure.fix), None)
        for failure in failures:
            others = self._find_conversions(entry, failure)
            if others and failure.fix:
                fix = f"{failure.fix} Or take the same model where nobody asks: {' or '.join(others)}."
        return ModelUnavailable(
            f"The model {entry.id} could not be fetched: {reasons}.",
            fix=fix
            or "Check the network connection and run it again; what was fetched is kept."
            f" HF_ENDPOINT and pip's own settings are honoured: set them, {RESTART}",
        )

    def _find_conversions(self, entry: ModelEntry, failure: SourceError) -> list[str]:
        if not isinstance(failure, AccessRefused):
            return []
        return [
            f"classify model download {other.id}"
            for other in self._store.entries().values()
            if other.gated == failure.repository and other.id != entry.id
        ]


def _record_file(file: WantedFile, staging: Path, changed: list[str]) -> ModelFile:
    path = staging / file.path
    known = None if file.path in changed else file.sha256
    return ModelFile(file.path, path.stat().st_size, known or hash_file(path))
