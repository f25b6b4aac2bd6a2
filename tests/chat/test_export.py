from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from host.chat.export import name_file, write_markdown
from host.chat.library import KeptConversation
from host.storage.conversations import Conversation, StoredMessage, StoredSentence, StoredSource
from tests.makers import NOON


def _source(
    n: int, *, url: str = "https://a.example/x", title: str = "A title", quote: str = ""
) -> StoredSource:
    return StoredSource(n, n, n, "", "passage", quote, True, url, title, "a.example", None, NOON)


def _kept(sentences: list[StoredSentence], sources: list[StoredSource]) -> KeptConversation:
    question = StoredMessage(1, "user", "How long?", "", "", "complete", None, None, {}, NOON)
    answer = StoredMessage(
        2,
        "assistant",
        "",
        "",
        "",
        "complete",
        "written",
        "m",
        {},
        NOON,
        tuple(sentences),
        tuple(sources),
    )
    return KeptConversation(Conversation(1, "Cats", NOON, NOON, 1), [question, answer])


def _links(markdown: str) -> list[str]:
    return [
        str(child.attrs["href"])
        for token in MarkdownIt().parse(markdown)
        for child in token.children or []
        if child.type == "link_open"
    ]


def test_a_conversation_becomes_a_document_with_numbered_sources() -> None:
    sentence = StoredSentence("They sleep.", supported=True, citations=(1,))

    text = write_markdown(_kept([sentence], [_source(1, quote="cats sleep a lot")]))

    assert text.startswith("# Cats\n\n2024-06-07\n\n## How long?\n\nThey sleep. \\[1]\n\n")
    assert "1. [A title](<https://a.example/x#:~:text=cats%20sleep%20a%20lot>), read 2024-06-07" in text
    assert "> cats sleep a lot" in text


def test_what_went_with_its_page_is_said_once() -> None:
    gone = StoredSentence("", supported=True, removed=True)

    text = write_markdown(_kept([gone, gone, StoredSentence(" Still.", supported=True)], []))

    assert text.count("removed with its page") == 1
    assert "Still." in text


def test_an_answer_that_never_came_is_said() -> None:
    assert "*(no answer)*" in write_markdown(_kept([], []))


@given(st.text(max_size=60), st.text(max_size=60))
def test_titles_and_quotes_of_pages_make_no_other_link(title: str, quote: str) -> None:
    sentence = StoredSentence("They sleep.", supported=True, citations=(1,))

    text = write_markdown(_kept([sentence], [_source(1, title=title, quote=quote)]))

    assert {link.split("#")[0] for link in _links(text)} <= {"https://a.example/x"}


@pytest.mark.parametrize("text", ["See www.evil.example/x now.", "Ask me@evil.example now."])
def test_no_viewer_makes_a_link_of_an_address_in_a_quote_a_title_or_an_answer(text: str) -> None:
    sentence = StoredSentence("Ask me@evil.example.", supported=True, citations=(1,))
    kept = _kept([sentence], [_source(1, title=text, quote=text)])

    # Viewers link plain text that begins with www. or holds an address of mail, escaped or not; never code.
    plain = "".join(
        child.content if child.type in {"text", "text_special"} else " "
        for token in MarkdownIt().parse(write_markdown(kept))
        for child in token.children or []
    )

    assert "See evil.example/x now." in plain or "Ask   now." in plain
    assert "www." not in plain
    assert "@" not in plain


def test_a_stored_title_shows_nothing_unseen() -> None:
    sentence = StoredSentence("They sleep.", supported=True, citations=(1,))

    text = write_markdown(_kept([sentence], [_source(1, title="Re\u202egpj\u200b.exe\x07")]))

    assert "[Regpj.exe]" in text


def test_an_address_that_is_not_of_the_web_is_left_out() -> None:
    sentence = StoredSentence("They sleep.", supported=True, citations=(1,))

    text = write_markdown(_kept([sentence], [_source(1, url="javascript:alert(1)")]))

    assert "javascript" not in text


@pytest.mark.parametrize(
    ("title", "name"),
    [("Cats & dogs?", "Cats dogs.md"), ("../../etc/passwd", "etc passwd.md"), ("???", "conversation.md")],
)
def test_the_file_has_a_name_that_every_system_takes(title: str, name: str) -> None:
    assert name_file(title) == name
