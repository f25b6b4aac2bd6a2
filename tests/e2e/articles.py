"""The ordinary pages of the test site: articles of our own in several languages, and how they become HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

PAGES = Path(__file__).with_name("pages")
RIGHT_TO_LEFT = {"ar"}


@dataclass(frozen=True)
class Article:
    """One article, as it lies in a file below `pages/<language>/`."""

    name: str
    language: str
    host: str
    path: str
    title: str
    body: tuple[str, ...]

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.path}"

    @property
    def text(self) -> str:
        """Title and body, without marks of headings."""
        return "\n".join((self.title, *(block.removeprefix("## ") for block in self.body)))


@cache
def load_articles() -> tuple[Article, ...]:
    """Every article, by language and name."""
    return tuple(_read(path) for path in sorted(PAGES.glob("*/*.txt")))


def find_article(name: str) -> Article:
    """The article whose file has this name."""
    return next(article for article in load_articles() if article.name == name)


def render_article(article: Article) -> str:
    """The article as a site would publish it, with the usual furniture around it."""
    blocks = "\n".join(_render_block(block) for block in article.body)
    content = f"<article><h1>{escape(article.title)}</h1>\n{blocks}</article>"
    return render_page(article.title, content, article.host, article.language)


def render_page(title: str, content: str, host: str, language: str = "en", *, head: str = "") -> str:
    """A whole page around its main content.

    Args:
        title: plain text.
        content: HTML for the main part.
        host: whose page it is; names the site.
        language: a language tag.
        head: further HTML for the head.
    """
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    site = host.removeprefix("www.").split(".")[0].capitalize()
    return f"""<!doctype html>
<html lang="{language}" dir="{direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" type="image/svg+xml" href="/icon.svg">{head}</head>
<body>
<header><a href="/">{site}</a>
<nav><ul><li><a href="/">Home</a></li><li><a href="/about">About</a></li></ul></nav></header>
<main>{content}</main>
<footer><p>© {site}. <a href="/imprint">Imprint</a></p></footer>
</body></html>"""


def render_icon(host: str) -> str:
    """The icon of a site: its letter on a colour of its own."""
    name = host.removeprefix("www.")
    hue = sum(ord(letter) * 37 for letter in name) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="hsl({hue} 55% 42%)"/>'
        '<text x="16" y="23" font-family="sans-serif" font-size="20" font-weight="bold" fill="#fff" '
        f'text-anchor="middle">{escape(name[0].upper())}</text></svg>'
    )


def _read(path: Path) -> Article:
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    blocks = tuple(block.strip() for block in body.strip().split("\n\n"))
    return Article(path.stem, path.parent.name, fields["host"], fields["path"], fields["title"], blocks)


def _render_block(block: str) -> str:
    if block.startswith("## "):
        return f"<h2>{escape(block[3:])}</h2>"
    return f"<p>{escape(block)}</p>"
