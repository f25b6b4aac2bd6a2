"""What was measured of the forms of a model, and which of them is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ORIGINAL = "as downloaded"
FOLDER = "fast"
# A typical answer: so many tokens to read, so many to write.
TYPICAL_PROMPT, TYPICAL_ANSWER = 1000, 150
# Equal quality, in nats a token; why these: docs/decisions/form-of-a-model.md
MOST_DIVERGENCE, MOST_LOSS = 0.02, 0.02
# Forms within a tenth of the fastest count as equally fast: other programs move a measurement by as much.
SAME_SPEED = 1.1


@dataclass(frozen=True)
class Measured:
    """One form of a model and what was measured of it.

    Attributes:
        form: its quantisation, or `as downloaded`.
        size: bytes.
        prompt_rate: prompt tokens a second; 0 when it was not measured, for the form is not good enough.
        generation_rate: generated tokens a second.
        divergence: mean Kullback-Leibler divergence from the original's next-token distributions, in nats.
        agreement: share of places where both expect the same token most.
        loss: mean negative log probability of a fixed text, in nats a token.
        failure: why it could not be measured, or None.
    """

    form: str
    size: int = 0
    prompt_rate: float = 0.0
    generation_rate: float = 0.0
    divergence: float = 0.0
    agreement: float = 1.0
    loss: float = 0.0
    failure: str | None = None

    @property
    def answer_s(self) -> float:
        """Seconds that a typical answer takes."""
        if not self.prompt_rate or not self.generation_rate:
            return float("inf")
        return TYPICAL_PROMPT / self.prompt_rate + TYPICAL_ANSWER / self.generation_rate

    def is_equal_to(self, original: Measured) -> bool:
        """Whether it expects what the original expects, within the bounds."""
        return (
            self.failure is None
            and self.divergence <= MOST_DIVERGENCE
            and self.loss <= original.loss + MOST_LOSS
        )

    def to_record(self) -> dict[str, str | float | None]:
        """As JSON values, rounded."""
        return {
            "quantisation": self.form,
            "megabytes": round(self.size / 1e6, 1),
            "prompt_tokens_per_s": round(self.prompt_rate, 1) or None,
            "tokens_per_s": round(self.generation_rate, 1) or None,
            "answer_s": round(self.answer_s, 2) if self.prompt_rate else None,
            "divergence": round(self.divergence, 5),
            "agreement": round(self.agreement, 3),
            "loss": round(self.loss, 4),
            "failure": self.failure,
        }


@dataclass(frozen=True)
class Choice:
    """What came of the measuring.

    Attributes:
        kept: the form that answers from now on.
        file: its file.
        tried: every form, the original first.
    """

    kept: str
    file: Path
    tried: list[Measured]

    def to_record(self) -> dict[str, str | float | int | None]:
        """For the model's metadata: `file` is relative to the model's folder, None for the original."""
        original, kept = self.tried[0], next(one for one in self.tried if one.form == self.kept)
        return {
            "kept": self.kept,
            "file": None if kept is original else f"{FOLDER}/{self.file.name}",
            "prompt_speedup": round(kept.prompt_rate / original.prompt_rate, 2),
            "generation_speedup": round(kept.generation_rate / original.generation_rate, 2),
            "answer_speedup": round(original.answer_s / kept.answer_s, 2),
            "divergence": round(kept.divergence, 5),
        }


def choose_form(tried: Sequence[Measured]) -> Measured:
    """The fastest of the forms that are as good as the original; of those as fast, the one nearest to it.

    Args:
        tried: the original first.
    """
    equal = [one for one in tried if one.is_equal_to(tried[0])]
    fastest = min(one.answer_s for one in equal)
    return min((one for one in equal if one.answer_s <= fastest * SAME_SPEED), key=lambda one: one.divergence)
