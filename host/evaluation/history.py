"""A history for measuring: pages in a temporary home, captured and indexed by the product itself."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.client import Client
from host.core.clock import now_ms
from host.core.errors import NotReady
from host.evaluation.bench.home import temporary_home, wait_for_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.retrieval_sets import EvaluationPage

# Whose history it is.
PROFILE = "evaluation"
_INDEX_TIMEOUT_S = 3600.0


@dataclass(frozen=True)
class IndexedHistory:
    """A history that is ready to be asked.

    Attributes:
        client: of the daemon that holds it.
        keys: of its pages, by page id.
    """

    client: Client
    keys: dict[int, str]


@contextlib.contextmanager
def open_history(pages: Sequence[EvaluationPage], on_progress: OnProgress) -> Iterator[IndexedHistory]:
    """Capture pages and wait until they are indexed; everything is gone afterwards.

    Args:
        pages: of the history.
        on_progress: gets what is being done, how much is done and of how much.

    Raises:
        NotReady: no embedding model is installed, or indexing did not end.
    """
    with temporary_home(models=True) as paths, Client(profile_id=PROFILE, paths=paths) as client:
        if not client.hello["models"]:
            message = "No embedding model is installed."
            raise NotReady(message, fix="Run: python3 -m host.install")
        keys = _capture(client, pages, on_progress)
        on_progress("indexing", 0, 0)
        if not wait_for_jobs(client, _INDEX_TIMEOUT_S):
            message = "The pages were not indexed in time."
            raise NotReady(message, fix="Run `ai-history doctor`.")
        yield IndexedHistory(client, keys)


def _capture(client: Client, pages: Sequence[EvaluationPage], on_progress: OnProgress) -> dict[int, str]:
    """Capture pages; their keys by page id."""
    keys = {}
    at = now_ms()
    for number, page in enumerate(pages):
        on_progress("capturing", number, len(pages))
        reply = client.call(
            "pages.capture",
            url=page.url,
            title=page.title,
            html=page.html,
            text=page.text,
            lang=page.language,
            visited_at=at,
        )
        keys[reply["page_id"]] = page.key
    return keys
