"""What an instruction model answers with, and what is known of one that is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

StoppedBy = Literal["end", "length", "stop"]


@dataclass(frozen=True)
class LanguageFacts:
    """What a loaded model is and where.

    Attributes:
        device: `cpu`, `cuda`, `metal`, or what else llama.cpp calls its accelerator.
        layers_on_device: those that really are on the accelerator, as llama.cpp said.
        layers: of the model, its output counted as one.
        context: tokens that a conversation may have in all.
        threads: that compute.
        quantisation: of the file.
        file_size: bytes.
        load_s: seconds that loading took.
        resident: bytes that its process holds in memory now; 0 when that cannot be read.
        adapter: whether a LoRA adapter is at work.
        adapter_failure: why the adapter that was asked for is not; the model answers without it.
    """

    device: str
    layers_on_device: int
    layers: int
    context: int
    threads: int
    quantisation: str
    file_size: int
    load_s: float
    resident: int
    adapter: bool = False
    adapter_failure: str = ""


@dataclass(frozen=True)
class Generation:
    """An answer.

    Attributes:
        text: all of it.
        stopped_by: the model's own end, the limit of tokens, or a stop text.
        prompt_tokens: of the messages as the model reads them.
        evaluated_tokens: those that had to be computed; the others were still known from earlier requests.
        generated_tokens: of the answer.
        prompt_s: seconds before the first token.
        generation_s: seconds for the tokens.
    """

    text: str
    stopped_by: StoppedBy
    prompt_tokens: int
    evaluated_tokens: int
    generated_tokens: int
    prompt_s: float
    generation_s: float


@dataclass(frozen=True)
class LabelScores:
    """How likely each label is as the beginning of the answer.

    Attributes:
        log_probabilities: natural logarithm, summed over a label's tokens, in the order of the labels.
        label_tokens: how many tokens each has.
        prompt_tokens: of the messages.
        evaluated_tokens: those that had to be computed, the labels' own included.
        took_s: seconds.
    """

    log_probabilities: list[float]
    label_tokens: list[int]
    prompt_tokens: int
    evaluated_tokens: int
    took_s: float


@dataclass(frozen=True)
class ItemScores:
    """How likely each label is as the answer to each of many items.

    Attributes:
        log_probabilities: float64 of shape (items, labels): natural logarithms; each row is a distribution
            over the labels.
        prompt_tokens: of all items together, the head that they share counted once.
        evaluated_tokens: those that had to be computed.
        took_s: seconds.
    """

    log_probabilities: NDArray[np.float64]
    prompt_tokens: int
    evaluated_tokens: int
    took_s: float
