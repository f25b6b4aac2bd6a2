"""Vectors, words and the site of a tab, weighed against each other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from host.tabs.examples import KEYS, read_sites
from host.tabs.heads import log_softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FILE = Path(__file__).with_name("mixing.json")
# A text's beginning says less of a page's kind than its title and address do.
LEAD_SHARE = 0.3


@dataclass(frozen=True)
class Mixture:
    """How much each witness counts.

    Attributes:
        vectors, words: what the logarithm of its probabilities is multiplied by.
        site: what is added for the category of a well-known site.
    """

    vectors: float
    words: float
    site: float

    def combine(
        self,
        by_vectors: NDArray[np.float64] | None,
        by_words: NDArray[np.float64],
        by_site: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Probabilities of `KEYS`, a product of experts (Hinton, "Products of Experts", 1999).

        Args:
            by_vectors: logarithms of probabilities, shape (tabs, len(KEYS)); None without a model.
            by_words: the same.
            by_site: 1 for the category of a well-known site, else 0; the same shape.
        """
        scores = self.words * by_words + self.site * by_site
        if by_vectors is not None:
            scores = scores + self.vectors * by_vectors
        return np.exp(log_softmax(scores))


@cache
def load_mixtures() -> tuple[Mixture, Mixture]:
    """The one with a model's vectors, and the one without."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return Mixture(**stored["with_vectors"]), Mixture(**stored["without"])


def find_site_keys(hosts: Sequence[str]) -> list[str | None]:
    """The category of each well-known host, or of the site that it is part of; None for the others."""
    sites = read_sites()
    found: list[str | None] = []
    for host in hosts:
        site = host
        while site and site not in sites:
            site = site.partition(".")[2]
        found.append(sites.get(site))
    return found


def mark_sites(keys: Sequence[str | None]) -> NDArray[np.float64]:
    """The same as numbers, shape (len(keys), len(KEYS))."""
    marks = np.zeros((len(keys), len(KEYS)))
    for row, key in enumerate(keys):
        if key is not None:
            marks[row, KEYS.index(key)] = 1.0
    return marks
