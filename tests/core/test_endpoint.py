from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from host.core import endpoint
from host.core.paths import HOME_VARIABLE, Paths, find_paths

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows uses a loopback port")


def _long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / ("long" * 40)))
    return find_paths()


def test_the_socket_lies_in_the_run_folder(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(short_path))
    assert endpoint.socket_path(find_paths()) == short_path / "run" / "daemon.sock"


def test_a_path_too_long_for_a_socket_gets_a_short_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = _long(tmp_path, monkeypatch)
    short = endpoint.socket_path(paths)
    assert len(os.fsencode(short)) <= 100
    assert short == endpoint.socket_path(paths)
    other = Paths(paths.data, paths.models, paths.log, paths.run / "x", paths.config_file)
    assert endpoint.socket_path(other) != short


def test_a_path_is_measured_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, "/tmp/" + "漢" * 30)
    assert len(os.fsencode(endpoint.socket_path(find_paths()))) <= 100


def test_where_nobody_listens_there_is_no_connection(home: Paths) -> None:
    assert endpoint.connect(home) is None
    assert endpoint.read_info(home) == {}


@pytest.mark.parametrize("text", ["", "[]", "nonsense", '"text"', "{"])
def test_a_broken_note_of_the_daemon_says_nothing(home: Paths, text: str) -> None:
    endpoint.info_path(home).write_text(text, encoding="utf-8")
    assert endpoint.read_info(home) == {}


def test_a_socket_in_a_folder_of_somebody_else_is_not_spoken_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")
    paths = _long(tmp_path, monkeypatch)
    path = endpoint.socket_path(paths)
    path.parent.mkdir(mode=0o700)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path))
            listener.listen()
            mine = endpoint.connect(paths)
            assert mine is not None
            mine.close()
            monkeypatch.setattr(os, "getuid", lambda: path.parent.stat().st_uid + 1)
            monkeypatch.setattr(endpoint, "socket_path", lambda _: path)
            assert endpoint.connect(paths) is None
    finally:
        path.unlink()
        path.parent.rmdir()


def test_a_daemon_is_told_its_home_as_an_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(HOME_VARIABLE, "relative")
    monkeypatch.setenv("CHROME_SOMETHING", "1")
    started: list[dict[str, str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *_, env, **__: started.append(env))
    endpoint.start_daemon(find_paths())
    assert started[0][HOME_VARIABLE] == str(tmp_path / "relative")
    assert not any(name.startswith("CHROME_") for name in started[0])


@pytest.mark.parametrize(
    ("version", "than", "expected"),
    [
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.1.1", True),
        ("0.9.0", "0.10.0", True),
        ("1.0.0", "0.10.0", False),
        ("0.1", "0.1.0", True),
        ("strange", "0.1.0", True),
    ],
)
def test_versions_are_compared_as_numbers(version: str, than: str, expected: bool) -> None:
    assert endpoint._is_older(version, than) is expected


def test_a_daemon_that_cannot_start_is_an_error_that_names_its_log(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_interpreter", lambda: "/bin/false")
    with pytest.raises(ConnectionError, match=r"daemon\.log"):
        endpoint.connect_or_start(home)
    assert stat.S_IMODE((home.log / "daemon.log").stat().st_mode) & 0o022 == 0
