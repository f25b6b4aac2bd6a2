"""Sentences as vectors of their words: beside those of their meaning, or for when there is no model. Pure."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import numpy as np

from host.core.text import split_unspaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIMENSIONS = 2048
_WORD = re.compile(r"\w+")


def make_word_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors whose cosine says how many rare words two texts share (tf-idf over these texts).

    Args:
        texts: at least one.

    Returns:
        float32 of shape (len(texts), DIMENSIONS), each row of length 1, or 0 for a text without words.
    """
    counts = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in _WORD.findall(text.casefold()):
            for piece in split_unspaced(word):
                counts[row, zlib.crc32(piece.encode("utf-8", "replace")) % DIMENSIONS] += 1.0
    found = (counts > 0).sum(axis=0)
    weighted = counts * (1.0 + np.log((1.0 + len(texts)) / (1.0 + found))).astype(np.float32)
    lengths = np.linalg.norm(weighted, axis=1, keepdims=True)
    made: NDArray[np.float32] = (weighted / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return made


def add_words(meaning: NDArray[np.float32], texts: Sequence[str], share: float) -> NDArray[np.float32]:
    """Vectors whose cosine is that of meaning and that of words, weighed.

    Args:
        meaning: float32 of shape (len(texts), dimensions), each row of length 1.
        texts: what they are vectors of.
        share: of the words, 0 to 1.

    Returns:
        float32 of shape (len(texts), dimensions + DIMENSIONS).
    """
    words = make_word_vectors(texts)
    joined: NDArray[np.float32] = np.hstack(
        [np.float32((1.0 - share) ** 0.5) * meaning, np.float32(share**0.5) * words]
    )
    return joined
