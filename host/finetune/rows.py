"""Labelled tabs as files: what a fine-tuning is taught and examined with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["template", "written", "correction", "page"]


@dataclass(frozen=True)
class Row:
    """A tab whose category is known.

    Attributes:
        title, url: of the tab.
        category: name of where it belongs ("Dev"), None for "none of these".
        language: ISO 639-1.
        source: where it comes from: made by a template, written by hand, said by the user in a correction,
            or a page that the user has read.
        group: rows of one group never stand on both sides of a split: the template, or the site.
        hard: the site says one thing, the page another.
    """

    title: str
    url: str
    category: str | None
    language: str = "en"
    source: Source = "written"
    group: str = ""
    hard: bool = False

    @property
    def of_person(self) -> bool:
        """Whether the person who has the program said what it is, and nobody made it up."""
        return self.source in ("correction", "page")
