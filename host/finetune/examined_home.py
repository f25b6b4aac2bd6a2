"""A throw-away home that has a person's categories and what they said before, to ask engines in."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import TYPE_CHECKING, Any

from host.client import Client
from host.core.endpoint import connect, start_daemon
from host.core.errors import NotReady
from host.evaluation.bench.home import GONE_TIMEOUT_S, stop_daemon, temporary_home
from host.evaluation.history import PROFILE
from host.finetune.known_categories import read_default_categories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from host.core.paths import Paths
    from host.finetune.known_categories import KnownCategory
    from host.finetune.rows import Row

# Within the folder of a training, which nobody else works in meanwhile.
HOME = "home"
_START_TIMEOUT_S = 60.0


class ExaminedHome:
    """An open home, and the daemon that runs in it."""

    def __init__(self, paths: Paths) -> None:
        """Wrap a home in which no daemon runs.

        Args:
            paths: of the home.
        """
        self.paths = paths
        self._daemon: subprocess.Popen[bytes] | None = None
        self._asked = False

    @contextlib.contextmanager
    def open(self) -> Iterator[Client]:
        """The daemon that runs, or a new one.

        Raises:
            NotReady: none could be started.
        """
        if self._daemon is None:
            self._daemon = start_daemon(self.paths)
            self._wait()
        with Client(profile_id=PROFILE, paths=self.paths, start=False) as client:
            yield client

    @contextlib.contextmanager
    def open_fresh(self) -> Iterator[Client]:
        """A daemon that was asked about no tab, and holds no model that is not needed.

        What one engine has computed must not make the next one look faster.

        Raises:
            NotReady: none could be started.
        """
        if self._asked:
            self.close()
        self._asked = True
        with self.open() as client:
            yield client

    def close(self) -> None:
        """End the daemon and wait until it is gone."""
        if self._daemon is None:
            return
        stop_daemon(self.paths)
        try:
            self._daemon.wait(GONE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            self._daemon.wait()
        self._daemon = None

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline and self._daemon is not None and self._daemon.poll() is None:
            channel = connect(self.paths)
            if channel is not None:
                channel.close()
                return
            time.sleep(0.02)
        message = "The daemon of the temporary home did not start."
        raise NotReady(message, fix="Run: ai-history doctor")


@contextlib.contextmanager
def open_examined_home(
    categories: Sequence[KnownCategory], corrections: Sequence[Row] = (), *, where: Path | None = None
) -> Iterator[ExaminedHome]:
    """Make a home with the models that are installed; it is gone afterwards.

    Args:
        categories: all that it is to have.
        corrections: what its person said of tabs, none of which is asked about later.
        where: the folder of it; see `temporary_home`.
    """
    with temporary_home(models=True, where=where) as paths:
        home = ExaminedHome(paths)
        try:
            with home.open() as client:
                set_categories(client, categories)
                for row in corrections:
                    client.call("tabs.correct", url=row.url, title=row.title, category=row.category or "none")
            yield home
        finally:
            home.close()


def set_categories(client: Client, categories: Sequence[KnownCategory]) -> None:
    """Give a new home exactly these categories: those of the seven that are not among them are off."""
    wanted = {one.key for one in categories if one.key}
    usual = {one.key: one.description for one in read_default_categories()}
    changes: list[dict[str, Any]] = [
        {"key": item["key"], "enabled": False}
        for item in client.call("categories.list")["categories"]
        if item["builtin"] and item["key"] not in wanted
    ]
    for one in categories:
        change: dict[str, Any] = {"name": one.name, "enabled": True}
        if one.key:
            change["key"] = one.key
        if one.description and one.description != usual.get(one.key):
            change["description"] = one.description
        if one.examples:
            change["examples"] = list(one.examples)
        changes.append(change)
    client.call("categories.set", categories=changes)
