"""The process that parses pages: `python -m host.history.reader_worker`.

Pages come from strangers and are parsed by native code, so this happens outside the daemon.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.workers.messages import Header
    from host.workers.server import Report, Task

# Room in the model's window for the title and the heading, which are put before a passage.
HEAD_TOKENS = 36
# A model may read more at once, but a passage is also what a person is shown as evidence.
MAX_WINDOW = 220


def load(config: Header, _report: Report) -> Mapping[str, Operation]:
    """Load the extraction library and return the operations.

    Args:
        config: {window_tokens: what the embedding model reads at once, or null}.
    """
    from host.core.chunking import DEFAULT_WINDOW, split_passages, split_text
    from host.history.extraction import extract_article

    window = (
        min(MAX_WINDOW, config["window_tokens"] - HEAD_TOKENS)
        if config.get("window_tokens")
        else DEFAULT_WINDOW
    )

    def extract(header: Header, payload: bytes, _: Task) -> tuple[Header, bytes]:
        html = zlib.decompress(payload) if header.get("compressed") else payload
        article = extract_article(html.decode("utf-8", errors="replace"), header["url"])
        passages = split_passages(article.blocks, window=window, language=article.language)
        found = asdict(article) | {"passages": [asdict(passage) for passage in passages]}
        del found["blocks"]
        return {}, json.dumps(found).encode("ascii")

    def split(_: Header, payload: bytes, __: Task) -> tuple[Header, bytes]:
        passages = split_text(payload.decode("utf-8", errors="replace"), window=window)
        return {}, json.dumps({"passages": [asdict(passage) for passage in passages]}).encode("ascii")

    # The first page would otherwise wait for the library's tables to load.
    extract_article(
        "<html><body><article><p>" + "warm " * 60 + "</p></article></body></html>", "https://a.example/"
    )
    return {"extract": extract, "split": split}


if __name__ == "__main__":
    serve(load)
