"""`ai-history finetune improve` against the real daemon, whose training a process plays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from host.client import Client
from host.core.paths import HOME_VARIABLE
from host.improvement.readiness import NEEDED
from tests.improvement.stand_in_worker import ORDERS_VARIABLE
from tests.makers import wait_until
from tests.processes import Installation
from tests.tiny_language_models import install_language_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.txt"
    file.write_text("wait", encoding="utf-8")
    return file


@pytest.fixture
def improve(
    short_path: Path, orders: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any]
) -> Iterator[Callable[..., Any]]:
    """Runs the command; its daemon has a model that can be trained."""
    monkeypatch.setenv(ORDERS_VARIABLE, str(orders))
    monkeypatch.setenv(HOME_VARIABLE, str(short_path))
    installation = Installation(short_path)
    installation.paths.create()
    install_language_model(installation.paths.models, "tiny")
    installation.start_daemon("trainer=tests.improvement.stand_in_worker")
    yield lambda *arguments: run("finetune", "improve", *arguments, program="ai-history")
    installation.close()


def test_a_training_is_asked_for_looked_at_and_ended(improve: Callable[..., Any], orders: Path) -> None:
    too_few = improve()
    assert too_few.code == 1
    assert f"{NEEDED} are needed" in too_few.err
    assert "Correct tabs" in improve("--status").out
    assert improve("--status", "--cancel").code == 2
    with Client() as client:
        for number in range(NEEDED):
            client.call("tabs.correct", url=f"https://a.example/{number}", category="Work")
    assert improve("--now").code == 0

    def state() -> dict[str, Any]:
        job: dict[str, Any] = json.loads(improve("--status", "--json").out)["job"]
        return job

    wait_until(lambda: state().get("share") == 0.5, "the training is under way")
    shown = improve("--status")
    assert "Running: Step 5 of 10." in shown.out
    assert "50 % done" in shown.out
    assert "Cancelled" in improve("--cancel").out
    orders.write_text("refused", encoding="utf-8")
    assert improve("--now").code == 0
    wait_until(lambda: state()["state"] == "refused", "it comes to its end")
    assert "report.md" in improve("--status").out
    orders.write_text("fail", encoding="utf-8")
    assert improve("--now").code == 0
    wait_until(lambda: state()["state"] == "failed", "it fails")
    failed = improve("--status")
    assert (failed.code, failed.out) == (1, "")
    assert "The disk is full." in failed.err
