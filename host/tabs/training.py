"""Learns from the examples what comes with the program: `python -m host.tabs.training [MODEL…]`.

Writes the head over words, one over the vectors of each model named (by default the starter model), and how
much each witness counts, measured on examples that the heads were not fitted to.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from host.core.paths import find_paths
from host.models.runtime import ModelRuntime
from host.models.store import ModelStore
from host.tabs.examples import KEYS, read_examples
from host.tabs.exchange import Tab
from host.tabs.head_fitting import fit_logistic
from host.tabs.heads import SHIPPED, WORDS_FILE, VectorHead, log_softmax, save_vector_head, save_word_head
from host.tabs.mixing import FILE, find_site_keys, mark_sites
from host.tabs.vector_training import STRENGTH, write_examples
from host.tabs.word_features import find_word_features
from host.tabs.wording import describe_tab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STARTER = "all-minilm-l6-v2"
WORD_STRENGTH = 8.0
# A feature of one example only is noise.
LEAST_EXAMPLES = 2
FOLDS = 5
# What a well-known site may add at most: it never decides alone.
SITE_LIMIT = 2.5


def learn_words(
    features: Sequence[set[str]], labels: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]]:
    """The head over words: names, weights of shape (names, KEYS), bias."""
    counts = Counter(name for found in features for name in found)
    names = sorted(name for name, count in counts.items() if count >= LEAST_EXAMPLES)
    matrix = make_matrix(features, names)
    model = LogisticRegression(C=WORD_STRENGTH, max_iter=400).fit(matrix, labels)
    return names, model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


def make_matrix(features: Sequence[set[str]], names: Sequence[str]) -> csr_matrix:
    """Rows of features, each of length 1."""
    places = {name: place for place, name in enumerate(names)}
    rows, columns, values = [], [], []
    for row, found in enumerate(features):
        known = [places[name] for name in sorted(found) if name in places]
        rows += [row] * len(known)
        columns += known
        values += [len(known) ** -0.5 for _ in known]
    return csr_matrix((values, (rows, columns)), shape=(len(features), len(names)))


def weigh_witnesses(
    by_vectors: NDArray[np.float64] | None,
    by_words: NDArray[np.float64],
    by_site: NDArray[np.float64],
    labels: NDArray[np.int64],
) -> dict[str, float]:
    """The mixture under which the labels are likeliest."""
    rows = np.arange(len(labels))
    vectors = by_words * 0 if by_vectors is None else by_vectors

    def lose(weights: NDArray[np.float64]) -> float:
        site = min(float(weights[2]), SITE_LIMIT)
        mixed = log_softmax(weights[0] * vectors + weights[1] * by_words + site * by_site)
        return float(-mixed[rows, labels].mean())

    found = minimize(lose, np.array([0.5, 0.5, 1.0]), method="Nelder-Mead").x
    return {
        "vectors": 0.0 if by_vectors is None else round(float(found[0]), 3),
        "words": round(float(found[1]), 3),
        "site": round(min(float(found[2]), SITE_LIMIT), 3),
    }


def rate_unseen(
    vectors: NDArray[np.float32], features: Sequence[set[str]], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What both heads say of examples that they were not fitted to, each of shape (examples, KEYS)."""
    by_vectors, by_words = (np.zeros((len(labels), len(KEYS))) for _ in range(2))
    ones = np.ones(len(labels), dtype=np.float32)
    for known, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(vectors, labels):
        weights = fit_logistic(
            vectors[known], labels[known], ones[known], classes=len(KEYS), strength=STRENGTH
        )
        by_vectors[unseen] = VectorHead(weights).rate(vectors[unseen])
        names, word_weights, bias = learn_words([features[row] for row in known], labels[known])
        matrix = make_matrix([features[row] for row in unseen], names)
        by_words[unseen] = log_softmax(matrix @ word_weights + bias)
    return by_vectors, by_words


def main(arguments: Sequence[str] | None = None) -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", default=[STARTER], help="embedding models that are installed")
    models = parser.parse_args(arguments).models
    examples = read_examples()
    labels = np.array([KEYS.index(example.key) for example in examples], dtype=np.int64)
    words = [describe_tab(Tab(0, example.url, example.title)) for example in examples]
    features = [find_word_features(each) for each in words]
    sites = mark_sites(find_site_keys([each.host for each in words]))
    paths = find_paths()
    runtime = ModelRuntime(ModelStore(paths.models))
    try:
        for model_id in models:
            embedder = runtime.find_embedder(model_id)
            if embedder is None:
                parser.error(f"{model_id} is not installed")
            vectors = embedder.embed_texts(write_examples(examples), fast=True)
            ones = np.ones(len(labels), dtype=np.float32)
            weights = fit_logistic(vectors, labels, ones, classes=len(KEYS), strength=STRENGTH)
            save_vector_head(SHIPPED / f"{model_id}.npz", VectorHead(weights))
            if model_id == models[0]:
                by_vectors, by_words = rate_unseen(vectors, features, labels)
                mixtures = {
                    "with_vectors": weigh_witnesses(by_vectors, by_words, sites, labels),
                    "without": weigh_witnesses(None, by_words, sites, labels),
                }
                FILE.write_text(json.dumps(mixtures, indent=2) + "\n", encoding="utf-8")
    finally:
        runtime.close()
    save_word_head(SHIPPED / WORDS_FILE, *learn_words(features, labels))


if __name__ == "__main__":
    main()
