from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.errors import Cancelled, ModelUnavailable, WorkerDied
from host.core.paths import HOME_VARIABLE, Paths
from host.models.downloads import Downloads
from host.models.store import ModelStore
from tests.makers import wait_until
from tests.models.conftest import CONTENTS, HUB, PACKAGE, Asking, Place, make_entry, read_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.hub_server import HubServer

NAME = "model.safetensors"
WAIT_S = 60.0


def wait_for_part(place: Place) -> None:
    wait_until(lambda: any(path.stat().st_size > 1_000_000 for path in place.incomplete), "a part of it")


def wait_for_end(*processes: psutil.Process) -> None:
    assert psutil.wait_procs(processes, timeout=WAIT_S)[1] == []


@pytest.fixture
def asking(place: Place, hub: HubServer) -> Asking:
    """Somebody whose download stands still in the middle of a file."""
    hub.fail(NAME, "stall", after=2_000_000)
    started = Asking(place.downloads)
    assert hub.stalled.wait(WAIT_S)
    wait_for_part(place)
    return started


def test_a_killed_download_leaves_no_half_model_and_the_next_goes_on_where_it_stopped(
    place: Place, hub: HubServer, asking: Asking
) -> None:
    worker = psutil.Process(place.downloads.pid)
    worker.kill()
    with pytest.raises(WorkerDied, match="download of tiny stopped") as caught:
        asking.finish()
    assert "what was fetched is kept" in str(caught.value.fix)
    wait_for_end(worker)
    assert place.store.presence("tiny") == "partial"
    assert len(place.incomplete) == 1
    place.download()
    assert read_model(place.model) == CONTENTS
    assert hub.ranges(NAME)[1] is not None


def test_a_cancelled_download_stops_though_the_line_is_silent_and_is_resumed_later(
    place: Place, hub: HubServer, asking: Asking
) -> None:
    worker = psutil.Process(place.downloads.pid)
    asking.cancelled.set()
    with pytest.raises(Cancelled, match="What was fetched is kept"):
        asking.finish()
    wait_for_end(worker)
    assert place.downloads.under_way() == {}
    assert place.store.presence("tiny") == "partial"
    place.download()
    assert read_model(place.model) == CONTENTS
    assert hub.ranges(NAME)[1] is not None


def test_a_download_that_waits_for_another_try_is_cancelled_at_once(place: Place, hub: HubServer) -> None:
    hub.fail("api", "429", retry_after="200")
    asking = Asking(place.downloads)
    wait_until(lambda: any("200 s" in (one.note or "") for one in asking.heard), "the wait")
    asking.cancelled.set()
    with pytest.raises(Cancelled):
        asking.finish()
    assert len(hub.requests) == 1


def test_all_who_ask_for_one_model_share_one_download(place: Place, hub: HubServer, asking: Asking) -> None:
    second = Asking(place.downloads)
    wait_until(lambda: second.heard, "news")
    hub.release()
    assert asking.finish() == second.finish()
    assert second.heard[-1].done == second.heard[-1].total
    # One began it, one went on after the line was cut; none came twice.
    assert len(hub.ranges("config.json")) == 1
    assert len(hub.ranges(NAME)) == 2


def test_one_who_goes_does_not_stop_the_download_of_the_others(
    place: Place, hub: HubServer, asking: Asking
) -> None:
    second = Asking(place.downloads)
    wait_until(lambda: second.heard, "news")
    asking.cancelled.set()
    with pytest.raises(Cancelled):
        asking.finish()
    hub.release()
    assert second.finish().size > 0


def test_a_download_is_cancelled_for_all_by_its_name(place: Place, hub: HubServer, asking: Asking) -> None:
    second = Asking(place.downloads)
    wait_until(lambda: second.heard, "news")
    assert place.downloads.cancel("tiny")
    for one in (asking, second):
        with pytest.raises(Cancelled):
            one.finish()
    assert not place.downloads.cancel("tiny")


