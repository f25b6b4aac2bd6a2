"""What llama.cpp computes with converted files is what peft computes, for every architecture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest

from host.models.lora import gguf_tensors
from host.models.lora.adapter_file import write_adapter
from host.models.lora.conversion import QUANTISATIONS, convert
from host.models.lora.gguf_tensors import HALVED, PAIRED, pair_rows
from host.models.lora.merging import merge_adapter
from tests.models.lora.distance import measure_agreement, measure_distance
from tests.models.lora.peft_models import FAMILIES, list_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.models.lora.conversion import Kind, Quantisation
    from tests.models.lora.conftest import Trained

pytestmark = pytest.mark.model
# In standard deviations of the logits. llama.cpp keeps keys and values in half precision, and a merged file
# its weights; a part that is turned wrongly costs more than one.
TOLERANCE = 0.05
WRONG = 1.0
# Of the weights of a quantised file, beside those it was made from: root mean square of the differences
# beside that of the weights. Small rows are kept in forms of more bits.
ROUNDING = {"q8_0": 0.01, "bf16": 0.005, "q4_k_m": 0.1, "iq4_nl": 0.12, "q4_0": 0.12}


def test_every_architecture_that_is_converted_is_compared_here() -> None:
    assert {family.architecture for family in FAMILIES.values()} == PAIRED | HALVED
    assert {family.architecture for family in FAMILIES.values() if family.paired} == PAIRED


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_adapter_and_merged_model_compute_what_peft_computes(
    open_trained: Callable[[str], Trained], name: str
) -> None:
    trained = open_trained(name)
    adapter, merged = convert(
        trained.adapter, trained.base, trained.folder, [("adapter", "f16"), ("merged", "f16")], threads=1
    )
    plain, beside, inside = trained.compute(
        [(trained.base, None), (trained.base, adapter.file), (merged.file, None)]
    )
    assert measure_distance(plain, trained.plain) < TOLERANCE
    assert measure_distance(beside, trained.adapted) < TOLERANCE
    assert measure_distance(inside, trained.adapted) < TOLERANCE
    # The adapter does something, so that to leave it out would be seen.
    assert measure_distance(plain, trained.adapted) > WRONG


@pytest.mark.parametrize(
    ("name", "paired"), [("llama", False), ("mistral", False), ("smollm3", False), ("qwen2", True)]
)
def test_rows_in_the_other_order_are_seen_at_once(
    open_trained: Callable[[str], Trained], monkeypatch: pytest.MonkeyPatch, name: str, paired: bool
) -> None:
    trained = open_trained(name)
    architecture = FAMILIES[name].architecture
    monkeypatch.setattr(gguf_tensors, "PAIRED", PAIRED | {architecture} if paired else frozenset())
    monkeypatch.setattr(gguf_tensors, "HALVED", PAIRED | HALVED)
    write_adapter(trained.adapter, trained.base, trained.folder / "wrong.gguf")
    merge_adapter(trained.base, trained.adapter, trained.folder / "merged.gguf")
    runs = [(trained.base, trained.folder / "wrong.gguf"), (trained.folder / "merged.gguf", None)]
    for found in trained.compute(runs):
        assert measure_distance(found, trained.adapted) > WRONG


def test_heads_of_the_key_are_paired_each_for_itself(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the query's four heads were the key's, which has two.
    monkeypatch.setattr(gguf_tensors, "_TURNED", {"attn_q": "head_count", "attn_k": "head_count"})
    write_adapter(trained.adapter, trained.base, trained.folder / "wrong.gguf")
    (found,) = trained.compute([(trained.base, trained.folder / "wrong.gguf")])
    assert measure_distance(found, trained.adapted) > WRONG


def test_rows_are_paired_head_by_head() -> None:
    rows = np.arange(24, dtype=np.float32)[:, None]
    assert pair_rows(rows, 3)[:, 0].astype(int).tolist() == list_rows(24, 8)
    assert pair_rows(rows, 3)[:4, 0].tolist() == [0.0, 4.0, 1.0, 5.0]


def test_an_adapter_in_full_precision_is_the_same(trained: Trained) -> None:
    files = convert(trained.adapter, trained.base, trained.folder, [("adapter", "f32"), ("adapter", "f16")])
    exact, rounded = trained.compute([(trained.base, made.file) for made in files])
    assert files[0].size > 1.5 * files[1].size
    assert measure_distance(exact, trained.adapted) < TOLERANCE
    assert measure_distance(exact, rounded) < TOLERANCE


def test_quantised_models_load_and_hold_nearly_the_same_weights(trained: Trained) -> None:
    kinds: list[tuple[Kind, Quantisation]] = [("merged", name) for name in QUANTISATIONS["merged"]]
    files = convert(trained.adapter, trained.base, trained.folder, kinds)
    made = {str(one.quantisation): one for one in files}
    exact = read_weights(made["f16"].file)
    answers = trained.compute([(made[name].file, None) for name in ROUNDING])
    for (name, limit), answer in zip(ROUNDING.items(), answers, strict=True):
        rounded = read_weights(made[name].file)
        assert set(rounded) == set(exact)
        differences = {tensor: measure_rounding(rounded[tensor], exact[tensor]) for tensor in exact}
        assert max(differences.values()) < limit
        assert max(differences.values()) > 0.0
        assert np.isfinite(answer).all()
    assert made["q4_0"].size < made["q4_k_m"].size < made["q8_0"].size < made["bf16"].size
    # A model of random weights says next to nothing of four bits; eight must not be seen.
    assert measure_agreement(answers[0], trained.adapted) > 0.8


def test_a_merged_model_keeps_what_the_file_says_beside_the_weights(trained: Trained) -> None:
    files = convert(trained.adapter, trained.base, trained.folder, [("merged", "f16"), ("merged", "q4_0")])
    before = read_metadata(trained.base)
    assert before["tokenizer.chat_template"]
    assert len(before["tokenizer.ggml.merges"]) > 1
    for made in files:
        after = read_metadata(made.file)
        assert {key: after.get(key) for key in before} == before
        assert set(after) - set(before) <= {"general.file_type", "general.quantization_version"}


def read_weights(file: Path) -> dict[str, np.ndarray]:
    """The tensors of a file in full precision."""
    return {
        tensor.name: np.array(gguf.quants.dequantize(tensor.data, tensor.tensor_type))
        for tensor in gguf.GGUFReader(file).tensors
    }


def measure_rounding(found: np.ndarray, wanted: np.ndarray) -> float:
    """Root mean square of the differences beside that of the values."""
    return float(np.sqrt(np.mean((found - wanted) ** 2) / np.mean(wanted**2)))


def read_metadata(file: Path) -> dict[str, Any]:
    """What a file says of itself."""
    fields = gguf.GGUFReader(file).fields
    return {key: field.contents() for key, field in fields.items() if not key.startswith("GGUF.")}
