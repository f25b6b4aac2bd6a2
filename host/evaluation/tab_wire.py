"""Asks the daemon about tabs, the way the extension does."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from host.evaluation.labelled_tabs import LABELS, NONE
from host.evaluation.tab_quality import TabAnswers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
    labels: Sequence[str] = LABELS,
) -> TabAnswers:
    """Where the product puts tabs.

    Args:
        client: of a home whose categories are the labels but "none".
        tabs: at least one.
        engine: a kind of engine or a model; None for the one in use.
        on_progress: gets how many are done, and of how many.
        at_once: tabs in one call.
        labels: names of the categories, however their capitals are, and "none" as the last.
    """
    places = {label.casefold(): label for label in labels}
    shares, decided = [], []
    for start in range(0, len(tabs), at_once):
        on_progress(start, len(tabs))
        asked = describe_tabs(tabs[start : start + at_once], start)
        reply = client.call("tabs.categorize", tabs=asked, engine=engine, wait_ms=WAIT_MS)
        items = {item["id"]: item for item in reply["tabs"]}
        for tab in asked:
            item = items[tab["id"]]
            decided.append(places[(item["category"] or NONE).casefold()])
            shares.append(read_shares(item, labels))
    return TabAnswers(np.stack(shares), tuple(decided))


def read_shares(item: dict[str, Any], labels: Sequence[str] = LABELS) -> NDArray[np.float64]:
    """Probabilities in the order of the labels, out of an answer to `tabs.categorize`.

    The wire names the likeliest. What these lack to 1 is shared evenly by those that are not named; "none" is
    one of these where the tab has a category.
    """
    named = {one["category"].casefold(): one["confidence"] for one in item["alternatives"]}
    named[(item["category"] or NONE).casefold()] = item["confidence"]
    unnamed = [label for label in labels if label.casefold() not in named]
    rest = max(0.0, 1.0 - sum(named.values())) / max(len(unnamed), 1)
    row = np.array([named.get(label.casefold(), rest) for label in labels], dtype=np.float64)
    row /= row.sum()
    return row


def classify_zero_shot(
    client: Client,
    tabs: Sequence[LabelledTab],
    model: str,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    described: Mapping[str, str] | None = None,
) -> TabAnswers:
    """What an embedding model answers that compares titles with the categories' descriptions.

    "None of these" has a description, too. The file classifier of this product, which knows no examples.

    Args:
        client: of the daemon.
        tabs: at least one.
        model: that compares.
        on_progress: gets how many are done, and of how many.
        described: description by label, in the order of the labels; None for the seven.
    """
    described = _describe_seven() if described is None else described
    labels = (*described, NONE)
    categories = [{"name": name, "description": text} for name, text in described.items()]
    categories.append({"name": "None of these", "description": _NONE_DESCRIPTION})
    shares = np.zeros((len(tabs), len(labels)))
    for start in range(0, len(tabs), _AT_ONCE):
        on_progress(start, len(tabs))
        texts = [
            {"id": str(start + number), "text": f"{tab.title}\n{tab.url}"}
            for number, tab in enumerate(tabs[start : start + _AT_ONCE])
        ]
        reply = client.call("classify.run", model=model, texts=texts, categories=categories)
        for item in reply["results"]:
            for name, share in item["scores"].items():
                shares[int(item["id"]), labels.index(name if name in described else NONE)] = share
    return TabAnswers(shares, tuple(labels[place] for place in shares.argmax(axis=1)))


def _describe_seven() -> dict[str, str]:
    text = (resources.files("host.tabs") / "default_categories.json").read_text(encoding="utf-8")
    return {item["key"]: item["description"] for item in json.loads(text)}
