"""The training in the background of a real daemon, with a process that plays it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from host.improvement.readiness import NEEDED
from host.models.registry import LocalSource, ModelEntry, ModelFile
from host.models.store import ModelStore
from tests.improvement.stand_in_worker import ORDERS_VARIABLE
from tests.makers import wait_until
from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.wire import Wire

TRAINER = "trainer=tests.improvement.stand_in_worker"


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "orders.txt"
    file.write_text("wait", encoding="utf-8")
    monkeypatch.setenv(ORDERS_VARIABLE, str(file))
    return file


@pytest.fixture
def installation(short_path: Path, orders: Path) -> Iterator[Installation]:
    """A home with a model that is never loaded."""
    assert orders.is_file()
    made = Installation(short_path)
    made.paths.create()
    (made.paths.models / "tiny").mkdir()
    (made.paths.models / "tiny" / "model.gguf").write_bytes(b"x" * 100)
    ModelStore(made.paths.models).add_entry(
        ModelEntry(
            "tiny", "Tiny", "instruction", "gguf", "MIT", 512, 100, 0,
            files=(ModelFile("model.gguf", 100),), sources=(LocalSource("nowhere"),), added=True,
        )
    )  # fmt: skip
    yield made
    made.close()


def _state(wire: Wire) -> dict[str, Any]:
    job: dict[str, Any] = wire.call("finetune.state")["job"]
    return job


def _correct(wire: Wire) -> None:
    for number in range(NEEDED):
        wire.call("tabs.correct", url=f"https://a.example/{number}", title="Tea", category="Work")


def test_a_training_outlives_a_killed_daemon_and_its_process_does_not(
    installation: Installation, orders: Path
) -> None:
    daemon = installation.start_daemon(TRAINER)
    wire = installation.connect()
    refused = wire.ask("finetune.improve")["error"]
    assert f"{NEEDED} are needed" in refused["message"]
    assert refused["data"]["fix"]
    assert f"{NEEDED} are needed" in _state(wire)["text"]
    _correct(wire)
    assert f"{NEEDED} corrections" in _state(wire)["text"]
    assert wire.call("finetune.improve", now=True)["job"]["state"] in ("waiting", "running")
    wait_until(lambda: _state(wire).get("share") == 0.5, "the training is under way")
    (check,) = [item for item in wire.call("doctor")["checks"] if item["name"] == "Training"]
    assert check["ok"]
    assert "running" in check["detail"]
    children = psutil.Process(daemon.pid).children()
    daemon.kill()
    daemon.wait()
    psutil.wait_procs(children, timeout=20)
    assert not any(child.is_running() for child in children)
    orders.write_text("deployed", encoding="utf-8")
    installation.start_daemon(TRAINER)
    wire = installation.connect()
    wait_until(lambda: _state(wire)["state"] == "deployed", "it is gone on with and comes to its end")
    (runs,) = (installation.paths.data / "finetune").glob("*/runs")
    assert runs.read_text(encoding="utf-8").splitlines() == ["tiny tester"] * 2
    assert os.path.dirname(_state(wire)["report"]) == str(runs.parent)  # noqa: PTH120


def test_a_training_is_cancelled_over_the_wire_and_nothing_half_made_is_left(
    installation: Installation,
) -> None:
    installation.start_daemon(TRAINER)
    wire = installation.connect()
    assert wire.call("finetune.cancel")["job"]["state"] == "none"
    _correct(wire)
    wire.call("finetune.improve", model="tiny", now=True)
    wait_until(lambda: _state(wire).get("share") == 0.5, "the training is under way")
    assert wire.call("finetune.cancel")["job"]["state"] == "cancelled"
    assert [path.name for path in (installation.paths.data / "finetune").iterdir()] == ["job.json"]
    assert wire.call("models.info", id="tiny")["model"]["installed"]


def test_a_daemon_whose_training_runs_does_not_end_for_want_of_company(
    installation: Installation, orders: Path
) -> None:
    daemon = installation.start_daemon(TRAINER, "idle=0.2", "housekeeping=0.02")
    wire = installation.connect()
    _correct(wire)
    wire.call("finetune.improve", now=True)
    wait_until(lambda: _state(wire).get("share") == 0.5, "the training is under way")
    installation.disconnect()
    with pytest.raises(Exception, match="timed out"):
        daemon.wait(1.0)
    orders.write_text("refused", encoding="utf-8")
    assert daemon.wait(20.0) == 0
