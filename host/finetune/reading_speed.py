"""How many tokens an instruction model reads in a second when it sorts tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable
from host.models.installed import describe_language_model
from host.models.language import LanguageModel
from host.tabs.exchange import Tab, TabCategory
from host.tabs.instruction_engine import PROMPT_KEY, SHORT
from host.tabs.label_prompt import write_head, write_item, write_short_head, write_short_item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.evaluation.labelled_tabs import LabelledTab
    from host.finetune.known_categories import KnownCategory
    from host.models.metadata import Installed
    from host.models.store import ModelStore

_LOAD_S = 120.0
_TABS = 96


def measure_reading(
    store: ModelStore,
    installed: Installed,
    tabs: Sequence[LabelledTab],
    categories: Sequence[KnownCategory],
) -> float | None:
    """Tokens a second over a batch of tabs; the head, which is read once, is known by then.

    Args:
        store: where it is installed.
        installed: an instruction model or an adapter.
        tabs: the first are asked about.
        categories: of the head.

    Raises:
        ModelUnavailable: it cannot be loaded.
    """
    short = store.read_metadata(installed.entry.id).get(PROMPT_KEY) == SHORT
    write = write_short_item if short else write_item
    asked = [write(Tab(number, tab.url, tab.title)) for number, tab in enumerate(tabs[: _TABS + 1])]
    known = [TabCategory(one.key or one.name, one.name, one.description) for one in categories]
    head = write_short_head(known) if short else write_head(known)
    model = LanguageModel(describe_language_model(store, installed))
    try:
        if not model.wait_ready(_LOAD_S):
            message = f"{installed.entry.id} was not loaded in time."
            raise model.failure or ModelUnavailable(message)
        model.score_items(head.messages, asked[:1], head.labels)
        found = model.score_items(head.messages, asked[1:], head.labels)
    finally:
        model.close()
    return found.evaluated_tokens / found.took_s if found.took_s > 0 else None
