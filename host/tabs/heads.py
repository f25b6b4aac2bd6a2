"""What was learned from the examples: one head over words, and one over the vectors of each model."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from host.core.function_words import read_all_function_words
from host.tabs.examples import KEYS, find_revision

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

SHIPPED = Path(__file__).with_name("heads")
WORDS_FILE = "words.npz"
# Shorter words explain nothing.
_SHORTEST = 2


@dataclass(frozen=True)
class VectorHead:
    """Rates vectors of one model.

    Attributes:
        weights: shape (len(KEYS), dimensions + 1); the last column is the bias.
    """

    weights: NDArray[np.float32]

    def rate(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logarithm of the probability of each of `KEYS`, shape (rows, len(KEYS))."""
        return log_softmax((vectors @ self.weights[:, :-1].T + self.weights[:, -1]).astype(np.float64))


class WordHead:
    """Rates the words of tabs; needs no model."""

    def __init__(self, names: Sequence[str], weights: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        """Make it of what was learned.

        Args:
            names: of the features; see `host.tabs.word_features`.
            weights: shape (len(names), len(KEYS)).
            bias: shape (len(KEYS),).
        """
        self._places = {name: place for place, name in enumerate(names)}
        self._weights = weights
        self._bias = bias.astype(np.float64)

    def rate(self, features: Iterable[set[str]]) -> NDArray[np.float64]:
        """Logarithm of the probability of each of `KEYS`, shape (rows, len(KEYS))."""
        rows = []
        for found in features:
            known = [self._places[name] for name in found if name in self._places]
            row = self._bias
            if known:
                row = row + self._weights[known].sum(axis=0, dtype=np.float64) / np.sqrt(len(known))
            rows.append(row)
        return log_softmax(np.stack(rows)) if rows else np.zeros((0, len(KEYS)))

    def find_telling(self, features: set[str], key: str, most: int = 3) -> list[str]:
        """The whole words that speak most for a category, the strongest first."""
        column = KEYS.index(key)
        mean = self._weights.mean(axis=1)
        idle = read_all_function_words()
        spoken = [
            (float(self._weights[place, column] - mean[place]), name[2:])
            for name in features
            if name.startswith("w:")
            and len(name) > _SHORTEST + 2
            and name[2:] not in idle
            and (place := self._places.get(name)) is not None
        ]
        return [name for weight, name in sorted(spoken, reverse=True)[:most] if weight > 0]


@cache
def load_word_head() -> WordHead:
    """The head over words that comes with the program."""
    with np.load(SHIPPED / WORDS_FILE, allow_pickle=False) as stored:
        names = bytes(stored["names"]).decode("utf-8").split("\n")
        return WordHead(names, stored["weights"].astype(np.float32), stored["bias"].astype(np.float32))


def save_word_head(
    file: Path, names: Sequence[str], weights: NDArray[np.float32], bias: NDArray[np.float32]
) -> None:
    """Write what `load_word_head` reads."""
    _write(
        file,
        names=np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8),
        weights=weights.astype(np.float16),
        bias=bias.astype(np.float32),
        revision=_as_bytes(find_revision()),
    )


def load_vector_head(file: Path, dimensions: int) -> VectorHead | None:
    """A head that was kept, None when there is none that fits the model and the examples of now.

    Args:
        file: where it may lie.
        dimensions: of the model's vectors.
    """
    try:
        # Out of memory: of a damaged archive the library would leave the file open.
        with np.load(BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            weights = stored["weights"].astype(np.float32)
            revision = bytes(stored["revision"]).decode("ascii")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if revision != find_revision() or weights.shape != (len(KEYS), dimensions + 1):
        return None
    return VectorHead(weights)


def save_vector_head(file: Path, head: VectorHead) -> None:
    """Write what `load_vector_head` reads."""
    _write(file, weights=head.weights.astype(np.float16), revision=_as_bytes(find_revision()))


def log_softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithms of probabilities out of scores, row by row."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    found: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return found


def _as_bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


def _write(file: Path, **arrays: NDArray[np.generic]) -> None:
    """In one step, and the same bytes for the same arrays."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            plain = BytesIO()
            np.save(plain, array, allow_pickle=False)
            # A date of its own would make another file each time.
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), plain.getvalue(), zipfile.ZIP_DEFLATED
            )
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    unfinished.write_bytes(content.getvalue())
    unfinished.replace(file)
