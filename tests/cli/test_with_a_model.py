"""`classify` as people use it: a process of its own, the real daemon, a real model."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from host.classify.resume import name_partial
from tests.conftest import INSTALLED_MODELS
from tests.makers import wait_until
from tests.processes import ROOT, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "all-minilm-l6-v2"
# The first answer waits for torch to be imported, on machines with little to spare.
PATIENCE_S = 180.0
MANY = 400
pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """One daemon for all of these tests, with the starter models."""
    base = "/tmp" if sys.platform != "win32" else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        if not (INSTALLED_MODELS / MODEL).is_dir():
            pytest.fail("The starter models are missing. Run: python3 -m tests")
        made = Installation(Path(folder))
        made.paths.create()
        made.paths.models.rmdir()
        made.paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
        made.start_daemon()
        yield made
        made.close()


def _begin(installation: Installation, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "host.classify_cli", *map(str, arguments)],
        cwd=ROOT,
        env=installation.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def _call(installation: Installation, *arguments: str | Path) -> str:
    """Run to a good end; returns what was printed."""
    process = _begin(installation, *arguments)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    return out


def _read(output: Path) -> Any:
    return json.loads(output.read_text(encoding="utf-8"))


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """So many files that a run can be stopped in the middle."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(MANY):
        text = f"def step_{number}(value):\n    return value + {number}\n"
        (folder / f"{number:04}.py").write_text(text, encoding="utf-8")
    return folder


def test_the_files_of_a_project_are_told_apart(
    installation: Installation, project: Path, tmp_path: Path
) -> None:
    output = tmp_path / "results.json"
    _call(installation, "-i", project, "-o", output, f"--model={MODEL}")
    document = _read(output)
    found = {file["path"]: file["category"] for file in document["files"]}
    assert found["src/main.py"] == "code"
    assert found["README.md"] == "documentation"
    assert set(found) == {".gitignore", "README.md", "notes.txt", "src/main.py", "src/util.py"}
    for file in document["files"]:
        assert abs(sum(file["scores"].values()) - 1) < 1e-3
        assert file["confidence"] == max(file["scores"].values())


def test_the_model_stays_loaded_between_commands(installation: Installation, project: Path) -> None:
    _call(installation, "-i", project / "README.md", f"--model={MODEL}")
    loaded = json.loads(_call(installation, "model", "ps", "--json"))
    assert MODEL in [model["id"] for model in loaded]
    _call(installation, "model", "unload", MODEL)
    loaded = json.loads(_call(installation, "model", "ps", "--json"))
    assert MODEL not in [model["id"] for model in loaded]


def test_the_models_that_are_there_are_listed(installation: Installation) -> None:
    listed = json.loads(_call(installation, "model", "list", "--installed", "--json"))
    assert {model["id"] for model in listed["models"]} >= {MODEL}
    assert "sentence-transformers/all-MiniLM-L6-v2" in _call(installation, "model", "info", MODEL)
    assert _call(installation, "model", "verify", MODEL) == f"{MODEL}: whole\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for a process of its own")
def test_a_run_that_was_stopped_is_gone_on_with_and_ends_as_if_nothing_had_been(
    installation: Installation, many: Path, tmp_path: Path
) -> None:
    output, whole = tmp_path / "a.json", tmp_path / "b.json"
    command = ("-i", many, "-o", output, f"--model={MODEL}")
    process = _begin(installation, *command)
    partial = name_partial(output)
    wait_until(lambda: partial.exists() and partial.stat().st_size > 0, "some is done", PATIENCE_S)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "Run the same command again to go on." in said
    kept = partial.read_text(encoding="utf-8").count("\n")
    assert 0 < kept < MANY
    again = _begin(installation, *command)
    _, said = again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 0, said
    assert f"{kept} results were taken over" in said
    _call(installation, "-i", many, "-o", whole, f"--model={MODEL}")
    assert [_shorten(file) for file in _read(output)["files"]] == [
        _shorten(file) for file in _read(whole)["files"]
    ]
    assert not partial.exists()


def test_a_daemon_that_is_killed_in_the_middle_is_started_anew(
    installation: Installation, many: Path, tmp_path: Path
) -> None:
    output = tmp_path / "a.json"
    process = _begin(installation, "-i", many, "-o", output, f"--model={MODEL}")
    partial = name_partial(output)
    wait_until(lambda: partial.exists() and partial.stat().st_size > 0, "some is done", PATIENCE_S)
    installation.kill_daemon()
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    document = _read(output)
    assert len(document["files"]) == MANY
    assert document["failed"] == []


def _shorten(file: dict[str, Any]) -> tuple[str, str, float]:
    """What two runs must agree on; a batch of another size moves the last digits."""
    return file["path"], file["category"], round(file["confidence"], 2)
