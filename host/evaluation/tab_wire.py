"""Asks the daemon about tabs, the way the extension does."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from host.evaluation.labelled_tabs import LABELS, NONE
from host.evaluation.tab_quality import TabAnswers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from host.client import Client
    from host.evaluation.labelled_tabs import LabelledTab

WAIT_MS = 60_000
_AT_ONCE = 100
# What the zero-shot peer is told of tabs that belong to none of the seven.
_NONE_DESCRIPTION = (
    "something else: travel, maps, weather, health, recipes, education, encyclopedia, government, banking,"
    " property, search results, error pages"
)


def describe_tabs(tabs: Sequence[LabelledTab], first: int = 0) -> list[dict[str, Any]]:
    """Tabs as the wire has them; their ids count from `first`."""
    return [
        {"id": number, "url": tab.url, "title": tab.title} for number, tab in enumerate(tabs, start=first)
    ]


def categorize(
    client: Client,
    tabs: Sequence[LabelledTab],
    engine: str | None = None,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    at_once: int = _AT_ONCE,
) -> TabAnswers:
    """Where the product puts tabs.

    Args:
        client: of a home whose categories are the seven defaults.
        tabs: at least one.
        engine: a kind of engine or a model; None for the one in use.
        on_progress: gets how many are done, and of how many.
        at_once: tabs in one call.
    """
    shares, decided = [], []
    for start in range(0, len(tabs), at_once):
        on_progress(start, len(tabs))
        asked = describe_tabs(tabs[start : start + at_once], start)
        reply = client.call("tabs.categorize", tabs=asked, engine=engine, wait_ms=WAIT_MS)
        items = {item["id"]: item for item in reply["tabs"]}
        for tab in asked:
            item = items[tab["id"]]
            decided.append(item["category"].lower() if item["category"] else NONE)
            shares.append(read_shares(item))
    return TabAnswers(np.stack(shares), tuple(decided))


def read_shares(item: dict[str, Any]) -> NDArray[np.float64]:
    """Probabilities in the order of `LABELS`, out of an answer to `tabs.categorize`.

    The wire names the likeliest. What these lack to 1 is shared evenly by those that are not named; "none" is
    one of these where the tab has a category.
    """
    named = {one["category"].lower(): one["confidence"] for one in item["alternatives"]}
    named[(item["category"] or NONE).lower()] = item["confidence"]
    unnamed = [label for label in LABELS if label not in named]
    rest = max(0.0, 1.0 - sum(named.values())) / max(len(unnamed), 1)
    row = np.array([named.get(label, rest) for label in LABELS], dtype=np.float64)
    row /= row.sum()
    return row


def classify_zero_shot(
    client: Client,
    tabs: Sequence[LabelledTab],
    model: str,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> TabAnswers:
    """What an embedding model answers that compares titles with the categories' descriptions.

    "None of these" has a description, too. The file classifier of this product, which knows no examples.
    """
    folder = resources.files("host.tabs")
    defaults = json.loads((folder / "default_categories.json").read_text(encoding="utf-8"))
    categories = [{"name": item["name"], "description": item["description"]} for item in defaults]
    categories.append({"name": "None of these", "description": _NONE_DESCRIPTION})
    names = {item["name"]: item["key"] for item in defaults}
    shares = np.zeros((len(tabs), len(LABELS)))
    for start in range(0, len(tabs), _AT_ONCE):
        on_progress(start, len(tabs))
        texts = [
            {"id": str(start + number), "text": f"{tab.title}\n{tab.url}"}
            for number, tab in enumerate(tabs[start : start + _AT_ONCE])
        ]
        reply = client.call("classify.run", model=model, texts=texts, categories=categories)
        for item in reply["results"]:
            for name, share in item["scores"].items():
                shares[int(item["id"]), LABELS.index(names.get(name, NONE))] = share
    return TabAnswers(shares, tuple(LABELS[place] for place in shares.argmax(axis=1)))
