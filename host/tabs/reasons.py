"""Why a tab is where it is, in words for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.tabs.examples import KEYS
from host.tabs.heads import load_word_head
from host.tabs.mixing import find_site_keys
from host.tabs.word_features import find_word_features
from host.tabs.wording import describe_tab

if TYPE_CHECKING:
    from host.tabs.exchange import Tab, TabCategory


def explain_choice(tab: Tab, category: TabCategory, confidence: float, witnesses: int) -> str:
    """Why a tab belongs into a category.

    Args:
        tab: the tab.
        category: where it belongs.
        confidence: 0 to 1.
        witnesses: how many corrections speak for it, 0 when they do not decide.
    """
    if witnesses:
        times = "once" if witnesses == 1 else f"{witnesses} times"
        return f"You put tabs like this into {category.name} {times}."
    # Nothing is certain, however it is rounded.
    sure = f"{min(confidence, 0.99):.0%} sure"
    if not category.builtin:
        return f"It is like what you say of {category.name} ({sure})."
    words = describe_tab(tab)
    signs = []
    if find_site_keys([words.host]) == [category.key]:
        signs.append(f"{words.host} is mostly {category.name}")
    telling = (
        load_word_head().find_telling(find_word_features(words), category.key) if category.key in KEYS else []
    )
    if telling:
        signs.append("its words: " + ", ".join(telling))
    return (
        f"{sure[0].upper()}{sure[1:]}: {'; '.join(signs)}."
        if signs
        else f"It reads like {category.name} ({sure})."
    )


def explain_none(best: str | None, share: float, none_share: float, witnesses: int) -> str:
    """Why a tab belongs nowhere.

    Args:
        best: name of the likeliest category, None when there is none.
        share: its probability.
        none_share: probability that no category fits.
        witnesses: how many corrections say so.
    """
    if witnesses:
        return "You said that tabs like this belong into none of the categories."
    if best is None:
        return "Every category is switched off."
    if none_share >= share:
        return f"None of the categories fits; {best} would be the nearest ({share:.0%})."
    return f"Not sure enough: {best} is the likeliest ({share:.0%})."
