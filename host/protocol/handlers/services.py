"""What the handlers work with; filled in by the daemon."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.protocol.latencies import Latencies

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from host.chat.service import Chat
    from host.chat.summaries import Summaries
    from host.classify.classifier import Classifier
    from host.explorer.service import Explorer
    from host.history.capture import Capture
    from host.history.indexing import Indexer
    from host.history.profiles import Profile, Profiles
    from host.improvement.service import Improvement
    from host.models.clearing import Cleared
    from host.models.deployments import Deployments
    from host.models.manager import ModelManager
    from host.protocol.dispatch import Call, Session
    from host.protocol.messages import Degraded, ModelState
    from host.protocol.upkeep_messages import CheckItem, DaemonStatusResult
    from host.search.service import Search
    from host.storage.deletion import Selection
    from host.tabs.service import Tabs
    from host.upkeep.deletion import Receipt
    from host.upkeep.encryption import Encryption
    from host.upkeep.forgetting import Forgotten
    from host.upkeep.store import Store


@dataclass(frozen=True)
class Services:
    """The services and a few facts about the process.

    Attributes:
        profiles: the open databases.
        capture: takes pages in.
        search: finds them.
        chat: answers questions from them.
        summaries: of single pages.
        tabs: sorts and groups tabs, and learns.
        reconsider_site: lets the remembered pages of an address's site be given categories anew.
        indexer: background work.
        models: the installed models and their state.
        manager: everything else about models.
        lend_classifier: a classifier made of an installed model, for as long as the block lasts.
        degraded: what does not work now, for a profile.
        check: the doctor's checks.
        status: the process itself.
        stop: asks it to end.
        sessions: who is connected.
        warm_up: begins to load what a first search needs.
        deployments: models that were trained here.
        improvement: trains one in the background.
        encryption: of databases at rest.
        store: what is done with whole databases.
        explorer: runs a person's own statements.
        apply_settings: does at once what a change of settings (their keys) asks for.
        forget: forgets what a person names, in backups too.
        finish_forgetting: waits until backups have nothing any more that was forgotten.
        clear_models: deletes those that can be fetched again.
        delete_all: deletes everything that is kept; afterwards nothing answers but `stop`.
        log_folder: where logs lie.
        latencies: how long requests took lately.
    """

    profiles: Profiles
    capture: Capture
    search: Search
    chat: Chat
    summaries: Summaries
    tabs: Tabs
    reconsider_site: Callable[[Profile, str], object]
    indexer: Indexer
    models: Callable[[], list[ModelState]]
    degraded: Callable[[Profile], list[Degraded]]
    check: Callable[[Profile | None], list[CheckItem]]
    status: Callable[[], DaemonStatusResult]
    stop: Callable[[], None]
    sessions: Callable[[], Iterable[Session]]
    warm_up: Callable[[], None]
    methods: Callable[[], list[str]]
    manager: ModelManager
    deployments: Deployments
    improvement: Improvement
    encryption: Encryption
    store: Store
    explorer: Explorer
    apply_settings: Callable[[Profile, Collection[str]], None]
    forget: Callable[[Profile, Selection], Forgotten]
    finish_forgetting: Callable[[Profile], None]
    clear_models: Callable[[], Cleared]
    delete_all: Callable[[Callable[[str, float], None]], Receipt]
    lend_classifier: Callable[[str, threading.Event | None], AbstractContextManager[Classifier]]
    log_folder: Path
    latencies: Latencies = field(default_factory=Latencies)

    def profile(self, call: Call) -> Profile:
        """The profile that the caller chose with `hello`."""
        return self.profiles.open(call.session.profile_id)
