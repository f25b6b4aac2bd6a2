"""The product as a person would have it installed, in a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from host.client import Client
from host.core.endpoint import read_info
from host.core.errors import NotFound
from host.core.paths import HOME_VARIABLE, Paths
from host.install.layout import Layout
from host.install.registration import apply_plan, plan_registration
from host.install.try_out import this_system
from tests.conftest import INSTALLED_MODELS, ROOT
from tests.e2e.waiting import wait_for

EXTENSION = ROOT / "extension"


class Installation:
    """One home with its daemon, which browsers with this registration share."""

    def __init__(self, folder: Path) -> None:
        self.home = folder
        self.paths = Paths(
            folder / "data", folder / "models", folder / "log", folder / "run", folder / "config.toml"
        )
        folder.mkdir(parents=True)
        self.paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
        self.paths.create()

    @property
    def environment(self) -> dict[str, str]:
        """What the browser is started with."""
        return {**os.environ, HOME_VARIABLE: str(self.home), "AI_HISTORY_OFFLINE": "1"}

    def register(self, user_data: Path) -> None:
        """Write what the installer writes, for a browser that keeps its profiles in this folder."""
        layout = Layout(ROOT, self.paths, self.home / "cache", self.home)
        plan = plan_registration(layout, [], this_system(), Path.home(), profiles=[user_data])
        apply_plan(plan, None)

    def profiles(self) -> list[str]:
        """The browser profiles that have a database."""
        return sorted(path.parent.name for path in self.paths.data.glob("*/history.db"))

    def client(self, profile_id: str | None = None) -> Client:
        """A connection to the daemon, which must be running."""
        return Client(profile_id=profile_id, start=False, paths=self.paths)

    def daemon_process(self) -> psutil.Process:
        """The running daemon."""
        return psutil.Process(int(read_info(self.paths)["pid"]))

    def worker_pids(self) -> dict[str, int]:
        """The daemon's children by the module that they run."""
        found = {}
        for child in self.daemon_process().children():
            line = child.cmdline()
            found[line[line.index("-m") + 1]] = child.pid
        return found

    def find_in_files(self, *words: str) -> list[str]:
        """Which of the words stand anywhere in the files below the home, in UTF-8 or UTF-16."""
        found = []
        for path in self.home.rglob("*"):
            if not path.is_file() or self.paths.models in path.parents:
                continue
            content = path.read_bytes().lower()
            for word in words:
                forms = (word.lower().encode("utf-8"), word.lower().encode("utf-16-le"))
                found += [f"{word} in {path.name}" for form in forms if form in content]
        return found

    def stop(self) -> None:
        """End the daemon and wait for it and its workers."""
        if not read_info(self.paths):
            return
        try:
            daemon = self.daemon_process()
        except psutil.NoSuchProcess:
            return
        processes = [daemon, *daemon.children(recursive=True)]
        with self.client() as client:
            client.call("daemon.stop")
        _, alive = psutil.wait_procs(processes, timeout=60)
        assert not alive, f"still running: {alive}"


def stored_page(client: Client, url: str) -> dict[str, object] | None:
    """What is stored about an address, or None."""
    try:
        return client.call("pages.get", url=url)
    except NotFound:
        return None


def wait_until_stored(client: Client, url: str, *, text: str = "") -> dict[str, object]:
    """The page at this address, once its text has been captured and holds `text`."""

    def look() -> dict[str, object] | None:
        page = stored_page(client, url)
        ready = page is not None and page.get("captured_at") is not None
        return page if ready and page and text in str(page["content_text"]) else None

    return wait_for(look, f"{url} stored")


def wait_until_indexed(client: Client) -> None:
    """Return when no job waits and every passage has its vector."""

    def look() -> bool:
        stats = client.call("store.stats")
        assert stats["failed_jobs"] == 0, client.call("jobs.list")
        return bool(stats["pending_jobs"] == 0 and stats["chunks"] == stats["embedded_chunks"])

    wait_for(look, "everything indexed")
