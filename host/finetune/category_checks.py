"""Says what is wrong in a file of categories: values of another kind, unknown names, slots without words."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.core.text import clean_line
from host.finetune.slot_values import ARGUMENTS, CHANGES, MADE
from host.finetune.templates import find_slots, parse_template

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from host.finetune.category_data import CategoryData
    from host.finetune.templates import Slot

_OF_SITE = {"site", "domain"}
_OF_TITLE = {"slug", "slug_"}
_LONGEST = 2000


def check_keys(raw: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Refuse a value whose name nobody reads: it is a mistyped one.

    Raises:
        InvalidInput: there is one.
    """
    for name in raw:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            message = f"{where}: nothing is called {name!r} here."
            fix = f"Do you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(known))}."
            raise InvalidInput(message, fix=fix)


def read_text(raw: Mapping[str, Any], name: str, where: str) -> str:
    """A text on one line; "" when it is not there.

    Raises:
        InvalidInput: it is no text.
    """
    value = raw.get(name, "")
    if not isinstance(value, str):
        message = f"{where}: {name} must be text."
        raise InvalidInput(message)
    return clean_line(value)


def read_texts(raw: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    """A list of texts, each once; none when it is not there.

    Raises:
        InvalidInput: it is no list of texts, or one of them is empty or longer than a title can be.
    """
    values = raw.get(name, [])
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        message = f"{where}: {name} must be a list of texts."
        raise InvalidInput(message, fix=f'Write {name} = ["…", "…"].')
    cleaned = tuple(dict.fromkeys(clean_line(each) for each in values))
    if not all(0 < len(each) <= _LONGEST for each in cleaned):
        message = f"{where}: a text of {name} is empty or longer than {_LONGEST} characters."
        raise InvalidInput(message)
    return cleaned


def read_flag(raw: Mapping[str, Any], name: str, where: str) -> bool:
    """True or false; false when it is not there.

    Raises:
        InvalidInput: it is neither.
    """
    value = raw.get(name, False)
    if not isinstance(value, bool):
        message = f"{where}: {name} must be true or false."
        raise InvalidInput(message)
    return value


def check_category(category: CategoryData, where: str) -> None:
    """Look whether every template of a category can be filled.

    Raises:
        InvalidInput: a bracket has no partner, or a slot has no words; the message names the template.
    """
    place = f"{where}, category {category.name or category.key!r}"
    for pattern in category.patterns:
        for text in pattern.titles:
            _check_text(category, text, pattern.language, _OF_SITE, place)
        for text in pattern.urls:
            _check_text(category, text, pattern.language, _OF_SITE | _OF_TITLE, place)
        for site in pattern.sites:
            for text in (site.host, site.name):
                _check_text(category, text, pattern.language, set(), place)
        if not pattern.sites:
            _check_text(category, "{site_name}", pattern.language, set(), place)


def _check_text(
    category: CategoryData,
    text: str,
    language: str,
    given: set[str],
    where: str,
    inside: tuple[str, ...] = (),
) -> None:
    try:
        slots = list(find_slots(parse_template(text)))
    except InvalidInput as error:
        message = f"{where}: {error.message}"
        raise InvalidInput(message, fix=error.fix) from error
    for slot in slots:
        _check_slot(category, slot, f"{where}: in {text!r}")
        if slot.name in given | MADE.keys():
            continue
        words = category.find_words(slot.name, language)
        if words is None:
            known = {*given, *MADE, *category.words, *(("keyword",) if category.keywords else ())}
            near = difflib.get_close_matches(slot.name, sorted(known), 1)
            message = f"{where}: {text!r} has the slot {{{slot.name}}}, and there are no words for it."
            fix = f'Write {slot.name} = ["…", "…"] under [slots]'
            raise InvalidInput(message, fix=f"{fix}, or do you mean {{{near[0]}}}?" if near else f"{fix}.")
        if slot.name in inside:
            message = f"{where}: the words of {{{slot.name}}} hold {{{slot.name}}} again."
            raise InvalidInput(message, fix="Lists of words must not go round in a circle.")
        for value in words:
            # Values are looked at wherever they are used: what the language is decides on their lists.
            if "{" in value or "<" in value or ">" in value or "}" in value:
                _check_text(category, value, language, given - _OF_TITLE, where, (*inside, slot.name))


def _check_slot(category: CategoryData, slot: Slot, where: str) -> None:
    if slot.change and slot.change not in CHANGES:
        message = f"{where} there is no change {slot.change!r}."
        raise InvalidInput(message, fix=f"There are: {', '.join(CHANGES)}.")
    takes = None if slot.name in category.words else ARGUMENTS.get(slot.name)
    if slot.argument and not (takes and takes.fullmatch(slot.argument)):
        message = f"{where} {{{slot.name}:{slot.argument}}} cannot be made."
        raise InvalidInput(message, fix="Write {number:1-40}, {id:7}, {hex:40} or {token:6}.")
