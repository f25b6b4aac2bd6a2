"""The tabs that the categorizer was taught with: real-looking titles and addresses, written by hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

# Beside the seven built-in categories: tabs of none of them.
NONE = "none"
KEYS = ("dev", "social", "entertainment", "work", "cloud", "shopping", "news", NONE)
# These files hold tabs of every category, and say which in a fourth column.
_MIXED = {"hard", "kinds", "languages"}
_HARD = "hard"
_SITES = "sites.tsv"


@dataclass(frozen=True)
class Example:
    """A tab whose category is known.

    Attributes:
        title, url: of the tab.
        language: ISO 639-1.
        key: of the built-in category, or `NONE`.
        hard: the site says one category, the page another.
    """

    title: str
    url: str
    language: str
    key: str
    hard: bool = False


def read_examples() -> tuple[Example, ...]:
    """All of them, in a fixed order."""
    found: list[Example] = []
    for name, text in sorted(_read_files().items()):
        for line in text.splitlines():
            title, url, language, *key = line.split("\t")
            found.append(Example(title, url, language, key[0] if key else name, name == _HARD))
    return tuple(found)


@cache
def read_sites() -> dict[str, str]:
    """The category that most pages of a well-known site belong into, by host."""
    text = resources.files("host.tabs").joinpath(_SITES).read_text(encoding="utf-8")
    return dict(line.split("\t", 1) for line in text.splitlines())


def find_revision() -> str:
    """Changes with the examples: what was learned from others is out of date."""
    digest = hashlib.sha256()
    for name, text in sorted(_read_files().items()):
        digest.update(f"{name}\n{text}".encode())
    return digest.hexdigest()[:12]


def _read_files() -> dict[str, str]:
    folder = resources.files("host.tabs").joinpath("examples")
    files = {
        entry.name.removesuffix(".tsv"): entry for entry in folder.iterdir() if entry.name.endswith(".tsv")
    }
    unknown = set(files) - set(KEYS) - _MIXED
    if unknown:
        message = f"No category has the name of {min(unknown)}.tsv."
        raise ValueError(message)
    return {name: entry.read_text(encoding="utf-8") for name, entry in files.items()}
