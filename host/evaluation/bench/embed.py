"""Embedding throughput through the product, beside the library called directly in the same run."""

from __future__ import annotations

import time

from host.core.chunking import split_text
from host.core.errors import ModelUnavailable
from host.core.paths import find_paths
from host.evaluation.bench.corpus import Vocabulary
from host.evaluation.bench.figures import Figure, OnProgress, at_least, median, plain
from host.models.embedding import Embedder
from host.models.encoders import EncoderProcess
from host.models.installed import find_embedding_model
from host.workers.client import Worker

TEXTS = 384
# As many as the indexer sends at a time.
BATCH = 32
ROUNDS = 3
RATIO_LIMIT = 0.95
LOAD_S = 120.0
ENCODE_S = 600.0


def bench_embed(on_progress: OnProgress) -> list[Figure]:
    """Embed the same passages both ways, in turn, several times."""
    model = find_embedding_model(find_paths().models)
    if model is None:
        message = "No embedding model is installed."
        raise ModelUnavailable(message, fix="Run: python3 -m host.install")
    texts: list[str] = []
    for page in Vocabulary().make_pages(TEXTS):
        texts += [passage.text for passage in split_text(page.text)]
        if len(texts) >= TEXTS:
            break
    texts = sorted(texts[:TEXTS], key=len)
    process = EncoderProcess()
    product = Embedder(model, process)
    direct = Worker("bare encoder", "host.models.bare_encoder", {"folder": str(model.folder)})
    try:
        direct.wait_ready(LOAD_S)
        product.wait_ready(LOAD_S)
        rates: dict[str, list[float]] = {"direct": [], "product": []}
        for turn in range(ROUNDS):
            on_progress("embedding", turn, ROUNDS)
            header, _ = direct.request("encode", {"texts": texts}, timeout=ENCODE_S)
            rates["direct"].append(len(texts) / header["seconds"])
            began = time.perf_counter()
            for start in range(0, len(texts), BATCH):
                product.embed_passages(texts[start : start + BATCH])
            rates["product"].append(len(texts) / (time.perf_counter() - began))
    finally:
        direct.stop()
        process.close()
    ratios = [ours / theirs for ours, theirs in zip(rates["product"], rates["direct"], strict=True)]
    return [
        plain(
            "SentenceTransformer.encode, one call",
            median(rates["direct"]),
            "texts/s",
            f"{len(texts)} passages",
        ),
        plain("through the worker, as the indexer does", median(rates["product"]), "texts/s"),
        at_least("ratio", median(ratios), "x", RATIO_LIMIT, f"median of {ROUNDS} turns"),
    ]
