from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import psutil
import pytest

from host.models.machine import find_accelerator, read_machine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("rung", "accelerator"),
    [("CUDA", "cuda"), ("CUDA (86)", "cuda"), ("Metal", "metal"), ("this processor", None), (None, None)],
)
def test_the_accelerator_is_the_one_llama_was_built_for(
    tmp_path: Path, rung: str | None, accelerator: str | None
) -> None:
    record = tmp_path / "llama-build.json"
    record.write_text(json.dumps({"rung": rung}), encoding="utf-8")
    assert find_accelerator(record) == accelerator


@pytest.mark.parametrize("text", [None, "", "{", "[]", "3"])
def test_without_a_readable_record_there_is_no_accelerator(tmp_path: Path, text: str | None) -> None:
    record = tmp_path / "llama-build.json"
    if text is not None:
        record.write_text(text, encoding="utf-8")
    assert find_accelerator(record) is None


def test_this_machine_has_memory_disk_and_a_core(tmp_path: Path) -> None:
    machine = read_machine(tmp_path / "not" / "there" / "yet")
    assert 0 < machine.memory <= psutil.virtual_memory().total
    assert 0 <= machine.memory_free <= machine.memory
    assert 0 < machine.disk_free <= shutil.disk_usage(tmp_path).total
    assert machine.cores >= 1
