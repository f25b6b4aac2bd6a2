from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from host.chat.plain_markdown import quote_markdown, remove_schemes

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _render(markdown: str) -> str:
    """What a reader of the Markdown sees, and "!" where there is anything but plain paragraphs."""
    shown = ""
    for token in _MARKDOWN.parse(markdown):
        if token.type == "inline":
            for child in token.children or []:
                if child.type in {"text", "text_special"}:
                    shown += child.content
                elif child.type in {"softbreak", "hardbreak"}:
                    shown += "\n"
                else:
                    shown += "!" + child.type
        elif token.type not in {"paragraph_open", "paragraph_close"}:
            shown += "!" + token.type
    return shown


@pytest.mark.parametrize(
    "text",
    [
        "[a](b)",
        "![a](b)",
        "<b>bold</b>",
        "*a* _b_ **c** `d`",
        "# heading",
        "- item",
        "+ item",
        "1. first",
        "2) second",
        "> said",
        "---",
        "| a | b |",
        "~~gone~~",
        "snake_case stays",
        "[1]",
        "\\*",
        "a\n===",
    ],
)
def test_text_of_a_page_shows_as_it_is(text: str) -> None:
    assert _render(quote_markdown(text)) == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_no_ascii_text_becomes_anything_but_text(text: str) -> None:
    line = " ".join(text.split())
    shown = _render(quote_markdown(line))

    assert "!link" not in shown
    assert "!image" not in shown
    assert "!html" not in shown
    assert "!em" not in shown
    assert "!strong" not in shown


@given(
    st.lists(
        st.sampled_from(["http", "https", ":", "/", "javascript", "a", ".", " ", "data", "mailto", "ftp"])
    )
)
def test_no_scheme_survives_however_it_is_put_together(pieces: list[str]) -> None:
    left = remove_schemes("".join(pieces))

    assert not re.search(r"https?:/|ftp:/|javascript\s*:|\bdata\s*:|mailto\s*:", left, re.IGNORECASE)


def test_an_address_keeps_its_words() -> None:
    assert remove_schemes("see https://example.com/a?b=1 there") == "see example.com/a?b=1 there"
