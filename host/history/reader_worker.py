"""The process that parses pages: `python -m host.history.reader_worker`.

Pages come from strangers and are parsed by native code, so this happens outside the daemon.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict

from host.workers.messages import Header
from host.workers.server import Operation, serve


def load(config: Header) -> Mapping[str, Operation]:
    """Load the extraction library and return the operations.

    Args:
        config: {tokenizer_file: path or null, window_tokens: size of a passage}.
    """
    from host.core.chunking import PassageSplitter
    from host.history.extraction import extract_article

    splitter = PassageSplitter(config.get("tokenizer_file"), config.get("window_tokens"))

    def extract(header: Header, payload: bytes) -> tuple[Header, bytes]:
        html = zlib.decompress(payload) if header.get("compressed") else payload
        article = extract_article(html.decode("utf-8", errors="replace"), header["url"])
        passages = splitter.split(article.blocks)
        found = asdict(article) | {"passages": [asdict(passage) for passage in passages]}
        del found["blocks"]
        return {}, json.dumps(found).encode("ascii")

    def split(_: Header, payload: bytes) -> tuple[Header, bytes]:
        passages = splitter.split_text(payload.decode("utf-8", errors="replace"))
        return {}, json.dumps({"passages": [asdict(passage) for passage in passages]}).encode("ascii")

    # The first page would otherwise wait for the library's tables to load.
    extract_article("<html><body><article><p>" + "warm " * 60 + "</p></article></body></html>", "https://a.example/")
    return {"extract": extract, "split": split}


if __name__ == "__main__":
    serve(load)
