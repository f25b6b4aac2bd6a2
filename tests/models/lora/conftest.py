"""Tiny models and adapters, made once by peft in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.models.lora.llama_logits import compute_logits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Trained:
    """A model, an adapter of it, and what transformers and peft compute with them.

    Attributes:
        folder: of a training, with `adapter/` in it; the test's own.
        base: the model as GGUF.
        tokens: of a text.
        plain: logits of the model alone, shape (tokens, vocabulary).
        adapted: logits with the adapter.
    """

    folder: Path
    base: Path
    tokens: list[int]
    plain: NDArray[np.float32]
    adapted: NDArray[np.float32]

    @property
    def adapter(self) -> Path:
        """The folder that peft wrote."""
        return self.folder / "adapter"

    def compute(self, runs: Sequence[tuple[Path, Path | None]]) -> list[NDArray[np.float32]]:
        """What llama.cpp computes with models and their adapters."""
        return compute_logits(runs, self.tokens, self.folder)

    def change_config(self, **values: object) -> None:
        """Have the adapter's settings say something else."""
        file = self.adapter / "adapter_config.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(config | values), encoding="utf-8")


@pytest.fixture(scope="session")
def made_by_peft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each family of `tests.models.lora.peft_models`."""
    folder = tmp_path_factory.mktemp("peft")
    done = subprocess.run(
        [sys.executable, "-m", "tests.models.lora.peft_models", str(folder)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.fixture
def open_trained(made_by_peft: Path, tmp_path: Path) -> Callable[[str], Trained]:
    """What gives a copy of a family's training."""

    def open_copy(name: str) -> Trained:
        source, folder = made_by_peft / name, tmp_path / name
        shutil.copytree(source, folder)
        return Trained(
            folder,
            folder / "base.gguf",
            np.load(folder / "tokens.npy").tolist(),
            np.load(folder / "base.npy"),
            np.load(folder / "adapted.npy"),
        )

    return open_copy


@pytest.fixture
def trained(open_trained: Callable[[str], Trained]) -> Trained:
    """A llama with fewer heads of the key than of the query."""
    return open_trained("llama")
