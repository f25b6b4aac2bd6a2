"""A training in the background whose process and surroundings the test plays."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import psutil
import pytest

from host.improvement.readiness import Readiness
from host.improvement.service import JOB_FILE, Improvement
from host.improvement.surroundings import Surroundings
from host.models.registry import LocalSource, ModelEntry, ModelFile
from host.models.store import ModelStore
from host.workers.client import Worker
from tests.improvement.stand_in_worker import ORDERS
from tests.makers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.improvement.job import Job, JobState
    from host.models.registry import Role

PROFILE = "tester"
IDLE_S = 300.0


class World:
    """All that a training depends on, to be turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "finetune"
        self.orders = folder / "orders.txt"
        self.order("deployed")
        self.store = ModelStore(folder / "models", {})
        self.corrections: Counter[str | None] = Counter({"dev": 15, None: 6})
        self.newer_than: list[int] = []
        self.packages = True
        self.person_idle_s = IDLE_S
        self.battery = False
        self.load = 0.0
        self.paused = False
        self.off = False
        self.workers: list[Worker] = []
        self.now = 0.0
        # Titles of what the person has not taken back.
        self.remembered: set[str] = set()
        self.install("smollm", 200)
        self.install("larger", 300)
        self.improvement = self.make()

    def make(self) -> Improvement:
        """The service, as a process makes it that begins."""
        surroundings = Surroundings(
            lambda: self.person_idle_s,
            is_paused=lambda profile: self.paused and profile == PROFILE,
            is_off=lambda profile: self.off and profile == PROFILE,
            on_battery=lambda: self.battery,
            others_load=lambda: self.load,
            idle_s=IDLE_S,
        )
        readiness = Readiness(self.store, self._count, has_package=lambda: self.packages)
        return Improvement(
            self.folder,
            self._make_worker,
            surroundings,
            readiness,
            knows=lambda _profile: lambda row: row["title"] in self.remembered,
            poll_s=0.01,
            again_s=0.01,
            clock=lambda: self.now,
        )

    def restart(self) -> None:
        """Another process takes over."""
        self.improvement.close()
        self.improvement = self.make()
        self.improvement.start()

    def order(self, what: str) -> None:
        """What the process that trains does next."""
        part = self.orders.with_suffix(".part")
        part.write_text(what, encoding="utf-8")
        part.replace(self.orders)

    def install(self, name: str, size: int, *, base: str | None = None, roles: tuple[Role, ...] = ()) -> None:
        """A model that is never loaded."""
        (self.store.folder / name).mkdir(parents=True)
        (self.store.folder / name / "model.gguf").write_bytes(b"x" * size)
        self.store.add_entry(
            ModelEntry(
                name, name, "instruction", "gguf", "MIT", 512, size, 0,
                files=(ModelFile("model.gguf", size),), sources=(LocalSource("nowhere"),), added=True,
                base=base, roles=roles,
            )
        )  # fmt: skip

    def wait_for(self, *states: JobState) -> Job:
        """The job once it is in one of these states."""
        wait_until(lambda: self.improvement.job.state in states, f"the job is {' or '.join(states)}")
        return self.improvement.job

    def wait_begun(self) -> Job:
        """The job once its process has said how far it is."""
        wait_until(lambda: self.improvement.job.share is not None, "a first word of progress")
        return self.improvement.job

    def write_rows(self, folder: Path, *titles: str) -> None:
        """Rows that the person said, as a training has them in its folder."""
        rows = [{"title": title, "url": "", "source": "correction"} for title in titles]
        text = "".join(json.dumps(row) + "\n" for row in [*rows, {"title": "made", "source": "template"}])
        (folder / "train.jsonl").write_text(text, encoding="utf-8")

    def read_rows(self, folder: Path) -> list[str]:
        """The titles of the rows in its folder."""
        lines = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["title"] for line in lines]

    def runs(self) -> list[str]:
        """What each go of the process was asked for, in the one folder that there is."""
        (file,) = self.folder.glob("*/runs")
        return file.read_text(encoding="utf-8").splitlines()

    def forget_file(self) -> None:
        """The job is remembered nowhere any more."""
        (self.folder / JOB_FILE).unlink()

    def close(self) -> None:
        self.improvement.close()
        for worker in self.workers:
            assert worker.pid is None or not psutil.pid_exists(worker.pid)

    def _count(self, profile: str, since: int) -> Counter[str | None]:
        assert profile == PROFILE
        self.newer_than.append(since)
        return self.corrections

    def _make_worker(self) -> Worker:
        self.workers.append(
            Worker("training", "tests.improvement.stand_in_worker", {ORDERS: str(self.orders)})
        )
        return self.workers[-1]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Nobody asks for anything, the plug is in, there is enough to learn from."""
    made = World(tmp_path)
    yield made
    made.close()
