from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from host.chat.plain_markdown import quote_markdown, quote_statement, remove_schemes, set_mail_apart

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_PIECES = """
http https :// : / javascript data mailto file www. WWW. evil.example me@ @ . word
[ ] ( ) ![ ]( < > <b> </ ` ``` \\ & &lt; &#60; [1] [?] [0] 【4】 [2, [source _ * # -
"""
_HOSTILE = st.lists(st.sampled_from([*_PIECES.split(), " "]), max_size=16).map("".join)
# What viewers with GitHub's Markdown make links of, though it is written as plain text.
_LINKED = re.compile(r"(?:^|[\s*_~(])www\.\w|https?://\w|ftp://\w|[\w.+-]@[\w-]+\.[\w-]", re.IGNORECASE)


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


def _read_plain(markdown: str) -> str:
    """What stands in a rendered line as plain text, code left out; it fails where there is markup."""
    shown = ""
    for token in _MARKDOWN.parse(markdown):
        assert token.type in {"inline", "paragraph_open", "paragraph_close"}, token.type
        for child in token.children or []:
            assert child.type in {"text", "text_special", "softbreak", "code_inline"}, child.type
            shown += "`" if child.type == "code_inline" else child.content
    return shown


@pytest.mark.parametrize(
    "text",
    [
        "&lt;b&gt; &#60;",
        "JavaScript: The Good Parts",
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
    left = quote_markdown(remove_schemes("".join(pieces)))

    assert not re.search(r"https?:|ftp:|javascript\s*:|\bdata:[a-z]+/|mailto\s*:", left, re.IGNORECASE)


def test_an_address_keeps_its_words() -> None:
    assert remove_schemes("see https://example.com/a?b=1 there") == "see example.com/a?b=1 there"


@pytest.mark.parametrize(
    "text",
    [
        "The <div> element is the generic container.",
        "array[0] holds a vector<int>.",
        "The sales data: 12% more.",
        "JavaScript: The Good Parts is a book.",
        "Write &lt; for a less-than sign.",
        "Call f(a, *args)[name] with `code`.",
        "Mr. Awww. said so.",
    ],
)
def test_a_quoted_sentence_shows_every_word_of_the_page(text: str) -> None:
    assert _render(quote_statement(text)) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Built in 1889.[1][2]", "Built in 1889."),
        ("Paris[3] is [source 4] large [?] 【5】", "Paris(3) is (source 4) large (?) (5)"),
        ("See https://www.evil.example/a_b now.", "See evil.example/a_b now."),
        ("the source.https://evil.example", "the source.evil.example"),
    ],
)
def test_a_mark_or_an_address_in_a_quoted_sentence_is_harmless(text: str, shown: str) -> None:
    assert _render(quote_statement(text)) == shown


@given(_HOSTILE)
def test_no_quoted_sentence_holds_a_link_a_mark_or_markup_in_any_viewer(text: str) -> None:
    said = quote_statement(text)

    assert not _LINKED.search(_read_plain(said))
    assert not re.search(r"https?:/|javascript\s*:", said, re.IGNORECASE)
    assert not re.search(r"\[(?:[1-9]\d*|\?)\\?\]", said)


@given(_HOSTILE)
def test_text_of_a_page_is_linked_by_no_viewer(text: str) -> None:
    assert not _LINKED.search(_read_plain(quote_markdown(text)))


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("Write to a.b@evil.example.", "Write to `a.b@evil.example`."),
        ("Write to me\\_x@evil.example!", "Write to `me_x@evil.example`!"),
        ("Set as `a@evil.example` it stays.", "Set as `a@evil.example` it stays."),
        ("Nothing @home, 5 @ 3. [1]", "Nothing @home, 5 @ 3. [1]"),
    ],
)
def test_an_address_of_mail_is_set_as_code(markdown: str, shown: str) -> None:
    assert set_mail_apart(markdown) == shown
