"""What counts as a clear date expression, and in which language it is one.

Finds; does not read: what a found expression means is dateparser's to say (`host.search.dates`). The words
are dateparser's own (`date_words.json`); what may stand around them is in `date_grammar.json`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["phrase", "ago", "recent", "month", "day", "weekday", "numeric"]

_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_NUMERIC = re.compile(
    r"(?<![\w.:/@#-])(?:(?P<iso>(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))"
    r"|(?P<dotted>(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d))(?![\w/:-]|\.\w)"
)


@dataclass(frozen=True)
class Expression:
    """A date expression in a text.

    Attributes:
        start: offset of its first character.
        end: offset behind its last.
        kind: what sort of expression it is.
        core: the words that dateparser is given.
        language: the language whose words they are.
        since: whether it means all the time from then on.
    """

    start: int
    end: int
    kind: Kind
    core: str
    language: str
    since: bool


@dataclass(frozen=True)
class _Language:
    name: str
    pattern: re.Pattern[str]
    phrases: Mapping[str, str]
    numbers: Mapping[str, int]
    ago: tuple[str, ...]
    triggers: frozenset[str]


def has_date_word(text: str) -> bool:
    """Whether a text might hold a date at all: a look-up of its words and no more."""
    return bool(_languages_of(text)) or _NUMERIC.search(text) is not None


def find_expressions(text: str) -> list[Expression]:
    """The clear date expressions of a text, in order, none overlapping; the longer of two wins."""
    found = [
        _read(language, match)
        for language in _languages_of(text)
        for match in language.pattern.finditer(text.lower())
        if len(text.lower()) == len(text)
    ]
    found += [
        Expression(
            match.start(), match.end(), "numeric", match[0], "de" if match["dotted"] else "en", since=False
        )
        for match in _NUMERIC.finditer(text)
    ]
    barred = [match.span() for match in _grammar().not_dates.finditer(text.lower())]
    kept: list[Expression] = []
    for expression in sorted(found, key=lambda item: item.start - item.end):
        span = (expression.start, expression.end)
        others = [(other.start, other.end) for other in kept]
        if not any(span[0] < end and start < span[1] for start, end in (*barred, *others)):
            kept.append(expression)
    return sorted(kept, key=lambda item: item.start)


@dataclass(frozen=True)
class _Grammar:
    languages: tuple[_Language, ...]
    by_trigger: Mapping[str, tuple[_Language, ...]]
    not_dates: re.Pattern[str]


_WORD = re.compile(r"[^\W\d_]+")


def _languages_of(text: str) -> list[_Language]:
    by_trigger = _grammar().by_trigger
    found: dict[str, _Language] = {}
    for word in _WORD.findall(text.lower()):
        for language in by_trigger.get(word, ()):
            found[language.name] = language
    return list(found.values())


@cache
def _grammar() -> _Grammar:
    folder = Path(__file__).parent
    words = json.loads((folder / "date_words.json").read_text(encoding="utf-8"))
    grammar = json.loads((folder / "date_grammar.json").read_text(encoding="utf-8"))
    languages = tuple(_build(name, words[name], grammar[name], grammar) for name in words)
    by_trigger: dict[str, tuple[_Language, ...]] = {}
    for language in languages:
        for trigger in language.triggers:
            by_trigger[trigger] = (*by_trigger.get(trigger, ()), language)
    not_dates = re.compile(r"(?<!\w)(?:" + "|".join(grammar["not_dates"]) + r")(?!\w)")
    return _Grammar(languages, by_trigger, not_dates)


def _build(
    name: str, words: Mapping[str, Any], grammar: Mapping[str, Any], common: Mapping[str, Any]
) -> _Language:
    phrases = _phrases(words, grammar, frozenset(common["never"]))
    numbers: dict[str, int] = {**words["numbers"], **grammar["numbers"]}
    ago = tuple(form for form in words["ago"] if not re.search(r"#\s?\w$|#\s?\w\s", form))
    number = rf"(?:\d{{1,3}}|{_any(numbers)})" if numbers else r"\d{1,3}"
    months = [month for month in words["months"] if name == "en" or len(month) > 3]
    months += [month for month in _SHORTEST if month in words["months"] and month not in months]
    clear = [month for month in months if month not in common["need_more"]]
    full = [
        name_ for name_ in months if name_ in _SHORTEST or (len(name_) > 3 and name_ not in _SHORT_MONTHS)
    ]
    of = rf"(?:(?:{_any(grammar['of'])}) )?" if grammar["of"] else ""
    on = rf"(?:{_any(grammar['on'])})" if grammar["on"] else "(?!)"
    ordinal = r"(?:st|nd|rd|th|er|º|\.)"
    weekdays = _any(
        [day for day in words["weekdays"] if name != "pt" or day.endswith(("feira", "sábado", "domingo"))]
    )
    any_weekday = _any(words["weekdays"])
    after = rf" (?:{_any(grammar['last_after'])})" if grammar["last_after"] else "(?!)"
    before = rf"(?:{_any(grammar['last_before'])}) " if grammar["last_before"] else "(?!)"
    article = rf"(?:(?:{_any(grammar['articles'])})(?: |(?<=')))?"
    since = rf"(?P<since>(?:{_any(grammar['since'])}) )?" if grammar["since"] else "(?P<since>(?!))?"
    recent = rf"(?:{_any(grammar['recent'])})" if grammar["recent"] else "(?!)"
    year = rf"(?:,? {of}{_YEAR})"
    kinds = {
        "day": rf"(?:(?:{on} )?(?:the )?{_DAY}{ordinal} ?{of}(?:{_any(months)}){year}?"
        rf"|(?:{on} )?(?:the )?{_DAY} {of}(?:{_any(months)}){year}"
        rf"|{on} {_DAY} {of}(?:{_any(months)})"
        rf"|{_DAY} {of}(?:{_any(clear)})"
        + (
            rf"|(?:{on} )?(?:{_any(months)}) (?:the )?{_DAY}(?:{ordinal}{year}?|{year})"
            rf"|(?:{on} (?:{_any(months)})|(?:{_any(clear)})) {_DAY}(?!\d)"
            if name == "en"
            else ""
        )
        + ")",
        "month": rf"(?:(?:(?:{_any(grammar['in'])}) )?{article}(?:{_any(months)}) {of}{_YEAR}"
        rf"|(?:{_any(grammar['in'])}) (?:{_any(full)})|(?(since)(?:{_any(full)})|(?!)))",
        "weekday": rf"(?:(?:{on} )?{before}(?:{any_weekday})|{article}(?:{any_weekday}){after}"
        rf"|{on} (?:{weekdays})"
        rf"|(?(since)(?:{any_weekday})|(?!)))",
        "recent": rf"{recent} {number} (?:{_any(words['units'])})",
        "ago": rf"(?:{_any(ago, escape=_template(number))})",
        "phrase": rf"{article}(?:{_any(phrases)})",
    }
    body = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items())
    body = body.replace(" ?", "\0").replace(" ", r"\s+").replace("\0", r"\s*")
    pattern = re.compile(rf"(?<![\w.:/@#'’-]){since}(?:{body})(?![\w/:'’-]|\.\w)")
    triggers = {
        word for phrase in phrases for word in _WORD.findall(phrase) if len(word) > 2 and word not in _COMMON
    }
    names = (*words["months"], *words["weekdays"], *words["units"])
    triggers |= {word for written in names for word in _WORD.findall(written)}
    triggers |= {word for form in ago for word in _WORD.findall(form) if len(word) > 3}
    return _Language(name, pattern, phrases, numbers, ago, frozenset(triggers))


_SHORTEST = ("mai", "may", "mei")
_SHORT_MONTHS = frozenset({"sept", "janv", "févr", "juil"})
# Words of phrases that are far too common to look twice for; the phrase has another that is not.
_COMMON = frozenset(
    {"the", "this", "last", "before", "day", "esta", "este", "cette", "pasado", "altro", "passado"}
)


def _phrases(words: Mapping[str, Any], grammar: Mapping[str, Any], never: frozenset[str]) -> dict[str, str]:
    """What dateparser is given for each phrase that people write, with and without its article."""
    phrases = {phrase: phrase for phrase in words["phrases"] if phrase not in never}
    for phrase in list(phrases):
        for article in grammar["articles"]:
            if phrase.startswith(f"{article} "):
                phrases.setdefault(phrase.removeprefix(f"{article} "), phrase)
    return {**phrases, **grammar["aliases"]}


def _template(number: str) -> Any:
    return lambda form: re.escape(form).replace(r"\#", number).replace("#", number)


def _any(words: Iterable[str], *, escape: Any = re.escape) -> str:
    return "|".join(
        str(escape(word)).replace(r"\ ", " ") for word in sorted(words, key=lambda word: (-len(word), word))
    )


def _read(language: _Language, match: re.Match[str]) -> Expression:
    kind: Kind = next(name for name in ("day", "month", "weekday", "recent", "ago", "phrase") if match[name])
    core = _core(language, kind, " ".join(match[kind].split()))
    return Expression(match.start(), match.end(), kind, core, language.name, bool(match["since"]))


def _core(language: _Language, kind: Kind, text: str) -> str:
    """The words that mean the date, without the prepositions that dateparser may not know."""
    if kind == "phrase":
        return next(
            language.phrases[phrase]
            for phrase in sorted(language.phrases, key=len, reverse=True)
            if text.endswith(phrase)
        )
    if kind in {"ago", "recent"}:
        return _digits(language, kind, text)
    words = _words(language.name)
    names: list[str] = words["weekdays"] if kind == "weekday" else words["months"]
    longest_first = sorted(names, key=len, reverse=True)
    name = next(word for word in longest_first if re.search(rf"(?<!\w){word}(?!\w)", text))
    if kind == "weekday":
        return name
    year = re.search(rf"\b{_YEAR}\b", text)
    rest = text.replace(year[0], "") if year else text
    day = re.search(r"\d{1,2}", rest) if kind == "day" else None
    return " ".join(part for part in (day[0] if day else "", name, year[0] if year else "") if part)


@cache
def _words(name: str) -> Mapping[str, Any]:
    path = Path(__file__).with_name("date_words.json")
    words: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))[name]
    return words


def _digits(language: _Language, kind: Kind, text: str) -> str:
    numbers = "|".join(re.escape(word) for word in sorted(language.numbers, key=len, reverse=True))
    found = re.search(r"\d{1,3}", text) or re.search(rf"(?<!\w)(?:{numbers})(?!\w)", text)
    if found is None:
        return text
    number = str(language.numbers.get(found[0], found[0]))
    before, after = text[: found.start()], text[found.end() :]
    if kind == "recent":
        unit = after.strip()
        form = next((form for form in language.ago if re.search(rf"# {re.escape(unit)}\b", form)), "")
        return form.replace("#", number)
    return f"{before}{number}{after}"
