"""The content of pages of every quality."""

from __future__ import annotations

import logging
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.core.article import Article
from host.history.extraction import MAX_TEXT_CHARACTERS, extract_article

URL = "https://news.example.com/2024/05/bread"
PARAGRAPHS = [
    "Sourdough bread needs little more than flour, water, salt and a good deal of patience from its baker.",
    "The starter is fed twice a day, and after a week it should double within four hours of its feeding.",
    "Most beginners bake too early, which gives a dense crumb and a crust that is pale and far too thick.",
]
ARTICLE = f"""<!doctype html><html lang="en-GB"><head>
<title>Patience and flour | The Example News</title>
<meta property="og:title" content="Patience and flour"><meta property="og:type" content="article">
<meta name="author" content="Jane Baker"><meta name="description" content="How bread is made.">
<meta property="article:published_time" content="2024-05-03T08:00:00Z">
<link rel="canonical" href="/2024/05/bread?x=1"></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport menu</a></li></ul></nav>
<article><h1>Patience and flour</h1><p>{PARAGRAPHS[0]}</p><h2>The starter</h2><p>{PARAGRAPHS[1]}</p>
<pre><code>def feed():
    return "flour"</code></pre>
<ul><li>Flour and water</li><li>Salt and time</li></ul>
<table><tr><th>Day</th><th>Feedings</th></tr><tr><td>Monday</td><td>Two</td></tr></table>
<p>{PARAGRAPHS[2]}</p></article>
<footer>Copyright The Example News, all rights reserved</footer></body></html>"""


def page(body: str, *, lang: str = "en") -> str:
    return f"<!doctype html><html lang='{lang}'><head><title>A page</title></head><body>{body}</body></html>"


def test_an_article_is_reduced_to_its_content() -> None:
    article = extract_article(ARTICLE, URL)
    assert article.title == "Patience and flour"
    assert article.language == "en"
    assert article.author == "Jane Baker"
    assert article.description == "How bread is made."
    assert article.published_at == 1_714_694_400_000
    assert article.canonical_url == "https://news.example.com/2024/05/bread?x=1"
    assert all(paragraph in article.text for paragraph in PARAGRAPHS)
    assert "Sport menu" not in article.text
    assert "all rights reserved" not in article.text
    assert not article.truncated


def test_blocks_are_plain_and_of_their_kind() -> None:
    blocks = extract_article(ARTICLE, URL).blocks
    kinds = {block.text: block.kind for block in blocks}
    assert kinds["The starter"] == "heading"
    assert kinds[PARAGRAPHS[1]] == "text"
    assert kinds['def feed():\n    return "flour"'] == "code"
    assert kinds["Flour and water\nSalt and time"] == "text"
    assert kinds["Day, Feedings\nMonday, Two"] == "table"


def test_the_text_is_the_blocks() -> None:
    article = extract_article(ARTICLE, URL)
    assert article.text == "\n\n".join(block.text for block in article.blocks)


@pytest.mark.parametrize(
    "body",
    [
        "<p>Short.</p>",
        "<div>Just a few words in a box</div>",
        "<div id='app'><span>Open tasks</span><ul><li>Write the report</li><li>Call the bank</li></ul></div>",
        "<h1>404</h1>Nothing here",
        "<table><tr><td>Only</td><td>a table</td></tr></table>",
        "<nav>Only navigation text</nav>",
        "<form><label>Your name</label><button>Send it</button></form>",
        "loose text without any element",
    ],
)
def test_a_page_that_shows_text_is_never_empty(body: str) -> None:
    assert extract_article(page(body), URL).text


def test_a_thread_keeps_its_posts() -> None:
    posts = [
        f"Post {number}: my oven does not get hot enough, what can I do about it?" for number in range(12)
    ]
    body = "".join(
        f"<div class='post'><div class='user'>user{i}</div><div>{post}</div></div>"
        for i, post in enumerate(posts)
    )
    text = extract_article(page(f"<main>{body}</main>"), URL).text
    assert sum(post in text for post in posts) == len(posts)


def test_a_result_list_keeps_its_results() -> None:
    results = [f"Result {number} about ovens" for number in range(10)]
    body = "".join(f"<div><a href='/{text}'><h3>{text}</h3></a></div>" for text in results)
    text = extract_article(
        page(f"<header><a href='/'>Logo</a></header><div id='results'>{body}</div>"), URL
    ).text
    assert all(result in text for result in results)


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>SECRET words of the page</p>",
        "<p aria-hidden='true'>SECRET words of the page</p>",
        "<p style='display: none'>SECRET words of the page</p>",
        "<p style='VISIBILITY:hidden;visibility: hidden'>SECRET words of the page</p>",
        "<template><p>SECRET words of the page</p></template>",
        "<script>var a = 'SECRET words of the page'</script>",
        "<style>.a { content: 'SECRET' }</style>",
        "<dialog>SECRET words of the page</dialog>",
        "<!-- SECRET words of the page -->",
    ],
)
def test_what_is_not_shown_is_not_read(hidden: str) -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    text = extract_article(page(f"<article>{body}{hidden}</article>"), URL).text
    assert PARAGRAPHS[2] in text
    assert "SECRET" not in text


