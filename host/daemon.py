"""The daemon, `python -m host.daemon`: one per user. Wiring and nothing else.

It owns the databases, the queue and the workers, serves browsers and terminals over a local socket,
and ends when nothing has been connected for a while.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psutil

from host.chat.idle_summaries import IdleSummaries
from host.chat.service import Chat, ChatModels
from host.chat.summaries import Summaries
from host.core.clock import now_ms
from host.core.errors import AppError
from host.core.lock import ProcessLock
from host.core.log import describe_exception, get_logger, open_log
from host.core.parent import Parent
from host.core.paths import Paths, find_paths
from host.history.capture import Capture
from host.history.indexing import Indexer
from host.history.profiles import Profile, Profiles
from host.history.reader import Reader
from host.improvement_services import improve_by_settings, make_improvement
from host.insight_services import Doctor, GrowthNotes, describe_processes
from host.model_services import ModelServices, name_models
from host.privacy_services import Privacy
from host.protocol.dispatch import Dispatcher
from host.protocol.handlers import make_handlers
from host.protocol.handlers.encryption import tell_opened
from host.protocol.handlers.services import Services
from host.protocol.messages import Degraded, ModelState
from host.protocol.person_clock import PersonClock
from host.protocol.server import Server
from host.protocol.upkeep_messages import DaemonStatusResult
from host.search.service import Search
from host.storage.database import fold_log
from host.tab_services import TabEngines
from host.tabs.analysis import Analysis
from host.tabs.page_classification import PageClassification
from host.tabs.service import Tabs
from host.upkeep.deletion import finish_deletion
from host.upkeep.schedule import Schedule
from host.upkeep_services import make_encryption, make_explorer, make_keys, make_store
from host.version import VERSION

if TYPE_CHECKING:
    from host.models.embedding import Embedder

HOUSEKEEPING_S = 5.0
WORKER_IDLE_S = 600.0
# It is back within a second, and holds a hundred megabytes.
ANALYSIS_IDLE_S = 60.0
# What a person has had loaded although all is switched off.
OFF_IDLE_S = 15.0
# So long after a search, forms of models are not measured.
CALM_S = 60.0
RETENTION_EVERY_S = 3600.0
_log = get_logger("daemon")


class Daemon:
    """The parts, wired together; `run` serves until it is told to stop."""

    def __init__(
        self, paths: Paths, *, without: frozenset[str] = frozenset(), idle_limit_s: float | None = None
    ) -> None:
        """Wire the parts.

        Args:
            paths: the installation.
            without: features to do without; see `host.storage.database.Database`.
            idle_limit_s: end after so many seconds with nothing connected; by default as the profiles say.
        """
        self._paths = paths
        self._told_idle_limit_s = idle_limit_s
        self._started_at = now_ms()
        self._stopping = threading.Event()
        self._person_at = time.monotonic()
        self.models = ModelServices(
            paths,
            on_change=self._apply_choice,
            # The indexer is made below.
            serving=lambda: self.indexer.serving_models(),  # noqa: PLW0108
            may_measure=self._is_calm,
        )
        wanted = self.models.find_search_model()
        self.reader = Reader(
            window_tokens=wanted.context if wanted else None,
            log_file=paths.log / "reader.log",
        )
        keys = make_keys()
        self.profiles = Profiles(paths, without=without, on_open=self._prepare, find_key=keys.find)
        chat_models = ChatModels(
            find_embedder=self._find_search_embedder,
            find_entailment=self.models.find_entailment,
            find_writer=lambda: self.models.manager.find_entry_for("chat"),
            lend_writer=self.models.runtime.lend_language,
        )
        self.summaries = Summaries(chat_models)
        self.analysis = Analysis(log_file=paths.log / "analysis.log")
        self.tab_engines = TabEngines(self.models, self.analysis, paths.models)
        self.tabs = Tabs(self.tab_engines, self.analysis)
        self.page_classification = PageClassification(
            lambda profile, tabs, cancelled: (
                self.tabs.categorize(profile, tabs, lane="background", cancelled=cancelled).verdicts
            ),
            self.tabs.find_stamp,
        )
        self.indexer = Indexer(
            self.profiles.opened,
            self.reader,
            self.models.find_embedder,
            self.models.find_search_space,
            light_work=self.page_classification,
            idle_work=IdleSummaries(self.summaries, self._is_calm),
        )
        self.search = Search(self.models.find_embedder, self.models.find_reranker, on_query=self._note_person)
        self.chat = Chat(self.search, chat_models)
        person = PersonClock()
        self.improvement = make_improvement(paths, self.profiles, self.models.store, person)
        self.explorer = make_explorer(paths, self.models.find_embedder, self.search.forget)
        self.privacy = Privacy(
            paths,
            self.profiles,
            self.models,
            self.indexer,
            self.improvement,
            self.search,
            keys,
            (self.reader.worker, self.analysis.worker),
            on_resume=self._resume,
            close_all=self._close_for_good,
        )
        self.schedule = Schedule(self.profiles.opened, self._is_calm)
        self.growth = GrowthNotes(self.profiles.opened)
        encryption = make_encryption(self.profiles, keys)
        self.doctor = Doctor(
            paths, self._find_search_embedder, self.models, self.tabs, self.improvement, encryption
        )
        self.dispatcher = Dispatcher({})
        self.server: Server | None = None
        self.services = Services(
            profiles=self.profiles,
            capture=Capture(self.reader, self.indexer.wake),
            search=self.search,
            chat=self.chat,
            summaries=self.summaries,
            tabs=self.tabs,
            reconsider_site=self.page_classification.reconsider_site,
            indexer=self.indexer,
            models=self.list_models,
            manager=self.models.manager,
            deployments=self.models.deployments,
            improvement=self.improvement,
            explorer=self.explorer,
            encryption=encryption,
            store=make_store(self.search.forget, self.indexer, self.improvement.forget),
            forget=self.privacy.forget,
            finish_forgetting=self.privacy.finish_forgetting,
            clear_models=self.privacy.clear_models,
            delete_all=self.privacy.delete_all,
            apply_settings=self.privacy.apply_settings,
            lend_classifier=self.models.lend_classifier,
            degraded=self.list_degraded,
            check=self.doctor.check,
            status=self.describe,
            stop=self.stop,
            sessions=lambda: (
                [connection.session for connection in self.server.connections] if self.server else []
            ),
            warm_up=self.warm_up,
            methods=lambda: self.dispatcher.methods,
            log_folder=paths.log,
        )
        handlers = person.watch(make_handlers(self.services))
        self.dispatcher = Dispatcher(handlers, self.services.latencies)

    def run(self) -> None:
        """Serve until `stop`, or until nothing was connected for long enough. Leaves nothing half written."""
        self.server = Server(self._paths, self.dispatcher)
        self.indexer.start()
        self.improvement.start()
        # What was loaded so far lives as long as the process: the collector need not walk it each time.
        gc.collect()
        gc.freeze()
        retention_due = time.monotonic() + HOUSEKEEPING_S
        parent = Parent()
        try:
            while not self._stopping.wait(HOUSEKEEPING_S):
                if parent.is_gone:
                    break
                self._look_after_models()
                self._fold_waiting_logs()
                self.schedule.look()
                self.growth.look()
                if time.monotonic() >= retention_due:
                    retention_due = time.monotonic() + RETENTION_EVERY_S
                    self.privacy.retain()
                    improve_by_settings(self.improvement, self.profiles)
                idle = self.server.idle_seconds() > self._idle_limit_s()
                if idle and not self.improvement.needs_process:
                    break
        finally:
            self._drain()

    def stop(self) -> None:
        """Begin to end; what is under way is finished."""
        self._stopping.set()

    def warm_up(self) -> None:
        """Begin to load what a first search or capture needs, unless all is switched off."""
        self.privacy.rest.apply()
        if self.privacy.rest.is_off:
            return
        self.reader.warm_up()
        serving = self.indexer.serving_models()
        self.models.pin(serving)
        for model_id in serving:
            embedder = self.models.find_embedder(model_id)
            if embedder:
                embedder.warm_up()

    def list_models(self) -> list[ModelState]:
        """The installed models and what they are doing."""
        found = []
        for installed in self.models.store.list_installed():
            activity = self.models.runtime.find_activity(installed.entry.id)
            found.append(
                ModelState(
                    id=installed.entry.id,
                    type=installed.entry.type,
                    state=activity.state if activity else "stopped",
                    device=activity.device if activity else None,
                )
            )
        return found

    def list_degraded(self, profile: Profile) -> list[Degraded]:
        """What does not work now."""
        return [
            Degraded(part=part.part, reason=part.reason, fix=part.fix, loading=part.loading)
            for part in self.search.find_degraded(profile)
        ]

    def describe(self) -> DaemonStatusResult:
        """The process itself."""
        workers = [ModelState(id="page reader", type="reader", state=self.reader.worker.state)]
        return DaemonStatusResult(
            version=VERSION,
            pid=os.getpid(),
            started_at=self._started_at,
            connections=len(self.server.connections) if self.server else 0,
            profiles=[profile.id for profile in self.profiles.opened()],
            memory_bytes=psutil.Process().memory_info().rss,
            workers=[*workers, *self.list_models()],
            processes=describe_processes(),
        )

    def _find_search_embedder(self) -> Embedder | None:
        wanted = self.models.find_search_space()
        return self.models.find_embedder(wanted.model_id) if wanted else None

    def _apply_choice(self) -> bool:
        begun = self.indexer.apply_choice()
        self.models.pin(self.indexer.serving_models())
        return begun

    def _note_person(self) -> None:
        self._person_at = time.monotonic()
        self.indexer.yield_to_person()

    def _is_calm(self) -> bool:
        """Whether nobody has asked anything for a while, so that forms of models may be measured."""
        calm = time.monotonic() - self._person_at > CALM_S and self.models.runtime.is_calm()
        return calm and not self.privacy.rest.is_off

    def _resume(self) -> None:
        self.indexer.wake()
        if self.server and self.server.connections:
            self.warm_up()

    def _prepare(self, profile: Profile) -> None:
        self.indexer.prepare(profile)
        tell_opened(self.services.sessions(), profile)

    def _idle_limit_s(self) -> float:
        if self._told_idle_limit_s is not None:
            return self._told_idle_limit_s
        minutes = [profile.settings.idle_exit_minutes for profile in self.profiles.opened()]
        return 60.0 * max(minutes, default=1)

    def _look_after_models(self) -> None:
        try:
            self._rest_workers()
        except (AppError, OSError) as error:
            # A sick worker or database is no reason to end; everyone else is still served.
            _log.error("models were not looked after, later again: %s", describe_exception(error))

    def _rest_workers(self) -> None:
        self.privacy.rest.apply()
        off = self.privacy.rest.is_off
        idle_s = OFF_IDLE_S if off else WORKER_IDLE_S
        self.reader.worker.stop_when_idle(idle_s)
        self.analysis.worker.stop_when_idle(min(idle_s, ANALYSIS_IDLE_S))
        self.explorer.rest()
        # While a browser is connected what searches stays warm: nobody should wait for it.
        connected = bool(self.server and self.server.connections)
        serving = self.indexer.serving_models()
        self.models.pin(serving)
        self.models.runtime.rest_idle(idle_s, name_models(serving) if connected and not off else ())

    def _fold_waiting_logs(self) -> None:
        for profile in self.profiles.opened():
            if profile.database.log_waits:
                try:
                    fold_log(profile.database)
                except AppError as error:
                    _log.error("the log of a database was not folded, later again: %s", error.kind)

    def _drain(self) -> None:
        _log.info("stopping")
        if self.server:
            self.server.close()
        self._close_parts()
        _log.info("stopped")

    def _close_for_good(self) -> None:
        """Take back what others have asked for, and end everything but the server."""
        for connection in self.server.connections if self.server else ():
            connection.take_back(unless="store.delete_all")
        self._close_parts()

    def _close_parts(self) -> None:
        """End everything but the server; twice is once. One that fails keeps no other from its end."""
        parts = (
            self.schedule.close,
            self.privacy.close,
            self.improvement.close,
            self.explorer.close,
            self.indexer.stop,
            self.reader.close,
            self.tab_engines.close,
            self.analysis.close,
            self.models.close,
            self.search.close,
            self.growth.close,
            self.profiles.close,
        )
        with ExitStack() as stack:
            for end in reversed(parts):
                stack.callback(end)


def main(*, idle_limit_s: float | None = None) -> int:
    """Run the daemon unless one runs already. Returns the exit code."""
    paths = find_paths()
    paths.create()
    lock = ProcessLock(paths.run / "daemon.lock")
    if not lock.acquire():
        return 0
    open_log(paths.log, "host")
    # The words of an exception may be a person's; Python would print them.
    threading.excepthook = _note_failure
    _log.info("starting version %s", VERSION)
    try:
        finish_deletion(paths)
        daemon = Daemon(paths, idle_limit_s=idle_limit_s)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: daemon.stop())
        daemon.run()
    except Exception as error:  # noqa: BLE001 - written down before the process ends
        _log.error("ended by %s", describe_exception(error))
        return 1
    finally:
        lock.release()
    return 0


def _note_failure(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        _log.error("a thread ended by %s", describe_exception(failure.exc_value))


if __name__ == "__main__":
    sys.exit(main())
