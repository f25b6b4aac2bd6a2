"""What llama.cpp computes for some tokens: `python -m tests.models.lora.llama_logits`.

Reads {runs: [{file, adapter or null, tokens, target}]} as JSON and writes the logits behind every token to
each target. Flash attention is off: it rounds more.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def compute_logits(
    runs: Sequence[tuple[Path, Path | None]], tokens: Sequence[int], folder: Path
) -> list[NDArray[np.float32]]:
    """The logits of models, each with its adapter, in a process of its own.

    Args:
        runs: the file of a model, and that of an adapter or None.
        tokens: of the text.
        folder: for what is handed over.

    Returns:
        for each run shape (tokens, vocabulary).
    """
    targets = [folder / f"logits-{number}.npy" for number in range(len(runs))]
    asked = [
        {
            "file": str(file),
            "adapter": adapter and str(adapter),
            "tokens": list(tokens),
            "target": str(target),
        }
        for (file, adapter), target in zip(runs, targets, strict=True)
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.models.lora.llama_logits"],
        input=json.dumps({"runs": asked}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [np.load(target) for target in targets]


def main() -> None:
    """Do what stands on standard input."""
    from host.models.llama_engine import LlamaEngine
    from host.models.llama_loading import LoadOptions, load_llama

    for run in json.load(sys.stdin)["runs"]:
        adapter = Path(run["adapter"]) if run["adapter"] else None
        options = LoadOptions("tiny", 512, 1, offload=False, flash_attention=False, adapter=adapter)
        engine = LlamaEngine(load_llama(Path(run["file"]), options))
        assert engine.loaded.facts.adapter_failure == ""
        np.save(run["target"], engine.evaluate_all(run["tokens"], lambda: False))
        engine.close()


if __name__ == "__main__":
    main()
