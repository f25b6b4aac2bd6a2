from __future__ import annotations

import os
import stat
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from host.core.endpoint import socket_path
from host.core.origins import ALLOWED_ORIGINS
from host.core.paths import find_paths
from host.protocol.framing import MAX_INBOUND
from tests.makers import NOON, WAIT_S, wait_until
from tests.wire import frame, frame_of_length, request

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Installation

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these kill and close as POSIX does")
OTHER = "chrome-extension://" + "a" * 32 + "/"


@pytest.mark.parametrize(
    "origin", [OTHER, "https://evil.example/", "chrome-extension://", "", ALLOWED_ORIGINS[0][:-1]]
)
def test_a_caller_that_is_not_our_extension_is_refused_and_starts_nothing(
    installation: Installation, origin: str
) -> None:
    bridge = installation.start_bridge(origin)
    error = bridge.wire.wait(None)["error"]
    assert error["data"]["kind"] == "forbidden"
    assert "host.install" in error["data"]["fix"]
    assert bridge.wait() == 1
    assert not installation.reachable()
    assert installation.processes("host.daemon") == []


def test_an_extension_that_the_user_added_is_let_in(installation: Installation) -> None:
    installation.paths.create()
    extra = installation.paths.config_file.with_name("extensions.json")
    extra.write_text('{"extensions": ["' + "a" * 32 + '"]}', encoding="utf-8")
    assert installation.start_bridge(OTHER).wire.hello()["protocol"]


def test_a_browser_may_add_arguments_of_its_own(installation: Installation) -> None:
    bridge = installation.start_bridge(ALLOWED_ORIGINS[0], "--parent-window=0")
    assert bridge.wire.hello()["protocol"]


def test_a_bridge_ends_with_its_input_and_answers_first_what_it_was_asked(installation: Installation) -> None:
    bridge = installation.start_bridge()
    bridge.wire.send_bytes(
        frame(request(1, "hello", client="t", version="0", profile_id="p"))
        + frame(request(2, "pages.visit", url="https://a.example/", visited_at=NOON))
    )
    bridge.close_input()
    assert bridge.wire.wait(2)["result"]["page_id"] == 1
    assert bridge.wait() == 0


def test_a_killed_bridge_leaves_the_daemon_and_what_was_acknowledged(installation: Installation) -> None:
    bridge = installation.start_bridge()
    bridge.wire.hello()
    bridge.wire.call("pages.visit", url="https://a.example/", visited_at=NOON)
    pid = bridge.wire.call("daemon.status")["pid"]
    bridge.process.kill()
    bridge.wait()
    again = installation.start_bridge()
    again.wire.hello()
    assert again.wire.call("daemon.status")["pid"] == pid
    assert again.wire.call("store.stats")["pages"] == 1
    wait_until(lambda: again.wire.call("daemon.status")["connections"] == 1, "the dead one is forgotten")


def test_a_bridge_ends_when_the_daemon_does(installation: Installation) -> None:
    bridge = installation.start_bridge()
    bridge.wire.hello()
    installation.kill_daemon()
    assert bridge.wire.wait_end()
    assert bridge.wait() == 0


def test_two_bridges_at_once_start_exactly_one_daemon(installation: Installation) -> None:
    bridges = [installation.start_bridge() for _ in range(4)]
    pids: set[int] = set()

    def ask(number: int) -> None:
        bridges[number].wire.hello(f"profile{number % 2}")
        pids.add(bridges[number].wire.call("daemon.status")["pid"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(bridges))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(pids) == 1
    wait_until(
        lambda: {process.pid for process in installation.processes("host.daemon")} == pids,
        "the daemons that lost the race have ended",
    )


def test_a_frame_over_the_cap_is_answered_before_the_connection_ends(installation: Installation) -> None:
    bridge = installation.start_bridge()
    bridge.wire.hello()

    def flood() -> None:
        try:
            bridge.wire.send_bytes(frame_of_length(MAX_INBOUND + 1))
            for _ in range(64):
                bridge.wire.send_bytes(bytes(1 << 20))
        except OSError:
            # The bridge has ended meanwhile, as it should.
            return

    thread = threading.Thread(target=flood)
    thread.start()
    assert bridge.wire.wait(None)["error"]["data"]["kind"] == "too_large"
    assert bridge.wire.wait_end()
    assert bridge.wait() == 0
    thread.join(WAIT_S)
    assert not thread.is_alive()


def test_a_malformed_frame_is_answered_and_the_connection_lives(installation: Installation) -> None:
    bridge = installation.start_bridge()
    bridge.wire.send_bytes(frame_of_length(5) + b"[oops")
    assert bridge.wire.wait(None)["error"]["code"] == -32700
    assert bridge.wire.hello()["protocol"]


def test_what_prints_in_a_bridge_never_reaches_the_wire(installation: Installation, tmp_path: Path) -> None:
    # A startup file that prints once the wire is claimed stands for any library that does.
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os\n"
        "real = os.dup2\n"
        "def dup2(*arguments):\n"
        "    result = real(*arguments)\n"
        "    os.write(1, b'noise')\n"
        "    print('more noise', flush=True)\n"
        "    return result\n"
        "os.dup2 = dup2\n"
        "atexit.register(print, 'last words')\n",
        encoding="utf-8",
    )
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(part for part in (str(tmp_path), before) if part)
    try:
        bridge = installation.start_bridge()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    bridge.wire.hello()
    for number in range(20):
        bridge.wire.call("pages.visit", url=f"https://{number}.example/", visited_at=NOON)
    bridge.close_input()
    assert bridge.wait() == 0
    assert bridge.wire.wait_end()


def test_without_a_daemon_a_bridge_says_so_and_how_to_mend_it(installation: Installation) -> None:
    installation.paths.create()
    # A folder where the log should be: no daemon can be started.
    (installation.paths.log / "daemon.log").mkdir()
    bridge = installation.start_bridge()
    error = bridge.wire.wait(None)["error"]
    assert error["data"] == {"kind": "not_ready", "fix": "Run: ai-history doctor"}
    assert bridge.wait() == 1


def test_a_home_with_a_very_long_path_works(installation: Installation) -> None:
    installation.home = installation.home / ("long" * 40)
    assert len(str(installation.home)) > 108
    bridge = installation.start_bridge()
    bridge.wire.hello()
    bridge.wire.call("pages.visit", url="https://a.example/", visited_at=NOON)
    assert bridge.wire.call("store.stats")["pages"] == 1
    folder = socket_path(installation.paths).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    bridge.wire.call("daemon.stop")
    assert bridge.wait() == 0
    wait_until(lambda: not folder.exists(), "nothing is left in the temporary place")


def test_a_relative_home_means_the_folder_that_the_caller_is_in(installation: Installation) -> None:
    absolute = installation.home
    installation.home = type(absolute)("inside")
    bridge = installation.start_bridge(cwd=absolute)
    installation.home = absolute / "inside"
    bridge.wire.hello("here")
    assert installation.paths.database("here").exists()
    assert find_paths() != installation.paths
    bridge.close_input()
    assert bridge.wait() == 0
    installation.kill_daemon()
