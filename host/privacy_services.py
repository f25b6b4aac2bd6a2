"""A person's hold on what is kept of them, wired together for the daemon."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import AppError
from host.core.log import close_log, describe_exception, get_logger
from host.history.waiting import drop_left_out
from host.models.clearing import clear_models
from host.upkeep.deletion import Receipt, delete_everything
from host.upkeep.forgetting import Forgetting
from host.upkeep.places import exports_folder
from host.upkeep.rest import Rest
from host.upkeep.retention import retain_by_age, retain_by_size
from host.upkeep.uploads import drop_uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from host.core.paths import Paths
    from host.history.indexing import Indexer
    from host.history.profiles import Profile, Profiles
    from host.improvement.service import Improvement
    from host.model_services import ModelServices
    from host.models.clearing import Cleared
    from host.search.service import Search
    from host.storage.deletion import Selection
    from host.upkeep.forgetting import Forgotten
    from host.upkeep.keys import Keys
    from host.workers.client import Worker

# Settings that leave addresses out.
_LEAVING_OUT = frozenset({"capture.excluded_sites", "capture.local_addresses"})
# How long copies under way have to end before everything is deleted.
COPIES_S = 5.0
_log = get_logger("privacy")


class Privacy:
    """What follows from a person's wishes; see docs/privacy.md."""

    def __init__(
        self,
        paths: Paths,
        profiles: Profiles,
        models: ModelServices,
        indexer: Indexer,
        improvement: Improvement,
        search: Search,
        keys: Keys,
        processes: Collection[Worker],
        *,
        on_resume: Callable[[], None],
        close_all: Callable[[], None],
    ) -> None:
        """Wire it.

        Args:
            paths: the installation.
            profiles: the open histories.
            models: are unloaded when all is off.
            indexer: works in the background.
            improvement: trains there.
            search: remembers queries.
            keys: of encrypted histories.
            processes: others that are ended when all is off.
            on_resume: called when remembering has begun again.
            close_all: ends every part that has a file open.
        """
        self._paths = paths
        self._profiles = profiles
        self._models = models
        self._search = search
        self._improvement = improvement
        self._keys = keys
        self._forgetting = Forgetting()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._retaining: threading.Thread | None = None
        self._close_all = close_all
        self.rest = Rest(
            profiles.opened,
            (
                _Background(indexer),
                _Trainer(improvement),
                _Models(models),
                *(_Process(one) for one in processes),
            ),
            on_resume,
        )

    def apply_settings(self, profile: Profile, changed: Collection[str]) -> None:
        """Do at once what a change of settings asks for.

        Args:
            profile: whose settings.
            changed: their keys.
        """
        self.rest.apply()
        if not _LEAVING_OUT.isdisjoint(changed):
            drop_left_out(profile)
        if "retention.max_age_days" in changed:
            self._retain_by_age(profile)
        if "retention.max_size_mb" in changed:
            self.retain()

    def forget(self, profile: Profile, selection: Selection) -> Forgotten:
        """Forget what a person names: in the database, its backups, and a training that has not ended."""
        found = self._forgetting.forget(
            profile,
            selection,
            # To read the codes of a long history again takes a moment of the next search.
            on_deleted=lambda: self._search.forget(profile) if selection.about_pages else None,
        )
        self._improvement.forget(profile.id)
        if selection.everything:
            drop_uploads(profile)
        return found

    def retain(self) -> None:
        """Begin to forget what is older, or more, than is wanted, and what backups still have of it."""
        with self._lock:
            if self._stopping.is_set() or (self._retaining and self._retaining.is_alive()):
                return
            self._retaining = threading.Thread(target=self._retain_all, name="retention", daemon=True)
            self._retaining.start()

    def _retain_all(self) -> None:
        for profile in self._profiles.opened():
            try:
                self._forgetting.resume(profile)
                self._retain_by_age(profile)
                retain_by_size(
                    profile,
                    self._forgetting,
                    on_deleted=partial(self._search.forget, profile),
                    is_stopping=self._stopping.is_set,
                )
            except AppError as error:
                _log.error("old pages were not forgotten, later again: %s", error.kind)

    def _retain_by_age(self, profile: Profile) -> None:
        forget = partial(self._search.forget, profile)
        retain_by_age(profile, self._forgetting, now_ms(), on_deleted=forget)

    def clear_models(self) -> Cleared:
        """Delete the models that can be fetched again."""
        return clear_models(self._models.store, self._models.manager)

    def finish_forgetting(self, profile: Profile) -> None:
        """Wait until backups have nothing any more that was forgotten; before one of them is restored."""
        self._forgetting.finish(profile)

    def close(self) -> None:
        """End what waits for others."""
        self._stopping.set()
        self.rest.close()
        if self._retaining is not None:
            self._retaining.join()
        self._forgetting.close()

    def delete_all(self, on_progress: Callable[[str, float], None]) -> Receipt:
        """Delete everything; the process has to end afterwards, for nothing works any more.

        A part that does not close keeps nothing from being deleted. Where the system refuses to delete what
        is open, the receipt says so, and the next process does it.
        """
        on_progress("closing", 0.0)
        copies = [profile.copying for profile in self._profiles.opened()]
        try:
            self._close_all()
        except Exception as error:  # noqa: BLE001
            _log.error("not everything ended before it was deleted: %s", describe_exception(error))
        # A copy that was under way takes its half file away. None begins any more, so nobody gives them back.
        deadline = time.monotonic() + COPIES_S
        for lock in copies:
            lock.acquire(timeout=max(0.0, deadline - time.monotonic()))
        close_log()
        return delete_everything(
            self._paths, exports_folder(), forget_keys=self._forget_keys, on_progress=on_progress
        )

    def _forget_keys(self) -> Iterator[tuple[str, str | None]]:
        for database in sorted(self._paths.data.glob("*/history.db")):
            if not self._keys.is_guarded(database):
                continue
            problem = None
            try:
                self._keys.forget(database)
            except AppError as error:
                problem = error.message
            yield f"key of {database.parent.name}", problem


class _Background:
    def __init__(self, indexer: Indexer) -> None:
        self._indexer = indexer

    def interrupt(self) -> None:
        self._indexer.rest()

    def unload(self) -> bool:
        # It looks itself before each step whether there is anything to be done.
        return True


class _Trainer:
    def __init__(self, improvement: Improvement) -> None:
        self._improvement = improvement

    def interrupt(self) -> None:
        pass

    def unload(self) -> bool:
        # It looks itself, several times a second.
        return self._improvement.job.state != "running"


class _Models:
    def __init__(self, models: ModelServices) -> None:
        self._models = models

    def interrupt(self) -> None:
        self._models.optimiser.rest()
        self._models.runtime.withdraw()

    def unload(self) -> bool:
        return self._models.runtime.put_out() and self._models.optimiser.is_at_rest


class _Process:
    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def interrupt(self) -> None:
        pass

    def unload(self) -> bool:
        self._worker.stop_when_idle(0.0)
        return self._worker.state in ("stopped", "failed")
