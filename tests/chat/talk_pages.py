"""A few pages, and questions about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.chat import library
from host.core.clock import now_ms

if TYPE_CHECKING:
    from host.chat.exchange import ChatAnswer
    from tests.chat.chat_world import ChatWorld

LIGHTHOUSE = "https://skerrow.example/light"
TEA = "https://tea.example/steeping"
GLASS = "https://glass.example/made"
OLD = "https://old.example/kites"
PAGES = {
    LIGHTHOUSE: (
        "The last keepers of Skerrow Light",
        "On the ninth of March 1988 three men locked the door of Skerrow Light for the last time. "
        "A helicopter took them off the rock with a chess set and a cat. "
        "A keeper stood four hours on and eight off, and wound the weights that turned the lens.",
    ),
    TEA: (
        "How to steep green tea",
        "Green tea is steeped at seventy degrees for two minutes. Hotter water makes it bitter. "
        "The leaves may be used three times.",
    ),
    "https://bread.example/rye": (
        "Rye bread with a sourdough starter",
        "A rye starter is fed with equal weights of flour and water every day. "
        "The loaf is baked for an hour at two hundred degrees.",
    ),
    "https://bikes.example/chain": (
        "Keeping a bicycle chain clean",
        "Wipe the chain after every wet ride and put one drop of oil on each roller. "
        "A worn chain stretches and wears the sprockets.",
    ),
}
WHEN = "When was the door of Skerrow Light locked for the last time?"
UNKNOWN = "What is the melting point of tungsten hexafluoride?"


def read_pages(chat_world: ChatWorld) -> ChatWorld:
    """Have all of them read and indexed."""
    for url, (title, text) in PAGES.items():
        chat_world.read(url, title, text)
    chat_world.read(
        OLD, "Kites over Lower Marsh", "The kite festival is held on the first Sunday in May.", days_ago=60
    )
    chat_world.read(
        GLASS,
        "How glass was made",
        "Sand and ash are melted into glass at a thousand degrees. The glass is blown while it glows.",
        days_ago=1,
        before=now_ms(),
    )
    chat_world.index()
    return chat_world


def cited(answer: ChatAnswer) -> list[str]:
    """The addresses that an answer cites, best first."""
    urls = {passage.n: passage.url for passage in answer.passages}
    return [urls[n] for sentence in answer.draft.sentences for n in sentence.citations]


def read_back(world: ChatWorld, answer: ChatAnswer) -> library.KeptConversation:
    """The conversation as it is kept."""
    return library.get_conversation(world.profile, answer.conversation_id)
