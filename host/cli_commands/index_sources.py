"""What a person names to be indexed: saved pages, texts, lists of addresses, bookmarks, and addresses."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.classify.heads import decode_head
from host.core.errors import InvalidInput
from host.core.text import clean_line
from host.history.canonical_link import find_canonical_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGES = frozenset({".html", ".htm", ".xhtml"})
TEXTS = frozenset({".txt", ".md", ".markdown", ".text"})
RECORDS = frozenset({".jsonl", ".ndjson"})
# A frame of the wire may have 64 MiB, and a page's text is no book.
MAX_BYTES = 20 * 1024 * 1024

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
# Chromium and its relatives write this into a page that is saved; the number counts the characters.
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(https?://\S+)\s*-->", re.IGNORECASE)
_SAVED_FROM_WITHIN = 4096


@dataclass(frozen=True)
class Item:
    """One page to index.

    Attributes:
        url: its address; None when a saved page does not tell.
        title: "" when it is to be found in the page.
        html: the page, or
        text: its text; with neither it is fetched.
        visited_at: UTC milliseconds; None for now.
        source: where it was named, for messages.
    """

    url: str | None
    source: str
    title: str = ""
    html: str | None = None
    text: str | None = None
    visited_at: int | None = None


def read_sources(names: Iterable[str], url: str | None = None) -> Iterator[Item]:
    """Every page that is named.

    Args:
        names: files, folders, web addresses, or - for a list of addresses on the standard input.
        url: the address of a single saved page.

    Raises:
        InvalidInput: a name is none of these, or a file cannot be read.
    """
    for name in names:
        if _WEB.fullmatch(name):
            yield Item(name, name)
        elif name == "-":
            yield from _read_lines(sys.stdin.read(), "-", None)
        else:
            yield from _read_path(Path(name), url)


def _read_path(path: Path, url: str | None) -> Iterator[Item]:
    if path.is_dir():
        wanted = PAGES | TEXTS
        for file in sorted(path.rglob("*")):
            if file.is_file() and file.suffix.lower() in wanted:
                yield from _read_file(file, None)
    elif path.is_file():
        yield from _read_file(path, url)
    else:
        message = f"There is no file {path}."
        raise InvalidInput(message, fix="Name a saved page, a list of addresses, a folder, or an address.")


def _read_file(path: Path, url: str | None) -> Iterator[Item]:
    kind = path.suffix.lower()
    text = _read_text(path)
    visited_at = int(path.stat().st_mtime * 1000)
    if kind in PAGES:
        if "<!doctype netscape-bookmark-file" in text[:1024].lower():
            yield from _read_bookmarks(text, path)
            return
        yield Item(url or find_address(text), str(path), html=text, visited_at=visited_at)
    elif kind in RECORDS:
        yield from _read_records(text, path)
    elif url is not None:
        yield Item(url, str(path), _find_title(text), text=text, visited_at=visited_at)
    elif kind in TEXTS or kind == "":
        yield from _read_lines(text, str(path), visited_at)
    else:
        message = f"{path.name} is no page and no list of addresses."
        raise InvalidInput(message, fix=f"These can be read: {', '.join(sorted(PAGES | TEXTS | RECORDS))}.")


def find_address(html: str) -> str | None:
    """Where a saved page is from: what the browser wrote into it, else what it calls its own address."""
    found = _SAVED_FROM.search(html[:_SAVED_FROM_WITHIN])
    if found:
        return found[1]
    link = find_canonical_link(html, "")
    return link if link and _WEB.fullmatch(link) else None


def _read_text(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        message = f"{path.name} is over {MAX_BYTES // 1024**2} MiB."
        raise InvalidInput(message, fix="Split it.")
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise InvalidInput(message) from error
    text = decode_head(content, whole=True)
    if text is None:
        message = f"{path.name} is no text."
        raise InvalidInput(message)
    return text.removeprefix("\ufeff")


def _find_title(text: str) -> str:
    lines = (line.strip("# \t") for line in text.splitlines())
    return clean_line(next((line for line in lines if line), ""), limit=200)


def _read_lines(text: str, source: str, visited_at: int | None) -> Iterator[Item]:
    """A list of addresses, one a line; # begins a comment. A text without addresses is none."""
    lines = [line.strip() for line in text.splitlines()]
    wanted = [line for line in lines if line and not line.startswith("#")]
    addresses = [line for line in wanted if _WEB.fullmatch(line)]
    if wanted and not addresses:
        # A text needs an address under which it is found again; it is told, like a page without one.
        yield Item(None, source, _find_title(text), text=text, visited_at=visited_at)
        return
    for number, line in enumerate(lines, start=1):
        if line and not line.startswith("#"):
            yield Item(line if _WEB.fullmatch(line) else None, f"{source}:{number}")


class _Bookmarks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._href: str | None = None
        self._title = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href, self._title = dict(attrs).get("href"), ""

    def handle_data(self, data: str) -> None:
        self._title += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href:
            self.found.append((self._href, self._title.strip()))
            self._href = None


def _read_bookmarks(html: str, path: Path) -> Iterator[Item]:
    parser = _Bookmarks()
    parser.feed(html)
    for number, (href, title) in enumerate(parser.found, start=1):
        # A browser's own pages and scripts are among them; they are nothing to read.
        if _WEB.fullmatch(href):
            yield Item(href, f"{path}:{number}", title)


def _read_records(text: str, path: Path) -> Iterator[Item]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            message = f"Line {number} of {path.name} is not JSON."
            raise InvalidInput(message) from error
        yield _to_item(record, f"{path}:{number}")


def _to_item(record: Any, source: str) -> Item:
    """A page of a JSON line: {url, title?, html? or text?, visited_at?}.

    Raises:
        InvalidInput: a field has the wrong type.
    """
    fields: dict[str, type] = {"url": str, "title": str, "html": str, "text": str, "visited_at": int}
    if not isinstance(record, dict) or "url" not in record:
        message = f"{source}: an object with at least a url is expected."
        raise InvalidInput(message)
    known = {name: record[name] for name in fields if record.get(name) is not None}
    for name, value in known.items():
        if not isinstance(value, fields[name]) or isinstance(value, bool):
            message = f"{source}: {name} is not a {'number' if name == 'visited_at' else 'text'}."
            raise InvalidInput(message)
    return Item(source=source, **known)
