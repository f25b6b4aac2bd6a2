"""The doctor, the processes and the growth of the history, wired for the daemon."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.errors import AppError
from host.core.log import get_logger
from host.history.checks import check_installation
from host.history.health import check_health
from host.improvement_services import check_improvement
from host.protocol.upkeep_messages import ActionItem, CheckItem, ProcessItem
from host.storage.growth import note_growth
from host.storage.statistics import count_rows
from host.upkeep.checks import check_backups, describe_encryption
from host.workers.processes import list_child_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from host.core.paths import Paths
    from host.history.checks import Check, CheckedEmbedder
    from host.history.profiles import Profile
    from host.improvement.service import Improvement
    from host.model_services import ModelServices
    from host.tabs.service import Tabs
    from host.upkeep.encryption import Encryption

GROWTH_EVERY_S = 3600.0
_log = get_logger("insight")

# What runs in a process of its own, in words for a person.
_PROCESSES = {
    "host.history.reader_worker": "Page reader",
    "host.explorer.worker": "SQL explorer",
    "host.models.encoder_worker": "Embedding, reranking and entailment models",
    "host.models.language_worker": "Language model",
    "host.models.download_worker": "Downloads",
    "host.models.quantisation_worker": "Converting a model",
    "host.models.lora.training_worker": "Training",
    "host.tabs.analysis_worker": "Grouping of tabs",
}


class Doctor:
    """Checks every part, each failure with its fix."""

    def __init__(
        self,
        paths: Paths,
        find_embedder: Callable[[], CheckedEmbedder | None],
        models: ModelServices,
        tabs: Tabs,
        improvement: Improvement,
        encryption: Encryption,
    ) -> None:
        """Wire it.

        Args:
            paths: the installation.
            find_embedder: the model that search goes by, None when none is installed.
            models: checks the models.
            tabs: says whether a trained model is passed over.
            improvement: the training in the background.
            encryption: of the databases.
        """
        self._paths = paths
        self._find_embedder = find_embedder
        self._models = models
        self._tabs = tabs
        self._improvement = improvement
        self._encryption = encryption

    def check(self, profile: Profile | None) -> list[CheckItem]:
        """Everything that can be looked at quickly; without a profile only what all share."""
        found = check_installation(self._paths, profile, self._find_embedder())
        if profile is not None:
            found += self._check_profile(profile)
        return [
            *(_to_item(check) for check in found),
            *self._models.check(),
            *self._check_sorting(profile),
            *check_improvement(self._improvement),
        ]

    def _check_profile(self, profile: Profile) -> list[Check]:
        try:
            return [
                *check_health(profile),
                check_backups(profile, now_ms()),
                describe_encryption(self._encryption.describe(profile.id)),
            ]
        except AppError:
            # The check of the database itself has said what is the matter.
            return []

    def _check_sorting(self, profile: Profile | None) -> list[CheckItem]:
        """A model that was trained for other categories than a profile has."""
        why = self._tabs.explain_stand_in(profile) if profile else None
        if why is None:
            return []
        fix = (
            "Train it for all of them (ai-history finetune pipeline --own), switch off those that it does not"
            " know, or take it back: ai-history finetune deploy --rollback"
        )
        back = ActionItem(label="Take it back", method="finetune.rollback")
        return [CheckItem(name="Trained model", ok=False, detail=why, fix=fix, action=back)]


class GrowthNotes:
    """Notes now and then how large each history is, so that its growth can be shown.

    In a thread of its own: who writes may have to wait for a copy of a whole database.
    """

    def __init__(
        self, profiles: Callable[[], Iterable[Profile]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin; the first notes are due at once.

        Args:
            profiles: those that are open.
            clock: seconds.
        """
        self._profiles = profiles
        self._clock = clock
        self._due = clock()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin to note it when it is due: one row a day, that of today is kept up to date."""
        if self._clock() < self._due or (self._thread is not None and self._thread.is_alive()):
            return
        self._due = self._clock() + GROWTH_EVERY_S
        self._thread = threading.Thread(target=self._note_all, name="growth", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for what is under way."""
        if self._thread is not None:
            self._thread.join()

    def _note_all(self) -> None:
        for profile in self._profiles():
            try:
                _note(profile)
            except (AppError, OSError) as error:
                _log.error("the size of a history was not noted, later again: %s", type(error).__name__)


def describe_processes() -> list[ProcessItem]:
    """The processes that the daemon has started, with what they hold in memory and since when."""
    return [
        ProcessItem(name=_PROCESSES.get(child.module, child.module), **asdict(child))
        for child in list_child_processes()
    ]


def _note(profile: Profile) -> None:
    database = profile.database
    counts = database.read(lambda connection: count_rows(connection, database.path))
    database.write(
        lambda connection: note_growth(connection, now_ms(), counts.database_bytes), background=True
    )


def _to_item(check: Check) -> CheckItem:
    action = ActionItem(**asdict(check.action)) if check.action else None
    return CheckItem(name=check.name, ok=check.ok, detail=check.detail, fix=check.fix, action=action)
