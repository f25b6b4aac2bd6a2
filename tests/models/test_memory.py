from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.errors import ModelUnavailable
from host.models.cores import count_cores
from host.models.memory import check_memory, find_available, find_total, read_cgroup_room

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1024**3


def _write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="ascii")


def _write_own(folder: Path, text: str) -> Path:
    own = folder / "own"
    own.write_text(text, encoding="utf-8")
    return own


def test_a_model_that_does_not_fit_is_refused_with_both_numbers_and_a_way_out() -> None:
    with pytest.raises(ModelUnavailable) as caught:
        check_memory("bge-m3", 2_900_000_000, 1_000_999_999)
    assert caught.value.message == (
        "Insufficient memory to load bge-m3. Required: 2900 MB, Available: 1000 MB."
    )
    assert caught.value.fix == "Try a smaller model or close other applications."


def test_a_model_that_fits_to_the_byte_is_let_in() -> None:
    check_memory("bge-m3", 1_000, 1_000)
    with pytest.raises(ModelUnavailable):
        check_memory("bge-m3", 1_001, 1_000)


def test_without_a_number_the_memory_of_this_machine_counts() -> None:
    check_memory("small", 1)
    with pytest.raises(ModelUnavailable):
        check_memory("large", psutil.virtual_memory().total * 2)
    assert 0 < find_available() <= find_total() <= psutil.virtual_memory().total


def test_the_limit_of_a_container_counts_and_its_file_cache_does_not(tmp_path: Path) -> None:
    _write(
        tmp_path / "app" / "inner",
        memory__max=str(2 * GIB),
        memory__current=str(GIB),
        memory__stat=f"anon 5\ninactive_file {GIB // 4}\nactive_file 7\n",
    )
    own = _write_own(tmp_path, "0::/app/inner\n")
    assert read_cgroup_room(tmp_path, own) == GIB + GIB // 4


def test_the_tightest_of_the_limits_above_holds(tmp_path: Path) -> None:
    _write(tmp_path / "app", memory__max=str(GIB), memory__current="1000", memory__stat="anon 1\n")
    _write(tmp_path / "app" / "inner", memory__max="max", memory__current="1000", memory__stat="anon 1\n")
    assert read_cgroup_room(tmp_path, _write_own(tmp_path, "0::/app/inner\n")) == GIB - 1000


def test_the_limit_of_the_older_control_groups_counts(tmp_path: Path) -> None:
    _write(
        tmp_path / "memory" / "job",
        memory__limit_in_bytes=str(GIB),
        memory__usage_in_bytes="600",
        memory__stat="total_inactive_file 100\n",
    )
    own = _write_own(tmp_path, "9:cpu:/\n4:memory:/job\n0::/\n")
    assert read_cgroup_room(tmp_path, own) == GIB - 500


def test_a_path_that_lies_outside_of_the_container_falls_back_to_what_is_mounted(tmp_path: Path) -> None:
    _write(tmp_path, memory__max=str(GIB), memory__current="1", memory__stat="anon 1\n")
    own = _write_own(tmp_path, "0::/docker/0123456789\n")
    assert read_cgroup_room(tmp_path, own) == GIB - 1


def test_without_control_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert read_cgroup_room(tmp_path, tmp_path / "none") is None
    assert read_cgroup_room(tmp_path, _write_own(tmp_path, "0::/\n")) is None


def test_cores_are_physical_ones_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 16 if logical else 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    assert count_cores() == 8
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert count_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert count_cores() == 8
    monkeypatch.setattr(psutil, "cpu_count", lambda **_: None)
    assert count_cores() == 1