def test_two_models_are_fetched_one_after_the_other(place: Place, hub: HubServer) -> None:
    place.offer(make_entry(HUB), make_entry(HUB, model_id="second"))
    hub.fail(NAME, "stall", after=1_000_000)
    first = Asking(place.downloads)
    assert hub.stalled.wait(WAIT_S)
    second = Asking(place.downloads, "second")
    wait_until(lambda: any(one.note == "waiting for another download" for one in second.heard), "its turn")
    third = Asking(place.downloads, "second")
    hub.release()
    for one in (first, second, third):
        assert read_model(one.finish().folder) == CONTENTS


def test_one_who_waits_for_the_turn_can_go(place: Place, hub: HubServer, asking: Asking) -> None:
    place.store.shipped["second"] = replace(make_entry(HUB), id="second")
    second = Asking(place.downloads, "second")
    wait_until(lambda: second.heard, "news")
    second.cancelled.set()
    with pytest.raises(Cancelled):
        second.finish()
    hub.release()
    assert asking.finish().size > 0


def test_closing_stops_what_is_under_way(place: Place, asking: Asking) -> None:
    worker = psutil.Process(place.downloads.pid)
    place.downloads.close()
    with pytest.raises(Cancelled):
        asking.finish()
    wait_for_end(worker)
    with pytest.raises(Cancelled):
        place.download()


def test_a_model_that_is_being_fetched_is_not_removed(place: Place, hub: HubServer, asking: Asking) -> None:
    with pytest.raises(ModelUnavailable, match="is being downloaded"):
        place.store.remove("tiny")
    hub.release()
    asking.finish()
    assert place.store.remove("tiny") > 0


def test_another_process_waits_and_then_finds_it_installed(home: Paths, hub: HubServer) -> None:
    store = ModelStore(home.models)
    store.add_entry(make_entry(HUB))
    downloads = Downloads(store)
    hub.fail(NAME, "stall", after=1_000_000)
    asking = Asking(downloads)
    assert hub.stalled.wait(WAIT_S)
    command = [sys.executable, "-u", "-m", "host.models.download", "--lines", "tiny"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as other:
        assert other.stdout is not None
        waiting = next(line for line in other.stdout if "another program" in line)
        hub.release()
        asking.finish()
        said = [waiting, *other.stdout]
    downloads.close()
    assert other.returncode == 0
    assert "100 %" in said[-1]
    assert len(hub.ranges("config.json")) == 1
    assert read_model(home.models / "tiny") == CONTENTS


def test_a_killed_daemon_leaves_no_download_process(home: Paths, hub: HubServer) -> None:
    ModelStore(home.models).add_entry(make_entry(HUB))
    code = (
        "from host.core.paths import find_paths; from host.models.downloads import Downloads;"
        "from host.models.store import ModelStore;"
        "Downloads(ModelStore(find_paths().models)).download('tiny')"
    )
    hub.fail(NAME, "stall", after=1_000_000)
    environment = os.environ | {HOME_VARIABLE: str(home.models.parent)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as daemon:
        assert hub.stalled.wait(WAIT_S)
        (worker,) = psutil.Process(daemon.pid).children(recursive=True)
        daemon.kill()
    wait_for_end(worker)
    store = ModelStore(home.models)
    assert store.presence("tiny") == "partial"
    downloads = Downloads(store)
    downloads.download("tiny")
    downloads.close()
    assert read_model(home.models / "tiny") == CONTENTS


@pytest.fixture
def silent_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A package index that takes connections and never answers; set once somebody has come."""
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server, contextlib.ExitStack() as stack:

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    stack.enter_context(server.accept()[0])
                    asked.set()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.getsockname()[1]}/simple")
        yield asked
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("how", ["kill", "cancel"])
def test_pip_ends_with_the_download_that_started_it(
    place: Place, silent_index: threading.Event, tmp_path: Path, how: str
) -> None:
    (tmp_path / "wheels").mkdir()
    place.offer_from(PACKAGE)
    asking = Asking(place.downloads)
    assert silent_index.wait(WAIT_S)
    worker = psutil.Process(place.downloads.pid)
    (pip,) = worker.children(recursive=True)
    if how == "kill":
        worker.kill()
    else:
        asking.cancelled.set()
    with pytest.raises(WorkerDied if how == "kill" else Cancelled):
        asking.finish()
    wait_for_end(worker, pip)
