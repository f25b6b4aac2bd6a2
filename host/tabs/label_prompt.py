"""The prompt that asks a language model where a tab belongs. Pure.

A model that was not trained for it is shown an example of each category. One that was is asked shortly:
every token takes time, and it has seen thousands. It is trained on exactly that conversation: the short head,
the short item behind its last message, and a label as the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.text import clean_line
from host.models.language import Message
from host.tabs.wording import describe_tab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.tabs.exchange import Tab, TabCategory

# Each name is in the head once or twice and every character of it is read by the model.
NAME_CHARACTERS = 60
# Every token is paid for, and letters that few texts have are several tokens each: so bytes, not characters.
TITLE_BYTES = 160
ADDRESS_BYTES = 80
LEAD_BYTES = 160
EXAMPLE_CHARACTERS = 100
# For a model that is asked about every tab and may take a twentieth of a second for it. In letters of
# English, of which four are a token; a byte of any other letter costs as much as two or three of these.
SHORT_TITLE = 60
SHORT_ADDRESS = 28
_OTHER_BYTE = 2.5
# Categories that have an example in the head; it is kept as short as a hundred categories allow.
MOST_EXAMPLES = 24
# The answer for a tab that belongs nowhere, and what it is called where a category has that name.
NONE_LABELS = ("Other", "None of these", "No category")
_NONE_EXAMPLE = "Google Maps | google.com maps"
_TASK = "You sort browser tabs into categories."
# What the seven categories that everybody has look like. A person's own category brings its examples, or
# is shown by what its description says.
_KNOWN = {
    "dev": "numpy · PyPI | pypi.org project numpy",
    "work": "Inbox (12) - Gmail | mail.google.com mail",
    "entertainment": "Netflix | netflix.com browse",
    "news": "BBC News - Home | bbc.com news",
    "social": "Home / X | x.com home",
    "shopping": "Your Orders | amazon.co.uk gp css order history",
    "cloud": "Instances | EC2 | console.aws.amazon.com ec",
}
# In this order they did best; other categories stand in their own order behind them.
_ORDER = tuple(_KNOWN)


@dataclass(frozen=True)
class LabelPrompt:
    """What is asked of every tab.

    Attributes:
        messages: the conversation; a tab is put behind the last message, see `write_item`.
        labels: the possible answers, in the order of the categories; the last one is "none of these".
    """

    messages: tuple[Message, ...]
    labels: tuple[str, ...]


def write_head(categories: Sequence[TabCategory]) -> LabelPrompt:
    """The part that is the same for every tab.

    Args:
        categories: at least one.
    """
    names = [write_label(category) for category in categories]
    none = _name_none(names)
    labels = (*names, none)
    messages = [
        Message("system", f"{_TASK} Categories: {', '.join(labels)}."),
        Message("user", _NONE_EXAMPLE),
        Message("assistant", none),
    ]
    shown = sorted(
        zip(categories, names, strict=True),
        key=lambda pair: _ORDER.index(pair[0].key) if pair[0].key in _ORDER else len(_ORDER),
    )
    for category, label in shown[:MOST_EXAMPLES]:
        messages += [Message("user", write_example(category)), Message("assistant", label)]
    return LabelPrompt((*messages, Message("user", "")), labels)


def write_short_head(categories: Sequence[TabCategory]) -> LabelPrompt:
    """The part that is the same for every tab, for a model that was trained on labelled tabs.

    Args:
        categories: at least one.
    """
    names = [write_label(category) for category in categories]
    labels = (*names, _name_none(names))
    task = Message("system", f"{_TASK} Categories: {', '.join(labels)}.")
    return LabelPrompt((task, Message("user", "")), labels)


def write_label(category: TabCategory) -> str:
    """The answer that stands for a category."""
    return clean_line(category.name, limit=NAME_CHARACTERS) or category.key


def write_example(category: TabCategory) -> str:
    """A tab of the category: its own first example, else a known one, else what its description says."""
    for example in category.examples:
        if line := clean_line(example, limit=EXAMPLE_CHARACTERS):
            return line
    if category.key in _KNOWN:
        return _KNOWN[category.key]
    said = clean_line(category.description, limit=EXAMPLE_CHARACTERS)
    return said or write_label(category)


def write_item(tab: Tab) -> str:
    """What of a tab the model is shown: title, host with the words of the path, the beginning of its text."""
    words = describe_tab(tab)
    parts = [_cut(words.title, TITLE_BYTES), _cut(words.address, ADDRESS_BYTES), _cut(words.lead, LEAD_BYTES)]
    return " | ".join(part for part in parts if part)


def write_short_item(tab: Tab) -> str:
    """What of a tab a model is shown that was trained on labelled tabs: beginnings of title and address."""
    words = describe_tab(tab)
    parts = [_shorten(words.title, SHORT_TITLE), _shorten(words.address, SHORT_ADDRESS)]
    return " | ".join(part for part in parts if part)


def _cut(text: str, limit: int) -> str:
    """The beginning of a text: at most so many bytes of UTF-8, whole characters."""
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore").strip()


def _shorten(text: str, limit: float) -> str:
    """The beginning of a text that a model reads in about as many tokens, whatever its script."""
    cost = 0.0
    for place, letter in enumerate(text):
        cost += 1.0 if letter.isascii() else _OTHER_BYTE * len(letter.encode("utf-8", "replace"))
        if cost > limit:
            return text[:place].strip()
    return text


def _name_none(names: Sequence[str]) -> str:
    """A label for "none of these" that is no category's name."""
    taken = {name.casefold() for name in names}
    free = [label for label in NONE_LABELS if label.casefold() not in taken]
    return free[0] if free else f"{NONE_LABELS[0]} ({len(names) + 1})"
