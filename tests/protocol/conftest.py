"""The whole protocol over real services, in this process: no socket file, no other process, no model."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from host.chat.service import Chat, ChatModels
from host.chat.summaries import Summaries
from host.history.capture import Capture
from host.history.indexing import Indexer
from host.history.profiles import Profiles
from host.history.throttle import Throttle
from host.improvement_services import make_improvement
from host.model_services import ModelServices
from host.privacy_services import Privacy
from host.protocol.connection import Connection, Pools
from host.protocol.dispatch import Dispatcher
from host.protocol.handlers import make_handlers
from host.protocol.handlers.services import Services
from host.protocol.person_clock import PersonClock
from host.protocol.upkeep_messages import DaemonStatusResult
from host.search.service import Search
from host.tab_services import TabEngines
from host.tabs.analysis import Analysis
from host.tabs.service import Tabs
from host.upkeep_services import make_encryption, make_explorer, make_keys, make_store
from tests.history.stand_ins import InstantReader
from tests.makers import WAIT_S
from tests.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from host.core.paths import Paths
    from host.protocol.dispatch import Handler

Connect = "Callable[[], Wire]"


class Exchange:
    """Connects clients to a dispatcher, each over a pair of sockets."""

    def __init__(self, dispatcher: Dispatcher | None = None) -> None:
        self.dispatcher = dispatcher or Dispatcher({})
        self.connections: list[Connection] = []
        self.pools = Pools(ThreadPoolExecutor(4), ThreadPoolExecutor(4), ThreadPoolExecutor(4))
        self._open: list[tuple[socket.socket, Wire, threading.Thread]] = []

    def connect(self) -> Wire:
        """A new client."""
        ours, theirs = socket.socketpair()
        connection = Connection(theirs, self.dispatcher, self.pools)
        self.connections.append(connection)
        thread = threading.Thread(target=connection.serve, daemon=True)
        thread.start()
        wire = Wire(ours.makefile("rb"), ours.sendall)
        self._open.append((ours, wire, thread))
        return wire

    def close_sending(self, wire: Wire) -> None:
        """Close a client's sending side, as a browser does that ends."""
        next(ours for ours, known, _ in self._open if known is wire).shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End every connection."""
        for ours, wire, thread in self._open:
            with contextlib.suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
            thread.join(WAIT_S)
            wire.join()
            wire.close()
            ours.close()
        for pool in (self.pools.short, self.pools.writing, self.pools.long):
            pool.shutdown()


@pytest.fixture
def exchange_of() -> Iterator[Callable[[Mapping[str, Handler]], Exchange]]:
    """Makes an exchange for given handlers."""
    made: list[Exchange] = []

    def make(handlers: Mapping[str, Handler]) -> Exchange:
        made.append(Exchange(Dispatcher(handlers)))
        return made[-1]

    yield make
    for exchange in made:
        exchange.close()


@pytest.fixture
def services(home: Paths) -> Iterator[tuple[Services, Exchange]]:
    """Everything but the processes: pages are read at once, and found by words."""
    keys = make_keys()
    profiles = Profiles(home, find_key=keys.find)
    reader = InstantReader()
    throttle = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
    indexer = Indexer(profiles.opened, reader, throttle=throttle)
    search = Search()
    exchange = Exchange()
    models = ModelServices(home, on_change=lambda: False, serving=frozenset, may_measure=lambda: False)
    chat_models = ChatModels(
        find_embedder=lambda: None,
        find_entailment=lambda: None,
        find_writer=lambda: None,
        lend_writer=models.runtime.lend_language,
    )
    analysis = Analysis()
    tab_engines = TabEngines(models, analysis, home.models)
    improvement = make_improvement(home, profiles, models.store, PersonClock())
    explorer = make_explorer(home, models.find_embedder, search.forget)
    privacy = Privacy(
        home,
        profiles,
        models,
        indexer,
        improvement,
        search,
        keys,
        (),
        on_resume=indexer.wake,
        close_all=profiles.close,
    )
    services = Services(
        profiles=profiles,
        capture=Capture(reader),
        search=search,
        chat=Chat(search, chat_models),
        summaries=Summaries(chat_models),
        tabs=Tabs(tab_engines, analysis),
        reconsider_site=lambda _profile, _url: None,
        indexer=indexer,
        models=list,
        degraded=lambda _: [],
        check=lambda _: [],
        status=lambda: DaemonStatusResult(
            version="0", pid=os.getpid(), started_at=0, connections=0, profiles=[], memory_bytes=0, workers=[]
        ),
        stop=lambda: None,
        sessions=lambda: [connection.session for connection in exchange.connections],
        warm_up=lambda: None,
        methods=lambda: exchange.dispatcher.methods,
        manager=models.manager,
        deployments=models.deployments,
        improvement=improvement,
        explorer=explorer,
        encryption=make_encryption(profiles, keys),
        store=make_store(search.forget, indexer, improvement.forget),
        apply_settings=privacy.apply_settings,
        forget=privacy.forget,
        finish_forgetting=privacy.finish_forgetting,
        clear_models=privacy.clear_models,
        delete_all=privacy.delete_all,
        lend_classifier=models.lend_classifier,
        log_folder=home.log,
    )
    exchange.dispatcher = Dispatcher(make_handlers(services), services.latencies)
    yield services, exchange
    exchange.close()
    improvement.close()
    explorer.close()
    search.close()
    tab_engines.close()
    analysis.close()
    models.close()
    profiles.close()


@pytest.fixture
def connect(services: tuple[Services, Exchange]) -> Callable[[], Wire]:
    """Connects a client to the services."""
    return services[1].connect


@pytest.fixture
def wire(connect: Callable[[], Wire]) -> Wire:
    """A client that has said hello."""
    made = connect()
    made.hello()
    return made
