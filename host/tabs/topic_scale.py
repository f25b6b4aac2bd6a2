"""What a cosine of two tabs is worth with a model.

Models differ: titles that have nothing in common have cosines about 0 with one and about 0.7 with another. So
each model is asked once about pairs of titles: the mean cosine of those that do not belong together is the
bottom of its scale, of those that do the top.
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

    from host.tabs.vectors import TextEmbedder

_FILE = Path(__file__).with_name("title_pairs.json")
# A model for which both are as near as this cannot tell them apart, and its scale must not blow up noise.
_LEAST_RANGE = 0.05


@dataclass(frozen=True)
class TopicScale:
    """The cosines of a model.

    Attributes:
        low: mean cosine of two tabs that have nothing in common.
        high: mean cosine of two tabs about one thing.
    """

    low: float
    high: float

    @property
    def range(self) -> float:
        """From bottom to top."""
        return max(_LEAST_RANGE, self.high - self.low)

    def cosine_at(self, nearness: float) -> float:
        """The cosine that lies so far up the scale: 0 is the bottom, 1 the top."""
        return self.low + nearness * self.range


_known: dict[str, TopicScale] = {}


def measure_topic_scale(embedder: TextEmbedder, *, cancelled: threading.Event | None = None) -> TopicScale:
    """The scale of a model; it is measured once, and remembered.

    Args:
        embedder: the model.
        cancelled: stops the measuring.

    Raises:
        Cancelled, ModelUnavailable, WorkerDied, Timeout.
    """
    scale = _known.get(embedder.model_id)
    if scale is None:
        pairs = _read_pairs()
        vectors = embedder.embed_texts(
            [text for pair in pairs for text in pair], lane="interactive", cancelled=cancelled, fast=True
        )
        cosines = vectors[0::2] @ vectors[1::2].T
        others = cosines[~np.eye(len(pairs), dtype=bool)]
        scale = _known[embedder.model_id] = TopicScale(float(others.mean()), float(np.diag(cosines).mean()))
    return scale


def forget_topic_scale(model_id: str) -> None:
    """Another model bears this name from now on."""
    _known.pop(model_id, None)


@cache
def _read_pairs() -> list[tuple[str, str]]:
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    return [(one, other) for one, other in data["pairs"]]
