"""`ai-history finetune convert`, as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.models.lora.conftest import Trained

pytestmark = pytest.mark.model


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "host.cli", "finetune", "convert", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_a_folder_of_a_training_is_converted_where_it_is(trained: Trained) -> None:
    record = {"base": {"id": None, "gguf": str(trained.base), "architecture": "llama"}, "finished": True}
    (trained.folder / "training.json").write_text(json.dumps(record), encoding="utf-8")
    done = run("--model", trained.folder, "--quantize", "q4_0", "--quantize", "f16", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    files = json.loads(done.stdout)["files"]
    assert [(one["kind"], one["quantisation"]) for one in files] == [
        ("adapter", "f16"),
        ("merged", "q4_0"),
        ("merged", "f16"),
    ]
    assert all((trained.folder / one["file"]).stat().st_size == one["size"] for one in files)


def test_an_adapter_of_its_own_is_written_where_it_is_wanted(trained: Trained, tmp_path: Path) -> None:
    target = tmp_path / "made"
    done = run("--model", trained.adapter, "--base", trained.base, "--adapter", "--output", target)
    assert done.returncode == 0
    assert "adapter-f16.gguf" in done.stdout
    assert [file.name for file in (target / "gguf").iterdir()] == ["adapter-f16.gguf"]


def test_what_cannot_be_converted_is_said_with_what_to_do(trained: Trained, tmp_path: Path) -> None:
    done = run("--model", trained.adapter)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "--base" in done.stderr
    assert run("--model", tmp_path / "nowhere").returncode == 2
    wrong = run("--model", trained.adapter, "--base", trained.base, "--adapter", "--quantize", "q4_0")
    assert wrong.returncode == 2
    assert "--merged" in wrong.stderr
