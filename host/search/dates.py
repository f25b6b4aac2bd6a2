"""Dates in plain language within a query: "last tuesday", "vor zwei Wochen", "march 2024".

Found by `date_grammar`, understood by dateparser, and given as ranges in the person's time zone that lie in
the past. dateparser is imported when the first date word is typed, and not before.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Any

from host.search.date_grammar import Expression, Kind, find_expressions, has_date_word

_MAX_TEXT = 1000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# dateparser keeps state between calls, and searches run in several threads.
_lock = threading.Lock()
_RELATIVE_KINDS = frozenset({"phrase", "ago", "recent"})


@dataclass(frozen=True)
class DateSpan:
    """A date expression and the time that it means.

    Attributes:
        start: offset of its first character in the text.
        end: offset behind its last.
        label: the range for a person, such as `19 Nov 2026` or `Mar 2024`.
        from_ms: milliseconds UTC, included.
        to_ms: milliseconds UTC, not included.
        relative: whether it counts from now ("yesterday", "two weeks ago"), and so can only mean when a page
            was read; "on 20 November" may as well be what it is about.
    """

    start: int
    end: int
    label: str
    from_ms: int
    to_ms: int
    relative: bool = False


def find_dates(text: str, now_ms: int, tz: tzinfo = UTC) -> tuple[DateSpan, ...]:
    """The clear date expressions of a text; what could as well be an ordinary word is left alone.

    Args:
        text: what a person typed; only its first thousand characters are looked at.
        now_ms: the present, milliseconds UTC.
        tz: the person's time zone, which decides when a day begins.

    Returns:
        Spans in order, none overlapping; none begins after `now_ms`.
    """
    text = text[:_MAX_TEXT]
    if not has_date_word(text):
        return ()
    return _find(text, now_ms // 60_000, tz)


def parse_date(text: str, now_ms: int, tz: tzinfo = UTC) -> DateSpan | None:
    """The range that a whole text means, as in `before:` and `after:`.

    Besides what `find_dates` finds, a bare year, month or weekday counts here, and whatever else dateparser
    understands of the languages known to it here.

    Returns:
        A span over the whole text, or None when it is not a date.
    """
    text = " ".join(text.split())[:100]
    now = datetime.fromtimestamp(now_ms // 60_000 * 60, tz)
    if text.isdigit():
        if len(text) != 4 or not 1900 <= int(text) <= 2200:
            return None
        return _span(0, 4, datetime(int(text), 1, 1, tzinfo=tz), datetime(int(text) + 1, 1, 1, tzinfo=tz))
    for span in find_dates(text, now_ms, tz):
        if span.end - span.start == len(text):
            return span
    moment, period = _understand(text, "", now)
    return _range(0, len(text), "phrase", moment=moment, period=period, now=now) if moment else None


@lru_cache(maxsize=256)
def _find(text: str, minute: int, tz: tzinfo) -> tuple[DateSpan, ...]:
    now = datetime.fromtimestamp(minute * 60, tz)
    spans = (_resolve(expression, now) for expression in find_expressions(text))
    return tuple(span for span in spans if span is not None)


def _resolve(expression: Expression, now: datetime) -> DateSpan | None:
    moment, period = _understand(expression.core, expression.language, now)
    if moment is None:
        return None
    if expression.kind == "month":
        period = "month"
    span = _range(expression.start, expression.end, expression.kind, moment=moment, period=period, now=now)
    if expression.since:
        span = _span(span.start, span.end, _local(span.from_ms, now), now)
    span = replace(span, relative=expression.kind in _RELATIVE_KINDS)
    return span if span.from_ms < now.timestamp() * 1000 else None


def _range(start: int, end: int, kind: Kind, *, moment: datetime, period: str, now: datetime) -> DateSpan:
    """The span of time that people mean by a moment of some precision."""
    if kind == "recent":
        return _span(start, end, moment, now)
    if kind == "ago" and now - moment < timedelta(days=1):
        return _span(start, end, moment - timedelta(hours=1), min(now, moment + timedelta(hours=1)))
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "week":
        day -= timedelta(days=day.weekday())
        return _span(start, end, day, day + timedelta(days=7))
    if period == "month":
        day = day.replace(day=1)
        return _span(start, end, day, (day + timedelta(days=32)).replace(day=1))
    if period == "year":
        day = day.replace(month=1, day=1)
        return _span(start, end, day, day.replace(year=day.year + 1))
    return _span(start, end, day, day + timedelta(days=1))


def _span(start: int, end: int, first: datetime, behind: datetime) -> DateSpan:
    return DateSpan(
        start, end, _label(first, behind), int(first.timestamp() * 1000), int(behind.timestamp() * 1000)
    )


def _local(milliseconds: int, now: datetime) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, now.tzinfo)


def _label(first: datetime, behind: datetime) -> str:
    last = behind - timedelta(microseconds=1)
    if first.date() == last.date():
        return _day(first)
    if first.day == 1 and behind.day == 1 and first.timetz() == behind.timetz():
        months = (behind.year - first.year) * 12 + behind.month - first.month
        if months == 1:
            return f"{_MONTHS[first.month - 1]} {first.year}"
        if months == 12 and first.month == 1:
            return str(first.year)
    return f"{_day(first)} – {_day(last)}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _understand(text: str, language: str, now: datetime) -> tuple[datetime | None, str]:
    """What dateparser makes of an expression: a moment in the zone of `now`, and how precise it is."""
    with _lock:
        data = _parser(language, now.replace(tzinfo=None)).get_date_data(text)
    if data is None or data.date_obj is None:
        return None, "day"
    return data.date_obj.replace(tzinfo=now.tzinfo), str(data.period)


@lru_cache(maxsize=16)
def _parser(language: str, now: datetime) -> Any:
    from dateparser.date import DateDataParser

    return DateDataParser(
        languages=[language] if language else _all_languages(),
        settings={
            "RELATIVE_BASE": now,
            "PREFER_DATES_FROM": "past",
            "PREFER_DAY_OF_MONTH": "first",
            "PREFER_MONTH_OF_YEAR": "first",
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )


@cache
def _all_languages() -> list[str]:
    from host.search.date_vocabulary import LANGUAGES

    return list(LANGUAGES)
