from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.endpoint import info_path, read_info, socket_path
from host.version import VERSION
from tests.makers import NOON, WAIT_S, wait_until
from tests.processes import Installation, has_ended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these look at modes, maps and signals")

NATIVE = ("torch", "llama", "lxml", "sentencepiece", "onnx")
PYTHON_ONLY_IN_WORKERS = (
    "torch",
    "llama_cpp",
    "sentence_transformers",
    "transformers",
    "trafilatura",
    "lxml",
)


@pytest.fixture
def installation(short_path: Path) -> Iterator[Installation]:
    """An installation without models in which nothing runs yet."""
    made = Installation(short_path)
    yield made
    made.close()


def _article(text: str) -> str:
    body = "".join(
        f"<p>{text} {number}. More words about it, so that it reads as an article.</p>"
        for number in range(12)
    )
    return f"<html><head><title>T</title></head><body><article><h1>T</h1>{body}</article></body></html>"


def test_only_one_daemon_runs_and_the_second_ends_without_a_word(installation: Installation) -> None:
    first = installation.start_daemon()
    second = installation.begin_daemon()
    assert second.wait(WAIT_S) == 0
    assert installation.connect().call("daemon.status")["pid"] == first.pid


def test_nobody_else_can_reach_the_socket_or_read_the_files(installation: Installation) -> None:
    installation.start_daemon()
    installation.connect().call("pages.visit", url="https://a.example/", visited_at=NOON)
    paths = installation.paths
    assert stat.S_IMODE(socket_path(paths).stat().st_mode) == 0o600
    for folder in (paths.run, paths.data, paths.log, paths.data / "tester"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    assert stat.S_IMODE(info_path(paths).stat().st_mode) == 0o600
    for file in (paths.data / "tester").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_two_profiles_have_histories_of_their_own(installation: Installation) -> None:
    installation.start_daemon()
    one, other = installation.connect("one"), installation.connect("other")
    one.call("pages.visit", url="https://a.example/", title="Tea", visited_at=NOON)
    assert [wire.call("store.stats")["pages"] for wire in (one, other)] == [1, 0]
    assert other.call("search.query", query="tea")["results"] == []
    assert other.ask("pages.get", page_id=1)["error"]["data"]["kind"] == "not_found"
    assert sorted(one.call("daemon.status")["profiles"]) == ["one", "other"]


def test_a_daemon_ends_by_itself_when_nothing_was_connected_for_long_enough(
    installation: Installation,
) -> None:
    process = installation.start_daemon("idle=0.3", "housekeeping=0.02")
    installation.connect().call("pages.visit", url="https://a.example/", visited_at=NOON)
    with pytest.raises(subprocess.TimeoutExpired):
        # Somebody is connected: it stays, for longer than it would alone.
        process.wait(1.0)
    installation.disconnect()
    assert process.wait(WAIT_S) == 0
    assert not socket_path(installation.paths).exists()
    assert read_info(installation.paths) == {}
    assert not list((installation.paths.data / "tester").glob("*-wal"))


def test_a_daemon_that_is_told_to_end_finishes_what_it_was_asked(installation: Installation) -> None:
    process = installation.start_daemon()
    wire = installation.connect()
    items = [
        {"url": f"https://{number}.example/", "title": "T", "last_visit_at": NOON, "visit_count": 1}
        for number in range(5000)
    ]
    number = wire.begin("pages.import", items=items)
    # It is under way once it shows in the answer to a later, quicker request of the same connection.
    wire.call("daemon.status")
    process.send_signal(signal.SIGTERM)
    assert wire.wait(number)["result"]["added"] == 5000
    assert process.wait(WAIT_S) == 0
    installation.start_daemon()
    assert installation.connect().call("store.stats")["pages"] == 5000


def test_a_daemon_can_be_asked_to_end(installation: Installation) -> None:
    process = installation.start_daemon()
    assert installation.connect(None).call("daemon.stop", reason="test") == {"stopping": True}
    assert process.wait(WAIT_S) == 0


def test_its_workers_end_with_it_even_when_it_is_killed(installation: Installation) -> None:
    installation.start_daemon()
    wire = installation.connect()
    wire.call("pages.capture", url="https://a.example/", html=_article("tea"), visited_at=NOON)
    wait_until(lambda: installation.processes("host.history.reader_worker"), "the reader runs")
    (reader,) = installation.processes("host.history.reader_worker")
    installation.kill_daemon()
    wait_until(lambda: has_ended(reader), "the reader has ended")


def test_an_older_daemon_is_asked_to_step_down_and_its_history_goes_on(installation: Installation) -> None:
    old = installation.start_daemon("version=0.0.1")
    wire = installation.connect()
    assert wire.hello()["version"] == "0.0.1"
    wire.call("pages.visit", url="https://a.example/", visited_at=NOON)
    bridge = installation.start_bridge()
    assert bridge.wire.hello()["version"] == VERSION
    assert old.wait(WAIT_S) == 0
    assert bridge.wire.call("store.stats")["pages"] == 1


def test_an_older_daemon_that_takes_its_time_to_end_is_waited_for(installation: Installation) -> None:
    old = installation.start_daemon("version=0.0.1", "drain=1.5")
    bridges = [installation.start_bridge() for _ in range(2)]
    for bridge in bridges:
        assert bridge.wire.hello()["version"] == VERSION
    assert old.wait(WAIT_S) == 0
    pids = {bridge.wire.call("daemon.status")["pid"] for bridge in bridges}
    assert len(pids) == 1


def test_a_newer_daemon_is_left_alone_by_an_older_bridge(installation: Installation) -> None:
    newer = installation.start_daemon("version=99.0.0")
    bridge = installation.start_bridge()
    assert bridge.wire.hello()["version"] == "99.0.0"
    assert bridge.wire.call("daemon.status")["pid"] == newer.pid


def test_the_dead_socket_of_a_killed_daemon_is_in_nobodys_way(installation: Installation) -> None:
    installation.start_daemon()
    installation.kill_daemon()
    assert socket_path(installation.paths).exists()
    installation.start_daemon()
    assert installation.connect().call("store.stats")["pages"] == 0


def test_the_daemon_loads_no_library_that_belongs_into_a_worker(installation: Installation) -> None:
    installation.start_daemon()
    wire = installation.connect()
    wire.call("pages.capture", url="https://a.example/", html=_article("tea"), visited_at=NOON)
    wire.call("search.query", query="tea")
    wire.call("doctor")
    pid = int(wire.call("daemon.status")["pid"])
    maps = {entry.path for entry in psutil.Process(pid).memory_maps()}
    assert any("apsw" in path for path in maps)
    for name in NATIVE:
        assert not [path for path in maps if re.search(rf"/(lib)?{name}", path)], name


def test_wiring_the_daemon_imports_no_library_that_belongs_into_a_worker() -> None:
    code = (
        "import sys, host.daemon, host.protocol.handlers\n"
        f"print([name for name in {PYTHON_ONLY_IN_WORKERS!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_connections_that_come_and_go_leave_nothing_open(installation: Installation) -> None:
    installation.start_daemon()
    process = psutil.Process(int(read_info(installation.paths)["pid"]))
    for _ in range(3):
        installation.connect().call("search.query", query="tea")
    installation.disconnect()
    wait_until(lambda: process.num_fds() > 0, "it runs")
    for _ in range(40):
        installation.connect().call("store.stats")
        installation.disconnect()
    last = installation.connect()
    wait_until(lambda: last.call("daemon.status")["connections"] == 1, "the others are forgotten")
    assert process.num_fds() < 60
    assert process.num_threads() < 40


def test_no_log_holds_what_a_person_read_or_asked(installation: Installation) -> None:
    bridge = installation.start_bridge()
    wire = bridge.wire
    wire.hello()
    marks = ("zephyrously", "quagmirical", "xenolithics", "brachiopodal")
    address, title, text, query = marks
    pages = (
        _article(f"{text} words"),
        # What a reader complains of: nothing, half a page, no page, a page that is too deep.
        "",
        f"<p>{text}",
        f"{text} \0 \x01 \ud83d",
        "<div>" * 3000 + text,
        f"<html><head><script>{text}</script></head></html>",
        f'<link rel="canonical" href="http://[{address}"><p>{text}</p>',
    )
    for number, html in enumerate(pages):
        wire.call(
            "pages.capture",
            url=f"https://{address}.example/{number}",
            title=title,
            html=html,
            visited_at=NOON,
        )
    wire.ask("search.query", query=f'{query} site:{address}.example "{text}" before:{query}')
    wire.ask("search.query", query=query, mode=query)
    wire.call("chat.ask", question=f"{query} {text}?")
    wire.call("chat.ask", question=f"Where is {query}?", engine="written")
    wire.call("chat.list", query=query)
    wire.ask("pages.get", url=f"https://{address}.example/none")
    wire.ask("pages.delete", urls=[f"https://{address}.example/1"])
    wire.ask(query)
    wire.send_bytes(b"\x05\0\0\0" + query.encode()[:5])
    wire.wait(None)
    wire.call("jobs.retry")
    wait_until(
        lambda: not [job for job in wire.call("jobs.list")["jobs"] if job["kind"] == "extract"], "all is read"
    )
    (reader,) = installation.processes("host.history.reader_worker")
    reader.kill()
    wire.call(
        "pages.capture", url=f"https://{address}.example/x", title=title, html=pages[0], visited_at=NOON
    )
    wire.call("daemon.stop")
    assert bridge.wait() == 0
    wait_until(lambda: not installation.processes("host.daemon"), "it has ended")
    logs = {file.name: file.read_text(encoding="utf-8") for file in installation.paths.log.iterdir()}
    assert "stopped" in logs["host.log"]
    for name, content in logs.items():
        for mark in (*marks, query[:5]):
            assert mark not in content.lower(), (name, mark)


def test_many_clients_may_ask_at_once(installation: Installation) -> None:
    installation.start_daemon()
    results: list[int] = []

    def work(number: int) -> None:
        wire = installation.connect(f"profile{number % 3}")
        for count in range(10):
            wire.call("pages.visit", url=f"https://{number}.example/{count}", visited_at=NOON)
            wire.call("search.query", query="example")
        results.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert sorted(results) == list(range(9))
    assert installation.connect("profile0").call("store.stats")["pages"] == 30


def test_a_daemon_answers_hello_before_its_reader_is_ready(installation: Installation) -> None:
    bridge = installation.start_bridge()
    wire = bridge.wire
    wire.hello()
    stored = wire.call("pages.capture", url="https://a.example/", html=_article("tea"), visited_at=NOON)
    assert stored["status"] == "stored"
    wait_until(
        lambda: wire.call("pages.get", page_id=stored["page_id"])["content_text"], "the page is read as well"
    )
    assert os.getpid() != wire.call("daemon.status")["pid"]
