"""Reads files of categories; data/slots.toml says how they are written."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.finetune.category_checks import check_category, check_keys, read_flag, read_text, read_texts
from host.finetune.category_data import NONE_KEY, CategoryData, Pattern, SiteEntry
from host.finetune.slot_values import make_slug
from host.finetune.templates import escape_text
from host.tabs.examples import KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_DATA = resources.files("host.finetune") / "data"
_CATEGORY_KEYS = {
    "key",
    "name",
    "description",
    "language",
    "keywords",
    "domains",
    "sites",
    "slots",
    "title_patterns",
    "patterns",
}
_PATTERN_KEYS = {"titles", "urls", "language", "sites", "hard", "weight"}
_FEWEST_PATTERNS = 2
_MADE = "made"
_HOST = re.compile(r"[^\s/?#|]+")

Words = dict[str, tuple[str, ...]]


@cache
def read_builtin_categories() -> tuple[CategoryData, ...]:
    """The seven categories, and the tabs of none of them last."""
    return tuple(
        parse_category(_read_data(f"categories/{key}.toml"), f"{key}.toml", read_shared_words(), builtin=True)
        for key in KEYS
    )


@cache
def read_shared_words() -> Words:
    """The lists of words that every category may use."""
    return _read_words(_read_data("slots.toml").get("slots", {}), "slots.toml")


def read_category_file(path: Path) -> tuple[CategoryData, ...]:
    """Read a file of one's own.

    Args:
        path: TOML, of one category or of several.

    Returns:
        The categories that it includes, then its own, in their order; tabs of none last.

    Raises:
        InvalidInput: it is not there, is not TOML, or cannot be used; the message says why and where.
    """
    raw = _read_toml(path)
    where = str(path)
    own = _find_own(raw, where)
    if raw.keys() & {"categories", "include"}:
        check_keys(raw, {"include", "categories", "slots"}, where)
        shared = {**read_shared_words(), **_read_words(raw.get("slots", {}), where)}
    else:
        shared = read_shared_words()
    found = {each.key: each for each in read_builtin_categories() if each.key in _read_included(raw, where)}
    named: set[str] = set()
    for each in (parse_category(one, f"{where}, {label}", shared) for label, one in own):
        if each.key in named:
            message = f"{where} names the category {each.key!r} twice."
            raise InvalidInput(message, fix="Give each category another key or name.")
        named.add(each.key)
        found[each.key] = found[each.key].join(each) if each.key in found else each
    if not found.keys() - {NONE_KEY}:
        message = f"{where} names no category."
        raise InvalidInput(message, fix='Write [categories.Name] with keywords, or include = "all".')
    found |= {NONE_KEY: found.pop(NONE_KEY)} if NONE_KEY in found else {}
    for each in found.values():
        check_category(each, where)
    return tuple(found.values())


def parse_category(
    raw: Mapping[str, Any], where: str, shared: Mapping[str, tuple[str, ...]], *, builtin: bool = False
) -> CategoryData:
    """A category out of the values of a file.

    Args:
        raw: the values.
        where: the file and the category, for messages.
        shared: lists of words of all categories.
        builtin: it came with the program.

    Raises:
        InvalidInput: a value is missing, or of another kind than it must be.
    """
    check_keys(raw, _CATEGORY_KEYS, where)
    name = read_text(raw, "name", where)
    key = read_text(raw, "key", where) or make_slug(name)
    if not name and not key:
        message = f"{where}: a category has no name."
        raise InvalidInput(message, fix="Give it a name.")
    keywords = read_texts(raw, "keywords", where)
    patterns = _read_patterns(raw, key, keywords, where)
    if not patterns:
        message = f"{where}: the category is empty."
        raise InvalidInput(message, fix="Give it keywords, or at least two title_patterns.")
    return CategoryData(
        key=key,
        name=None if key == NONE_KEY else name or key.title(),
        description=read_text(raw, "description", where),
        keywords=keywords,
        words={**shared, **_read_words(raw.get("slots", {}), where)},
        patterns=patterns,
        builtin=builtin,
        hosts=frozenset(
            site.host.removeprefix("www.")
            for pattern in patterns
            if not pattern.hard
            for site in pattern.sites
        ),
    )


def _read_patterns(
    raw: Mapping[str, Any], key: str, keywords: Sequence[str], where: str
) -> tuple[Pattern, ...]:
    groups = _read_sites(raw, where)
    language = read_text(raw, "language", where) or "en"
    blocks: list[Mapping[str, Any]] = [
        {"titles": [each]} for each in read_texts(raw, "title_patterns", where)
    ]
    more = raw.get("patterns", [])
    if not isinstance(more, list) or not all(isinstance(each, dict) for each in more):
        message = f"{where}: patterns are written as [[patterns]]."
        raise InvalidInput(message)
    blocks += more
    generic = _read_data("generic.toml")
    if keywords and len(blocks) < _FEWEST_PATTERNS:
        blocks += [{"titles": [each]} for each in generic["patterns"]]
    return tuple(
        _read_pattern(
            block,
            f"{key}/{number}",
            language=language,
            groups=groups,
            url=generic["urls"][number % len(generic["urls"])] if keywords else _PLAIN[number % len(_PLAIN)],
            where=f"{where}, pattern {number + 1}",
        )
        for number, block in enumerate(blocks)
    )


# For a category without keywords, as `urls` in generic.toml.
_PLAIN = (
    "https://{domain}/{slug}",
    "https://{domain}/{year}/{slug}",
    "https://{domain}/{slug}?id={number}",
    "https://{domain}/index.php?page={number}",
    "https://{domain}/a/{id}/{hex}/{slug}",
)


def _read_pattern(
    raw: Mapping[str, Any],
    name: str,
    *,
    language: str,
    groups: Mapping[str, tuple[SiteEntry, ...]],
    url: str,
    where: str,
) -> Pattern:
    check_keys(raw, _PATTERN_KEYS, where)
    titles = read_texts(raw, "titles", where)
    if not titles:
        message = f"{where} has no titles."
        raise InvalidInput(message)
    weight = raw.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1000:
        message = f"{where}: weight must be a number over 0, at most 1000."
        raise InvalidInput(message)
    return Pattern(
        id=name,
        titles=titles,
        urls=read_texts(raw, "urls", where) or (url,),
        language=read_text(raw, "language", where) or language,
        sites=_choose_sites(raw, groups, where),
        hard=read_flag(raw, "hard", where),
        weight=float(weight),
    )


def _choose_sites(
    raw: Mapping[str, Any], groups: Mapping[str, tuple[SiteEntry, ...]], where: str
) -> tuple[SiteEntry, ...]:
    wanted = raw.get("sites", "domains")
    if isinstance(wanted, list):
        return tuple(_read_site(each, where) for each in read_texts(raw, "sites", where))
    if wanted == _MADE:
        return ()
    if wanted not in groups:
        message = f"{where}: there is no group of sites {wanted!r}."
        raise InvalidInput(message, fix=f"There are: {', '.join([_MADE, *groups])}.")
    return groups[wanted]


def _read_sites(raw: Mapping[str, Any], where: str) -> dict[str, tuple[SiteEntry, ...]]:
    groups = raw.get("sites", {})
    if not isinstance(groups, dict):
        message = f'{where}: sites are written as groups, [sites] and name = ["host | Name"].'
        raise InvalidInput(message)
    found = {
        name: tuple(_read_site(each, where) for each in read_texts(groups, name, where)) for name in groups
    }
    domains = tuple(_read_site(each, where) for each in read_texts(raw, "domains", where))
    return {"domains": domains, **found}


def _read_site(text: str, where: str) -> SiteEntry:
    host, _, name = (part.strip() for part in text.partition("|"))
    host = re.sub(r"^[a-z]+://", "", host).split("/", 1)[0]
    if not _HOST.fullmatch(host):
        message = f"{where}: {text!r} is no site."
        raise InvalidInput(message, fix='Write "example.com" or "example.com | Name of the site".')
    return SiteEntry(host, name or escape_text(_name_host(host)))


def _name_host(host: str) -> str:
    """What a site is probably called."""
    parts = host.removeprefix("www.").split(":")[0].split(".")
    return (parts[0] if len(parts) < 3 else parts[-2]).capitalize()


def _read_words(raw: Any, where: str) -> Words:
    if not isinstance(raw, dict):
        message = f"{where}: slots are lists of words by name."
        raise InvalidInput(message)
    found = {name: read_texts(raw, name, where) for name in raw}
    for name, values in found.items():
        if not values or not re.fullmatch(r"[^\W\d]+", name):
            message = f"{where}: the list of words {name!r} " + (
                "has a name of more than letters and underscores." if values else "is empty."
            )
            raise InvalidInput(message)
    return found


def _find_own(raw: Mapping[str, Any], where: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The categories of a file, each with what it is called in messages."""
    several = raw.get("categories")
    if several is None:
        return [] if "include" in raw else [(str(raw.get("name") or raw.get("key") or "category"), raw)]
    if isinstance(several, dict):
        several = [
            {"name": name, **value} if isinstance(value, dict) else value for name, value in several.items()
        ]
    if not isinstance(several, list) or not all(isinstance(each, dict) for each in several):
        message = f"{where}: categories are written as [[categories]] or [categories.Name]."
        raise InvalidInput(message)
    return [
        (str(each.get("name") or each.get("key") or f"category {place}"), each)
        for place, each in enumerate(several, 1)
    ]


def _read_included(raw: Mapping[str, Any], where: str) -> set[str]:
    if raw.get("include") == "all":
        return set(KEYS)
    # Without tabs of none a model could never say that a tab belongs nowhere.
    included = set(read_texts(raw, "include", where)) | {NONE_KEY}
    if unknown := sorted(included - set(KEYS)):
        message = f"{where}: there is no built-in category {unknown[0]!r}."
        raise InvalidInput(message, fix=f"There are: {', '.join(KEYS)}.")
    return included


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise InvalidInput(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path} is no TOML: {error}."
        raise InvalidInput(
            message, fix="Its beginning may look like host/finetune/data/slots.toml."
        ) from error


@cache
def _read_data(name: str) -> dict[str, Any]:
    return tomllib.loads(_DATA.joinpath(*name.split("/")).read_text(encoding="utf-8"))
