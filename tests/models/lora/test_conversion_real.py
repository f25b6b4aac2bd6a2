"""An installed, quantised model: what it computes with a converted adapter is what peft computes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.models.lora.conversion import convert
from tests.models.lora.distance import measure_agreement, measure_distance, measure_divergence
from tests.models.lora.llama_logits import compute_logits

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.model
MODEL = "smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"
# Of the adapter's weights B; it moves the answers by more than half a nat.
SPREAD = 0.15
# In nats. llama.cpp computes with values of eight bits where the weights have four, so the model alone is
# 0.004 away from what transformers computes with the very same weights. Rows of query and key in the wrong
# order cost 0.12.
TOLERANCE = 0.015
# In standard deviations of the logits, of a merged model in half precision, which rounds no values.
MERGED = 0.05


def test_adapter_and_merged_forms_of_a_quantised_model_compute_what_peft_computes(
    models: Path, tmp_path: Path
) -> None:
    base = models / MODEL
    subprocess.run(
        [sys.executable, "-m", "tests.models.lora.peft_smollm", str(base), str(tmp_path), str(SPREAD)],
        check=True,
        capture_output=True,
    )
    kinds = [("adapter", "f16"), ("merged", "f16"), ("merged", "q8_0"), ("merged", "q4_k_m")]
    files = convert(tmp_path / "adapter", base, tmp_path, kinds)  # type: ignore[arg-type]
    adapter, *merged = (made.file for made in files)
    tokens = np.load(tmp_path / "tokens.npy").tolist()
    runs = [(base, None), (base, adapter), *((file, None) for file in merged)]
    plain, beside, half, eight, four = compute_logits(runs, tokens, tmp_path)
    wanted = np.load(tmp_path / "adapted.npy")
    assert measure_divergence(plain, np.load(tmp_path / "base.npy")) < TOLERANCE
    assert measure_divergence(beside, wanted) < TOLERANCE
    assert measure_divergence(plain, wanted) > 20 * TOLERANCE
    assert measure_distance(half, wanted) < MERGED
    assert measure_divergence(eight, wanted) < TOLERANCE
    assert measure_agreement(eight, wanted) > 0.85
    # Four bits lose something, and are still far nearer to the adapted model than to the one it was.
    assert measure_divergence(four, wanted) < 0.5 * measure_divergence(plain, wanted)
