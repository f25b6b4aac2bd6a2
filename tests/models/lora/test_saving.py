"""What was learned, on disk."""

from __future__ import annotations

import shutil
from collections import namedtuple
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors import SafetensorError

from host.core.errors import DiskFull
from host.models.lora.saving import save_learned

if TYPE_CHECKING:
    from pathlib import Path

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - as shutil has it


class Model:
    """Stands for one of peft: writes what it is told to, or fails as the library does."""

    def __init__(self, *, fails: bool = False) -> None:
        self._fails = fails

    def parameters(self) -> list[torch.Tensor]:
        return [torch.zeros(1000, requires_grad=True), torch.zeros(10)]

    def save_pretrained(self, folder: str) -> None:
        from pathlib import Path

        place = Path(folder)
        place.mkdir()
        (place / "adapter_config.json").write_text("{}", encoding="utf-8")
        if self._fails:
            message = "Error while serializing: I/O error: No space left on device (os error 28)"
            raise SafetensorError(message)
        (place / "adapter_model.safetensors").write_bytes(b"new")

    def merge_and_unload(self) -> Model:
        return self


@pytest.fixture
def former(tmp_path: Path) -> Path:
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_model.safetensors").write_bytes(b"former")
    return tmp_path


def read(folder: Path, name: str = "adapter") -> bytes:
    return (folder / name / "adapter_model.safetensors").read_bytes()


def test_what_was_learned_takes_the_place_of_what_was_there(former: Path) -> None:
    save_learned(Model(), former, merge=True)
    assert read(former) == read(former, "merged") == b"new"
    assert not list(former.glob("*.part"))


def test_a_disk_that_fills_up_leaves_what_was_there(former: Path) -> None:
    with pytest.raises(DiskFull) as found:
        save_learned(Model(fails=True), former, merge=False)
    assert "--resume" in (found.value.fix or "")
    assert read(former) == b"former"
    assert not list(former.glob("*.part"))


def test_without_room_nothing_is_begun(former: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(_: Any) -> Usage:
        return Usage(10**9, 10**9, 1000)

    monkeypatch.setattr(shutil, "disk_usage", measure)
    with pytest.raises(DiskFull, match="no room"):
        save_learned(Model(), former, merge=False)
    assert read(former) == b"former"
