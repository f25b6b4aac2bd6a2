"""`ai-history finetune deploy` against the real daemon, with a tiny model that really answers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from host.client import Client
from host.core.paths import HOME_VARIABLE
from host.finetune.deployment import deploy_training
from host.models.integrity import hash_file
from host.models.registry import LocalSource, ModelEntry, ModelFile
from host.models.store import ModelStore
from tests.processes import Installation
from tests.tiny_adapters import write_adapter
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.model
SEVEN = ["Dev", "Social", "Entertainment", "Work", "Cloud", "Shopping", "News"]
BETTER = "The fine-tuned adapter is better."
NAME = "fine-tuned adapter f16"


@dataclass
class Training:
    """A home with a base model, and the folder of a training of it."""

    folder: Path
    adapter: Path

    def write(
        self,
        *,
        deploy: bool = True,
        current: str = "tiny",
        categories: list[str] | None = None,
        base: str | None = "tiny",
        **judged: Any,
    ) -> None:
        """What the steps before have left."""
        self._put("training.json", {
            "base": {"id": base}, "finished": True, "prompt": "short",
            "categories": categories or SEVEN, "calibration": {"bias": 0, "temperature": 1.5},
        })  # fmt: skip
        self._put("conversion.json", {
            "files": [{"kind": "adapter", "quantisation": "f16", "file": "gguf/adapter-f16.gguf"}],
        })  # fmt: skip
        self._put("evaluation.json", {
            "deploy": deploy, "best": NAME, "words": BETTER if deploy else "It is no better.",
            "current": "what is in use", "candidates": {NAME: hash_file(self.adapter)}, "tested_with": None,
            "verdicts": {NAME: {"difference": 0.1, "low": 0.05, "high": 0.15, "rows": 580}},
            "engines": [
                {"name": NAME, "model": "c-1", "quality": {"macro_f1": 0.81}, "speed": {"p95_ms": 20.0}},
                {"name": "what is in use", "model": current},
            ],
            **judged,
        })  # fmt: skip

    def _put(self, name: str, value: dict[str, Any]) -> None:
        (self.folder / name).write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def training(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Training]:
    """A home of its own, whose daemon runs meanwhile."""
    installation = _begin(short_path)
    monkeypatch.setenv(HOME_VARIABLE, str(short_path))
    yield _make_training(installation)
    installation.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Installation]:
    """One home and daemon for all tests that deploy nothing."""
    base = "/tmp" if sys.platform != "win32" else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        installation = _begin(Path(folder))
        yield installation
        installation.close()


@pytest.fixture
def refused_training(shared: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Training]:
    """A training that comes to nothing."""
    monkeypatch.setenv(HOME_VARIABLE, str(shared.home))
    made = _make_training(shared)
    yield made
    shutil.rmtree(made.folder)
    with Client() as client:
        assert client.call("finetune.deployments")["deployments"] == []


def _begin(home: Path) -> Installation:
    installation = Installation(home)
    installation.paths.create()
    _install(installation.paths.models)
    installation.start_daemon()
    return installation


def _make_training(installation: Installation) -> Training:
    folder = installation.paths.data / "finetune" / "tiny-2026-01-01"
    (folder / "gguf").mkdir(parents=True)
    made = Training(folder, folder / "gguf" / "adapter-f16.gguf")
    write_adapter(made.adapter)
    made.write()
    return made


def _install(models: Path) -> None:
    (models / "tiny").mkdir()
    file = models / "tiny" / "tiny.gguf"
    write_language_model(file, "llama")
    content = file.read_bytes()
    files = (ModelFile(file.name, len(content), hashlib.sha256(content).hexdigest()),)
    ModelStore(models).add_entry(
        ModelEntry(
            "tiny", "Tiny", "instruction", "gguf", "MIT", 1024, len(content), 0,
            files=files, sources=(LocalSource("nowhere"),), added=True,
        )
    )  # fmt: skip


@pytest.fixture
def deploy(run: Callable[..., Any]) -> Callable[..., Any]:
    """Runs the command."""
    return lambda *arguments: run("finetune", "deploy", *arguments, program="ai-history")


def _sorter() -> str:
    tab = {"id": 1, "url": "https://a.example/", "title": "Tea"}
    with Client() as client:
        return str(client.call("tabs.categorize", tabs=[tab], wait_ms=60_000)["model"])


def test_a_better_model_goes_live_is_listed_and_taken_back(training: Training, deploy: Any) -> None:
    ended = deploy("--model", training.folder)
    assert ended.code == 0
    assert BETTER in ended.out
    assert "answered a live request" in ended.out
    assert _sorter() == "tiny-tabs-1"
    (one,) = json.loads(deploy("--history", "--json").out)["deployments"]
    assert (one["in_use"], one["forced"], one.get("before")) == (True, False, None)
    assert one["figures"]["macro_f1"] == 0.81
    assert one["figures"]["gain"]["difference"] == 0.1
    table = deploy("--history").out
    assert "tiny-tabs-1" in table
    assert "0.810" in table
    # A second time there is nothing left to do.
    assert "before" in deploy("--model", "tiny").out
    assert len(json.loads(deploy("--history", "--json").out)["deployments"]) == 1
    back = deploy("--rollback")
    assert (back.code, "tiny again" in back.out) == (0, True)
    assert _sorter() == "tiny"
    assert deploy("--rollback").code == 1


def test_doctor_and_the_history_say_when_a_deployed_model_is_passed_over(
    training: Training, deploy: Any, run: Callable[..., Any]
) -> None:
    assert deploy("--model", training.folder).code == 0
    assert "Trained model" not in run("doctor", program="ai-history").out
    with Client() as client:
        client.call("categories.set", categories=[{"name": "My cats", "description": "pets"}])
    assert _sorter() == "words"
    told = "tiny-tabs-1 was not trained for My cats"
    assert told in json.loads(deploy("--history", "--json").out)["deployments"][0]["text"]
    checks = json.loads(run("doctor", "--json", program="ai-history").out)["checks"]
    (check,) = [one for one in checks if one["name"] == "Trained model"]
    assert told in check["detail"]
    # Whoever asks for it again is told the same, and nothing is taken back.
    again = deploy("--model", training.folder)
    assert (again.code, "My cats" in again.err) == (1, True)
    assert json.loads(deploy("--history", "--json").out)["in_use"] is not None


def test_a_model_that_is_no_better_stays_out_unless_it_is_forced(training: Training, deploy: Any) -> None:
    training.write(deploy=False)
    ended = deploy()
    assert (ended.code, ended.out) == (1, "")
    assert "It is no better." in ended.err
    assert "--force" in ended.err
    assert "Nothing was deployed" in deploy("--history").out
    assert _sorter() == "tiny"
    forced = deploy("--force", "--json")
    assert forced.code == 0
    assert json.loads(forced.out)["forced"] is True
    assert _sorter() == "tiny-tabs-1"
    (one,) = json.loads(deploy("--history", "--json").out)["deployments"]
    assert one["forced"] is True
    assert "without being shown to be better" in one["text"]


def test_a_model_that_does_not_answer_as_it_should_is_taken_back_at_once(
    training: Training, deploy: Any
) -> None:
    # It looks like an adapter of the base and does not fit it.
    write_adapter(training.adapter, width=96)
    training.write()
    ended = deploy()
    assert ended.code == 1
    assert "taken back" in ended.err
    assert _sorter() == "tiny"
    (one,) = json.loads(deploy("--history", "--json").out)["deployments"]
    assert one["in_use"] is False
    assert one["rolled_back_at"]


def test_a_model_that_knows_other_categories_is_refused(refused_training: Training, deploy: Any) -> None:
    refused_training.write(categories=SEVEN[:5])
    # It would be passed over for another model, whoever chose it.
    for more in ((), ("--force",)):
        ended = deploy(*more)
        assert ended.code == 1
        assert "Shopping, News" in ended.err
        assert "switch them off" in ended.err


def test_an_evaluation_that_does_not_hold_any_more_is_made_anew(refused_training: Training) -> None:
    asked: list[str] = []

    def judge() -> dict[str, Any]:
        asked.append("judged")
        return {"deploy": False, "words": "It is no better now.", "best": NAME}

    with Client() as client:

        def find_words(*, expect: int) -> str:
            outcome = deploy_training(client, refused_training.folder, judge=judge)
            assert not outcome.deployed
            assert len(asked) == expect
            return outcome.words

        refused_training.write(current="another-model")
        assert find_words(expect=1) == "It is no better now."
        refused_training.write()
        later = (refused_training.folder / "evaluation.json").stat().st_mtime_ns + 1_000_000
        os.utime(refused_training.folder / "conversion.json", ns=(later, later))
        find_words(expect=2)
        (refused_training.folder / "evaluation.json").unlink()
        find_words(expect=3)
        refused_training.write(deploy=False)
        assert find_words(expect=3) == "It is no better."
        # Better than this one is a model of another folder, which was measured beside it.
        refused_training.write(best=f"{NAME} (2)")
        find_words(expect=4)
        refused_training.write(tested_with="mozilla")
        find_words(expect=5)
        refused_training.write(candidates={NAME: "0" * 64})
        find_words(expect=6)
        refused_training.write()
        write_adapter(refused_training.adapter, width=96)
        find_words(expect=7)


def test_a_verdict_of_a_busy_computer_is_asked_for_anew(refused_training: Training) -> None:
    asked: list[str] = []

    def judge() -> dict[str, Any]:
        asked.append("judged")
        return {"deploy": False, "words": "It is no better now.", "best": NAME}

    current = {"name": "what is in use", "model": "tiny"}
    for load, expect in ((0.0, 0), (1000.0, 1)):
        slow = {"name": NAME, "model": "c-1", "speed": {"p95_ms": 80.0, "load": load}}
        refused_training.write(deploy=False, verdicts={NAME: {"better": True}}, engines=[slow, current])
        with Client() as client:
            assert not deploy_training(client, refused_training.folder, judge=judge).deployed
        assert len(asked) == expect


def test_the_base_of_a_training_can_be_named(training: Training, deploy: Any) -> None:
    training.write(base=None)
    ended = deploy()
    assert ended.code == 1
    assert "--base" in ended.err
    ended = deploy("--base", "tiny")
    assert (ended.code, _sorter()) == (0, "tiny-tabs-1")


def test_wrong_usage_and_a_training_that_is_not_there_are_told(
    refused_training: Training, deploy: Any
) -> None:
    assert deploy("--rollback", "--history").code == 2
    assert deploy("--force", "--history").code == 2
    ended = deploy("--model", "nobody")
    assert ended.code == 1
    assert "no training of nobody" in ended.err
    (refused_training.folder / "conversion.json").unlink()
    ended = deploy()
    assert ended.code == 1
    assert "finetune convert" in ended.err
