"""The proof that nothing leaves the computer: every socket beyond loopback is refused and written down.

Python code is watched by an audit hook in each process, native code by a shim that the loader puts in front
of the system's functions. The shim needs a C compiler and Linux: elsewhere only Python code is watched. What
is not seen at all: native code that makes system calls by itself, past the C library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import INSTALLED_MODELS
from tests.makers import NOON, wait_until
from tests.privacy.closed_network import ClosedInstallation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG_S = 120.0
# An address that is kept for documents (RFC 5737), and a name that is nowhere (RFC 6761).
OUTSIDE = "192.0.2.1"
NAME = "nowhere.invalid"
GUARDED = (
    "host.daemon",
    "host.models.encoder_worker",
    "host.models.language_worker",
    "host.history.reader_worker",
    "host.tabs.analysis_worker",
)
_NATIVE = """
import ctypes, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
made = socket.socket()
address = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(80), socket.inet_aton({host!r}))
print(libc.connect(made.fileno(), address, len(address)), libc.send(-1, b"", 0, 0))
print(libc.getaddrinfo({name!r}.encode(), None, None, ctypes.byref(ctypes.c_void_p())))
"""


@pytest.fixture
def installation(short_path: Path) -> Iterator[ClosedInstallation]:
    made = ClosedInstallation(short_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    "code",
    [
        f"import socket; socket.create_connection(({OUTSIDE!r}, 80), timeout=1)",
        f"import socket; socket.getaddrinfo({NAME!r}, 443)",
        f"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ({OUTSIDE!r}, 53))",
        f"import urllib.request; urllib.request.urlopen('http://{OUTSIDE}/', timeout=1)",
        f"import subprocess, sys; subprocess.run([sys.executable, '-c',"
        f" 'import socket; socket.create_connection((\"{OUTSIDE}\", 80), timeout=1)'], check=True)",
    ],
    ids=["connect", "name", "datagram", "http", "child"],
)
def test_the_guard_refuses_and_writes_down_what_python_tries(
    installation: ClosedInstallation, code: str
) -> None:
    done = installation.run(code)
    assert done.returncode != 0
    assert len(installation.tries) == 1
    assert OUTSIDE in installation.tries[0] or NAME in installation.tries[0]


def test_the_guard_refuses_and_writes_down_what_native_code_tries(installation: ClosedInstallation) -> None:
    if installation.shim is None:
        pytest.skip("There is no C compiler here, or this is not Linux: native code is not watched.")
    done = installation.run(_NATIVE.format(host=OUTSIDE, name=NAME))
    assert done.stdout.split()[0] == "-1", done.stderr
    assert [line.split()[:4] for line in installation.tries] == [
        ["native", "tried", "connect", OUTSIDE],
        ["native", "tried", "getaddrinfo", NAME],
    ]


def test_the_guard_lets_a_process_talk_to_this_computer(installation: ClosedInstallation) -> None:
    code = (
        "import socket\n"
        "with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    socket.create_connection(server.getsockname()).close()\n"
    )
    assert installation.run(code).returncode == 0
    assert installation.tries == []


def _article(thing: str) -> str:
    body = "".join(
        f"<p>This page explains how a {thing} works. Whoever owns a {thing} should clean it twice a year.</p>"
        f"<p>The museum of the town shows a {thing} that is two hundred years old, number {number}.</p>"
        for number in range(3)
    )
    links = '<img src="https://remote.example/pixel.gif"><script src="https://remote.example/x.js"></script>'
    return (
        f"<html><head><title>The {thing}</title>{links}</head><body><article>{body}</article></body></html>"
    )


@pytest.mark.model
def test_capture_search_chat_and_tabs_try_no_connection_beyond_this_computer(
    installation: ClosedInstallation,
) -> None:
    if not (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir():
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    installation.paths.models.parent.mkdir(parents=True, exist_ok=True)
    installation.paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
    installation.start_daemon("busy=101", "look=0.1")
    wire = installation.connect()
    wire.call("settings.update", values={"chat.engine": "written"})
    for number, thing in enumerate(("cello", "glacier", "kettle", "lighthouse")):
        url = f"https://{thing}.example/"
        wire.call("pages.capture", url=url, html=_article(thing), visited_at=NOON + number)
    wire.call("pages.visit", url="https://visited.example/", title="Visited", visited_at=NOON)
    wait_until(lambda: wire.call("store.stats")["pending_jobs"] == 0, "all is embedded", LONG_S, 0.25)
    found = wire.call("search.query", query="string instrument", mode="hybrid-rerank", wait_ms=60_000)
    assert found["results"]
    assert found["degraded"] in (None, [])
    asked = wire.wait(wire.begin("chat.ask", question="How often should a kettle be cleaned?"), LONG_S)
    assert asked["result"]["answer"]
    tabs = [
        {"id": number, "url": f"https://{thing}.example/{number}", "title": f"The {thing} {number}"}
        for number, thing in enumerate(("cello", "cello", "glacier", "glacier", "kettle", "kettle"))
    ]
    assert len(wire.wait(wire.begin("tabs.categorize", tabs=tabs), LONG_S)["result"]["tabs"]) == len(tabs)
    assert "result" in wire.wait(wire.begin("tabs.group", tabs=tabs, by="topic"), LONG_S)
    assert wire.wait(wire.begin("summaries.create", page_id=1), LONG_S)["result"]["summary"]
    wire.call("doctor")
    assert installation.tries == []
    for module in GUARDED:
        assert module in installation.guarded or module.replace("host.daemon", "patched_daemon") in (
            installation.guarded
        ), module
