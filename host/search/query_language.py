"""The query language: words, "phrases", -words, site: category: title: before: after:, dates in plain words.

Pure: text in, a value out. Nothing that a person can type is an error; what is not an operator is a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Literal

from host.core.text import clean_line
from host.core.urls import normalize_site
from host.search.dates import DateSpan, find_dates, parse_date

if TYPE_CHECKING:
    from collections.abc import Mapping

ChipKind = Literal["site", "category", "no-category", "title", "before", "after", "date", "phrase", "exclude"]

_MAX_QUERY = 10_000
_MAX_TERMS = 64
_MAX_DATES = 8
_TOKEN = re.compile(
    r"""(?P<minus>(?<!\S)-)?
    (?:(?P<operator>(?<![^\s-])(?:site|category|title|before|after)):
       (?P<value>"[^"]*"|\u201c[^\u201d]*\u201d|[^\s"\u201c]+)
     |"(?P<plain>[^"]*)"?
     |[\u201c\u201e](?P<curly>[^\u201c\u201d]*)[\u201c\u201d]?
     |(?P<word>[^\s"\u201c\u201d\u201e]+)
     |(?P<stray>[\u201d]))""",
    re.VERBOSE | re.IGNORECASE,
)
_HOST = re.compile(r"[^\s/.:?#]+(?:\.[^\s/.:?#]+)*", re.UNICODE)


@dataclass(frozen=True)
class Chip:
    """A part of a query that is a filter, for the person to see and to remove.

    Attributes:
        kind: what it filters by; "no-category" names one that there is not, and filters nothing.
        label: what the chip says.
        text: the exact piece of the query; removing it removes the filter.
        start: offset of the piece in the query, in characters.
        end: offset behind it.
        from_ms: for dates, milliseconds UTC, included.
        to_ms: for dates, milliseconds UTC, not included.
        relative: for dates, whether it counts from now; see `dates.DateSpan`.
    """

    kind: ChipKind
    label: str
    text: str
    start: int
    end: int
    from_ms: int | None = None
    to_ms: int | None = None
    relative: bool = False


@dataclass(frozen=True)
class ParsedQuery:
    """What a query asks for.

    Attributes:
        text: what remains when operators, excluded words and dates are gone, phrases without their quotes;
            for the embedding.
        terms: its words, those of phrases not among them.
        phrases: texts that must stand on the page word by word.
        excluded: words and phrases that must not.
        sites: hosts to look in, subdomains included; any of them.
        excluded_sites: hosts to leave out.
        categories: keys of categories to look in; any of them.
        excluded_categories: keys of categories to leave out.
        title_terms: words and phrases that the title must hold.
        from_ms: the earliest visit, milliseconds UTC, or None.
        to_ms: the time before which visits count, or None.
        chips: the filters, in the order of the query.
        last_term_is_prefix: whether the last term may still be in the middle of being typed.
    """

    text: str
    terms: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    excluded_sites: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    title_terms: tuple[str, ...] = ()
    from_ms: int | None = None
    to_ms: int | None = None
    chips: tuple[Chip, ...] = ()
    last_term_is_prefix: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is asked for."""
        return not (self.terms or self.phrases or self.title_terms or self.chips)


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    text: str


class _Reader:
    """Collects the parts of one query."""

    def __init__(self, query: str, now_ms: int, tz: tzinfo, categories: Mapping[str, str]) -> None:
        self.query = query
        self.now_ms = now_ms
        self.tz = tz
        self.known = {name.casefold(): (key, name) for key, name in categories.items()}
        self.words: list[_Piece] = []
        self.phrases: list[_Piece] = []
        self.excluded: list[str] = []
        self.sites: list[str] = []
        self.excluded_sites: list[str] = []
        self.categories: list[str] = []
        self.excluded_categories: list[str] = []
        self.title_terms: list[str] = []
        self.chips: list[Chip] = []
        self.last_is_word = False
        self.dates_read = 0

    def read(self) -> None:
        """Take the query apart."""
        for match in _TOKEN.finditer(self.query):
            self.last_is_word = False
            quoted = match["plain"] if match["plain"] is not None else match["curly"]
            if match["operator"] is not None and self._take_operator(match):
                continue
            if quoted is not None:
                self._take_phrase(match, quoted)
            elif match["stray"] is None:
                self._take_word(match)

    def _take_operator(self, match: re.Match[str]) -> bool:
        name = match["operator"].lower()
        value = clean_line(match["value"].strip('"\u201c\u201d'))
        if name in {"site", "category"}:
            return (self._take_site if name == "site" else self._take_category)(match, value)
        if match["minus"] and name != "title":
            return False
        if name == "title":
            if not value:
                return False
            (self.excluded if match["minus"] else self.title_terms).append(value)
            self._chip("exclude" if match["minus"] else "title", value, match)
            return True
        self.dates_read += 1
        span = parse_date(value, self.now_ms, self.tz) if self.dates_read <= _MAX_DATES else None
        if span is None:
            return False
        if name == "after":
            # "after yesterday" still counts yesterday: people mean "from then on".
            self._chip("after", span.label, match, from_ms=span.from_ms)
        else:
            self._chip("before", span.label, match, to_ms=span.from_ms)
        return True

    def _take_site(self, match: re.Match[str], value: str) -> bool:
        site = normalize_site(value)
        if not _HOST.fullmatch(site):
            return False
        # `site:example.com/docs` means the pages below it.
        path = value.removeprefix("https://").removeprefix("http://").partition("/")[2].strip("/")
        site = f"{site}/{path}" if path else site
        (self.excluded_sites if match["minus"] else self.sites).append(site)
        self._chip("exclude" if match["minus"] else "site", site, match)
        return True

    def _take_category(self, match: re.Match[str], value: str) -> bool:
        if not value:
            return False
        known = self.known.get(value.casefold())
        if known is None:
            # It is half typed, or misremembered: pages that fit the rest stay in sight, and the chip says so.
            self._chip("no-category", f"no category \u201c{value}\u201d", match)
            return True
        key, name = known
        (self.excluded_categories if match["minus"] else self.categories).append(key)
        self._chip("exclude" if match["minus"] else "category", name, match)
        return True

    def _take_phrase(self, match: re.Match[str], quoted: str) -> None:
        phrase = clean_line(quoted)
        if not phrase:
            return
        if match["minus"]:
            self.excluded.append(phrase)
            self._chip("exclude", phrase, match)
        else:
            self.phrases.append(_Piece(match.start(), match.end(), phrase))
            self._chip("phrase", phrase, match)

    def _take_word(self, match: re.Match[str]) -> None:
        word = match["word"] if match["word"] is not None else match[0]
        if match["minus"] and match["word"] is not None and word[0].isalnum():
            self.excluded.append(clean_line(word))
            self._chip("exclude", clean_line(word), match)
            return
        self.words.append(_Piece(match.start(), match.end(), match[0]))
        self.last_is_word = _is_word(match[0])

    def _chip(
        self,
        kind: ChipKind,
        label: str,
        match: re.Match[str],
        *,
        from_ms: int | None = None,
        to_ms: int | None = None,
    ) -> None:
        self.chips.append(Chip(kind, label, match[0], match.start(), match.end(), from_ms, to_ms))

    def take_dates(self) -> None:
        """Turn date expressions among the plain words into chips."""
        plain = [" "] * len(self.query)
        for piece in self.words:
            plain[piece.start : piece.end] = self.query[piece.start : piece.end]
        for span in find_dates("".join(plain), self.now_ms, self.tz):
            if self._is_interrupted(span):
                continue
            typed = self.query[span.start : span.end]
            self.chips.append(
                Chip("date", span.label, typed, span.start, span.end, span.from_ms, span.to_ms, span.relative)
            )
            last = self.words[-1]
            self.last_is_word = self.last_is_word and not span.start <= last.start < span.end
            self.words = [word for word in self.words if not span.start <= word.start < span.end]

    def _is_interrupted(self, span: DateSpan) -> bool:
        return any(chip.start < span.end and span.start < chip.end for chip in self.chips)


def _is_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def parse_query(
    query: str,
    now_ms: int,
    tz: tzinfo = UTC,
    *,
    with_dates: bool = True,
    categories: Mapping[str, str] | None = None,
) -> ParsedQuery:
    """Read a query.

    Operators are `site:` `category:` `title:` `before:` `after:`, `-` before a word, phrase, `site:` or
    `category:`, and double quotes. Any other word with a colon in it is a word. An operator whose value makes
    no sense is a word too, but for the name of a category that there is not: its chip says so, and nothing is
    filtered by it. A quote that is not closed ends with the query.

    Args:
        query: whatever was typed; the first 10,000 characters count.
        now_ms: the present, milliseconds UTC.
        tz: the person's time zone.
        with_dates: False to leave dates in plain words among the words.
        categories: the names of the profile's categories by key; capitals do not matter in a query.
    """
    query = query[:_MAX_QUERY]
    reader = _Reader(query, now_ms, tz, categories or {})
    reader.read()
    if with_dates:
        reader.take_dates()
    chips = tuple(sorted(reader.chips, key=lambda chip: chip.start))
    kept = sorted((*reader.words, *reader.phrases), key=lambda piece: piece.start)
    cleaned = (clean_line(piece.text) for piece in reader.words)
    words = [word for word in cleaned if _is_word(word)]
    starts = [chip.from_ms for chip in chips if chip.from_ms is not None]
    ends = [chip.to_ms for chip in chips if chip.to_ms is not None]
    return ParsedQuery(
        text=clean_line(" ".join(piece.text for piece in kept if _is_word(piece.text))),
        terms=tuple(words[:_MAX_TERMS]),
        phrases=tuple(piece.text for piece in reader.phrases[:_MAX_TERMS]),
        excluded=tuple(reader.excluded[:_MAX_TERMS]),
        sites=tuple(dict.fromkeys(reader.sites[:_MAX_TERMS])),
        excluded_sites=tuple(dict.fromkeys(reader.excluded_sites[:_MAX_TERMS])),
        categories=tuple(dict.fromkeys(reader.categories)),
        excluded_categories=tuple(dict.fromkeys(reader.excluded_categories)),
        title_terms=tuple(reader.title_terms[:_MAX_TERMS]),
        from_ms=max(starts, default=None),
        to_ms=min(ends, default=None),
        chips=chips,
        last_term_is_prefix=bool(words) and reader.last_is_word and not query[-1:].isspace(),
    )
