from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from host.models.llama_trial import EVALUATION_FAILED
from host.models.tiny_gguf import write_tiny_gguf

if TYPE_CHECKING:
    from pathlib import Path


def run_trial(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "host.models.llama_trial", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.model
def test_the_installed_build_really_evaluates_here() -> None:
    answer = run_trial()
    assert answer.returncode == 0, answer.stderr
    report = json.loads(answer.stdout)
    assert report["prompt_tokens_per_second"] > 0
    assert report["version"]


@pytest.mark.model
def test_a_file_that_is_no_model_fails_without_a_crash(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and nothing more")
    answer = run_trial(str(broken))
    assert answer.returncode == EVALUATION_FAILED
    assert answer.stdout == ""


def test_the_tiny_model_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "a.gguf")
    write_tiny_gguf(tmp_path / "b.gguf")
    write_tiny_gguf(tmp_path / "c.gguf", seed=8)
    assert (tmp_path / "a.gguf").read_bytes() == (tmp_path / "b.gguf").read_bytes()
    assert (tmp_path / "a.gguf").read_bytes() != (tmp_path / "c.gguf").read_bytes()
    assert (tmp_path / "a.gguf").stat().st_size < 2_000_000
