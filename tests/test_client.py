"""The command line's side of the socket, against a real daemon."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from host.client import Client
from host.core.errors import InvalidInput, NotFound, NotReady
from host.version import VERSION
from tests.makers import NOON, WAIT_S
from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def installation(short_path: Path) -> Iterator[Installation]:
    """An installation in which a daemon runs."""
    made = Installation(short_path)
    made.start_daemon()
    yield made
    made.close()


def test_it_says_hello_and_asks(installation: Installation) -> None:
    with Client(paths=installation.paths, profile_id="one") as client:
        assert client.hello["version"] == VERSION
        client.call("pages.visit", url="https://a.example/", visited_at=NOON)
        assert client.call("store.stats")["pages"] == 1
    with Client(paths=installation.paths) as client:
        assert client.hello["database"]["profile_id"] == "one"


def test_an_error_of_the_daemon_is_raised_as_what_it_is(installation: Installation) -> None:
    with Client(paths=installation.paths) as client:
        with pytest.raises(NotFound, match="not in your history"):
            client.call("pages.get", page_id=1)
        with pytest.raises(InvalidInput):
            client.call("pages.delete")
        assert client.call("pages.delete", from_=NOON, to=NOON + 1)["deleted"] == 0


def test_without_a_daemon_it_says_how_to_start_one(installation: Installation) -> None:
    installation.kill_daemon()
    with pytest.raises(NotReady) as caught:
        Client(start=False, paths=installation.paths)
    assert caught.value.fix == "Run: ai-history daemon start"


def _ask_for_ever(client: Client) -> None:
    for number in range(100_000):
        client.call("pages.visit", url=f"https://{number}.example/", visited_at=NOON)


def test_a_daemon_that_dies_in_the_middle_is_told_and_not_waited_for(installation: Installation) -> None:
    with Client(paths=installation.paths) as client:
        killer = threading.Timer(0, installation.kill_daemon)
        killer.start()
        with pytest.raises(NotReady):
            _ask_for_ever(client)
        killer.join(WAIT_S)
