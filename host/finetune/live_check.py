"""Whether a model that was just deployed really sorts tabs: asked over the wire, as the extension asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.core.errors import AppError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from host.client import Client

WAIT_MS = 60_000
# What everybody's categories have a place for, or none.
SAMPLES = (
    ("https://github.com/numpy/numpy/pulls", "Pull requests · numpy/numpy · GitHub"),
    ("https://www.bbc.com/news/world", "World | Latest news and updates - BBC News"),
    ("https://www.amazon.com/dp/B0", "Wireless keyboard, shopping basket and delivery"),
    ("https://www.youtube.com/watch?v=1", "Live concert, full show - YouTube"),
    ("https://www.example.org/", "Example Domain"),
)
_ROUNDING = 1e-3


def check_live(client: Client, model: str, samples: Sequence[tuple[str, str]] = SAMPLES) -> str | None:
    """Ask the engine in use about a few tabs.

    Args:
        client: of the profile whose tabs it is to sort.
        model: the id that has to answer.
        samples: address and title of each tab; at least one.

    Returns:
        What is wrong, as a sentence; None when all is well.
    """
    try:
        names = {item["name"] for item in client.call("categories.list")["categories"] if item["enabled"]}
        tabs = [{"id": at, "url": url, "title": title} for at, (url, title) in enumerate(samples)]
        reply = client.call("tabs.categorize", tabs=tabs, wait_ms=WAIT_MS)
        state = client.call("models.info", id=model)["model"]
    except AppError as error:
        return f"It did not answer: {error.message}"
    if reply["model"] != model:
        return f"{reply['model']} answered instead of it."
    if state.get("base") and state.get("reason"):
        return f"It answered without what it was taught: {state['reason']}"
    if [item["id"] for item in reply["tabs"]] != list(range(len(samples))):
        return "It did not answer for every tab."
    for item in reply["tabs"]:
        wrong = _find_wrong(item, names)
        if wrong is not None:
            return wrong
    return None


def _find_wrong(item: Mapping[str, Any], names: set[str]) -> str | None:
    named = [one["category"] for one in item["alternatives"]]
    shares = [one["confidence"] for one in item["alternatives"]]
    if item["category"] is not None:
        named.append(item["category"])
        shares.append(item["confidence"])
    unknown = sorted({str(name) for name in named} - names - {"none"})
    if unknown:
        return f"It answered with what is no category: {', '.join(unknown)}."
    if not all(0.0 <= share <= 1.0 for share in shares) or sum(shares) > 1.0 + _ROUNDING:
        return "What it says of its sureness cannot be."
    return None
