"""What is asked of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
Quantised = Literal["none", "4bit", "8bit"]


@dataclass(frozen=True)
class TrainOptions:
    """What is asked of a training.

    Attributes:
        epochs: how often every row is seen; parts of one are allowed.
        rank: `r` of LoRA, the width of what is learned beside each layer.
        alpha: what is learned counts `alpha / rank` times.
        dropout: share of the adapter's inputs that is left out in each step, 0 to 1.
        learning_rate: the highest; it rises over the warm-up and falls along a cosine.
        warmup_steps: steps of that rise; None for 6 % of all.
        weight_decay: of AdamW.
        batch_size: rows computed together.
        accumulation: batches before a step is taken.
        quantised: the base model in 4 or 8 bits while training; CUDA only.
        gradient_checkpointing: computes twice and keeps less in memory.
        patience: validations without a better one before it ends.
        validations: how often within an epoch the validation rows are looked at.
        most_rows: at most so many rows, drawn evenly from the categories; None for all.
        seed: of everything that is drawn.
        device, precision: "auto" for the fastest that works on this machine.
    """

    epochs: float = 2.0
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    learning_rate: float = 1e-3
    warmup_steps: int | None = None
    weight_decay: float = 0.01
    batch_size: int = 16
    accumulation: int = 1
    quantised: Quantised = "none"
    gradient_checkpointing: bool = False
    patience: int = 4
    validations: int = 4
    most_rows: int | None = None
    seed: int = 7
    device: Device = "auto"
    precision: Precision = "auto"