def test_a_page_that_hides_everything_behind_a_dialog_is_still_read() -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    text = extract_article(
        page(f"<div aria-hidden='true'><article>{body}</article></div><div>Accept?</div>"), URL
    ).text
    assert PARAGRAPHS[1] in text


def test_open_shadow_roots_are_read() -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    text = extract_article(
        page(f"<x-app><template shadowrootmode='open'><main>{body}</main></template></x-app>"), URL
    ).text
    assert PARAGRAPHS[0] in text


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (
            "Der schnelle braune Fuchs springt über den faulen Hund, während alle anderen zusehen. " * 5,
            "en",
            "de",
        ),
        (
            "Der schnelle braune Fuchs springt über den faulen Hund, während alle anderen zusehen. " * 5,
            "",
            "de",
        ),
        (
            "The quick brown fox jumps over the lazy dog while everybody else is watching it. " * 5,
            "en-US",
            "en",
        ),
        ("これは日本語の文章です。犬と猫が好きです。今日はいい天気ですね。" * 8, "", "ja"),
        ("Kort.", "nl", "nl"),
        ("Short.", "", None),
        ("print(x) " * 40, "fr", "fr"),
    ],
)
def test_the_language_is_what_the_text_says_when_there_is_enough_of_it(
    text: str, declared: str, language: str | None
) -> None:
    assert extract_article(page(f"<p>{text}</p>", lang=declared), URL).language == language


@pytest.mark.parametrize(
    "html",
    [
        "", "   ", "\x00\x00", "<", "<<<>>>", "<html>", "</body></html>", "<p>unclosed <b>bold <i>both",
        "&#0;&#xD800;&#1;", "<?xml version='1.0' encoding='utf-16'?><html><body>text</body></html>",
        "<frameset><frame></frameset>", "<svg><text>only a drawing</text></svg>", "\ud800\udfff",
        "<p>" * 3000 + "deep" + "</p>" * 3000, "plain text only",
    ],
)  # fmt: skip
def test_malformed_pages_are_read_without_an_error(html: str) -> None:
    article = extract_article(html, URL)
    assert isinstance(article, Article)
    article.text.encode("utf-8")


def test_text_behind_absurd_nesting_is_not_lost() -> None:
    html = page("<div>" * 1500 + f"<p>{PARAGRAPHS[0]}</p>" + "</div>" * 1500 + f"<p>{PARAGRAPHS[1]}</p>")
    text = extract_article(html, URL).text
    assert PARAGRAPHS[0] in text
    assert PARAGRAPHS[1] in text


def test_broken_characters_are_gone_and_accents_are_composed() -> None:
    body = f"<p>cafe\u0301 \x00\x0b\ufeff \ud83d soft\u00adly &#8; &#xFFFF; end. {PARAGRAPHS[0]}</p>"
    text = extract_article(page(body), URL).text
    assert "café" in text
    assert "softly" in text
    assert not set("\x00\x0b\x08\ufeff\ud83d\uffff") & set(text)


def test_a_page_of_twenty_megabytes_is_read_in_bounded_time_and_says_that_it_was_cut() -> None:
    row = "<tr><td>cell number {}</td><td>12345</td><td><a href='/x'>a link here</a></td></tr>"
    html = page("<table>" + "".join(row.format(number) for number in range(250_000)) + "</table>")
    assert len(html) > 18_000_000
    started = time.perf_counter()
    article = extract_article(html, URL)
    assert time.perf_counter() - started < 30
    assert article.truncated
    assert "cell number 5" in article.text
    assert len(article.text) <= MAX_TEXT_CHARACTERS


def test_scripts_do_not_use_up_the_room_of_a_large_page() -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    article = extract_article(page(f"<script>{'x = 1;' * 2_000_000}</script><article>{body}</article>"), URL)
    assert PARAGRAPHS[2] in article.text
    assert not article.truncated


def test_nothing_of_a_page_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for html in ("", "<p>x", ARTICLE, "<html><body><p>SECRET</p></body></html>"):
            extract_article(html, "https://secret.example/path")
    assert caplog.records == []


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200), st.text(max_size=40))
def test_no_page_and_no_url_raises(html: str, url: str) -> None:
    extract_article(html, url).text.encode("utf-8")
