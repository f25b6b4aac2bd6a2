"""What a cosine of an embedding model is worth.

Models differ: unrelated texts have cosines about 0 with one and about 0.7 with another, and a model that
never learned a language finds all its sentences alike. So each model is asked once about a few questions and
the sentences that answer them, in the language at hand. The mean cosine of a question with the answers to
the others is the bottom of its scale, the mean cosine with its own answer the top; how far both lie apart,
in standard deviations, says how far the model can be trusted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import threading

    from host.chat.evidence import TextEmbedder

_FILE = Path(__file__).with_name("yardstick.json")
_DEFAULT_LANGUAGE = "en"
# Standard deviations between bottom and top from which on a model is fully trusted.
_FULL_TRUST = 8.0
# A model for which both are as near as this cannot tell them apart, and its scale must not blow up noise.
_LEAST_RANGE = 0.05


@dataclass(frozen=True)
class Scale:
    """What cosines of a model mean.

    Attributes:
        low: cosine of a question with a sentence that has nothing to do with it.
        high: cosine with the sentence that answers it.
        trust: 0 to 1, how well the model tells the two apart.
    """

    low: float
    high: float
    trust: float

    def rate_answer(self, cosine: float) -> float:
        """A cosine of a question: 0 for unrelated, 1 for a plain answer; a little beyond both is possible."""
        return float(np.clip((cosine - self.low) / self.range, -1.5, 2.5))

    def rate_same(self, cosine: float) -> float:
        """A cosine of two statements: 0 for unrelated, 1 for the same words."""
        return float(np.clip((cosine - self.low) / max(_LEAST_RANGE, 1 - self.low), 0.0, 1.0))

    @property
    def range(self) -> float:
        """From bottom to top."""
        return max(_LEAST_RANGE, self.high - self.low)


_known: dict[tuple[str, str], Scale] = {}


def measure_scale(
    embedder: TextEmbedder, language: str | None, cancelled: threading.Event | None = None
) -> Scale:
    """The scale of a model for a language; it is measured once, and remembered.

    Args:
        embedder: the model.
        language: ISO 639 code; one that yardstick.json does not have counts as English.
        cancelled: stops the measuring.

    Raises:
        Cancelled.
        AppError: the model cannot answer.
    """
    language = language if language in _read_pairs() else _DEFAULT_LANGUAGE
    key = (embedder.model_id, language)
    scale = _known.get(key)
    if scale is None:
        pairs = _read_pairs()[language]
        texts = [embedder.passage_prefix + answer for _, answer in pairs]
        said = embedder.embed_texts(texts, lane="interactive", cancelled=cancelled)
        asked = np.stack([embedder.embed_query(question) for question, _ in pairs])
        cosines = asked @ said.T
        others = cosines[~np.eye(len(pairs), dtype=bool)]
        low, high = float(others.mean()), float(np.diag(cosines).mean())
        apart = max(0.0, high - low) / max(1e-6, float(others.std()))
        scale = _known[key] = Scale(low, high, min(1.0, apart / _FULL_TRUST))
    return scale


@cache
def _read_pairs() -> dict[str, list[tuple[str, str]]]:
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    return {language: [(one, other) for one, other in pairs] for language, pairs in data["languages"].items()}
