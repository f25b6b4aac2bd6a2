"""How much memory a training takes, before it starts. Pure; about right, and rather too much."""

from __future__ import annotations

from dataclasses import dataclass

_BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0}
_QUANTISED = {"4bit": 0.6, "8bit": 1.1}
# Python, torch and what it keeps for its kernels.
_PROCESS = 700_000_000
# What each layer keeps of a token for the way back, in multiples of its width: inputs of the projections,
# attention and the gated feed-forward with about three times the width, and what the adapters keep. Measured
# on SmolLM2-135M, rounded up.
_KEPT_WIDTHS = 46.0
# With checkpoints each layer keeps its input, and one layer at a time the rest.
_KEPT_CHECKPOINTED = 2.0


@dataclass(frozen=True)
class Shape:
    """The sizes of a model that matter.

    Attributes:
        parameters: of the whole model.
        trained: of the adapter.
        layers: how many.
        width: of the hidden states.
        vocabulary: how many tokens there are.
    """

    parameters: int
    trained: int
    layers: int
    width: int
    vocabulary: int


def estimate_memory(
    shape: Shape,
    *,
    precision: str,
    quantised: str,
    batch_tokens: int,
    batch_rows: int,
    checkpointing: bool,
    unpacked: bool = False,
) -> int:
    """Bytes that a training takes at most.

    Args:
        shape: of the model.
        precision: in which it computes.
        quantised: "none", "4bit" or "8bit".
        batch_tokens: the most that are computed together.
        batch_rows: rows of them.
        checkpointing: whether the way back computes what it needs anew.
        unpacked: whether the weights come in another form and are turned into full precision first.
    """
    size = _BYTES[precision]
    weights = shape.parameters * _QUANTISED.get(quantised, size)
    # Weights in full precision, their gradients, two moments, and a copy in the model's own precision.
    learned = shape.trained * (4 * 4 + size)
    kept = batch_tokens * shape.width * size
    if checkpointing:
        activations = kept * (shape.layers * _KEPT_CHECKPOINTED + _KEPT_WIDTHS)
    else:
        activations = kept * shape.layers * _KEPT_WIDTHS
    # A few label tokens a row, each with the logits of the whole vocabulary and their gradients.
    logits = batch_rows * 4 * shape.vocabulary * (4.0 + size) * 2
    training = weights + learned + activations + logits
    loading = shape.parameters * (_BYTES["float32"] + size) if unpacked else weights
    return int(_PROCESS + max(training, loading))
