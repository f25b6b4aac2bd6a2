"""The temporary home of a measurement."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.endpoint import socket_path, start_daemon
from host.core.parent import PARENT_VARIABLE
from host.core.paths import HOME_VARIABLE, find_paths
from host.evaluation.bench.home import find_daemon, remove_home, temporary_home
from host.models.roles import Choices
from tests.makers import WAIT_S, wait_until
from tests.processes import has_ended

if TYPE_CHECKING:
    from pathlib import Path

    from host.core.paths import Paths

# Opens a home, has a daemon started in it, says which, and waits.
_KILLED = """
import sys
from pathlib import Path
from host.client import Client
from host.evaluation.bench.home import temporary_home
with temporary_home(models=False, where=Path(sys.argv[1])) as paths:
    with Client(paths=paths, greet=False) as client:
        print(client.call("daemon.status")["pid"], flush=True)
    sys.stdin.read()
"""


def test_models_are_those_installed_and_a_choice_made_meanwhile_is_gone_with_the_home(home: Paths) -> None:
    (home.models / "mini").mkdir()
    (home.models / "mini" / "weights").write_text("w", encoding="utf-8")
    Choices(home.models).choose("chat", "mini")
    with temporary_home(models=True) as paths:
        assert paths.models != home.models
        assert (paths.models / "mini" / "weights").read_text(encoding="utf-8") == "w"
        assert Choices(paths.models).read() == {"chat": "mini"}
        Choices(paths.models).choose("chat", "other")
        Choices(paths.models).choose("search", "mini")
    assert Choices(home.models).read() == {"chat": "mini"}
    assert (home.models / "mini" / "weights").is_file()
    assert not paths.models.exists()


def test_the_installation_is_the_former_one_afterwards(home: Paths) -> None:
    with temporary_home(models=False) as paths:
        assert find_paths() == paths
        assert list(paths.models.iterdir()) == []
    assert os.environ[HOME_VARIABLE]
    assert find_paths() == home


def test_without_a_models_folder_there_are_none(home: Paths) -> None:
    home.models.rmdir()
    with temporary_home(models=True) as paths:
        assert list(paths.models.iterdir()) == []


def test_what_is_fetched_in_a_home_is_not_begun_in_the_installation(home: Paths) -> None:
    (home.models / ".partial").mkdir()
    with temporary_home(models=True) as paths:
        assert not (paths.models / ".partial").exists()


def test_a_home_lies_where_it_is_told_to_and_nothing_of_it_is_left(home: Paths, tmp_path: Path) -> None:
    # Too long for the address of a socket, so that lies elsewhere.
    place = tmp_path / ("long" * 20) / "home"
    with temporary_home(models=False, where=place) as paths:
        assert paths.data.is_relative_to(place)
        assert os.environ[PARENT_VARIABLE] == str(os.getpid())
        daemon = start_daemon(paths)
        wait_until(lambda: find_daemon(paths) is not None, "its daemon listens")
        socket = socket_path(paths)
        assert not socket.is_relative_to(place)
        assert socket.exists()
    assert daemon.wait(WAIT_S) == 0
    assert not place.exists()
    assert not socket.parent.exists()
    assert PARENT_VARIABLE not in os.environ
    assert find_paths() == home


@pytest.mark.parametrize("at_once", [True, False], ids=["at the next start", "by itself"])
def test_the_home_of_a_killed_process_goes_with_its_daemon(short_path: Path, at_once: bool) -> None:
    place = short_path / "home"
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        daemon = psutil.Process(int(process.stdout.readline()))
        process.kill()
    (place / "data" / "secret.txt").write_text("what a person said", encoding="utf-8")
    if not at_once:
        wait_until(lambda: has_ended(daemon), "the daemon misses its parent")
    remove_home(place)
    assert has_ended(daemon)
    assert not place.exists()
    # There may be none.
    remove_home(place)
